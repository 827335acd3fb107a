#define _GNU_SOURCE
#include "streams.h"

#include <fcntl.h>

int32_t listening(int32_t backlog, struct sockeye_address *name) {
    const struct sockeye_address any = address_of("127.0.0.1", 0);
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    CHECK(fd >= 0);
    CHECK_EQUAL(sockeye_bind(fd, AF_INET, (uintptr_t)&any), 0);
    CHECK_EQUAL(sockeye_listen(fd, backlog), 0);
    CHECK_EQUAL(sockeye_local_name(fd, (uintptr_t)name), 0);
    return fd;
}

int32_t connected_to(const struct sockeye_address *name) {
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)name, -1), 0);
    return fd;
}

bool is_non_blocking(int32_t fd) {
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

void make_non_blocking(int32_t fd) {
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

void shut_down_later(const struct other *other) {
    CHECK_EQUAL(sockeye_end_stream(other->fd), 0);
}
