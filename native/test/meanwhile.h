/* What happens while a call waits: signals, and what another thread does. */
#ifndef SOCKEYE_TEST_MEANWHILE_H
#define SOCKEYE_TEST_MEANWHILE_H

#include <pthread.h>
#include <stdint.h>

#include "sockeye.h"

void sleep_nanos(int64_t nanos);

/* A signal each millisecond, without SA_RESTART, for the thread that calls this. stop_signals() tells how many. */
void start_signals(void);
int stop_signals(void);

/* What another thread does while this one waits. */
struct other {
    pthread_t thread;
    void (*act)(const struct other *other);
    int32_t fd;
    struct sockeye_address remote;
    int64_t delay_nanos;
};

void start_other(struct other *other);
void join_other(const struct other *other);

#endif
