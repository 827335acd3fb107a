#define _GNU_SOURCE
#include "wait.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#define NANOS_PER_SECOND INT64_C(1000000000)
#define LONGEST_WAIT_NANOS (INT32_MAX * NANOS_PER_SECOND) /* 68 years, which a 32-bit time_t still holds */

int64_t sockeye_now_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NANOS_PER_SECOND + time.tv_nsec;
}

int64_t sockeye_deadline(int64_t timeout_nanos) {
    const bool longest = timeout_nanos < 0 || timeout_nanos > LONGEST_WAIT_NANOS;
    return sockeye_now_nanos() + (longest ? LONGEST_WAIT_NANOS : timeout_nanos);
}

int sockeye_poll_until(struct pollfd *descriptor, int64_t deadline_nanos, int wake_fd) {
    struct pollfd both[] = {*descriptor, {.fd = wake_fd, .events = POLLIN}};
    for (;;) {
        const int64_t left = deadline_nanos - sockeye_now_nanos();
        const struct timespec timeout = {.tv_sec = left > 0 ? (time_t)(left / NANOS_PER_SECOND) : 0,
                                         .tv_nsec = left > 0 ? (long)(left % NANOS_PER_SECOND) : 0};
        const int ready = ppoll(both, wake_fd < 0 ? 1 : 2, &timeout, NULL);
        if (ready > 0 && both[1].revents != 0) /* what is there is for another process */
            return -ESHUTDOWN;
        if (ready >= 0) {
            descriptor->revents = both[0].revents;
            return ready;
        }
        if (errno != EINTR)
            return -errno;
        if (left <= 0) /* signals without end: even a call that does not wait can be interrupted */
            return 0;
    }
}
