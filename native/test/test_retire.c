/* Second descriptors, and dead sockets behind a number. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "sockets.h"

CASE(duplicate_is_the_same_socket_and_closes_on_exec) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(1, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const int32_t second = sockeye_duplicate(fd);
    CHECK(second >= 0 && second != fd);
    CHECK(fcntl(second, F_GETFD) == FD_CLOEXEC);
    send_text(fd, AF_INET, &name, "here");
    CHECK_EQUAL(sockeye_receive(second, batch_of(&batch), 5000 * MILLIS, -1), 1);
    close_socket(second);
    close_socket(fd);
    free_batch(&batch);
}

CASE(retire_frees_the_port_and_keeps_the_number) {
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const int32_t other = sockeye_socket(AF_INET, SOCK_DGRAM);
    CHECK_EQUAL(sockeye_bind(other, AF_INET, (uintptr_t)&name), -EADDRINUSE);
    CHECK_EQUAL(sockeye_retire(fd), fd);
    CHECK_EQUAL(sockeye_bind(other, AF_INET, (uintptr_t)&name), 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(sockeye_socket(AF_INET, SOCK_DGRAM) != fd);
    close_socket(other);
    close_socket(fd);
}

CASE(duplicate_and_retire_tell_a_number_that_is_none) {
    CHECK_EQUAL(sockeye_duplicate(-1), -EBADF);
    CHECK_EQUAL(sockeye_retire(-1), -EBADF);
}
