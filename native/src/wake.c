/* Ending the calls of one process on a socket that others have, too: shutdown(2) would end it for all of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include "sockeye.h"

int32_t sockeye_wake_open(void) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int32_t sockeye_wake(int32_t wake_fd) {
    /* Nobody ever reads it, so that it stays readable: for calls that begin later, too. */
    return eventfd_write(wake_fd, 1) < 0 ? -errno : 0;
}

int32_t sockeye_close_on_exec(int32_t fd) {
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}
