/* Waiting for one descriptor, until a deadline that signals do not move, or until another thread wakes it. */
#ifndef SOCKEYE_SRC_WAIT_H
#define SOCKEYE_SRC_WAIT_H

#include <poll.h>
#include <stdint.h>

/* The monotonic clock. */
int64_t sockeye_now_nanos(void);

/* When a wait that begins now must end; a negative timeout is the longest one, 68 years. */
int64_t sockeye_deadline(int64_t timeout_nanos);

#define NO_WAKE (-1)

/* Waits for `events`, which `descriptor` gets as its revents: 1, 0 when the deadline came first, or -errno. -ESHUTDOWN:
 * `wake_fd` was woken, whatever else is ready. */
int sockeye_poll_until(struct pollfd *descriptor, int64_t deadline_nanos, int wake_fd);

#endif
