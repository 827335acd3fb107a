/* What ends a wait for a datagram, and what does not: signals, a shutdown, an error queue that nobody reads. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

#include "meanwhile.h"
#include "sockets.h"

static int64_t cpu_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void send_later(const struct other *other) {
    send_text(other->fd, AF_INET, &other->remote, "late");
}

static void shut_down_later(const struct other *other) {
    CHECK_EQUAL(sockeye_shutdown(other->fd), 0);
}

static void check_signals_do_not_end(int64_t timeout_nanos) {
    struct sockeye_address name, sender_name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    struct other other = {.act = send_later, .remote = name, .delay_nanos = 60 * MILLIS};
    other.fd = open_socket(AF_INET, "127.0.0.1", &sender_name);
    start_other(&other);
    start_signals();
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), timeout_nanos, -1), 1);
    CHECK(stop_signals() >= 1); /* a busy machine joins those that wait */
    join_other(&other);
    CHECK_BYTES(sockeye_payload(&batch, 0), "late", 4);
    close_socket(other.fd);
    close_socket(fd);
    free_batch(&batch);
}

CASE(signals_do_not_end_a_blocking_receive) {
    check_signals_do_not_end(-1);
}

CASE(signals_do_not_end_a_timed_receive) {
    check_signals_do_not_end(10000 * MILLIS);
}

CASE(signals_do_not_lengthen_a_timed_receive) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    const int64_t start = now_nanos();
    start_signals();
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 60 * MILLIS, -1), 0);
    const int64_t took = now_nanos() - start;
    CHECK(stop_signals() >= 1); /* a busy machine joins those that wait */
    CHECK(took >= 60 * MILLIS && took < 5000 * MILLIS);
    close_socket(fd);
    free_batch(&batch);
}

static void make_non_blocking(int32_t fd) {
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

static void check_shutdown_ends(int32_t family, bool connected, int64_t timeout_nanos) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(4, 100);
    struct other other = {.act = shut_down_later, .delay_nanos = 30 * MILLIS};
    other.fd = open_socket(family, family == AF_INET ? "127.0.0.1" : "::1", &name);
    if (connected)
        CHECK_EQUAL(sockeye_connect(other.fd, family, (uintptr_t)&name), 0);
    batch.header->size = 3;
    start_other(&other);
    CHECK_EQUAL(sockeye_receive(other.fd, batch_of(&batch), timeout_nanos, -1), -ESHUTDOWN);
    CHECK_EQUAL(batch.header->size, 0);
    join_other(&other);
    /* And all later calls end at once. */
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(other.fd, batch_of(&batch), timeout_nanos, -1), -ESHUTDOWN);
    CHECK(now_nanos() - start < 5000 * MILLIS);
    close_socket(other.fd);
    free_batch(&batch);
}

CASE(shutdown_ends_a_blocking_receive) {
    check_shutdown_ends(AF_INET, false, -1);
    check_shutdown_ends(AF_INET, true, -1);
}

CASE(non_blocking_descriptor_does_not_end_a_blocking_receive) {
    struct sockeye_address name, sender_name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    struct other other = {.act = send_later, .remote = name, .delay_nanos = 30 * MILLIS};
    other.fd = open_socket(AF_INET, "127.0.0.1", &sender_name);
    make_non_blocking(fd);
    start_other(&other);
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), -1, -1), 1);
    join_other(&other);
    CHECK_BYTES(sockeye_payload(&batch, 0), "late", 4);
    close_socket(other.fd);
    /* Nor does it keep a shutdown from ending it. */
    other = (struct other){.act = shut_down_later, .fd = fd, .delay_nanos = 30 * MILLIS};
    start_other(&other);
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), -1, -1), -ESHUTDOWN);
    join_other(&other);
    close_socket(fd);
    free_batch(&batch);
}

CASE(shutdown_ends_a_timed_receive) {
    check_shutdown_ends(AF_INET, false, 15000 * MILLIS);
    check_shutdown_ends(AF_INET, true, 15000 * MILLIS);
}

CASE(shutdown_ends_a_receive_ipv6) {
    check_shutdown_ends(AF_INET6, false, -1);
    check_shutdown_ends(AF_INET6, false, 15000 * MILLIS);
}

CASE(shutdown_leaves_what_had_come_before) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000)};
    for (size_t i = 0; i < 3; i++) {
        struct sockeye_address name, sender_name;
        const struct sockeye_layout batch = new_batch(4, 100);
        const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
        const int32_t sender = open_socket(AF_INET, "127.0.0.1", &sender_name);
        set_turn((int64_t)i);
        send_text(sender, AF_INET, &name, "");
        send_text(sender, AF_INET, &name, "before");
        CHECK_EQUAL(sockeye_shutdown(fd), 0);
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), timeouts[i], -1), 2);
        CHECK_EQUAL(batch.packets[0].flags & batch.packets[1].flags, SOCKEYE_REMOTE);
        CHECK_BYTES(sockeye_payload(&batch, 1), "before", 6);
        close_socket(fd);
        close_socket(sender);
        free_batch(&batch);
    }
}

CASE(shutdown_can_be_done_again_and_ends_sending) {
    struct sockeye_address name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_shutdown(fd), 0);
    CHECK_EQUAL(sockeye_shutdown(fd), 0);
    put_packet(&batch, &name, "x");
    CHECK_EQUAL(sockeye_send(fd, AF_INET, batch_of(&batch), 1, -1), -EPIPE);
    CHECK_EQUAL(batch.packets[0].state, SOCKEYE_OUTGOING);
    CHECK_EQUAL(batch.header->refused, 0);
    close_socket(fd);
    free_batch(&batch);
}

CASE(error_queue_that_nobody_reads_ends_a_timed_receive_at_once) {
    struct sockeye_address name, closed_name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    close_socket(open_socket(AF_INET, "127.0.0.1", &closed_name));
    set_option(fd, SOL_IP, IP_RECVERR, 1);
    send_text(fd, AF_INET, &closed_name, "to nobody");
    await(fd, POLLERR);
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 10000 * MILLIS, -1), -ECONNREFUSED); /* told once */
    CHECK_EQUAL(batch.header->errors, 0);
    for (int turn = 0; turn < 3; turn++) {
        set_turn(turn);
        const int64_t start = now_nanos();
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 10000 * MILLIS, -1), 0);
        CHECK(now_nanos() - start < 5000 * MILLIS);
        CHECK_EQUAL(batch.header->errors, 1);
        CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 0, -1), 0); /* does not look */
        CHECK_EQUAL(batch.header->errors, 0);
    }
    /* A datagram is still found, and ends the wait as ever. */
    send_text(fd, AF_INET, &name, "here");
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 200 * MILLIS, -1), 1);
    CHECK_EQUAL(batch.header->errors, 0);
    close_socket(fd);
    free_batch(&batch);
}

CASE(error_queue_that_was_read_lets_a_timed_receive_wait) {
    struct sockeye_address name, closed_name;
    const struct sockeye_layout batch = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    close_socket(open_socket(AF_INET, "127.0.0.1", &closed_name));
    set_option(fd, SOL_IP, IP_RECVERR, 1);
    send_text(fd, AF_INET, &closed_name, "to nobody");
    await(fd, POLLERR);
    CHECK_EQUAL(sockeye_receive_errors(fd, batch_of(&batch)), 1);
    const int64_t start = now_nanos();
    const int64_t cpu = cpu_nanos();
    CHECK_EQUAL(sockeye_receive(fd, batch_of(&batch), 200 * MILLIS, -1), 0);
    CHECK_EQUAL(batch.header->errors, 0);
    CHECK(now_nanos() - start >= 200 * MILLIS);
    CHECK(cpu_nanos() - cpu < 100 * MILLIS);
    close_socket(fd);
    free_batch(&batch);
}

static void fail_later(const struct other *other) {
    /* The error of another thread's datagram, on the socket that this one waits on. */
    send_text(other->fd, AF_INET, &other->remote, "to nobody");
}

CASE(error_that_comes_during_a_timed_receive_ends_it) {
    struct sockeye_address name, closed_name;
    const struct sockeye_layout batch = new_batch(4, 100);
    struct other other = {.act = fail_later, .delay_nanos = 30 * MILLIS};
    other.fd = open_socket(AF_INET, "127.0.0.1", &name);
    close_socket(open_socket(AF_INET, "127.0.0.1", &closed_name));
    other.remote = closed_name;
    set_option(other.fd, SOL_IP, IP_RECVERR, 1);
    start_other(&other);
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(other.fd, batch_of(&batch), 10000 * MILLIS, -1), -ECONNREFUSED);
    CHECK_EQUAL(sockeye_receive(other.fd, batch_of(&batch), 10000 * MILLIS, -1), 0);
    CHECK_EQUAL(batch.header->errors, 1);
    CHECK(now_nanos() - start < 5000 * MILLIS);
    join_other(&other);
    CHECK_EQUAL(sockeye_receive_errors(other.fd, batch_of(&batch)), 1);
    close_socket(other.fd);
    free_batch(&batch);
}
