/*
 * What sockeye_receive_errors makes of every answer that the kernel may give. The linker puts the functions below in
 * the place of recvmmsg and getsockopt; no socket is needed.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "messages.h"

#define FD 12345
#define LAST_ERRNO 133 /* EHWPOISON: Linux has no later one */
#define SLOTS 4
#define PAYLOAD 16

/* The socket: the errnos of the entries in its queue, and its own. */
static int queue[64];
static int queued;
static int taken;
static int socket_error;
static int comes_late;    /* an entry that gets into the queue just before the socket's error is read; 0: none */
static int queue_failure; /* errno of recvmmsg from call `queue_fails_at` on, `queue_failures` times */
static int queue_fails_at;
static int queue_failures;
static int option_failure; /* errno of getsockopt; 0: none */
static int queue_calls;
static int option_calls;

static void reset(void) {
    queued = taken = socket_error = comes_late = queue_calls = option_calls = 0;
    queue_failure = queue_fails_at = queue_failures = option_failure = 0;
}

static void enqueue(int error) {
    CHECK(queued < 64);
    queue[queued++] = error;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length);

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
    const int call = queue_calls++;
    CHECK_EQUAL(fd, FD);
    CHECK_EQUAL(flags, MSG_ERRQUEUE | MSG_TRUNC | MSG_DONTWAIT);
    CHECK(timeout == NULL && count > 0 && count <= SLOTS);
    if (call >= queue_fails_at && call < queue_fails_at + queue_failures) {
        errno = queue_failure;
        return -1;
    }
    if (taken == queued) {
        errno = EAGAIN;
        return -1;
    }
    unsigned i;
    for (i = 0; i < count && taken < queued; i++) {
        struct msghdr *message = &headers[i].msg_hdr;
        const struct error_entry entry = {
            .error = (uint32_t)queue[taken], .origin = SO_EE_ORIGIN_ICMP, .type = 3, .code = 3};
        uint8_t data[32];
        struct messages messages = {.length = 0};
        CHECK_EQUAL(message->msg_namelen, sizeof(union sockeye_name));
        CHECK_EQUAL(message->msg_controllen, SOCKEYE_CONTROL_BYTES);
        CHECK_EQUAL(message->msg_flags, 0);
        CHECK_EQUAL(message->msg_iov->iov_len, PAYLOAD);
        const struct sockeye_address remote = address_of("192.0.2.7", (uint16_t)(1000 + taken));
        message->msg_namelen = sockeye_to_name(&remote, AF_INET, message->msg_name);
        add_message(&messages, SOL_IP, IP_RECVERR, data, put_ipv4_error(data, &entry, "192.0.2.9"));
        memcpy(message->msg_control, messages.bytes, messages.length);
        message->msg_controllen = (socklen_t)messages.length;
        message->msg_flags = MSG_ERRQUEUE;
        headers[i].msg_len = 1;
        *(uint8_t *)message->msg_iov->iov_base = (uint8_t)taken++;
    }
    return (int)i;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    option_calls++;
    CHECK_EQUAL(fd, FD);
    CHECK(level == SOL_SOCKET && name == SO_ERROR && *length == sizeof(int));
    if (comes_late != 0)
        enqueue(comes_late);
    if (option_failure != 0) {
        errno = option_failure;
        return -1;
    }
    memcpy(value, &socket_error, sizeof socket_error);
    socket_error = 0;
    return 0;
}

static void check_entry(const struct sockeye_layout *batch, uint32_t slot, int number, int error) {
    const struct sockeye_packet *packet = &batch->packets[slot];
    CHECK_EQUAL(packet->state, SOCKEYE_ERROR);
    CHECK_EQUAL(packet->flags, SOCKEYE_REMOTE | SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
    CHECK_EQUAL(packet->error, error);
    CHECK_EQUAL(packet->remote.port, 1000 + number);
    CHECK_EQUAL(packet->length, 1);
    CHECK_EQUAL(*sockeye_payload(batch, slot), number);
}

/* An error that is known from SO_ERROR alone. */
static void check_bare(const struct sockeye_layout *batch, uint32_t slot, int error) {
    const struct sockeye_packet expected = {.state = SOCKEYE_ERROR, .error = error};
    CHECK_BYTES(&batch->packets[slot], &expected, sizeof expected);
}

static struct sockeye_layout used_batch(void) {
    const struct sockeye_layout batch = new_batch(SLOTS, PAYLOAD);
    memset(batch.packets, POISON, SLOTS * sizeof *batch.packets);
    batch.header->size = 3;
    return batch;
}

static void check_receive_errors(const struct sockeye_layout *batch, int32_t expected) {
    CHECK_EQUAL(sockeye_receive_errors(FD, batch_of(batch)), expected);
    CHECK_EQUAL(batch->header->size, expected < 0 ? 0 : expected);
}

CASE(receive_errors_has_nothing_from_an_empty_queue) {
    const struct sockeye_layout batch = used_batch();
    reset();
    check_receive_errors(&batch, 0);
    CHECK_EQUAL(queue_calls, 1);
    CHECK_EQUAL(option_calls, 1);
    CHECK_EQUAL(batch.packets[0].state, 0xa5a5a5a5);
    free_batch(&batch);
}

CASE(receive_errors_has_a_defined_result_for_every_errno) {
    const struct sockeye_layout batch = used_batch();
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        enqueue(ECONNREFUSED);
        queue_failure = error;
        queue_failures = 1;
        batch.header->size = 3;
        if (error == EINTR) { /* goes on */
            check_receive_errors(&batch, 1);
            check_entry(&batch, 0, 0, ECONNREFUSED);
        } else {
            check_receive_errors(&batch, error == EAGAIN ? 0 : -error);
            CHECK_EQUAL(option_calls, error == EAGAIN);
        }
    }
    free_batch(&batch);
}

CASE(receive_errors_keeps_what_it_took_when_the_socket_s_error_cannot_be_read) {
    const struct sockeye_layout batch = used_batch();
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int count = 0; count < SLOTS; count++) {
            set_turn(error);
            reset();
            for (int i = 0; i < count; i++)
                enqueue(EHOSTUNREACH);
            socket_error = ECONNREFUSED;
            option_failure = error;
            check_receive_errors(&batch, count);
            for (int i = 0; i < count; i++)
                check_entry(&batch, (uint32_t)i, i, EHOSTUNREACH);
        }
    free_batch(&batch);
}

CASE(receive_errors_tells_an_error_whose_entry_found_no_room) {
    const struct sockeye_layout batch = used_batch();
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int count = 0; count < SLOTS; count++) {
            set_turn(error);
            reset();
            for (int i = 0; i < count; i++)
                enqueue(INT16_MAX);
            socket_error = error;
            check_receive_errors(&batch, count + 1);
            for (int i = 0; i < count; i++)
                check_entry(&batch, (uint32_t)i, i, INT16_MAX);
            check_bare(&batch, (uint32_t)count, error);
            check_receive_errors(&batch, 0); /* told once */
        }
    free_batch(&batch);
}

CASE(receive_errors_tells_no_error_twice_that_was_set_after_its_entry_was_taken) {
    const struct sockeye_layout batch = used_batch();
    for (int place = 0; place < SLOTS - 1; place++) {
        set_turn(place);
        reset();
        for (int i = 0; i < SLOTS - 1; i++)
            enqueue(i == place ? ECONNREFUSED : EHOSTUNREACH);
        socket_error = ECONNREFUSED;
        check_receive_errors(&batch, SLOTS - 1);
        CHECK_EQUAL(option_calls, 1);
    }
    free_batch(&batch);
}

CASE(receive_errors_takes_an_entry_that_comes_with_the_socket_s_error) {
    const struct sockeye_layout batch = used_batch();
    for (int count = 0; count < SLOTS; count++) {
        set_turn(count);
        reset();
        for (int i = 0; i < count; i++)
            enqueue(EHOSTUNREACH);
        socket_error = comes_late = ECONNREFUSED;
        check_receive_errors(&batch, count + 1);
        check_entry(&batch, (uint32_t)count, count, ECONNREFUSED);
    }
    free_batch(&batch);
}

CASE(receive_errors_tells_both_when_another_entry_comes_with_the_socket_s_error) {
    const struct sockeye_layout batch = used_batch();
    reset();
    socket_error = ECONNREFUSED;
    comes_late = EHOSTUNREACH;
    check_receive_errors(&batch, 2);
    check_entry(&batch, 0, 0, EHOSTUNREACH);
    check_bare(&batch, 1, ECONNREFUSED);
    free_batch(&batch);
}

CASE(receive_errors_ends_where_the_batch_ends_when_entries_come_meanwhile) {
    const struct sockeye_layout batch = used_batch();
    reset();
    for (int i = 0; i < SLOTS - 1; i++)
        enqueue(EHOSTUNREACH);
    socket_error = ECONNREFUSED;
    comes_late = EACCES; /* takes the last slot */
    check_receive_errors(&batch, SLOTS);
    check_entry(&batch, SLOTS - 1, SLOTS - 1, EACCES);
    free_batch(&batch);
}

CASE(receive_errors_survives_a_failure_after_the_socket_s_error) {
    const struct sockeye_layout batch = used_batch();
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        enqueue(EHOSTUNREACH);
        socket_error = ECONNREFUSED;
        queue_failure = error;
        queue_fails_at = queue_failures = 1;
        check_receive_errors(&batch, 2);
        check_entry(&batch, 0, 0, EHOSTUNREACH);
        check_bare(&batch, 1, ECONNREFUSED);
    }
    free_batch(&batch);
}

CASE(receive_errors_leaves_the_socket_s_error_while_the_batch_is_full) {
    const struct sockeye_layout batch = used_batch();
    reset();
    for (int i = 0; i < 2 * SLOTS + 1; i++)
        enqueue(EHOSTUNREACH);
    socket_error = ECONNREFUSED;
    for (int turn = 0; turn < 2; turn++) {
        check_receive_errors(&batch, SLOTS);
        for (int i = 0; i < SLOTS; i++)
            check_entry(&batch, (uint32_t)i, turn * SLOTS + i, EHOSTUNREACH);
        CHECK_EQUAL(option_calls, 0);
        CHECK_EQUAL(socket_error, ECONNREFUSED);
    }
    check_receive_errors(&batch, 2);
    check_entry(&batch, 0, 2 * SLOTS, EHOSTUNREACH);
    check_bare(&batch, 1, ECONNREFUSED);
    CHECK_EQUAL(option_calls, 1);
    free_batch(&batch);
}

CASE(receive_errors_ends_a_storm_of_signals) {
    const struct sockeye_layout batch = used_batch();
    reset();
    enqueue(ECONNREFUSED);
    queue_failure = EINTR;
    queue_failures = 1000000;
    check_receive_errors(&batch, 1);
    check_entry(&batch, 0, 0, ECONNREFUSED);
    CHECK_EQUAL(queue_calls, 1000001);
    free_batch(&batch);
}
