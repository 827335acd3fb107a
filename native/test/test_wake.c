/* Calls on a socket that several processes have: what wakes them, and what stays for the others. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "streams.h"

static int32_t open_wake(void) {
    const int32_t wake = sockeye_wake_open();
    CHECK(wake >= 0);
    return wake;
}

static void wake_later(const struct other *other) {
    CHECK_EQUAL(sockeye_wake(other->fd), 0);
}

static struct other waking(int32_t wake) {
    return (struct other){.act = wake_later, .fd = wake, .delay_nanos = 30 * MILLIS};
}

CASE(wake_descriptor_closes_on_exec_and_stays_woken) {
    const int32_t wake = open_wake();
    CHECK_EQUAL(fcntl(wake, F_GETFD), FD_CLOEXEC);
    CHECK(fcntl(wake, F_GETFL) & O_NONBLOCK);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(sockeye_wake(wake), 0);
    await(wake, POLLIN);
    close_socket(wake);
    CHECK_EQUAL(sockeye_wake(wake), -EBADF);
}

CASE(wake_ends_a_receive_and_not_the_socket) {
    static const int64_t timeouts[] = {-1, 15000 * MILLIS};
    for (int i = 0; i < 2; i++) {
        struct sockeye_address name;
        const struct sockeye_layout batch = new_batch(4, 100);
        const int32_t wake = open_wake();
        struct other other = waking(wake);
        const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
        set_turn(i);
        start_other(&other);
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), timeouts[i], wake), -ESHUTDOWN);
        join_other(&other);
        CHECK_EQUAL(batch.header->size, 0);
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), timeouts[i], wake), -ESHUTDOWN);
        send_text(fd, AF_INET, &name, "lives");
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 10000 * MILLIS, -1), 1);
        close_socket(fd);
        close_socket(wake);
        free_batch(&batch);
    }
}

CASE(receive_with_a_wake_descriptor_waits_and_receives) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t wake = open_wake();
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 0, wake), 0);
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 50 * MILLIS, wake), 0);
    CHECK(now_nanos() - start >= 50 * MILLIS);
    send_text(fd, AF_INET, &name, "one");
    send_text(fd, AF_INET, &name, "two");
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), -1, wake), 2);
    close_socket(fd);
    close_socket(wake);
    free_batch(&batch);
}

/* The system calls go round MSG_WAITFORONE: nothing that is there when it is woken may be lost. */
CASE(wake_leaves_what_is_there_to_the_other_process) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t wake = open_wake();
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        _exit(sockeye_receive(fd, batch_of(&batch), -1, wake) == -ESHUTDOWN ? 0 : 1);
    }
    CHECK_EQUAL(sockeye_wake(wake), 0); /* the child has the same eventfd: it stands for a thread of the old process */
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    send_text(fd, AF_INET, &name, "for me");
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 10000 * MILLIS, -1), 1);
    close_socket(fd);
    close_socket(wake);
    free_batch(&batch);
}

/* A pair of Unix sockets is full as long as nobody reads: a UDP socket on loopback never is. */
CASE(wake_ends_a_send_that_waits_for_room) {
    int32_t fds[2];
    const int32_t wake = open_wake();
    struct other other = waking(wake);
    const struct sockeye_layout batch = new_batch(64, 1000);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
    for (;;) {
        batch.header->size = 0;
        for (int i = 0; i < 64; i++)
            put_packet(&batch, NULL, "x");
        if (sockeye_send(fds[0], AF_INET, batch_of(&batch), 0, wake) < 64)
            break;
    }
    start_other(&other);
    CHECK_EQUAL(sockeye_send(fds[0], AF_INET, batch_of(&batch), 1, wake), -ESHUTDOWN);
    join_other(&other);
    CHECK_EQUAL(batch.packets[63].state, SOCKEYE_OUTGOING);
    CHECK_EQUAL(batch.header->refused, 0);
    /* The socket goes on. */
    char text[1];
    while (recv(fds[1], text, 1, MSG_DONTWAIT) == 1)
        ;
    CHECK(sockeye_send(fds[0], AF_INET, batch_of(&batch), 0, wake) > 0);
    close_socket(fds[0]);
    close_socket(fds[1]);
    close_socket(wake);
    free_batch(&batch);
}

CASE(wake_ends_an_accept_and_leaves_the_queue_to_the_other_process) {
    static const int64_t timeouts[] = {-1, LONG_WAIT};
    for (int i = 0; i < 2; i++) {
        struct sockeye_address name, peer;
        const int32_t wake = open_wake();
        struct other other = waking(wake);
        const int32_t fd = listening(5, &name);
        set_turn(i);
        start_other(&other);
        CHECK_EQUAL(sockeye_accept(fd, (uintptr_t)&peer, timeouts[i], wake), -ESHUTDOWN);
        join_other(&other);
        const int32_t client = connected_to(&name);
        const int32_t accepted = sockeye_accept(fd, (uintptr_t)&peer, LONG_WAIT, -1);
        CHECK(accepted >= 0);
        close_socket(client);
        close_socket(accepted);
        close_socket(fd);
        close_socket(wake);
    }
}

CASE(accept_with_a_wake_descriptor_waits_and_accepts) {
    struct sockeye_address name, peer;
    const int32_t wake = open_wake();
    const int32_t fd = listening(5, &name);
    CHECK_EQUAL(sockeye_accept(fd, (uintptr_t)&peer, 0, wake), -EAGAIN);
    CHECK_EQUAL(sockeye_accept(fd, (uintptr_t)&peer, 20 * MILLIS, wake), -EAGAIN);
    const int32_t client = connected_to(&name);
    const int32_t accepted = sockeye_accept(fd, (uintptr_t)&peer, -1, wake);
    CHECK(accepted >= 0);
    close_socket(client);
    close_socket(accepted);
    close_socket(fd);
    close_socket(wake);
}

CASE(close_on_exec_is_set) {
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK(fcntl(fd, F_SETFD, 0) == 0);
    CHECK_EQUAL(sockeye_close_on_exec(fd), 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close_socket(fd);
    CHECK_EQUAL(sockeye_close_on_exec(fd), -EBADF);
}
