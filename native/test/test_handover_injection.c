/* What the calls of a handover make of every answer that the kernel may give. No socket is needed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake.h"
#include "sockeye.h"

#define DIRECTORY 10000
#define FD 10001
#define ACCEPTED 10002
#define RECEIVED 10003

static struct fake opening, locking, making, naming, binding, listening, connecting, accepting, asking, removing,
    looking, sending, receiving, polling, waking, flagging;
static uid_t peer;
static int open_now; /* descriptors that were given out and not closed */

static void reset(void) {
    const struct fake none = {.calls = 0};
    opening = locking = making = naming = binding = listening = connecting = accepting = asking = removing = none;
    looking = sending = receiving = polling = waking = flagging = none;
    peer = geteuid();
    open_now = 0;
}

static int answer(struct fake *fake, int result) {
    return fails(fake) ? -1 : result;
}

static struct fake once(int error) {
    return (struct fake){.fail_count = 1, .error = error};
}

static int gives(int fd) {
    open_now += fd >= 0;
    return fd;
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_flock(int fd, int operation);
int __wrap_socket(int family, int type, int protocol);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_bind(int fd, const struct sockaddr *name, socklen_t length);
int __wrap_listen(int fd, int backlog);
int __wrap_connect(int fd, const struct sockaddr *name, socklen_t length);
int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *length, int flags);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int __wrap_unlink(const char *path);
int __wrap_lstat(const char *path, struct stat *file);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask);
int __wrap_eventfd(unsigned value, int flags);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_close(int fd);

int __wrap_open(const char *path, int flags, ...) {
    CHECK(path[0] == '/' && path[1] == '\0' && (flags & O_CLOEXEC));
    return gives(answer(&opening, DIRECTORY));
}

int __wrap_flock(int fd, int operation) {
    CHECK(fd == DIRECTORY && operation == (LOCK_EX | LOCK_NB));
    return answer(&locking, 0);
}

int __wrap_socket(int family, int type, int protocol) {
    CHECK(family == AF_UNIX && type == (SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK) && protocol == 0);
    return gives(answer(&making, FD));
}

int __wrap_fchmod(int fd, mode_t mode) {
    CHECK(fd == FD && mode == 0600);
    return answer(&naming, 0);
}

int __wrap_bind(int fd, const struct sockaddr *name, socklen_t length) {
    CHECK(fd == FD && name->sa_family == AF_UNIX && length == sizeof(struct sockaddr_un));
    return answer(&binding, 0);
}

int __wrap_listen(int fd, int backlog) {
    CHECK(fd == FD && backlog > 0);
    return answer(&listening, 0);
}

int __wrap_connect(int fd, const struct sockaddr *name, socklen_t length) {
    CHECK(fd == FD && name->sa_family == AF_UNIX && length == sizeof(struct sockaddr_un));
    return answer(&connecting, 0);
}

int __wrap_accept4(int fd, struct sockaddr *name, socklen_t *length, int flags) {
    CHECK(fd == FD && name == NULL && length == NULL && flags == (SOCK_CLOEXEC | SOCK_NONBLOCK));
    return gives(answer(&accepting, ACCEPTED));
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    CHECK((fd == FD || fd == ACCEPTED) && level == SOL_SOCKET && name == SO_PEERCRED);
    CHECK_EQUAL(*length, sizeof(struct ucred));
    *(struct ucred *)value = (struct ucred){.uid = peer};
    peer = geteuid(); /* the next one is ours */
    return answer(&asking, 0);
}

int __wrap_unlink(const char *path) {
    CHECK(path[1] == 'p');
    return answer(&removing, 0);
}

int __wrap_lstat(const char *path, struct stat *file) {
    CHECK(path[1] == 'p');
    *file = (struct stat){.st_mode = S_IFSOCK};
    return answer(&looking, 0);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags) {
    CHECK(fd == FD && message->msg_iovlen == 1 && flags == (MSG_NOSIGNAL | MSG_DONTWAIT));
    return answer(&sending, (int)message->msg_iov[0].iov_len);
}

/* A message with one descriptor, and nothing else that is right. */
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags) {
    CHECK(fd == FD && (flags & MSG_CMSG_CLOEXEC) && (flags & MSG_DONTWAIT));
    if (answer(&receiving, 0) < 0)
        return -1;
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    const int received = gives(RECEIVED);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof received);
    memcpy(CMSG_DATA(control), &received, sizeof received);
    message->msg_controllen = CMSG_SPACE(sizeof received);
    memset(message->msg_iov[0].iov_base, 0, message->msg_iov[0].iov_len);
    message->msg_flags = 0;
    return (ssize_t)message->msg_iov[0].iov_len;
}

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const void *mask) {
    CHECK(count == 1 && descriptors[0].fd == FD && timeout != NULL && mask == NULL);
    descriptors[0].revents = POLLIN;
    return answer(&polling, 1);
}

int __wrap_eventfd(unsigned value, int flags) {
    CHECK(value == 0 && flags != 0);
    return answer(&waking, FD);
}

int __wrap_fcntl(int fd, int command, ...) {
    CHECK(fd == FD && command == F_SETFD);
    return answer(&flagging, 0);
}

int __wrap_close(int fd) {
    CHECK(fd == DIRECTORY || fd == FD || fd == ACCEPTED || fd == RECEIVED);
    open_now--;
    return 0;
}

static int32_t listen_anywhere(void) {
    return sockeye_unix_listen((uintptr_t) "/path");
}

static void check_listen(int32_t result) {
    CHECK_EQUAL(listen_anywhere(), result);
    CHECK_EQUAL(open_now, result >= 0);
}

CASE(unix_listen_has_a_defined_result_for_every_errno) {
    struct fake *const fakes[] = {&opening, &making, &naming, &binding, &listening};
    for (int error = 1; error <= LAST_ERRNO; error++) {
        for (size_t i = 0; i < sizeof fakes / sizeof fakes[0]; i++) {
            set_turn(10 * error + (int64_t)i);
            reset();
            *fakes[i] = once(error);
            /* bind's EADDRINUSE: somebody listens there, who is asked. */
            check_listen(-error);
        }
        reset();
        locking = once(error);
        check_listen(error == EWOULDBLOCK || error == EINTR ? FD : -error);
    }
}

CASE(unix_listen_has_a_defined_result_for_every_errno_of_looking_for_a_stale_file) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        binding = once(EADDRINUSE);
        connecting = once(error);
        const bool stale = error == ECONNREFUSED || error == ENOENT;
        const bool live = error == EAGAIN || error == EPROTOTYPE;
        CHECK_EQUAL(listen_anywhere(), stale ? FD : live ? -EADDRINUSE : -error);
        CHECK_EQUAL(open_now, stale);
        CHECK_EQUAL(removing.calls, error == ECONNREFUSED);
        reset();
        binding = once(EADDRINUSE);
        looking = once(error);
        check_listen(error == ENOENT ? FD : -error);
        reset();
        binding = once(EADDRINUSE);
        connecting = once(ECONNREFUSED);
        removing = once(error);
        check_listen(error == ENOENT ? FD : -error);
        reset();
        binding = (struct fake){.fail_count = 2, .error = EADDRINUSE}; /* another one was faster */
        connecting = once(ECONNREFUSED);
        check_listen(-EADDRINUSE);
    }
}

CASE(unix_connect_has_a_defined_result_for_every_errno) {
    struct fake *const fakes[] = {&making, &connecting, &asking};
    for (int error = 1; error <= LAST_ERRNO; error++)
        for (int i = 0; i < 3; i++) {
            set_turn(10 * error + i);
            reset();
            *fakes[i] = once(error);
            CHECK_EQUAL(sockeye_unix_connect((uintptr_t) "/path"), -error);
            CHECK_EQUAL(open_now, 0);
        }
    reset();
    peer++;
    CHECK_EQUAL(sockeye_unix_connect((uintptr_t) "/path"), -EPERM);
    CHECK_EQUAL(open_now, 0);
}

CASE(unix_accept_has_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        const bool goes_on = error == EAGAIN || error == EINTR || error == ECONNABORTED;
        set_turn(error);
        reset();
        accepting = once(error);
        CHECK_EQUAL(sockeye_unix_accept(FD, -1), goes_on ? ACCEPTED : -error);
        CHECK_EQUAL(open_now, goes_on);
        reset();
        polling = once(error);
        CHECK_EQUAL(sockeye_unix_accept(FD, -1), error == EINTR ? ACCEPTED : -error);
        reset();
        asking = once(error); /* who it is cannot be told: not that one */
        CHECK_EQUAL(sockeye_unix_accept(FD, -1), ACCEPTED);
        CHECK_EQUAL(accepting.calls, 2);
        CHECK_EQUAL(open_now, 1);
    }
}

CASE(handover_has_a_defined_result_for_every_errno) {
    static struct sockeye_descriptors message;
    for (int error = 1; error <= LAST_ERRNO; error++) {
        const int32_t expected = error == ECONNRESET ? -EPIPE : -error;
        set_turn(error);
        reset();
        message = (struct sockeye_descriptors){.count = 1};
        sending = once(error);
        CHECK_EQUAL(sockeye_send_descriptors(FD, (uintptr_t)&message), error == EINTR ? 0 : expected);
        reset();
        receiving = once(error);
        CHECK_EQUAL(sockeye_receive_descriptors(FD, (uintptr_t)&message, 10, -1),
                    error == EINTR || error == EAGAIN || error == ECONNRESET ? -EPROTO : expected);
        CHECK_EQUAL(open_now, 0);
        reset();
        polling = once(error);
        CHECK_EQUAL(sockeye_receive_descriptors(FD, (uintptr_t)&message, -1, -1), error == EINTR ? -EPROTO : -error);
        CHECK_EQUAL(open_now, 0);
        CHECK_EQUAL(message.count, 0);
    }
}

CASE(wake_and_close_on_exec_have_a_defined_result_for_every_errno) {
    for (int error = 1; error <= LAST_ERRNO; error++) {
        set_turn(error);
        reset();
        waking = once(error);
        CHECK_EQUAL(sockeye_wake_open(), -error);
        flagging = once(error);
        CHECK_EQUAL(sockeye_close_on_exec(FD), -error);
    }
}
