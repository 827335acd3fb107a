/*
 * The system calls of stream sockets, answered as a test tells them to be. The linker puts these in the place of the
 * real ones (--wrap), so this is included by one program alone.
 */
#ifndef SOCKEYE_TEST_STREAM_FAKES_H
#define SOCKEYE_TEST_STREAM_FAKES_H

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <time.h>

#include "fake.h"
#include "sockets.h"

#define FD 12345
#define ACCEPTED 23456
#define WAKE_FD 34567
#define ROOM 100

static struct fake listening, accepting, connecting, disconnecting, receiving, sending, shutting, asking, flagging,
    polling;
static bool linger_zero;
static int socket_error; /* what SO_ERROR tells */
static short poll_events;
static nfds_t polled; /* descriptors that ppoll must be given: with 2 the second is the one that wakes */
static bool woken;
static int flags;          /* of the descriptor */
static int closed;         /* how often close() was called */
static int each_send;      /* the fake send takes no more at a time */
static sa_family_t family; /* of the peer that accept4 tells */

static void reset(void) {
    const struct fake none = {.calls = 0};
    listening = accepting = connecting = disconnecting = receiving = sending = shutting = asking = flagging = polling =
        none;
    linger_zero = false;
    socket_error = 0;
    poll_events = POLLIN | POLLOUT;
    polled = 1;
    woken = false;
    flags = O_RDWR;
    closed = 0;
    each_send = ROOM;
    family = AF_INET;
}

static struct fake once(int error) {
    return (struct fake){.fail_count = 1, .error = error};
}

static struct fake always(int error) {
    return (struct fake){.fail_count = FOREVER, .error = error};
}

int __wrap_listen(int fd, int backlog);
int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *length, int accept_flags);
int __wrap_connect(int fd, const struct sockaddr *name, socklen_t length);
ssize_t __wrap_recv(int fd, void *memory, size_t bytes, int recv_flags);
ssize_t __wrap_send(int fd, const void *memory, size_t bytes, int send_flags);
int __wrap_shutdown(int fd, int how);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask);
int __wrap_close(int fd);

int __wrap_listen(int fd, int backlog) {
    CHECK(fd == FD && backlog == 5);
    return fails(&listening) ? -1 : 0;
}

int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *length, int accept_flags) {
    CHECK(fd == FD && accept_flags == SOCK_CLOEXEC);
    CHECK_EQUAL(*length, sizeof(union sockeye_name));
    *length = 1; /* what a failed call leaves there must not matter */
    if (fails(&accepting))
        return -1;
    memset(name, 0, sizeof(struct sockaddr_in));
    name->sa_family = family;
    *length = sizeof(struct sockaddr_in);
    return ACCEPTED;
}

int __wrap_connect(int fd, const struct sockaddr *name, socklen_t length) {
    CHECK(fd == FD && length >= sizeof(sa_family_t));
    if (name->sa_family == AF_UNSPEC)
        return fails(&disconnecting) ? -1 : 0;
    CHECK(flags & O_NONBLOCK); /* it never waits */
    return fails(&connecting) ? -1 : 0;
}

ssize_t __wrap_recv(int fd, void *memory, size_t bytes, int recv_flags) {
    CHECK(fd == FD && memory != NULL && bytes == ROOM);
    CHECK(recv_flags == 0 || recv_flags == MSG_DONTWAIT);
    return fails(&receiving) ? -1 : 7;
}

ssize_t __wrap_send(int fd, const void *memory, size_t bytes, int send_flags) {
    CHECK(fd == FD && memory != NULL && bytes > 0 && bytes <= ROOM);
    CHECK(send_flags == MSG_NOSIGNAL || send_flags == (MSG_NOSIGNAL | MSG_DONTWAIT));
    if (fails(&sending))
        return -1;
    return (ssize_t)bytes < each_send ? (ssize_t)bytes : each_send;
}

int __wrap_shutdown(int fd, int how) {
    CHECK(fd == FD && how >= SHUT_RD && how <= SHUT_RDWR);
    return fails(&shutting) ? -1 : 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    CHECK(fd == FD && level == SOL_SOCKET);
    if (fails(&asking))
        return -1;
    if (name == SO_LINGER) {
        CHECK_EQUAL(*length, sizeof(struct linger));
        *(struct linger *)value = (struct linger){.l_onoff = linger_zero}; /* of 0 seconds */
        return 0;
    }
    CHECK(name == SO_ERROR && *length == sizeof(int));
    *(int *)value = socket_error;
    return 0;
}

int __wrap_fcntl(int fd, int command, ...) {
    va_list arguments;
    CHECK_EQUAL(fd, FD);
    if (fails(&flagging))
        return -1;
    if (command == F_GETFL)
        return flags;
    CHECK_EQUAL(command, F_SETFL);
    va_start(arguments, command);
    flags = va_arg(arguments, int);
    va_end(arguments);
    return 0;
}

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask) {
    CHECK(mask == NULL && count == polled && descriptors[0].fd == FD && timeout != NULL);
    CHECK(count == 1 || (descriptors[1].fd == WAKE_FD && descriptors[1].events == POLLIN));
    CHECK(timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1000000000);
    if (fails(&polling))
        return -1;
    descriptors[0].revents = poll_events;
    if (count == 2)
        descriptors[1].revents = woken ? POLLIN : 0;
    if (poll_events == 0 && !woken)
        nanosleep(timeout, NULL);
    return (poll_events != 0) + woken;
}

int __wrap_close(int fd) {
    CHECK_EQUAL(fd, ACCEPTED);
    closed++;
    return 0;
}

#endif
