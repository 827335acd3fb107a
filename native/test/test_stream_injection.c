/* What the calls of stream sockets make of every answer that the kernel may give. No socket is needed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "stream_fakes.h"

#define TRIES_OF_ACCEPT 64

static const int64_t timeouts[] = {-1, 0, INT64_C(10000000000)};

static bool is_of_connection(int error) {
    static const int errors[] = {ECONNABORTED, EHOSTDOWN,   EHOSTUNREACH, ENETDOWN, ENETUNREACH,
                                 ENONET,       ENOPROTOOPT, EOPNOTSUPP,   EPROTO};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i] == error)
            return true;
    return false;
}

CASE(listen_and_shutdown_have_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        listening = once(error);
        CHECK_EQUAL(sockeye_listen(FD, 5), -error);
        shutting = once(error);
        CHECK_EQUAL(sockeye_shutdown_side(FD, SHUT_RD), -error);
        CHECK_EQUAL(sockeye_shutdown_side(FD, SHUT_WR), 0);
    }
}

CASE(accept_has_a_defined_result_for_every_errno) {
    struct sockeye_address peer;
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            const bool goes_on = error == EINTR || is_of_connection(error) || (error == EAGAIN && timeouts[i] != 0);
            set_turn(10 * error + i);
            reset();
            accepting = once(error);
            CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, timeouts[i], -1), goes_on ? ACCEPTED : -error);
            CHECK_EQUAL(flags & O_NONBLOCK, timeouts[i] >= 0 ? O_NONBLOCK : 0);
            CHECK_EQUAL(closed, 0);
        }
}

CASE(accept_has_a_defined_result_for_every_errno_that_stays) {
    struct sockeye_address peer;
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 2 && error != EINTR && error != EAGAIN; i++) {
            set_turn(10 * error + i);
            reset();
            accepting = always(error);
            CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, timeouts[i], -1), -error);
            CHECK_EQUAL(accepting.calls, is_of_connection(error) ? TRIES_OF_ACCEPT : 1);
        }
}

CASE(accept_has_a_defined_result_for_every_errno_of_its_wait_and_flags) {
    struct sockeye_address peer;
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        accepting = once(EAGAIN);
        polling = once(error);
        CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, -1, -1), error == EINTR ? ACCEPTED : -error);
        for (int at = 0; at < 2; at++) {
            reset();
            flagging = once(error);
            flagging.fail_at = at;
            CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, 0, -1), -error);
            CHECK_EQUAL(accepting.calls, 0);
        }
    }
}

CASE(accept_keeps_its_deadline) {
    struct sockeye_address peer;
    const int64_t start = now_nanos();
    reset();
    accepting = always(EAGAIN); /* each connection goes to another thread */
    CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, 5 * MILLIS, -1), -EAGAIN);
    poll_events = 0;
    CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, 5 * MILLIS, -1), -EAGAIN);
    polling = always(EINTR);
    CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, 5 * MILLIS, -1), -EAGAIN);
    CHECK(now_nanos() - start >= 15 * MILLIS);
}

CASE(accept_ends_a_storm_of_signals) {
    struct sockeye_address peer;
    for (int i = 0; i < 3; i++) {
        set_turn(i);
        reset();
        accepting = always(EINTR);
        CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, timeouts[i], -1), ACCEPTED);
    }
}

CASE(accept_with_a_wake_descriptor_never_blocks) {
    struct sockeye_address peer;
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            const bool goes_on = error == EINTR || is_of_connection(error) || (error == EAGAIN && timeouts[i] != 0);
            set_turn(10 * error + i);
            reset();
            polled = 2;
            accepting = once(error);
            CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, timeouts[i], WAKE_FD), goes_on ? ACCEPTED : -error);
            CHECK_EQUAL(flags & O_NONBLOCK, O_NONBLOCK);
        }
}

CASE(accept_that_was_woken_takes_nothing_more) {
    struct sockeye_address peer;
    static const short events[] = {0, POLLIN};
    for (int i = 0; i < 2; i++) {
        set_turn(i);
        reset();
        polled = 2;
        woken = true;
        poll_events = events[i];
        accepting = once(EAGAIN);
        CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, -1, WAKE_FD), -ESHUTDOWN);
        CHECK_EQUAL(accepting.calls, 1);
    }
}

CASE(accept_closes_a_connection_of_another_family) {
    struct sockeye_address peer;
    reset();
    family = AF_UNIX;
    CHECK_EQUAL(sockeye_accept(FD, (uintptr_t)&peer, -1, -1), -EAFNOSUPPORT);
    CHECK_EQUAL(closed, 1);
}

static int32_t connect_to_any(int64_t timeout_nanos) {
    const struct sockeye_address address = address_of("127.0.0.1", 9);
    return sockeye_connect_stream(FD, AF_INET, (uintptr_t)&address, timeout_nanos);
}

CASE(connect_has_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            const bool goes_on = error == EINPROGRESS || error == EINTR;
            set_turn(10 * error + i);
            reset();
            connecting = once(error);
            CHECK_EQUAL(connect_to_any(timeouts[i]), goes_on ? 0 : -error);
            CHECK_EQUAL(connecting.calls, 1); /* never twice: that would be another attempt */
            CHECK_EQUAL(disconnecting.calls, 0);
            CHECK_EQUAL(flags, O_RDWR);
        }
}

CASE(connect_tells_every_errno_of_the_attempt_and_ends_it) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int started = O_RDWR; started <= (O_RDWR | O_NONBLOCK); started += O_NONBLOCK) {
            set_turn(error);
            reset();
            flags = started;
            connecting = once(EINPROGRESS);
            socket_error = error;
            disconnecting = once(error);
            CHECK_EQUAL(connect_to_any(-1), -error);
            CHECK_EQUAL(disconnecting.calls, 1);
            CHECK_EQUAL(flags, started);
            reset(); /* SO_ERROR cannot be asked for */
            connecting = once(EINPROGRESS);
            asking = once(error);
            CHECK_EQUAL(connect_to_any(-1), -error);
            CHECK_EQUAL(disconnecting.calls, 1);
            reset(); /* the wait fails */
            connecting = once(EINPROGRESS);
            polling = once(error);
            CHECK_EQUAL(connect_to_any(-1), error == EINTR ? 0 : -error);
            CHECK_EQUAL(disconnecting.calls, error != EINTR);
        }
}

CASE(connect_has_a_defined_result_for_every_errno_of_the_flags) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int at = 0; at < 4; at++) {
            set_turn(10 * error + at);
            reset();
            flagging = once(error);
            flagging.fail_at = at;
            CHECK_EQUAL(connect_to_any(-1), at < 2 ? -error : 0); /* afterwards the connection is what counts */
            CHECK_EQUAL(connecting.calls, at >= 2);
        }
}

CASE(connect_ends_an_attempt_that_takes_too_long) {
    const int64_t start = now_nanos();
    reset();
    connecting = once(EINPROGRESS);
    poll_events = 0;
    CHECK_EQUAL(connect_to_any(5 * MILLIS), -ETIMEDOUT);
    CHECK(now_nanos() - start >= 5 * MILLIS);
    CHECK_EQUAL(disconnecting.calls, 1);
}

CASE(connect_tells_a_shutdown_that_came_first) {
    reset();
    connecting = once(EINPROGRESS);
    poll_events = POLLOUT | POLLHUP;
    CHECK_EQUAL(connect_to_any(-1), -ESHUTDOWN);
    CHECK_EQUAL(disconnecting.calls, 1);
}

static char memory[ROOM];

static int32_t read_any(int64_t timeout_nanos) {
    return sockeye_read(FD, (uintptr_t)memory, ROOM, timeout_nanos);
}

static int32_t write_all(int32_t wait) {
    return sockeye_write(FD, (uintptr_t)memory, ROOM, wait);
}

CASE(read_has_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        for (int i = 0; i < 3; i++) {
            const bool goes_on = error == EINTR || (error == EAGAIN && timeouts[i] != 0);
            set_turn(10 * error + i);
            reset();
            receiving = once(error);
            CHECK_EQUAL(read_any(timeouts[i]), goes_on ? 7 : -error);
        }
        reset();
        receiving = once(EAGAIN);
        polling = once(error);
        CHECK_EQUAL(read_any(-1), error == EINTR ? 7 : -error);
    }
}

CASE(read_ends_a_storm_of_signals_and_keeps_its_deadline) {
    reset();
    receiving = always(EINTR);
    CHECK_EQUAL(read_any(-1), 7);
    const int64_t start = now_nanos();
    reset();
    receiving = always(EAGAIN);
    CHECK_EQUAL(read_any(5 * MILLIS), -EAGAIN);
    poll_events = 0;
    CHECK_EQUAL(read_any(5 * MILLIS), -EAGAIN);
    CHECK(now_nanos() - start >= 10 * MILLIS);
}

CASE(write_has_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int wait = 0; wait < 2; wait++) {
            const bool goes_on = error == EINTR || (error == EAGAIN && wait);
            set_turn(10 * error + wait);
            reset();
            sending = once(error);
            CHECK_EQUAL(write_all(wait), goes_on ? ROOM : -error);
            reset(); /* after some bytes */
            sending = once(error);
            sending.fail_at = 1;
            each_send = 40;
            CHECK_EQUAL(write_all(wait), wait && goes_on ? ROOM : 40);
        }
}

CASE(write_has_a_defined_result_for_every_errno_of_its_wait) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        sending = once(EAGAIN);
        polling = once(error);
        CHECK_EQUAL(write_all(1), error == EINTR ? ROOM : -error);
    }
}

CASE(write_ends_when_the_kernel_takes_nothing_and_tells_no_error) {
    for (int wait = 0; wait < 2; wait++) {
        reset();
        each_send = 0;
        CHECK_EQUAL(write_all(wait), 0);
    }
}

CASE(write_ends_a_storm_of_signals) {
    for (int wait = 0; wait < 2; wait++) {
        reset();
        sending = always(EINTR);
        CHECK_EQUAL(write_all(wait), ROOM);
    }
}

CASE(end_of_a_stream_has_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        asking = once(error);
        CHECK_EQUAL(sockeye_end_stream(FD), 0);
        CHECK_EQUAL(disconnecting.calls, 0);
        reset();
        linger_zero = true;
        disconnecting = once(error); /* EBUSY: then the shutdown has to do */
        CHECK_EQUAL(sockeye_end_stream(FD), 0);
        CHECK_EQUAL(disconnecting.calls, 1);
        CHECK_EQUAL(shutting.calls, 1);
        reset();
        shutting = once(error);
        CHECK_EQUAL(sockeye_end_stream(FD), error == ENOTCONN ? 0 : -error);
    }
}
