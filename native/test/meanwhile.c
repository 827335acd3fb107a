#define _GNU_SOURCE
#include "meanwhile.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"

void sleep_nanos(int64_t nanos) {
    struct timespec left = {.tv_sec = (time_t)(nanos / 1000000000), .tv_nsec = (long)(nanos % 1000000000)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static volatile sig_atomic_t signals;

static void count_signal(int signal) {
    (void)signal;
    signals++;
}

void start_signals(void) {
    struct sigaction action = {.sa_handler = count_signal};
    const struct itimerval every = {.it_interval = {.tv_usec = 1000}, .it_value = {.tv_usec = 1000}};
    signals = 0;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

int stop_signals(void) {
    const struct itimerval never = {.it_value = {0}};
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    return signals;
}

static void *run_other(void *argument) {
    const struct other *other = argument;
    sleep_nanos(other->delay_nanos);
    other->act(other);
    return NULL;
}

void start_other(struct other *other) {
    sigset_t signal, before;
    sigemptyset(&signal);
    sigaddset(&signal, SIGALRM);
    CHECK(pthread_sigmask(SIG_BLOCK, &signal, &before) == 0); /* inherited: the signals are for the waiting thread */
    CHECK(pthread_create(&other->thread, NULL, run_other, other) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

void join_other(const struct other *other) {
    CHECK(pthread_join(other->thread, NULL) == 0);
}
