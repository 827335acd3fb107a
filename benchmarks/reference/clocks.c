#include "clocks.h"

static uint64_t to_ns(struct timespec time) {
    return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

uint64_t monotonic_ns(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return to_ns(time);
}

uint64_t own_cpu_ns(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return to_ns(time);
}

int find_cpu_clock(pid_t pid, clockid_t *clock) {
    return clock_getcpuclockid(pid, clock);
}

bool read_cpu_clock(clockid_t clock, uint64_t *ns) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        return false;
    }
    *ns = to_ns(time);
    return true;
}
