/*
 * What the library makes of every answer that the kernel may give. The linker puts the functions below in the place of
 * recvmmsg, sendmmsg and ppoll; no socket is needed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "sockets.h"

#define FD 12345
#define WAKE_FD 23456
#define FOREVER 1000000
#define LAST_ERRNO 133 /* EHWPOISON: Linux has no later one */
#define PACKETS 8
#define EACH_SEND 2

/* How one of the functions answers: with `error` from call `fail_at` on, `fail_count` times, and as told before and
 * after that. */
struct fake {
    int calls;
    int fail_at;
    int fail_count;
    int error;
    int second_error; /* of the failing calls after the first; 0: as the first */
    bool in_turns;    /* the two errors alternate */
};

static struct fake receiving, sending, polling;
static int receive_count;    /* messages that recvmmsg tells */
static int receive_flags;    /* what recvmmsg tells of each */
static int receive_nobodies; /* how many of them, from the first, have no sender */
static short poll_events;    /* what ppoll tells; 0: it times out */
static bool woken;           /* and of the descriptor that wakes, when there is one */
static bool may_block;       /* whether recvmmsg and sendmmsg may */
static char sent[PACKETS + 1];
static int sent_count;
static unsigned each_send; /* the fake sendmmsg takes no more at a time */

static void reset(void) {
    const struct fake none = {.calls = 0};
    receiving = sending = polling = none;
    receive_count = 1;
    receive_flags = MSG_TRUNC;
    receive_nobodies = 0;
    poll_events = POLLIN;
    woken = false;
    may_block = true;
    memset(sent, 0, sizeof sent);
    sent_count = 0;
    each_send = EACH_SEND;
}

static bool fails(struct fake *fake) {
    const int call = fake->calls++;
    CHECK(fake->calls < 2 * FOREVER); /* else it hangs */
    if (call < fake->fail_at || call >= fake->fail_at + fake->fail_count)
        return false;
    const int after = call - fake->fail_at;
    errno = fake->second_error && (fake->in_turns ? after % 2 != 0 : after > 0) ? fake->second_error : fake->error;
    return true;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask);

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

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask) {
    CHECK(timeout == NULL || (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1000000000));
    CHECK(mask == NULL && count == (may_block ? 1 : 2));
    if (fails(&polling))
        return -1;
    if (!may_block) {
        CHECK_EQUAL(descriptors[1].fd, WAKE_FD);
        CHECK_EQUAL(descriptors[1].events, POLLIN);
        descriptors[1].revents = woken ? POLLIN : 0;
    }
    CHECK_EQUAL(descriptors[0].fd, FD);
    descriptors[0].revents = poll_events;
    if (poll_events != 0 || woken)
        return (poll_events != 0) + woken;
    CHECK(timeout != NULL); /* else it hangs */
    nanosleep(timeout, NULL);
    return 0;
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
