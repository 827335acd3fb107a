#define _GNU_SOURCE
#include <errno.h>

#include "batch.h"
#include "wait.h"

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

/* recvmmsg's own timeout is of no use here: the kernel looks at it only when a datagram arrives. */
static int receive_until(int fd, const struct sockeye_layout *layout, int64_t deadline_nanos, int wake_fd) {
    for (;;) {
        struct pollfd descriptor = {.fd = fd, .events = POLLIN | POLLRDHUP};
        const int ready = sockeye_poll_until(&descriptor, deadline_nanos, wake_fd);
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
        if (sockeye_now_nanos() >= deadline_nanos)
            return 0;
    }
}

int32_t sockeye_receive(int32_t fd, uintptr_t batch, int64_t timeout_nanos, int32_t wake_fd) {
    struct sockeye_layout layout;
    if (!sockeye_find_batch(batch, &layout))
        return -EINVAL;
    layout.header->size = 0;
    layout.header->errors = 0;
    int count = receive_some(fd, &layout, timeout_nanos < 0 && wake_fd < 0);
    if (count == -EAGAIN && timeout_nanos != 0)
        count = receive_until(fd, &layout, sockeye_deadline(timeout_nanos), wake_fd);
    return count == -EAGAIN ? 0 : count;
}
