/* The Unix socket that two processes meet at: its path, its file, and who may connect. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockets.h"

static char directory[] = "/tmp/sockeye-test-XXXXXX";
static char path[128];

static uintptr_t make_path(void) {
    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/socket", directory);
    return (uintptr_t)path;
}

static void remove_path(void) {
    unlink(path);
    CHECK(rmdir(directory) == 0);
}

static int32_t listen_at(uintptr_t at) {
    const int32_t fd = sockeye_unix_listen(at);
    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    return fd;
}

CASE(unix_socket_is_connected_to_and_accepted) {
    const uintptr_t at = make_path();
    const int32_t listener = listen_at(at);
    const int32_t client = sockeye_unix_connect(at);
    CHECK(client >= 0);
    const int32_t server = sockeye_unix_accept(listener, -1);
    CHECK(server >= 0);
    CHECK_EQUAL(fcntl(client, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(fcntl(server, F_GETFD), FD_CLOEXEC);
    close_socket(client);
    close_socket(server);
    close_socket(listener);
    remove_path();
}

CASE(unix_file_is_only_for_this_user_whatever_the_umask) {
    static const mode_t masks[] = {0, 022, 077};
    const uintptr_t at = make_path();
    for (int i = 0; i < 3; i++) {
        struct stat file;
        set_turn(i);
        const mode_t before = umask(masks[i]);
        const int32_t listener = listen_at(at);
        umask(before);
        CHECK(lstat(path, &file) == 0);
        CHECK_EQUAL(file.st_mode, S_IFSOCK | S_IRUSR | S_IWUSR);
        close_socket(listener);
    }
    remove_path();
}

CASE(unix_file_that_is_stale_is_replaced_and_a_live_one_is_not) {
    const uintptr_t at = make_path();
    CHECK_EQUAL(sockeye_unix_connect(at), -ENOENT);
    const int32_t first = listen_at(at);
    CHECK_EQUAL(sockeye_unix_listen(at), -EADDRINUSE);
    close_socket(first);
    CHECK_EQUAL(sockeye_unix_connect(at), -ECONNREFUSED);
    const int32_t second = listen_at(at);
    const int32_t client = sockeye_unix_connect(at);
    CHECK(client >= 0);
    close_socket(client);
    close_socket(second);
    remove_path();
}

CASE(unix_file_is_live_while_its_queue_is_full) {
    int32_t clients[64];
    int count = 0;
    const uintptr_t at = make_path();
    const int32_t listener = listen_at(at);
    while (count < 64 && (clients[count] = sockeye_unix_connect(at)) >= 0)
        count++;
    CHECK(count < 64);
    CHECK_EQUAL(clients[count], -EAGAIN);
    CHECK_EQUAL(sockeye_unix_listen(at), -EADDRINUSE);
    while (count > 0)
        close_socket(clients[--count]);
    close_socket(listener);
    remove_path();
}

CASE(unix_file_of_another_kind_is_left_alone) {
    struct stat file;
    const uintptr_t at = make_path();
    const int regular = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(regular >= 0 && close(regular) == 0);
    CHECK_EQUAL(sockeye_unix_listen(at), -EEXIST);
    CHECK_EQUAL(sockeye_unix_connect(at), -ENOTSOCK);
    CHECK(lstat(path, &file) == 0 && S_ISREG(file.st_mode));
    CHECK(unlink(path) == 0);
    CHECK(symlink("/nowhere", path) == 0);
    CHECK_EQUAL(sockeye_unix_listen(at), -EEXIST);
    CHECK(lstat(path, &file) == 0 && S_ISLNK(file.st_mode));
    CHECK(unlink(path) == 0);
    /* A live socket of another type. */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path) + 1);
    const int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(stream, (struct sockaddr *)&name, sizeof name) == 0 && listen(stream, 1) == 0);
    CHECK_EQUAL(sockeye_unix_listen(at), -EADDRINUSE);
    CHECK_EQUAL(sockeye_unix_connect(at), -EPROTOTYPE);
    close_socket(stream);
    remove_path();
}

CASE(unix_path_is_no_longer_than_the_kernel_has_room_for) {
    char longest[300];
    make_path();
    const size_t length = strlen(directory);
    memset(longest, 'x', sizeof longest);
    memcpy(longest, directory, length);
    longest[length] = '/';
    longest[108] = '\0';
    CHECK_EQUAL(sockeye_unix_listen((uintptr_t)longest), -ENAMETOOLONG);
    CHECK_EQUAL(sockeye_unix_connect((uintptr_t)longest), -ENAMETOOLONG);
    longest[107] = '\0';
    const int32_t listener = listen_at((uintptr_t)longest);
    const int32_t client = sockeye_unix_connect((uintptr_t)longest);
    CHECK(client >= 0);
    close_socket(client);
    close_socket(listener);
    CHECK(unlink(longest) == 0);
    remove_path();
    CHECK_EQUAL(sockeye_unix_listen((uintptr_t) ""), -EINVAL);
    CHECK_EQUAL(sockeye_unix_connect((uintptr_t) ""), -EINVAL);
    CHECK_EQUAL(sockeye_unix_listen(0), -EINVAL);
    CHECK_EQUAL(sockeye_unix_connect(0), -EINVAL);
    CHECK_EQUAL(sockeye_unix_listen((uintptr_t) "/nowhere/socket"), -ENOENT);
    CHECK_EQUAL(sockeye_unix_listen((uintptr_t) "/dev/null/socket"), -ENOTDIR);
}

CASE(unix_listen_does_not_wait_without_end_for_the_lock) {
    const uintptr_t at = make_path();
    const int holder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(holder >= 0 && flock(holder, LOCK_EX) == 0);
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_unix_listen(at), -EWOULDBLOCK);
    CHECK(now_nanos() - start < 15000 * MILLIS);
    CHECK(close(holder) == 0);
    close_socket(listen_at(at));
    remove_path();
}

struct racer {
    pthread_t thread;
    int32_t result;
};

static void *race(void *argument) {
    ((struct racer *)argument)->result = sockeye_unix_listen((uintptr_t)path);
    return NULL;
}

CASE(unix_stale_file_is_replaced_by_just_one_of_many) {
    enum { RACERS = 8, TURNS = 15 };
    const uintptr_t at = make_path();
    for (int turn = 0; turn < TURNS; turn++) {
        struct racer racers[RACERS];
        int32_t winner = -1;
        set_turn(turn);
        close_socket(listen_at(at)); /* stale from now on */
        for (int i = 0; i < RACERS; i++)
            CHECK(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
        for (int i = 0; i < RACERS; i++) {
            CHECK(pthread_join(racers[i].thread, NULL) == 0);
            if (racers[i].result >= 0) {
                CHECK_EQUAL(winner, -1);
                winner = racers[i].result;
            } else {
                CHECK_EQUAL(racers[i].result, -EADDRINUSE);
            }
        }
        CHECK(winner >= 0);
        const int32_t client = sockeye_unix_connect(at);
        CHECK(client >= 0);
        const int32_t server = sockeye_unix_accept(winner, -1);
        CHECK(server >= 0);
        close_socket(server);
        close_socket(client);
        close_socket(winner);
    }
    remove_path();
}

CASE(unix_accept_is_woken) {
    const uintptr_t at = make_path();
    const int32_t listener = listen_at(at);
    const int32_t wake = sockeye_wake_open();
    CHECK_EQUAL(sockeye_wake(wake), 0);
    CHECK_EQUAL(sockeye_unix_accept(listener, wake), -ESHUTDOWN);
    const int32_t client = sockeye_unix_connect(at);
    CHECK_EQUAL(sockeye_unix_accept(listener, wake), -ESHUTDOWN); /* also when somebody is there */
    close_socket(client);
    close_socket(wake);
    close_socket(listener);
    remove_path();
}

/* Runs in a child as nobody, where this test may become one. */
static int as_nobody(int (*run)(uintptr_t), uintptr_t at) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(setresuid(65534, 65534, 65534) < 0 ? 99 : run(at));
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_connect(uintptr_t at) {
    const int32_t fd = sockeye_unix_connect(at);
    return fd < 0 ? -fd : 0;
}

static void *accept_until_woken(void *argument) {
    const int32_t *fds = argument;
    CHECK_EQUAL(sockeye_unix_accept(fds[0], fds[1]), -ESHUTDOWN);
    return NULL;
}

/* Connects without asking whose it is, and waits for the end. */
static int connect_and_read(uintptr_t at) {
    char text[1];
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, (const char *)at, strlen((const char *)at) + 1);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&name, sizeof name) < 0 ? errno : (int)recv(fd, text, 1, 0);
}

CASE(unix_connection_of_another_user_is_refused_by_both_sides) {
    if (geteuid() != 0)
        skip("only root can become another user");
    const uintptr_t at = make_path();
    pthread_t thread;
    CHECK(chmod(directory, 0777) == 0);
    int32_t fds[] = {listen_at(at), sockeye_wake_open()};
    CHECK_EQUAL(as_nobody(try_connect, at), EACCES); /* by the mode of the file */
    CHECK(chmod(path, 0666) == 0);
    CHECK_EQUAL(as_nobody(try_connect, at), EPERM);
    CHECK(pthread_create(&thread, NULL, accept_until_woken, fds) == 0);
    CHECK_EQUAL(as_nobody(connect_and_read, at), 0); /* closed at once */
    CHECK_EQUAL(sockeye_wake(fds[1]), 0);
    CHECK(pthread_join(thread, NULL) == 0);
    close_socket(fds[0]);
    close_socket(fds[1]);
    remove_path();
}
