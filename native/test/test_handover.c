/* Descriptors that go from one process to another, and what must not come that way. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockets.h"

#define NOTE_WORDS 4

struct pair {
    int32_t old;
    int32_t new;
};

static struct pair open_pair(void) {
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    return (struct pair){.old = fds[0], .new = fds[1]};
}

static void close_pair(struct pair pair) {
    close_socket(pair.old);
    close_socket(pair.new);
}

static int open_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    CHECK(closedir(directory) == 0);
    return count;
}

static int32_t receive(int32_t fd, struct sockeye_descriptors *message) {
    return sockeye_receive_descriptors(fd, (uintptr_t)message, 10000 * MILLIS, -1);
}

/* What somebody sends who does not use this library: `words` of a note, and `count` copies of a descriptor. */
static void send_raw(int32_t fd, const uint32_t *note, size_t words, int32_t descriptor, size_t count) {
    static union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(300 * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)note, .iov_len = words * sizeof *note};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        for (size_t i = 0; i < count; i++)
            memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &descriptor, sizeof(int));
    }
    CHECK_EQUAL(sendmsg(fd, &message, 0), words * sizeof *note);
}

CASE(handover_gives_the_same_sockets_in_their_order) {
    struct sockeye_address names[3];
    struct sockeye_descriptors message = {.kind = 7, .left = 9, .count = 3};
    const struct sockeye_layout batch = new_batch(2, 100);
    const struct pair pair = open_pair();
    for (int i = 0; i < 3; i++) {
        message.numbers[i] = open_socket(AF_INET, "127.0.0.1", &names[i]);
        send_text(message.numbers[i], AF_INET, &names[i], "queued");
    }
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    for (int i = 0; i < 3; i++)
        close_socket(message.numbers[i]); /* on its way each is kept by the kernel */
    CHECK_EQUAL(receive(pair.new, &message), 3);
    CHECK_EQUAL(message.kind, 7);
    CHECK_EQUAL(message.left, 9);
    CHECK_EQUAL(message.count, 3);
    for (int i = 0; i < 3; i++) {
        struct sockeye_address name;
        CHECK_EQUAL(fcntl(message.numbers[i], F_GETFD), FD_CLOEXEC);
        CHECK_EQUAL(sockeye_local_name(message.numbers[i], (uintptr_t)&name), 0);
        CHECK_BYTES(&name, &names[i], sizeof name);
        CHECK_EQUAL(sockeye_receive(message.numbers[i], batch_of(&batch), 0, -1), 1);
        close_socket(message.numbers[i]);
    }
    close_pair(pair);
    free_batch(&batch);
}

CASE(handover_carries_none_and_as_many_as_the_kernel_takes) {
    static struct sockeye_descriptors message;
    const struct pair pair = open_pair();
    const int before = open_descriptors();
    message = (struct sockeye_descriptors){.kind = 1};
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    CHECK_EQUAL(receive(pair.new, &message), 0);
    CHECK_EQUAL(message.kind, 1);
    message.count = SOCKEYE_MAX_DESCRIPTORS;
    for (int i = 0; i < SOCKEYE_MAX_DESCRIPTORS; i++)
        message.numbers[i] = pair.old;
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    CHECK_EQUAL(receive(pair.new, &message), SOCKEYE_MAX_DESCRIPTORS);
    for (int i = 0; i < SOCKEYE_MAX_DESCRIPTORS; i++)
        close_socket(message.numbers[i]);
    message.count = SOCKEYE_MAX_DESCRIPTORS + 1;
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), -EINVAL);
    message = (struct sockeye_descriptors){.count = 1, .numbers = {-1}};
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), -EBADF);
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, 0), -EINVAL);
    CHECK_EQUAL(sockeye_receive_descriptors(pair.new, 0, 0, -1), -EINVAL);
    CHECK_EQUAL(open_descriptors(), before);
    close_pair(pair);
}

/* Learns the words of a note from a message of the library's own, and sends it with each of them changed. */
CASE(handover_closes_what_comes_with_a_wrong_message) {
    struct sockeye_descriptors message = {.kind = 1, .count = 2};
    uint32_t note[NOTE_WORDS + 1] = {0};
    const struct pair pair = open_pair();
    message.numbers[0] = message.numbers[1] = pair.old;
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    CHECK_EQUAL(recv(pair.new, note, sizeof note, 0), NOTE_WORDS * sizeof *note); /* the kernel closes the others */
    const int before = open_descriptors();

    send_raw(pair.old, note, NOTE_WORDS, pair.old, 2);
    CHECK_EQUAL(receive(pair.new, &message), 2);
    close_socket(message.numbers[0]);
    close_socket(message.numbers[1]);

    static const int checked[] = {0, 3}; /* the protocol's number, the count */
    for (int i = 0; i < 2; i++) {
        set_turn(i);
        note[checked[i]]++;
        send_raw(pair.old, note, NOTE_WORDS, pair.old, 2);
        note[checked[i]]--;
        CHECK_EQUAL(receive(pair.new, &message), -EPROTO);
        CHECK_EQUAL(message.count, 0);
    }
    for (size_t words = 1; words <= NOTE_WORDS + 1; words++) { /* too short, too long */
        set_turn(100 + (int64_t)words);
        if (words == NOTE_WORDS)
            continue;
        send_raw(pair.old, note, words, pair.old, 2);
        CHECK_EQUAL(receive(pair.new, &message), -EPROTO);
    }
    for (size_t count = 0; count <= 253; count += 23) { /* fewer and more descriptors than it says */
        set_turn(200 + (int64_t)count);
        send_raw(pair.old, note, NOTE_WORDS, pair.old, count);
        CHECK_EQUAL(receive(pair.new, &message), -EPROTO);
    }
    send_raw(pair.old, note, 0, pair.old, 1); /* nothing but a descriptor */
    CHECK_EQUAL(receive(pair.new, &message), -EPROTO);
    CHECK_EQUAL(open_descriptors(), before);
    close_pair(pair);
}

CASE(handover_closes_what_came_when_the_process_has_no_room_for_all) {
    struct rlimit limit;
    struct sockeye_descriptors message = {.count = 8};
    const struct pair pair = open_pair();
    const int before = open_descriptors();
    for (int i = 0; i < 8; i++)
        message.numbers[i] = pair.old;
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    const int next = dup(pair.old); /* the lowest free number */
    close_socket(next);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const struct rlimit few = {.rlim_cur = (rlim_t)next + 4, .rlim_max = limit.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK_EQUAL(receive(pair.new, &message), -EMFILE);
    CHECK_EQUAL(message.count, 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_EQUAL(open_descriptors(), before);
    close_pair(pair);
}

CASE(handover_tells_that_the_other_side_is_gone) {
    struct sockeye_descriptors message = {.kind = 1};
    struct pair pair = open_pair();
    CHECK_EQUAL(sockeye_receive_descriptors(pair.new, (uintptr_t)&message, 0, -1), -ETIMEDOUT);
    CHECK_EQUAL(sockeye_receive_descriptors(pair.new, (uintptr_t)&message, 20 * MILLIS, -1), -ETIMEDOUT);
    close_socket(pair.old);
    CHECK_EQUAL(receive(pair.new, &message), -EPIPE);
    CHECK_EQUAL(sockeye_send_descriptors(pair.new, (uintptr_t)&message), -EPIPE);
    close_socket(pair.new);

    pair = open_pair(); /* it has not read what was sent to it: the kernel says ECONNRESET */
    CHECK_EQUAL(sockeye_send_descriptors(pair.new, (uintptr_t)&message), 0);
    close_socket(pair.old);
    CHECK_EQUAL(receive(pair.new, &message), -EPIPE);
    close_socket(pair.new);
}

CASE(handover_reads_what_was_said_before_the_end) {
    struct sockeye_descriptors message = {.kind = 4};
    const struct pair pair = open_pair();
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    close_socket(pair.old);
    CHECK_EQUAL(receive(pair.new, &message), 0);
    CHECK_EQUAL(message.kind, 4);
    CHECK_EQUAL(receive(pair.new, &message), -EPIPE);
    close_socket(pair.new);
}

CASE(handover_reads_what_was_said_before_a_reset) {
    struct sockeye_descriptors message = {.kind = 4};
    const struct pair pair = open_pair();
    CHECK_EQUAL(sockeye_send_descriptors(pair.old, (uintptr_t)&message), 0);
    CHECK_EQUAL(sockeye_send_descriptors(pair.new, (uintptr_t)&message), 0);
    close_socket(pair.old); /* without having read that */
    CHECK_EQUAL(receive(pair.new, &message), 0);
    CHECK_EQUAL(message.kind, 4);
    CHECK_EQUAL(receive(pair.new, &message), -EPIPE);
    close_socket(pair.new);
}

CASE(handover_is_woken) {
    struct sockeye_descriptors message;
    const struct pair pair = open_pair();
    const int32_t wake = sockeye_wake_open();
    CHECK_EQUAL(sockeye_wake(wake), 0);
    CHECK_EQUAL(sockeye_receive_descriptors(pair.new, (uintptr_t)&message, -1, wake), -ESHUTDOWN);
    close_socket(wake);
    close_pair(pair);
}

CASE(handover_functions_tell_a_number_that_is_none) {
    struct sockeye_descriptors message = {.count = 0};
    CHECK_EQUAL(sockeye_send_descriptors(-1, (uintptr_t)&message), -EBADF);
    CHECK_EQUAL(sockeye_receive_descriptors(9999, (uintptr_t)&message, 0, -1), -EBADF);
}
