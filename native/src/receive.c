#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "batch.h"

#define NANOS_PER_SECOND INT64_C(1000000000)
#define LONGEST_WAIT_NANOS (INT32_MAX * NANOS_PER_SECOND) /* 68 years, which a 32-bit time_t still holds */

static int receive_some(int fd, const struct sockeye_layout *layout, bool wait) {
    int count;
    do { /* the flags are an int in one C library and unsigned in another: constants are both */
        count = recvmmsg(fd, layout->receive_headers, layout->header->slots,
                         wait ? MSG_TRUNC | MSG_WAITFORONE : MSG_TRUNC | MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    /* A shutdown ends a blocked call with a message from nobody. It is no datagram: those have a sender. One that came
     * in the same moment may lie behind it, and is late: it goes. */
    if (wait && count > 0 && layout->receive_headers[0].msg_hdr.msg_namelen == 0) {
        for (uint32_t slot = 0; slot < (uint32_t)count; slot++)
            sockeye_rearm(&layout->receive_headers[slot]);
        return -ESHUTDOWN;
    }
    for (uint32_t slot = 0; slot < (uint32_t)count; slot++)
        sockeye_take(layout, slot, SOCKEYE_RECEIVED);
    layout->header->size = (uint32_t)count;
    return count;
}

static int64_t now_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NANOS_PER_SECOND + time.tv_nsec;
}

/* recvmmsg's own timeout is of no use here: the kernel looks at it only when a datagram arrives. */
static int poll_until(struct pollfd *descriptor, int64_t deadline_nanos) {
    for (;;) {
        const int64_t left = deadline_nanos - now_nanos();
        const struct timespec timeout = {.tv_sec = left > 0 ? (time_t)(left / NANOS_PER_SECOND) : 0,
                                         .tv_nsec = left > 0 ? (long)(left % NANOS_PER_SECOND) : 0};
        const int ready = ppoll(descriptor, 1, &timeout, NULL);
        if (ready >= 0)
            return ready;
        if (errno != EINTR)
            return -errno;
        if (left <= 0) /* signals without end: even a call that does not wait can be interrupted */
            return 0;
    }
}

static int receive_until(int fd, const struct sockeye_layout *layout, int64_t deadline_nanos) {
    for (;;) {
        struct pollfd descriptor = {.fd = fd, .events = POLLIN | POLLRDHUP};
        const int ready = poll_until(&descriptor, deadline_nanos);
        if (ready <= 0)
            return ready;
        /* Nothing there after all: the datagram's checksum was wrong, or another thread took it. */
        const int count = receive_some(fd, layout, false);
        if (count != -EAGAIN)
            return count;
        if (descriptor.revents & (POLLHUP | POLLRDHUP))
            return -ESHUTDOWN;
        if (descriptor.revents & POLLERR) {
            layout->header->errors = 1;
            return 0;
        }
        if (now_nanos() >= deadline_nanos)
            return 0;
    }
}

int32_t sockeye_receive(int32_t fd, uintptr_t batch, int64_t timeout_nanos) {
    struct sockeye_layout layout;
    if (!sockeye_find_batch(batch, &layout))
        return -EINVAL;
    layout.header->size = 0;
    layout.header->errors = 0;
    int count = receive_some(fd, &layout, timeout_nanos < 0);
    if (count == -EAGAIN && timeout_nanos != 0) {
        const bool longest = timeout_nanos < 0 || timeout_nanos > LONGEST_WAIT_NANOS;
        count = receive_until(fd, &layout, now_nanos() + (longest ? LONGEST_WAIT_NANOS : timeout_nanos));
    }
    return count == -EAGAIN ? 0 : count;
}
