#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "address.h"

static int32_t result_of(int result) {
    return result < 0 ? -errno : result;
}

int32_t sockeye_socket(int32_t family, int32_t type) {
    return result_of(socket(family, type | SOCK_CLOEXEC, 0));
}

typedef int use_name(int fd, const struct sockaddr *name, socklen_t length);

static int32_t with_name(use_name *use, int32_t fd, int32_t family, uintptr_t address) {
    union sockeye_name name;
    if (address == 0 || (family != AF_INET && family != AF_INET6))
        return -EINVAL;
    const socklen_t length = sockeye_to_name((const struct sockeye_address *)address, family, &name);
    if (length == 0)
        return -EAFNOSUPPORT;
    return result_of(use(fd, &name.any, length));
}

int32_t sockeye_bind(int32_t fd, int32_t family, uintptr_t address) {
    return with_name(bind, fd, family, address);
}

int32_t sockeye_connect_once(int32_t fd, int32_t family, uintptr_t address) {
    return with_name(connect, fd, family, address);
}

int32_t sockeye_connect(int32_t fd, int32_t family, uintptr_t address) {
    int32_t result;
    do { /* connecting a datagram socket only sets its peer: it can be done again */
        result = sockeye_connect_once(fd, family, address);
    } while (result == -EINTR);
    return result;
}

int32_t sockeye_disconnect(int32_t fd) {
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    return result_of(connect(fd, &none, sizeof none));
}

typedef int ask_name(int fd, struct sockaddr *name, socklen_t *length);

static int32_t name_of(ask_name *ask, int32_t fd, uintptr_t address) {
    union sockeye_name name;
    socklen_t length = sizeof name;
    if (address == 0)
        return -EINVAL;
    if (ask(fd, &name.any, &length) < 0)
        return -errno;
    return sockeye_from_name(&name, length, (struct sockeye_address *)address) ? 0 : -EAFNOSUPPORT;
}

int32_t sockeye_local_name(int32_t fd, uintptr_t address) {
    return name_of(getsockname, fd, address);
}

int32_t sockeye_peer_name(int32_t fd, uintptr_t address) {
    return name_of(getpeername, fd, address);
}

int32_t sockeye_duplicate(int32_t fd) {
    return result_of(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

int32_t sockeye_retire(int32_t fd) {
    const int dead = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (dead < 0)
        return -errno;
    const int32_t result = result_of(dup3(dead, fd, O_CLOEXEC));
    close(dead);
    return result;
}

int32_t sockeye_shutdown(int32_t fd) {
    /* On a datagram socket without a peer the answer is ENOTCONN, and the blocked calls are woken all the same. */
    const int32_t result = result_of(shutdown(fd, SHUT_RDWR));
    return result == -ENOTCONN ? 0 : result;
}

int32_t sockeye_close(int32_t fd) {
    return result_of(close(fd));
}
