/* Every function with arguments that are no good: -errno, and never a crash. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "sockets.h"

/* Descriptors that are no sockets: the result that each must give. */
struct wrong_descriptor {
    int32_t fd;
    int32_t error;
};

#define WRONG_DESCRIPTORS 5

static void open_wrong(struct wrong_descriptor wrong[WRONG_DESCRIPTORS]) {
    const int32_t file = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(file >= 0);
    wrong[0] = (struct wrong_descriptor){-1, -EBADF};
    wrong[1] = (struct wrong_descriptor){INT_MIN, -EBADF};
    wrong[2] = (struct wrong_descriptor){INT_MAX, -EBADF};
    wrong[3] = (struct wrong_descriptor){file + 1000, -EBADF};
    wrong[4] = (struct wrong_descriptor){file, -ENOTSOCK};
}

CASE(functions_refuse_what_is_no_socket) {
    struct wrong_descriptor wrong[WRONG_DESCRIPTORS];
    const struct sockeye_address address = address_of("127.0.0.1", 9), group = address_of("239.1.2.3", 0);
    struct sockeye_address name;
    int32_t value = 1;
    open_wrong(wrong);
    for (int i = 0; i < WRONG_DESCRIPTORS; i++) {
        const int32_t fd = wrong[i].fd, error = wrong[i].error;
        set_turn(i);
        CHECK_EQUAL(sockeye_bind(fd, AF_INET, (uintptr_t)&address), error);
        CHECK_EQUAL(sockeye_connect(fd, AF_INET, (uintptr_t)&address), error);
        CHECK_EQUAL(sockeye_disconnect(fd), error);
        CHECK_EQUAL(sockeye_local_name(fd, (uintptr_t)&name), error);
        CHECK_EQUAL(sockeye_peer_name(fd, (uintptr_t)&name), error);
        CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, SO_RCVBUF, (uintptr_t)&value, sizeof value), error);
        CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, SO_RCVBUF, (uintptr_t)&value, sizeof value), error);
        CHECK_EQUAL(sockeye_membership(fd, MCAST_JOIN_GROUP, 1, (uintptr_t)&group, 0), error);
        CHECK_EQUAL(sockeye_membership(fd, MCAST_JOIN_SOURCE_GROUP, 1, (uintptr_t)&group, (uintptr_t)&address), error);
        CHECK_EQUAL(sockeye_shutdown(fd), error);
        if (error == -EBADF)
            CHECK_EQUAL(sockeye_close(fd), error);
    }
    CHECK_EQUAL(sockeye_close(wrong[4].fd), 0);
    CHECK_EQUAL(sockeye_close(wrong[4].fd), -EBADF);
}

CASE(receive_and_send_refuse_what_is_no_socket) {
    static const int64_t timeouts[] = {-1, 0, 1, INT64_MAX};
    struct wrong_descriptor wrong[WRONG_DESCRIPTORS];
    const struct sockeye_address address = address_of("127.0.0.1", 9);
    const struct sockeye_layout batch = new_batch(4, 100);
    open_wrong(wrong);
    put_packet(&batch, &address, "x");
    for (int i = 0; i < WRONG_DESCRIPTORS; i++) {
        set_turn(i);
        batch.header->size = 1;
        for (int wait = 0; wait < 2; wait++)
            CHECK_EQUAL(sockeye_send(wrong[i].fd, AF_INET, batch_of(&batch), wait, -1), wrong[i].error);
        CHECK_EQUAL(batch.packets[0].state, SOCKEYE_OUTGOING); /* the socket was at fault */
        CHECK_EQUAL(batch.header->refused, 0);
        for (int j = 0; j < 4; j++)
            CHECK_EQUAL(sockeye_receive(wrong[i].fd, batch_of(&batch), timeouts[j], -1), wrong[i].error);
        batch.header->size = 1;
        CHECK_EQUAL(sockeye_receive_errors(wrong[i].fd, batch_of(&batch)), wrong[i].error);
        CHECK_EQUAL(batch.header->size, 0);
    }
    CHECK_EQUAL(sockeye_close(wrong[4].fd), 0);
    free_batch(&batch);
}

CASE(receive_and_send_refuse_what_is_no_batch) {
    static _Alignas(64) uint8_t memory[256];
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(1, 1);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const uintptr_t wrong[] = {0, 1, 8, UINTPTR_MAX, (uintptr_t)memory, (uintptr_t)memory + 8, batch_of(&batch) + 64};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        set_turn((int64_t)i);
        CHECK_EQUAL(sockeye_receive(fd, wrong[i], -1, -1), -EINVAL);
        CHECK_EQUAL(sockeye_receive(fd, wrong[i], 0, -1), -EINVAL);
        CHECK_EQUAL(sockeye_receive(fd, wrong[i], 1, -1), -EINVAL);
        CHECK_EQUAL(sockeye_receive_errors(fd, wrong[i]), -EINVAL);
        CHECK_EQUAL(sockeye_send(fd, AF_INET, wrong[i], 1, -1), -EINVAL);
    }
    close_socket(fd);
    free_batch(&batch);
}

CASE(functions_refuse_a_wrong_family) {
    static const int32_t families[] = {AF_UNSPEC, AF_UNIX, -1, INT_MIN, INT_MAX, 65536 + AF_INET};
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const struct sockeye_layout batch = new_batch(1, 1);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        set_turn((int64_t)i);
        CHECK_EQUAL(sockeye_bind(fd, families[i], (uintptr_t)&name), -EINVAL);
        CHECK_EQUAL(sockeye_connect(fd, families[i], (uintptr_t)&name), -EINVAL);
        CHECK_EQUAL(sockeye_send(fd, families[i], batch_of(&batch), 1, -1), -EINVAL);
    }
    close_socket(fd);
    free_batch(&batch);
}

CASE(functions_refuse_an_address_of_null) {
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_bind(fd, AF_INET, 0), -EINVAL);
    CHECK_EQUAL(sockeye_connect(fd, AF_INET, 0), -EINVAL);
    CHECK_EQUAL(sockeye_local_name(fd, 0), -EINVAL);
    CHECK_EQUAL(sockeye_peer_name(fd, 0), -EINVAL);
    CHECK_EQUAL(sockeye_membership(fd, MCAST_JOIN_GROUP, 1, 0, 0), -EINVAL);
    CHECK_EQUAL(sockeye_membership(fd, MCAST_JOIN_SOURCE_GROUP, 1, 0, (uintptr_t)&name), -EINVAL);
    CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, SO_RCVBUF, 0, 4), -EFAULT);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, SO_RCVBUF, 0, 4), -EFAULT);
    close_socket(fd);
}

CASE(functions_refuse_an_ipv6_address_for_an_ipv4_socket) {
    const struct sockeye_address ipv6 = address_of("::1", 9);
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_bind(fd, AF_INET, (uintptr_t)&ipv6), -EAFNOSUPPORT);
    CHECK_EQUAL(sockeye_connect(fd, AF_INET, (uintptr_t)&ipv6), -EAFNOSUPPORT);
    CHECK(sockeye_connect(fd, AF_INET6, (uintptr_t)&ipv6) < 0);
    close_socket(fd);
}

CASE(socket_refuses_a_wrong_family_or_type) {
    CHECK_EQUAL(sockeye_socket(-1, SOCK_DGRAM), -EAFNOSUPPORT);
    CHECK_EQUAL(sockeye_socket(INT_MAX, SOCK_DGRAM), -EAFNOSUPPORT);
    CHECK_EQUAL(sockeye_socket(AF_INET, INT_MAX), -EINVAL);
    CHECK_EQUAL(sockeye_socket(AF_INET, -1), -EINVAL);
    CHECK(sockeye_socket(AF_INET, 0) < 0);
}

CASE(socket_is_closed_by_exec_and_blocks) {
    const int32_t fd = sockeye_socket(AF_INET, SOCK_DGRAM);
    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    close_socket(fd);
    CHECK_EQUAL(sockeye_close(fd), -EBADF);
}

CASE(bind_refuses_an_address_in_use_or_of_nobody) {
    struct sockeye_address name;
    const struct sockeye_address nobody = address_of("192.0.2.1", 0);
    const int32_t first = open_socket(AF_INET, "127.0.0.1", &name);
    const int32_t second = sockeye_socket(AF_INET, SOCK_DGRAM);
    CHECK_EQUAL(sockeye_bind(second, AF_INET, (uintptr_t)&name), -EADDRINUSE);
    CHECK_EQUAL(sockeye_bind(first, AF_INET, (uintptr_t)&name), -EINVAL);
    CHECK_EQUAL(sockeye_bind(second, AF_INET, (uintptr_t)&nobody), -EADDRNOTAVAIL);
    close_socket(first);
    close_socket(second);
}

CASE(names_follow_connect_and_disconnect) {
    struct sockeye_address name, peer, seen;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const int32_t other = open_socket(AF_INET, "127.0.0.1", &peer);
    CHECK_EQUAL(sockeye_peer_name(fd, (uintptr_t)&seen), -ENOTCONN);
    CHECK_EQUAL(sockeye_disconnect(fd), 0);
    CHECK_EQUAL(sockeye_connect(fd, AF_INET, (uintptr_t)&peer), 0);
    CHECK_EQUAL(sockeye_peer_name(fd, (uintptr_t)&seen), 0);
    CHECK_BYTES(&seen, &peer, sizeof seen);
    CHECK_EQUAL(sockeye_disconnect(fd), 0);
    CHECK_EQUAL(sockeye_peer_name(fd, (uintptr_t)&seen), -ENOTCONN);
    close_socket(fd);
    close_socket(other);
}

CASE(names_of_another_family_are_refused) {
    struct sockeye_address seen;
    const int32_t fd = sockeye_socket(AF_UNIX, SOCK_DGRAM);
    CHECK(fd >= 0);
    CHECK_EQUAL(sockeye_local_name(fd, (uintptr_t)&seen), -EAFNOSUPPORT);
    close_socket(fd);
}

CASE(options_are_set_and_told) {
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    struct {
        int32_t value;
        int32_t after;
    } read = {0, 77};
    set_option(fd, SOL_IP, IP_TTL, 5);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_IP, IP_TTL, (uintptr_t)&read, sizeof read), 4); /* what the kernel wrote */
    CHECK_EQUAL(read.value, 5);
    CHECK_EQUAL(read.after, 77);
    close_socket(fd);
}

CASE(options_with_wrong_arguments_are_refused) {
    struct sockeye_address name;
    int32_t value = 1;
    const uintptr_t at = (uintptr_t)&value;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, 9999, at, sizeof value), -ENOPROTOOPT);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, 9999, at, sizeof value), -ENOPROTOOPT);
    CHECK(sockeye_set_option(fd, -1, -1, at, sizeof value) < 0);
    CHECK(sockeye_get_option(fd, -1, -1, at, sizeof value) < 0);
    CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, SO_RCVBUF, at, 0), -EINVAL);
    CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, SO_RCVBUF, at, 3), -EINVAL);
    CHECK_EQUAL(sockeye_set_option(fd, SOL_SOCKET, SO_RCVBUF, at, UINT32_MAX), -EINVAL);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, SO_RCVBUF, at, UINT32_MAX), -EINVAL);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, SO_RCVBUF, at, (uint32_t)INT32_MAX + 1), -EINVAL);
    CHECK_EQUAL(sockeye_get_option(fd, SOL_SOCKET, SO_RCVBUF, 0, 0), 0);
    CHECK_EQUAL(value, 1);
    close_socket(fd);
}
