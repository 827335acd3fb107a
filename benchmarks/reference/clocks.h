/* The clocks a measurement reads, all in nanoseconds. */
#ifndef REFERENCE_CLOCKS_H
#define REFERENCE_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

uint64_t monotonic_ns(void);

/* The CPU time of this process. */
uint64_t own_cpu_ns(void);

/* The CPU clock of a whole process, ended threads included. Returns 0 or an errno. */
int find_cpu_clock(pid_t pid, clockid_t *clock);

/* False with errno when the process is gone. */
bool read_cpu_clock(clockid_t clock, uint64_t *ns);

#endif
