/*
 * What sockeye_send makes of every answer that the kernel may give. The linker puts the function below in the place of
 * sendmmsg; no socket is needed.
 */
#define _GNU_SOURCE
#include "datagram_fakes.h"

#define EACH_SEND 2

static struct fake sending;
static char sent[PACKETS + 1];
static int sent_count;
static unsigned each_send; /* the fake sendmmsg takes no more at a time */

static void reset(void) {
    const struct fake none = {.calls = 0};
    reset_wait();
    sending = none;
    memset(sent, 0, sizeof sent);
    sent_count = 0;
    each_send = EACH_SEND;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);

int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags) {
    CHECK_EQUAL(fd, FD);
    CHECK((flags == MSG_NOSIGNAL && may_block) || flags == (MSG_NOSIGNAL | MSG_DONTWAIT));
    CHECK(count > 0 && count <= PACKETS);
    if (fails(&sending))
        return -1;
    const int taken = (int)(count < each_send ? count : each_send);
    for (int i = 0; i < taken; i++) {
        CHECK(sent_count < PACKETS);
        sent[sent_count++] = *(const char *)headers[i].msg_hdr.msg_iov->iov_base;
    }
    return taken;
}

/* A batch of packets 'a', 'b', and so on. */
static struct sockeye_layout outgoing(void) {
    const struct sockeye_address remote = address_of("127.0.0.1", 9);
    const struct sockeye_layout batch = new_batch(PACKETS, 100);
    for (int i = 0; i < PACKETS; i++)
        put_packet(&batch, &remote, (char[]){(char)('a' + i), '\0'});
    return batch;
}

/* Each packet's state as a letter: Outgoing, Sent, Refused. */
static void check_states(const struct sockeye_layout *batch, const char *expected) {
    char states[PACKETS + 1] = "";
    uint32_t refused = 0;
    for (int i = 0; i < PACKETS; i++) {
        const uint32_t state = batch->packets[i].state;
        states[i] = state == SOCKEYE_OUTGOING  ? 'O'
                    : state == SOCKEYE_SENT    ? 'S'
                    : state == SOCKEYE_REFUSED ? 'R'
                                               : '?';
        refused += state == SOCKEYE_REFUSED;
    }
    CHECK_BYTES(states, expected, PACKETS);
    CHECK_EQUAL(batch->header->refused, refused);
    CHECK_EQUAL(strlen(sent), sent_count);
    for (int i = 0, next = 0; i < PACKETS; i++)
        if (expected[i] == 'S')
            CHECK_EQUAL(sent[next++], 'a' + i);
}

static bool is_of_socket(int error) {
    return error == EBADF || error == ENOTSOCK || error == EPIPE;
}

/* Errors that a packet may have of its own and that an earlier datagram's ICMP message gives as well. */
static const int own_or_not[] = {EHOSTUNREACH, ENETUNREACH, EACCES, EMSGSIZE};
/* Errors that only an ICMP message gives. */
static const int never_own[] = {ECONNREFUSED, EHOSTDOWN, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO};
#define OWN_OR_NOT (sizeof own_or_not / sizeof own_or_not[0])
#define NEVER_OWN (sizeof never_own / sizeof never_own[0])
#define TRIES_OF_OWN 4 /* the first one too */
#define TRIES_OF_OTHERS 65
#define TRIES_IN_ALL 129

static bool is_one_of(const int *errors, size_t count, int error) {
    for (size_t i = 0; i < count; i++)
        if (errors[i] == error)
            return true;
    return false;
}

/* sendmmsg fails with `error` at call `fail_at`: once, or ever after. */
static void check_send(int error, int fail_at, bool forever, int wait) {
    char expected[] = "SSSSSSSS";
    const int before = fail_at * EACH_SEND;
    int32_t result = PACKETS, pending = 0;
    const struct sockeye_layout batch = outgoing();
    reset();
    sending = (struct fake){.fail_at = fail_at, .fail_count = forever ? FOREVER : 1, .error = error};
    if (error == EINTR) {
        ; /* goes on */
    } else if (error == EAGAIN || is_of_socket(error)) {
        memset(expected + before, 'O', (size_t)(PACKETS - before));
        result = before > 0 || error == EAGAIN ? before : -error;
    } else if (forever && is_one_of(never_own, NEVER_OWN, error)) {
        memset(expected + before, 'O', (size_t)(PACKETS - before));
        result = before;
        pending = error;
    } else if (forever) {
        memset(expected + before, 'R', (size_t)(PACKETS - before));
        result = before;
    } else if (is_one_of(own_or_not, OWN_OR_NOT, error) || is_one_of(never_own, NEVER_OWN, error)) {
        pending = error;
    } else {
        expected[before] = 'R';
        result = PACKETS - 1;
    }
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), wait, -1), result);
    check_states(&batch, expected);
    CHECK_EQUAL(batch.header->pending_error, pending);
    for (int i = 0; i < PACKETS; i++)
        if (expected[i] == 'R')
            CHECK_EQUAL(batch.packets[i].error, error);
    CHECK(sending.calls <= PACKETS * TRIES_OF_OWN + TRIES_OF_OTHERS || error == EINTR);
    free_batch(&batch);
}

CASE(send_has_a_defined_result_for_every_errno_once) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int fail_at = 0; fail_at < PACKETS / EACH_SEND; fail_at++) {
            set_turn(10 * error + fail_at);
            check_send(error, fail_at, false, 0);
            check_send(error, fail_at, false, 1);
        }
}

CASE(send_has_a_defined_result_for_every_errno_that_stays) {
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int fail_at = 0; fail_at < PACKETS / EACH_SEND && error != EINTR; fail_at++) {
            set_turn(10 * error + fail_at);
            check_send(error, fail_at, true, 0);
            check_send(error, fail_at, true, 1);
        }
}

CASE(send_goes_on_after_short_counts) {
    const struct sockeye_layout batch = outgoing();
    reset();
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 1, -1), PACKETS);
    CHECK_EQUAL(sending.calls, PACKETS / EACH_SEND);
    check_states(&batch, "SSSSSSSS");
    free_batch(&batch);
}

CASE(send_ends_a_storm_of_signals) {
    const struct sockeye_layout batch = outgoing();
    reset();
    sending = (struct fake){.fail_at = 1, .fail_count = FOREVER, .error = EINTR};
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 1, -1), PACKETS);
    check_states(&batch, "SSSSSSSS");
    free_batch(&batch);
}

CASE(send_ends_when_the_kernel_takes_nothing_and_tells_no_error) {
    const struct sockeye_layout batch = outgoing();
    reset();
    each_send = 0;
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 1, -1), 0);
    check_states(&batch, "OOOOOOOO");
    free_batch(&batch);
}

/* After two packets, sendmmsg fails `times` times. */
static void check_refusals(struct fake fake, int times, const char *states, int pending) {
    const struct sockeye_layout batch = outgoing();
    int32_t expected = 0;
    reset();
    sending = fake;
    sending.fail_at = 1;
    sending.fail_count = times;
    for (int i = 0; i < PACKETS; i++)
        expected += states[i] == 'S';
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 0, -1), expected);
    check_states(&batch, states);
    CHECK_EQUAL(batch.header->pending_error, pending);
    if (states[2] == 'R')
        CHECK_EQUAL(batch.packets[2].error, fake.second_error ? fake.second_error : fake.error);
    free_batch(&batch);
}

CASE(send_refuses_a_packet_whose_error_stays_for_four_tries) {
    for (size_t i = 0; i < OWN_OR_NOT; i++) {
        const struct fake fake = {.error = own_or_not[i]};
        set_turn(own_or_not[i]);
        for (int times = 1; times < TRIES_OF_OWN; times++)
            check_refusals(fake, times, "SSSSSSSS", own_or_not[i]);
        check_refusals(fake, TRIES_OF_OWN, "SSRSSSSS", 0);
    }
}

CASE(send_never_refuses_a_packet_for_an_error_that_only_icmp_knows) {
    for (size_t i = 0; i < NEVER_OWN; i++) {
        const struct fake fake = {.error = never_own[i]};
        set_turn(never_own[i]);
        for (int times = 1; times < TRIES_OF_OTHERS; times++)
            check_refusals(fake, times, "SSSSSSSS", never_own[i]);
        check_refusals(fake, TRIES_OF_OTHERS, "SSOOOOOO", never_own[i]);
        CHECK_EQUAL(sending.calls, 1 + TRIES_OF_OTHERS);
        check_refusals(fake, FOREVER, "SSOOOOOO", never_own[i]);
    }
}

CASE(send_tells_a_pending_error_from_the_packet_s_own) {
    const struct fake refused = {.error = ECONNREFUSED};
    for (int error = 1; error <= LAST_ERRNO; error++) {
        struct fake fake = refused;
        set_turn(error);
        fake.second_error = error;
        const bool retried =
            error == EINTR || is_one_of(own_or_not, OWN_OR_NOT, error) || is_one_of(never_own, NEVER_OWN, error);
        const bool stays = error == EAGAIN || is_of_socket(error);
        check_refusals(fake, 2, retried ? "SSSSSSSS" : stays ? "SSOOOOOO" : "SSRSSSSS", ECONNREFUSED);
    }
    for (size_t i = 0; i < OWN_OR_NOT; i++) {
        struct fake fake = refused;
        set_turn(own_or_not[i]);
        fake.second_error = own_or_not[i];
        check_refusals(fake, 1 + TRIES_OF_OWN - 1, "SSSSSSSS", ECONNREFUSED);
        check_refusals(fake, 1 + TRIES_OF_OWN, "SSRSSSSS", ECONNREFUSED);
    }
}

CASE(send_keeps_packets_while_errors_of_others_take_turns) {
    static const int pairs[][2] = {{ECONNREFUSED, EHOSTUNREACH}, {EHOSTUNREACH, ECONNREFUSED}, {EHOSTUNREACH, EACCES}};
    for (int i = 0; i < 3; i++) {
        const struct fake fake = {.error = pairs[i][0], .second_error = pairs[i][1], .in_turns = true};
        set_turn(i);
        check_refusals(fake, TRIES_IN_ALL - 1, "SSSSSSSS", pairs[i][0]);
        check_refusals(fake, FOREVER, "SSOOOOOO", pairs[i][0]);
        CHECK_EQUAL(sending.calls, 1 + TRIES_IN_ALL);
    }
}

CASE(send_keeps_the_first_pending_error) {
    const struct sockeye_layout batch = outgoing();
    reset();
    sending = (struct fake){.fail_at = 0, .fail_count = 1, .error = EHOSTUNREACH};
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 0, -1), PACKETS);
    CHECK_EQUAL(batch.header->pending_error, EHOSTUNREACH);
    CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 0, -1), 0);
    CHECK_EQUAL(batch.header->pending_error, 0); /* told once */
    free_batch(&batch);
}

static void reset_with_wake(void) {
    reset();
    may_block = false;
}

CASE(send_with_a_wake_descriptor_never_blocks_in_sendmmsg) {
    for (int fail_at = 0; fail_at < PACKETS / EACH_SEND; fail_at++) {
        const struct sockeye_layout batch = outgoing();
        set_turn(fail_at);
        reset_with_wake();
        poll_events = POLLOUT;
        sending = (struct fake){.fail_at = fail_at, .fail_count = 3, .error = EAGAIN};
        CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 1, WAKE_FD), PACKETS);
        CHECK_EQUAL(polling.calls, 3);
        check_states(&batch, "SSSSSSSS");
        free_batch(&batch);
    }
}

CASE(send_that_was_woken_keeps_the_packets) {
    for (int fail_at = 0; fail_at < PACKETS / EACH_SEND; fail_at++) {
        const struct sockeye_layout batch = outgoing();
        char expected[] = "OOOOOOOO";
        set_turn(fail_at);
        reset_with_wake();
        memset(expected, 'S', (size_t)(fail_at * EACH_SEND));
        poll_events = fail_at % 2 ? POLLOUT : 0;
        woken = true;
        sending = (struct fake){.fail_at = fail_at, .fail_count = FOREVER, .error = EAGAIN};
        CHECK_EQUAL(sockeye_send(FD, AF_INET, batch_of(&batch), 1, WAKE_FD),
                    fail_at > 0 ? fail_at * EACH_SEND : -ESHUTDOWN);
        CHECK_EQUAL(batch.header->errors, 0);
        check_states(&batch, expected);
        free_batch(&batch);
    }
}
