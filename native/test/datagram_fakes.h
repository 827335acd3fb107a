/*
 * How the waits of datagram sockets are answered. The linker puts ppoll below in the place of the real one (--wrap).
 */
#ifndef SOCKEYE_TEST_DATAGRAM_FAKES_H
#define SOCKEYE_TEST_DATAGRAM_FAKES_H

#include <poll.h>
#include <time.h>

#include "fake.h"
#include "sockets.h"

#define FD 12345
#define WAKE_FD 23456
#define PACKETS 8

static struct fake polling;
static short poll_events; /* what ppoll tells; 0: it times out */
static bool woken;        /* and of the descriptor that wakes, when there is one */
static bool may_block;    /* whether recvmmsg and sendmmsg may */

static void reset_wait(void) {
    polling = (struct fake){.calls = 0};
    poll_events = POLLIN;
    woken = false;
    may_block = true;
}

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask);

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask) {
    CHECK(timeout == NULL || (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1000000000));
    CHECK(mask == NULL && count == (may_block ? 1 : 2));
    if (fails(&polling))
        return -1;
    if (!may_block) {
        CHECK_EQUAL(descriptors[1].fd, WAKE_FD);
        CHECK_EQUAL(descriptors[1].events, POLLIN);
        descriptors[1].revents = woken ? POLLIN : 0;
    }
    CHECK_EQUAL(descriptors[0].fd, FD);
    descriptors[0].revents = poll_events;
    if (poll_events != 0 || woken)
        return (poll_events != 0) + woken;
    CHECK(timeout != NULL); /* else it hangs */
    nanosleep(timeout, NULL);
    return 0;
}

#endif
