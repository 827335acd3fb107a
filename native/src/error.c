#define _GNU_SOURCE
#include <errno.h>

#include "batch.h"

/* Takes entries of the error queue into the slots from `from` on; returns how many, or -errno. */
static int take_errors(int fd, const struct sockeye_layout *layout, uint32_t from) {
    int count;
    do { /* MSG_ERRQUEUE never waits; MSG_DONTWAIT says so to a sandbox as well */
        count = recvmmsg(fd, layout->receive_headers + from, layout->header->slots - from,
                         MSG_ERRQUEUE | MSG_TRUNC | MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN ? 0 : -errno;
    for (uint32_t slot = from; slot < from + (uint32_t)count; slot++)
        sockeye_take(layout, slot, SOCKEYE_ERROR);
    return count;
}

static bool holds(const struct sockeye_layout *layout, uint32_t count, int error) {
    for (uint32_t slot = 0; slot < count; slot++)
        if (layout->packets[slot].error == error)
            return true;
    return false;
}

int32_t sockeye_receive_errors(int32_t fd, uintptr_t batch) {
    struct sockeye_layout layout;
    if (!sockeye_find_batch(batch, &layout))
        return -EINVAL;
    layout.header->size = 0;
    const int first = take_errors(fd, &layout, 0);
    if (first < 0)
        return first;
    uint32_t count = (uint32_t)first;
    if (count < layout.header->slots) {
        int error = 0;
        socklen_t length = sizeof error;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
            error = 0; /* what was taken is worth more than this failure */
        if (error != 0) {
            const int more = take_errors(fd, &layout, count); /* it may have come just now, with its entry */
            if (more > 0)
                count += (uint32_t)more;
        }
        /* The kernel queues the entry and sets the socket's error in two steps, so that the error of an entry that was
         * just taken can be set after it. */
        if (error != 0 && count < layout.header->slots && !holds(&layout, count, error)) {
            layout.packets[count] = (struct sockeye_packet){.state = SOCKEYE_ERROR, .error = error};
            count++;
        }
    }
    layout.header->size = count;
    return (int32_t)count;
}
