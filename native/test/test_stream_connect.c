/* How stream sockets come to a connection: what accept and connect do, what they wait for, and what ends the wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "streams.h"

static void connect_later(const struct other *other) {
    close_socket(connected_to(&other->remote));
}

CASE(accept_gives_a_blocking_descriptor_and_the_peer) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000), INT64_MAX};
    struct sockeye_address name, peer, client_name;
    const int32_t listener = listening(8, &name);
    for (size_t i = 0; i < 4; i++) {
        set_turn((int64_t)i);
        const int32_t client = connected_to(&name);
        const int32_t server = sockeye_accept(listener, (uintptr_t)&peer, timeouts[i], -1);
        CHECK(server >= 0);
        CHECK_EQUAL(fcntl(server, F_GETFD), FD_CLOEXEC);
        CHECK(!is_non_blocking(server));
        CHECK_EQUAL(sockeye_local_name(client, (uintptr_t)&client_name), 0);
        CHECK_BYTES(&peer, &client_name, sizeof peer);
        close_socket(client);
        close_socket(server);
    }
    close_socket(listener);
}

CASE(accept_tells_that_nothing_came_in_time) {
    struct sockeye_address name, peer;
    const int32_t listener = listening(1, &name);
    CHECK_EQUAL(sockeye_accept(listener, (uintptr_t)&peer, 0, -1), -EAGAIN);
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_accept(listener, (uintptr_t)&peer, 30 * MILLIS, -1), -EAGAIN);
    CHECK(now_nanos() - start >= 30 * MILLIS);
    close_socket(listener);
}

static void check_accept_waits(int64_t timeout_nanos, bool non_blocking, bool with_signals) {
    struct sockeye_address peer;
    struct other other = {.act = connect_later, .delay_nanos = 40 * MILLIS};
    const int32_t listener = listening(1, &other.remote);
    if (non_blocking)
        make_non_blocking(listener);
    start_other(&other);
    if (with_signals)
        start_signals();
    const int32_t server = sockeye_accept(listener, (uintptr_t)&peer, timeout_nanos, -1);
    CHECK(!with_signals || stop_signals() >= 1);
    CHECK(server >= 0);
    join_other(&other);
    close_socket(server);
    close_socket(listener);
}

CASE(accept_waits_for_a_connection) {
    check_accept_waits(-1, false, false);
    check_accept_waits(-1, true, false);
    check_accept_waits(LONG_WAIT, false, false);
    check_accept_waits(LONG_WAIT, true, false);
}

CASE(signals_do_not_end_an_accept) {
    check_accept_waits(-1, false, true);
    check_accept_waits(-1, true, true);
    check_accept_waits(LONG_WAIT, false, true);
}

CASE(shutdown_ends_an_accept) {
    struct sockeye_address name, peer;
    for (int i = 0; i < 4; i++) {
        const int64_t timeout = i % 2 == 0 ? -1 : LONG_WAIT;
        struct other other = {.act = shut_down_later, .fd = listening(1, &name), .delay_nanos = 30 * MILLIS};
        set_turn(i);
        if (i >= 2)
            make_non_blocking(other.fd);
        start_other(&other);
        CHECK_EQUAL(sockeye_accept(other.fd, (uintptr_t)&peer, timeout, -1), -EINVAL);
        join_other(&other);
        CHECK_EQUAL(sockeye_accept(other.fd, (uintptr_t)&peer, timeout, -1), -EINVAL); /* and all later ones */
        close_socket(other.fd);
    }
}

CASE(accept_refuses_what_does_not_listen) {
    struct sockeye_address name, peer;
    static const int64_t timeouts[] = {-1, 0, INT64_C(1000000)};
    const int32_t datagrams = open_socket(AF_INET, "127.0.0.1", &name);
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    const int32_t local = sockeye_socket(AF_UNIX, SOCK_STREAM);
    for (size_t i = 0; i < 3; i++) {
        set_turn((int64_t)i);
        CHECK_EQUAL(sockeye_accept(fd, (uintptr_t)&peer, timeouts[i], -1), -EINVAL);
        CHECK_EQUAL(sockeye_accept(fd, 0, timeouts[i], -1), -EINVAL);
        CHECK_EQUAL(sockeye_accept(datagrams, (uintptr_t)&peer, timeouts[i], -1), -EOPNOTSUPP);
        CHECK_EQUAL(sockeye_accept(-1, (uintptr_t)&peer, timeouts[i], -1), -EBADF);
    }
    CHECK_EQUAL(sockeye_listen(datagrams, 1), -EOPNOTSUPP);
    CHECK_EQUAL(sockeye_listen(fd, -1), -EINVAL);
    CHECK_EQUAL(sockeye_listen(-1, 1), -EBADF);
    close_socket(datagrams);
    close_socket(fd);
    close_socket(local);
}

CASE(connect_leaves_the_descriptor_as_it_was) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000)};
    struct sockeye_address name, seen;
    const int32_t listener = listening(16, &name);
    for (int i = 0; i < 6; i++) {
        const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
        set_turn(i);
        if (i >= 3)
            make_non_blocking(fd);
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&name, timeouts[i % 3]), 0);
        CHECK_EQUAL(is_non_blocking(fd), i >= 3);
        CHECK_EQUAL(sockeye_peer_name(fd, (uintptr_t)&seen), 0);
        CHECK_BYTES(&seen, &name, sizeof seen);
        /* The kernel tells the end of an attempt that did not wait once more, with 0. */
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&name, -1), 0);
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&name, -1), -EISCONN);
        CHECK_EQUAL(is_non_blocking(fd), i >= 3);
        close_socket(fd);
    }
    close_socket(listener);
}

CASE(connect_tells_a_refusal_and_can_be_tried_again) {
    struct sockeye_address name, vacant;
    const int32_t listener = listening(1, &name);
    const int32_t holder = sockeye_socket(AF_INET, SOCK_STREAM); /* bound, and does not listen */
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    vacant = address_of("127.0.0.1", 0);
    CHECK_EQUAL(sockeye_bind(holder, AF_INET, (uintptr_t)&vacant), 0);
    CHECK_EQUAL(sockeye_local_name(holder, (uintptr_t)&vacant), 0);
    for (int i = 0; i < 3; i++) {
        set_turn(i);
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&vacant, i - 1), -ECONNREFUSED);
        CHECK(!is_non_blocking(fd));
    }
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&name, -1), 0);
    close_socket(fd);
    close_socket(holder);
    close_socket(listener);
}

/* A listener that lets nobody in any more; `fillers` keep it so. */
#define FILLERS 8
static int32_t full_listener(struct sockeye_address *name, int32_t fillers[FILLERS]) {
    const int32_t listener = listening(0, name);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = sockeye_socket(AF_INET, SOCK_STREAM);
        sockeye_connect_stream(fillers[i], AF_INET, (uintptr_t)name, 20 * MILLIS);
    }
    return listener;
}

static void close_full(int32_t listener, const int32_t fillers[FILLERS]) {
    for (int i = 0; i < FILLERS; i++)
        close_socket(fillers[i]);
    close_socket(listener);
}

CASE(connect_gives_up_in_time_and_can_be_tried_again) {
    struct sockeye_address full, open_name;
    int32_t fillers[FILLERS];
    const int32_t listener = full_listener(&full, fillers);
    const int32_t other = listening(1, &open_name);
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    for (int i = 0; i < 3; i++) {
        const int64_t start = now_nanos();
        set_turn(i);
        if (i == 2)
            start_signals();
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&full, 30 * MILLIS), -ETIMEDOUT);
        CHECK(i < 2 || stop_signals() >= 1);
        CHECK(now_nanos() - start >= 30 * MILLIS);
        CHECK(!is_non_blocking(fd));
    }
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&full, 0), -ETIMEDOUT);
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&open_name, LONG_WAIT), 0);
    close_socket(fd);
    close_socket(other);
    close_full(listener, fillers);
}

CASE(shutdown_ends_a_connect) {
    struct sockeye_address full;
    int32_t fillers[FILLERS];
    const int32_t listener = full_listener(&full, fillers);
    for (int i = 0; i < 4; i++) {
        struct other other = {.act = shut_down_later, .delay_nanos = 30 * MILLIS};
        set_turn(i);
        other.fd = sockeye_socket(AF_INET, SOCK_STREAM);
        if (i >= 2)
            make_non_blocking(other.fd);
        start_other(&other);
        CHECK_EQUAL(sockeye_connect_stream(other.fd, AF_INET, (uintptr_t)&full, i % 2 == 0 ? -1 : LONG_WAIT),
                    -ECONNRESET);
        join_other(&other);
        close_socket(other.fd);
        /* One that comes before the connect, as when two threads race. */
        const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
        CHECK_EQUAL(sockeye_end_stream(fd), 0);
        CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&full, i % 2 == 0 ? -1 : LONG_WAIT), -ESHUTDOWN);
        close_socket(fd);
    }
    close_full(listener, fillers);
}

CASE(connect_refuses_wrong_arguments) {
    const struct sockeye_address ipv6 = address_of("::1", 9), ipv4 = address_of("127.0.0.1", 9);
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, (uintptr_t)&ipv6, -1), -EAFNOSUPPORT);
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_UNIX, (uintptr_t)&ipv4, -1), -EINVAL);
    CHECK_EQUAL(sockeye_connect_stream(fd, AF_INET, 0, -1), -EINVAL);
    CHECK(!is_non_blocking(fd));
    CHECK_EQUAL(sockeye_connect_stream(-1, AF_INET, (uintptr_t)&ipv4, -1), -EBADF);
    close_socket(fd);
}
