/* A Unix socket at a path, which only one user's processes reach. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sockeye.h"
#include "wait.h"

#define BACKLOG 16
#define LOCK_TRIES 100
#define LOCK_PAUSE_NANOS 10000000

static int name_path(uintptr_t path, struct sockaddr_un *name) {
    if (path == 0)
        return -EINVAL;
    const size_t length = strlen((const char *)path);
    if (length == 0) /* it would be a name that the kernel picks, without a file and its mode */
        return -EINVAL;
    if (length >= sizeof name->sun_path)
        return -ENAMETOOLONG;
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(name->sun_path, (const char *)path, length + 1);
    return 0;
}

static int open_unix(void) {
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

static int close_with(int fd, int result) {
    close(fd);
    return result;
}

/* 0: of this user. The kernel tells who called listen() or connect(). */
static int check_peer(int fd) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    return peer.uid == geteuid() ? 0 : -EPERM;
}

static int connect_to(const struct sockaddr_un *name) {
    const int fd = open_unix();
    if (fd < 0)
        return fd;
    /* Non-blocking: it is done at once, or -EAGAIN when as many wait already as may. */
    return connect(fd, (const struct sockaddr *)name, sizeof *name) < 0 ? close_with(fd, -errno) : fd;
}

/* 0 once a socket at the path was removed that nobody listens on. */
static int remove_stale(const struct sockaddr_un *name) {
    struct stat file;
    if (lstat(name->sun_path, &file) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(file.st_mode))
        return -EEXIST;
    const int fd = connect_to(name);
    if (fd >= 0)
        return close_with(fd, -EADDRINUSE);
    if (fd == -ENOENT)
        return 0;
    if (fd == -EAGAIN || fd == -EPROTOTYPE) /* its queue is full; it is of another type */
        return -EADDRINUSE;
    if (fd != -ECONNREFUSED)
        return fd;
    return unlink(name->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The directory of the path, locked until it is closed: of two that find a stale file neither removes what the other
 * made. */
static int lock_directory(const struct sockaddr_un *name) {
    char directory[sizeof name->sun_path + 1] = "./";
    const char *slash = strrchr(name->sun_path, '/');
    if (slash != NULL) {
        const size_t length = (size_t)(slash - name->sun_path) + 1;
        memcpy(directory, name->sun_path, length);
        directory[length] = '\0';
    }
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (int tries = 1; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NANOS};
        if ((errno != EWOULDBLOCK && errno != EINTR) || tries == LOCK_TRIES)
            return close_with(fd, -errno); /* anybody can hold it: no wait without end */
        nanosleep(&pause, NULL);
    }
    return fd;
}

static int bind_at(int fd, const struct sockaddr_un *name) {
    const struct sockaddr *address = (const struct sockaddr *)name;
    if (fchmod(fd, S_IRUSR | S_IWUSR) < 0) /* bind gives the file the socket's mode: it never has another one */
        return -errno;
    if (bind(fd, address, sizeof *name) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return -errno;
    const int result = remove_stale(name);
    if (result < 0)
        return result;
    return bind(fd, address, sizeof *name) < 0 ? -errno : 0;
}

int32_t sockeye_unix_listen(uintptr_t path) {
    struct sockaddr_un name;
    int result = name_path(path, &name);
    if (result < 0)
        return result;
    const int directory = lock_directory(&name);
    if (directory < 0)
        return directory;
    const int fd = open_unix();
    if (fd < 0)
        return close_with(directory, fd);
    result = bind_at(fd, &name);
    /* Under the lock: a file that nobody listens on yet looks stale. */
    if (result == 0 && listen(fd, BACKLOG) < 0)
        result = -errno;
    close(directory);
    return result < 0 ? close_with(fd, result) : fd;
}

int32_t sockeye_unix_connect(uintptr_t path) {
    struct sockaddr_un name;
    struct stat file;
    const int named = name_path(path, &name);
    if (named < 0)
        return named;
    const int fd = connect_to(&name);
    if (fd == -ECONNREFUSED && stat(name.sun_path, &file) == 0 && !S_ISSOCK(file.st_mode))
        return -ENOTSOCK;
    if (fd < 0)
        return fd;
    const int allowed = check_peer(fd);
    return allowed < 0 ? close_with(fd, allowed) : fd;
}

int32_t sockeye_unix_accept(int32_t fd, int32_t wake_fd) {
    const int64_t deadline = sockeye_deadline(-1);
    for (;;) {
        struct pollfd listener = {.fd = fd, .events = POLLIN};
        const int ready = sockeye_poll_until(&listener, deadline, wake_fd);
        if (ready < 0)
            return ready;
        const int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            return -errno;
        if (connection >= 0 && check_peer(connection) == 0)
            return connection;
        if (connection >= 0)
            close(connection);
    }
}
