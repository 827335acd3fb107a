/* The bytes of a connection on loopback: what each call does, what it waits for, and what ends the wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "streams.h"

#define LARGE (8u << 20) /* more than the buffers of both ends */

/* Both ends of a connection. */
struct ends {
    int32_t client;
    int32_t server;
};

static struct ends connect_ends(void) {
    struct sockeye_address name, peer;
    struct ends ends;
    const int32_t listener = listening(1, &name);
    ends.client = connected_to(&name);
    ends.server = sockeye_accept(listener, (uintptr_t)&peer, LONG_WAIT, -1);
    CHECK(ends.server >= 0);
    close_socket(listener);
    return ends;
}

static void close_ends(const struct ends *ends) {
    close_socket(ends->client);
    close_socket(ends->server);
}

static int32_t write_text(int32_t fd, const char *text) {
    return sockeye_write(fd, (uintptr_t)text, (uint32_t)strlen(text), 1);
}

static void check_text(int32_t fd, const char *text) {
    char buffer[64];
    for (uint32_t got = 0; got < strlen(text);) {
        const int32_t count = sockeye_read(fd, (uintptr_t)buffer + got, sizeof buffer - got, LONG_WAIT);
        CHECK(count > 0);
        got += (uint32_t)count;
    }
    CHECK_BYTES(buffer, text, strlen(text));
}

static void write_later(const struct other *other) {
    CHECK_EQUAL(write_text(other->fd, "late"), 4);
}

static void read_all_later(const struct other *other) {
    static char buffer[1 << 16];
    for (uint32_t got = 0; got < LARGE;) {
        const int32_t count = sockeye_read(other->fd, (uintptr_t)buffer, sizeof buffer, LONG_WAIT);
        CHECK(count > 0);
        got += (uint32_t)count;
    }
}

CASE(read_and_write_move_bytes_until_the_end) {
    const struct ends ends = connect_ends();
    char buffer[8];
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, sizeof buffer, 0), -EAGAIN);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, sizeof buffer, 10 * MILLIS), -EAGAIN);
    CHECK_EQUAL(write_text(ends.server, "hello"), 5);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, 2, -1), 2);
    CHECK_BYTES(buffer, "he", 2);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, sizeof buffer, LONG_WAIT), 3);
    CHECK_EQUAL(sockeye_shutdown_side(ends.server, SHUT_WR), 0);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, sizeof buffer, -1), 0);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, sizeof buffer, 0), 0);
    CHECK_EQUAL(write_text(ends.server, "x"), -EPIPE); /* and no SIGPIPE, which would end this program */
    CHECK_EQUAL(write_text(ends.client, "answer"), 6); /* the other half goes on */
    check_text(ends.server, "answer");
    CHECK_EQUAL(sockeye_shutdown_side(ends.server, SHUT_RD), 0);
    CHECK_EQUAL(sockeye_read(ends.server, (uintptr_t)buffer, sizeof buffer, -1), 0);
    close_ends(&ends);
}

CASE(read_and_write_refuse_wrong_arguments) {
    const struct ends ends = connect_ends();
    char byte = 0;
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)&byte, 0, 0), -EINVAL);
    CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)&byte, UINT32_MAX, 0), -EINVAL);
    CHECK_EQUAL(sockeye_write(ends.client, (uintptr_t)&byte, 0, 0), -EINVAL);
    CHECK_EQUAL(sockeye_write(ends.client, (uintptr_t)&byte, (uint32_t)INT32_MAX + 1, 0), -EINVAL);
    CHECK_EQUAL(sockeye_write(ends.client, 0, 1, 1), -EFAULT);
    CHECK_EQUAL(sockeye_read(-1, (uintptr_t)&byte, 1, -1), -EBADF);
    CHECK_EQUAL(sockeye_write(-1, (uintptr_t)&byte, 1, 1), -EBADF);
    CHECK_EQUAL(sockeye_shutdown_side(ends.client, SHUT_RDWR), -EINVAL);
    CHECK_EQUAL(sockeye_shutdown_side(ends.client, -1), -EINVAL);
    CHECK_EQUAL(sockeye_shutdown_side(-1, SHUT_RD), -EBADF);
    CHECK_EQUAL(sockeye_end_stream(-1), -EBADF);
    const int32_t fd = sockeye_socket(AF_INET, SOCK_STREAM);
    CHECK_EQUAL(sockeye_read(fd, (uintptr_t)&byte, 1, -1), -ENOTCONN);
    CHECK_EQUAL(sockeye_write(fd, (uintptr_t)&byte, 1, 1), -EPIPE);
    CHECK_EQUAL(sockeye_shutdown_side(fd, SHUT_RD), -ENOTCONN);
    close_socket(fd);
    close_ends(&ends);
}

CASE(read_waits_also_on_a_non_blocking_descriptor_and_under_signals) {
    for (int i = 0; i < 4; i++) {
        const struct ends ends = connect_ends();
        struct other other = {.act = write_later, .fd = ends.server, .delay_nanos = 40 * MILLIS};
        char buffer[8];
        set_turn(i);
        if (i >= 2)
            make_non_blocking(ends.client);
        start_other(&other);
        start_signals();
        CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)buffer, 8, i % 2 == 0 ? -1 : LONG_WAIT), 4);
        CHECK(stop_signals() >= 1); /* a busy machine joins those that wait */
        join_other(&other);
        close_ends(&ends);
    }
}

CASE(write_takes_all_or_what_there_is_room_for) {
    char *large = calloc(1, LARGE);
    for (int i = 0; i < 2; i++) {
        const struct ends ends = connect_ends();
        struct other other = {.act = read_all_later, .fd = ends.server, .delay_nanos = 40 * MILLIS};
        set_turn(i);
        int32_t taken = sockeye_write(ends.client, (uintptr_t)large, LARGE, 0);
        CHECK(taken > 0 && taken < (int32_t)LARGE);
        while (taken > 0)
            taken = sockeye_write(ends.client, (uintptr_t)large, LARGE, 0);
        CHECK_EQUAL(taken, -EAGAIN);
        close_ends(&ends);

        const struct ends fresh = connect_ends();
        if (i == 1)
            make_non_blocking(fresh.client);
        other.fd = fresh.server;
        start_other(&other);
        start_signals();
        CHECK_EQUAL(sockeye_write(fresh.client, (uintptr_t)large, LARGE, 1), LARGE);
        CHECK(stop_signals() >= 1); /* a busy machine joins those that wait */
        join_other(&other);
        close_ends(&fresh);
    }
    free(large);
}

CASE(shutdown_ends_a_read_and_a_write) {
    char *large = calloc(1, LARGE);
    for (int i = 0; i < 4; i++) {
        for (int writes = 0; writes < 2; writes++) {
            const struct ends ends = connect_ends();
            struct other other = {.act = shut_down_later, .fd = ends.client, .delay_nanos = 30 * MILLIS};
            set_turn(10 * i + writes);
            if (i >= 2)
                make_non_blocking(ends.client);
            start_other(&other);
            if (writes) {
                const int32_t taken = sockeye_write(ends.client, (uintptr_t)large, LARGE, 1);
                CHECK(taken > 0 && taken < (int32_t)LARGE); /* the rest met the shutdown */
                CHECK_EQUAL(sockeye_write(ends.client, (uintptr_t)large, LARGE, 1), -EPIPE);
            } else {
                CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)large, 8, i % 2 == 0 ? -1 : LONG_WAIT), 0);
            }
            join_other(&other);
            CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)large, 8, -1), 0);
            close_ends(&ends);
        }
    }
    free(large);
}

CASE(end_with_linger_zero_resets_and_shows_no_end) {
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    const struct linger some = {.l_onoff = 1, .l_linger = 1};
    char byte;
    for (int i = 0; i < 2; i++) {
        const struct ends ends = connect_ends();
        set_turn(i);
        CHECK_EQUAL(sockeye_set_option(ends.server, SOL_SOCKET, SO_LINGER, (uintptr_t)(i ? &some : &none), sizeof none),
                    0);
        CHECK_EQUAL(sockeye_end_stream(ends.server), 0);
        CHECK_EQUAL(sockeye_read(ends.client, (uintptr_t)&byte, 1, LONG_WAIT), i ? 0 : -ECONNRESET);
        CHECK_EQUAL(sockeye_end_stream(ends.server), 0); /* again */
        close_ends(&ends);
    }
}
