/* Stream sockets: TCP. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "address.h"
#include "wait.h"

int32_t sockeye_listen(int32_t fd, int32_t backlog) {
    if (backlog < 0) /* which the kernel would take for the longest */
        return -EINVAL;
    return listen(fd, backlog) < 0 ? -errno : 0;
}

/* accept(2): errors of a connection that failed before it was taken. The next one may be fine. */
static bool is_of_connection(int error) {
    switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP: /* also what a socket says that is none of streams, and that does not change */
    case EPROTO:
        return true;
    default:
        return false;
    }
}

#define TRIES_OF_ACCEPT 64

static int accept_one(int fd, union sockeye_name *name, socklen_t *length) {
    for (int tries = 1;;) {
        *length = sizeof *name;
        const int accepted = accept4(fd, &name->any, length, SOCK_CLOEXEC);
        if (accepted >= 0)
            return accepted;
        if (errno != EINTR && (!is_of_connection(errno) || tries++ == TRIES_OF_ACCEPT))
            return -errno;
    }
}

/* Returns 0, or -errno. `was_blocking` may be NULL. */
static int make_non_blocking(int fd, bool *was_blocking) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -errno;
    if (was_blocking != NULL)
        *was_blocking = !(flags & O_NONBLOCK);
    return (flags & O_NONBLOCK) || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

int32_t sockeye_accept(int32_t fd, uintptr_t address, int64_t timeout_nanos, int32_t wake_fd) {
    union sockeye_name name;
    socklen_t length = 0;
    if (address == 0)
        return -EINVAL;
    /* accept has no flag for not waiting, and what poll(2) saw may be gone, or taken by another thread or process. */
    const int prepared = timeout_nanos >= 0 || wake_fd >= 0 ? make_non_blocking(fd, NULL) : 0;
    if (prepared < 0)
        return prepared;
    int accepted = accept_one(fd, &name, &length);
    if (accepted == -EAGAIN && timeout_nanos != 0) {
        const int64_t deadline = sockeye_deadline(timeout_nanos);
        do {
            struct pollfd descriptor = {.fd = fd, .events = POLLIN};
            const int ready = sockeye_poll_until(&descriptor, deadline, wake_fd);
            if (ready <= 0)
                return ready < 0 ? ready : -EAGAIN;
            accepted = accept_one(fd, &name, &length);
        } while (accepted == -EAGAIN && sockeye_now_nanos() < deadline);
    }
    if (accepted >= 0 && !sockeye_from_name(&name, length, (struct sockeye_address *)address)) {
        close(accepted);
        return -EAFNOSUPPORT;
    }
    return accepted;
}

/* Waits for the attempt that connect(2) began; returns 0, or -errno. */
static int await_connection(int fd, int64_t timeout_nanos) {
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof error;
    const int ready = sockeye_poll_until(&descriptor, sockeye_deadline(timeout_nanos), NO_WAKE);
    if (ready <= 0)
        return ready < 0 ? ready : -ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    if (error != 0)
        return -error;
    /* Shut down before connect(2), by another thread: the attempt goes on, and nobody wants it. */
    return descriptor.revents & POLLHUP ? -ESHUTDOWN : 0;
}

int32_t sockeye_connect_stream(int32_t fd, int32_t family, uintptr_t address, int64_t timeout_nanos) {
    bool was_blocking = false;
    int32_t result = make_non_blocking(fd, &was_blocking);
    if (result < 0)
        return result;
    /* connect(2) itself never waits: a blocking one heeds no shutdown that came before it. */
    result = sockeye_connect_once(fd, family, address);
    if (was_blocking) {
        const int flags = fcntl(fd, F_GETFL);
        if (flags >= 0)
            fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    }
    if (result != -EINPROGRESS && result != -EINTR) /* EINTR: the attempt goes on (connect(2)) */
        return result;
    result = await_connection(fd, timeout_nanos);
    if (result < 0) /* ends an attempt that goes on, and lets the next connect begin one */
        sockeye_disconnect(fd);
    return result;
}

static int32_t read_some(int fd, uintptr_t memory, uint32_t bytes, int flags) {
    ssize_t count;
    do {
        count = recv(fd, (void *)memory, bytes, flags);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int32_t)count;
}

int32_t sockeye_read(int32_t fd, uintptr_t memory, uint32_t bytes, int64_t timeout_nanos) {
    if (bytes == 0 || bytes > INT32_MAX) /* 0: the answer would look like the end */
        return -EINVAL;
    int32_t count = read_some(fd, memory, bytes, timeout_nanos < 0 ? 0 : MSG_DONTWAIT);
    if (count != -EAGAIN || timeout_nanos == 0)
        return count;
    const int64_t deadline = sockeye_deadline(timeout_nanos);
    do {
        struct pollfd descriptor = {.fd = fd, .events = POLLIN | POLLRDHUP};
        const int ready = sockeye_poll_until(&descriptor, deadline, NO_WAKE);
        if (ready <= 0)
            return ready < 0 ? ready : -EAGAIN;
        count = read_some(fd, memory, bytes, MSG_DONTWAIT);
    } while (count == -EAGAIN && sockeye_now_nanos() < deadline);
    return count;
}

int32_t sockeye_write(int32_t fd, uintptr_t memory, uint32_t bytes, int32_t wait) {
    int32_t written = 0;
    int result = 0;
    if (bytes == 0 || bytes > INT32_MAX)
        return -EINVAL;
    const int64_t deadline = wait ? sockeye_deadline(-1) : 0;
    while (written < (int32_t)bytes) {
        const ssize_t count = send(fd, (const void *)(memory + (uint32_t)written), bytes - (uint32_t)written,
                                   wait ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT);
        result = count < 0 ? -errno : 0;
        if (count > 0)
            written += (int32_t)count;
        if (result == -EINTR)
            continue;
        if (result == -EAGAIN && wait) { /* the descriptor is non-blocking */
            struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
            const int ready = sockeye_poll_until(&descriptor, deadline, NO_WAKE);
            if (ready > 0)
                continue;
            result = ready < 0 ? ready : -EAGAIN;
        }
        if (result < 0 || count == 0 || !wait) /* 0: no kernel's answer, but a sandbox's may be */
            break;
    }
    return written > 0 ? written : result; /* an error after some bytes comes again with the next write */
}

int32_t sockeye_shutdown_side(int32_t fd, int32_t how) {
    if (how != SHUT_RD && how != SHUT_WR)
        return -EINVAL;
    return shutdown(fd, how) < 0 ? -errno : 0;
}

int32_t sockeye_end_stream(int32_t fd) {
    struct linger linger = {.l_onoff = 0};
    socklen_t length = sizeof linger;
    /* A shutdown would send a FIN, and the reset that SO_LINGER 0 asks for would come after what looks like an end.
     * Linux 6.4 to 6.6 refuse to disconnect under a blocked call (EBUSY): there the peer sees both. */
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff && linger.l_linger == 0)
        sockeye_disconnect(fd);
    return sockeye_shutdown(fd);
}
