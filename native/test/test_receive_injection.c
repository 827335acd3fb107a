/*
 * What sockeye_receive makes of every answer that the kernel may give. The linker puts the function below in the place
 * of recvmmsg; no socket is needed.
 */
#define _GNU_SOURCE
#include "datagram_fakes.h"

static struct fake receiving;
static int receive_count;    /* messages that recvmmsg tells */
static int receive_flags;    /* what recvmmsg tells of each */
static int receive_nobodies; /* how many of them, from the first, have no sender */

static void reset(void) {
    const struct fake none = {.calls = 0};
    reset_wait();
    receiving = none;
    receive_count = 1;
    receive_flags = MSG_TRUNC;
    receive_nobodies = 0;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
    CHECK_EQUAL(fd, FD);
    CHECK((flags == (MSG_TRUNC | MSG_WAITFORONE) && may_block) || flags == (MSG_TRUNC | MSG_DONTWAIT));
    CHECK(timeout == NULL && count == PACKETS);
    if (fails(&receiving))
        return -1;
    for (int i = 0; i < receive_count; i++) {
        struct msghdr *message = &headers[i].msg_hdr;
        CHECK_EQUAL(message->msg_namelen, sizeof(union sockeye_name));
        CHECK_EQUAL(message->msg_controllen, SOCKEYE_CONTROL_BYTES);
        CHECK_EQUAL(message->msg_flags, 0);
        const bool nobody = i < receive_nobodies;
        memset(message->msg_name, 0, sizeof(union sockeye_name));
        ((struct sockaddr_in *)message->msg_name)->sin_family = AF_INET;
        message->msg_namelen = nobody ? 0 : sizeof(struct sockaddr_in);
        message->msg_controllen = 0;
        message->msg_flags = receive_flags;
        headers[i].msg_len = nobody ? 0 : 65535;
    }
    return receive_count;
}

CASE(receive_has_a_defined_result_for_every_errno) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(1000000)};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            const bool waits = error == EAGAIN && timeouts[i] != 0; /* a call without limit: on a non-blocking one */
            set_turn(10 * error + i);
            reset();
            receiving = (struct fake){.fail_count = 1, .error = error};
            batch.header->size = 5;
            const bool nothing = error == EAGAIN && timeouts[i] == 0;
            const int32_t expected = error == EINTR || waits ? 1 : nothing ? 0 : -error;
            CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), timeouts[i], -1), expected);
            CHECK_EQUAL(batch.header->size, expected == 1);
            CHECK_EQUAL(receiving.calls, expected == 1 ? 2 : 1);
        }
    free_batch(&batch);
}

CASE(receive_has_a_defined_result_for_every_errno_after_a_wait) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        receiving = (struct fake){.fail_count = 2, .error = EAGAIN, .second_error = error};
        const int32_t expected = error == EINTR || error == EAGAIN ? 1 : -error;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 10000 * MILLIS, -1), expected);
        CHECK_EQUAL(batch.header->size, expected == 1);
    }
    free_batch(&batch);
}

CASE(receive_has_a_defined_result_for_every_errno_of_the_wait) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        receiving = (struct fake){.fail_count = 1, .error = EAGAIN};
        polling = (struct fake){.fail_count = 1, .error = error};
        const int32_t expected = error == EINTR ? 1 : error == EAGAIN ? 0 : -error;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 10000 * MILLIS, -1), expected);
    }
    free_batch(&batch);
}

CASE(receive_ends_a_storm_of_signals) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(10000000000)};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < 3; i++) {
        set_turn(i);
        reset();
        receiving = (struct fake){.fail_count = FOREVER, .error = EINTR};
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), timeouts[i], -1), 1);
    }
    free_batch(&batch);
}

CASE(receive_keeps_its_deadline_in_a_storm_of_signals) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receiving = (struct fake){.fail_count = FOREVER, .error = EAGAIN};
    polling = (struct fake){.fail_count = FOREVER, .error = EINTR};
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 5 * MILLIS, -1), 0);
    CHECK(now_nanos() - start >= 5 * MILLIS);
    CHECK(polling.calls < FOREVER);
    free_batch(&batch);
}

CASE(receive_keeps_its_deadline_when_a_ready_socket_has_nothing) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receiving = (struct fake){.fail_count = FOREVER, .error = EAGAIN};
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 5 * MILLIS, -1), 0);
    CHECK(now_nanos() - start >= 5 * MILLIS);
    free_batch(&batch);
}

CASE(receive_ends_at_once_when_the_error_queue_is_all_there_is) {
    static const short events[] = {POLLERR, POLLERR | POLLIN};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < 2; i++) {
        set_turn(i);
        reset();
        receiving = (struct fake){.fail_count = FOREVER, .error = EAGAIN};
        poll_events = events[i];
        const int64_t start = now_nanos();
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 10000 * MILLIS, -1), 0);
        CHECK(now_nanos() - start < 5000 * MILLIS);
        CHECK_EQUAL(batch.header->errors, 1);
        CHECK_EQUAL(batch.header->size, 0);
        CHECK_EQUAL(receiving.calls, 2);
        CHECK_EQUAL(polling.calls, 1);
    }
    free_batch(&batch);
}

CASE(receive_takes_a_datagram_beside_the_error_queue) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receiving = (struct fake){.fail_count = 1, .error = EAGAIN};
    poll_events = POLLERR | POLLIN;
    batch.header->errors = 1; /* of the receive before */
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 10000 * MILLIS, -1), 1);
    CHECK_EQUAL(batch.header->errors, 0);
    free_batch(&batch);
}

CASE(receive_tells_errors_of_its_own_turn_only) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(1000000)};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < 3; i++) {
        set_turn(i);
        reset();
        receiving = (struct fake){.fail_count = 1, .error = ECONNREFUSED};
        batch.header->errors = 1;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), timeouts[i], -1), -ECONNREFUSED);
        CHECK_EQUAL(batch.header->errors, 0);
    }
    free_batch(&batch);
}

CASE(receive_waits_the_longest_time_without_overflow) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receiving = (struct fake){.fail_count = 1, .error = EAGAIN};
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), INT64_MAX, -1), 1);
    free_batch(&batch);
}

CASE(receive_tells_a_shutdown_from_a_datagram) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int count = 1; count <= PACKETS; count++) {
        set_turn(count);
        reset();
        receive_count = count; /* a datagram may come in the same moment, behind the message from nobody */
        receive_nobodies = 1;
        batch.header->size = 5;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, -1), -ESHUTDOWN);
        CHECK_EQUAL(batch.header->size, 0);
        receive_nobodies = 0; /* the headers are ready again: recvmmsg above checks it */
        receive_count = PACKETS;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, -1), PACKETS);
    }
    free_batch(&batch);
}

CASE(receive_ends_at_a_shutdown_seen_by_the_wait) {
    static const short events[] = {POLLHUP, POLLRDHUP, POLLIN | POLLRDHUP, POLLERR | POLLHUP};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < 4; i++) {
        set_turn(i);
        reset();
        receiving = (struct fake){.fail_count = FOREVER, .error = EAGAIN};
        poll_events = events[i];
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), 10000 * MILLIS, -1), -ESHUTDOWN);
        CHECK_EQUAL(receiving.calls, 2);
    }
    free_batch(&batch);
}

CASE(receive_never_tells_more_payload_than_the_slot_holds) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receive_count = PACKETS;
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, -1), PACKETS);
    for (int i = 0; i < PACKETS; i++) {
        CHECK_EQUAL(batch.packets[i].length, 100);
        CHECK_EQUAL(batch.packets[i].datagram_length, 65535);
        CHECK_EQUAL(batch.packets[i].flags, SOCKEYE_REMOTE | SOCKEYE_TRUNCATED);
    }
    free_batch(&batch);
}

CASE(receive_tells_that_control_messages_were_cut) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    reset();
    receive_flags = MSG_TRUNC | MSG_CTRUNC;
    CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, -1), 1);
    CHECK_EQUAL(batch.packets[0].flags, SOCKEYE_REMOTE | SOCKEYE_TRUNCATED | SOCKEYE_CONTROL_CUT);
    free_batch(&batch);
}

static void reset_with_wake(void) {
    reset();
    may_block = false;
}

CASE(receive_with_a_wake_descriptor_never_blocks_in_recvmmsg) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(1000000)};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            const bool waits = error == EAGAIN && timeouts[i] != 0;
            set_turn(10 * error + i);
            reset_with_wake();
            receiving = (struct fake){.fail_count = 1, .error = error};
            const bool nothing = error == EAGAIN && timeouts[i] == 0;
            const int32_t expected = error == EINTR || waits ? 1 : nothing ? 0 : -error;
            CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), timeouts[i], WAKE_FD), expected);
            CHECK_EQUAL(polling.calls, waits);
        }
    free_batch(&batch);
}

CASE(receive_that_was_woken_takes_nothing_more) {
    static const short events[] = {0, POLLIN, POLLERR, POLLIN | POLLERR};
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < 4; i++) {
        set_turn(i);
        reset_with_wake();
        receiving = (struct fake){.fail_count = 1, .error = EAGAIN};
        poll_events = events[i];
        woken = true;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, WAKE_FD), -ESHUTDOWN);
        CHECK_EQUAL(receiving.calls, 1);
        CHECK_EQUAL(batch.header->size, 0);
        CHECK_EQUAL(batch.header->errors, 0);
    }
    free_batch(&batch);
}

CASE(receive_with_a_wake_descriptor_has_a_defined_result_for_every_errno_of_the_wait) {
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset_with_wake();
        receiving = (struct fake){.fail_count = 1, .error = EAGAIN};
        polling = (struct fake){.fail_count = 1, .error = error};
        const int32_t expected = error == EINTR ? 1 : error == EAGAIN ? 0 : -error;
        CHECK_EQUAL(sockeye_receive(FD, batch_of(&batch), -1, WAKE_FD), expected);
    }
    free_batch(&batch);
}
