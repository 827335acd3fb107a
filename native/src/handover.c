/* Descriptors on their way from one process to another (unix(7), SCM_RIGHTS). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockeye.h"
#include "wait.h"

/* Another number for another version of the protocol. */
#define PROTOCOL 0x5e0c4e71u

/* What travels beside the descriptors, in the byte order of the host: both ends are on it. */
struct note {
    uint32_t protocol;
    uint32_t kind;
    uint32_t left;
    uint32_t count;
};

union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(SOCKEYE_MAX_DESCRIPTORS * sizeof(int))];
};

int32_t sockeye_send_descriptors(int32_t fd, uintptr_t message) {
    const struct sockeye_descriptors *descriptors = (const struct sockeye_descriptors *)message;
    if (descriptors == NULL || descriptors->count > SOCKEYE_MAX_DESCRIPTORS)
        return -EINVAL;
    struct note note = {PROTOCOL, descriptors->kind, descriptors->left, descriptors->count};
    struct iovec part = {.iov_base = &note, .iov_len = sizeof note};
    union control control;
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors->count > 0) {
        const size_t bytes = descriptors->count * sizeof(int);
        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(&control.header), descriptors->numbers, bytes);
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(bytes);
    }
    ssize_t sent;
    do { /* the few messages of a handover always fit into the other side's buffer */
        sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    return 0;
}

static void close_all(struct sockeye_descriptors *descriptors) {
    for (uint32_t i = 0; i < descriptors->count; i++)
        close(descriptors->numbers[i]);
    descriptors->count = 0;
}

/* Gathers all descriptors that came, whatever else may be wrong: they are open by now. */
static void gather(struct msghdr *header, struct sockeye_descriptors *descriptors) {
    descriptors->count = 0;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL; control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && descriptors->count < SOCKEYE_MAX_DESCRIPTORS; i++) {
            memcpy(&descriptors->numbers[descriptors->count], CMSG_DATA(control) + i * sizeof(int), sizeof(int));
            descriptors->count++;
        }
    }
}

/* A side that ends with something unread resets the connection. The kernel tells that first, once, and what the side
 * has said before is there behind it. */
static ssize_t receive_message(int fd, struct msghdr *header) {
    ssize_t length;
    bool reset = false;
    for (;;) {
        /* the flags are an int in one C library and unsigned in another: constants are both */
        length = recvmsg(fd, header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | MSG_TRUNC);
        if (length >= 0 || (errno != EINTR && (errno != ECONNRESET || reset)))
            return length;
        reset |= errno == ECONNRESET;
    }
}

static int32_t take(int fd, struct sockeye_descriptors *descriptors) {
    struct note note;
    struct iovec part = {.iov_base = &note, .iov_len = sizeof note};
    union control control;
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    const ssize_t length = receive_message(fd, &header);
    if (length < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    gather(&header, descriptors);
    if (length == 0 && descriptors->count == 0)
        return -EPIPE;
    const bool cut = header.msg_flags & MSG_CTRUNC;
    if (cut || (size_t)length != sizeof note || note.protocol != PROTOCOL || note.count != descriptors->count) {
        close_all(descriptors);
        return cut ? -EMFILE : -EPROTO;
    }
    descriptors->kind = note.kind;
    descriptors->left = note.left;
    return (int32_t)descriptors->count;
}

int32_t sockeye_receive_descriptors(int32_t fd, uintptr_t message, int64_t timeout_nanos, int32_t wake_fd) {
    struct sockeye_descriptors *descriptors = (struct sockeye_descriptors *)message;
    if (descriptors == NULL)
        return -EINVAL;
    *descriptors = (struct sockeye_descriptors){.count = 0};
    const int64_t deadline = sockeye_deadline(timeout_nanos);
    for (;;) {
        struct pollfd connection = {.fd = fd, .events = POLLIN};
        const int ready = sockeye_poll_until(&connection, deadline, wake_fd);
        if (ready < 0)
            return ready;
        if (ready == 0)
            return -ETIMEDOUT;
        const int32_t result = take(fd, descriptors);
        if (result != -EAGAIN)
            return result;
    }
}
