/*
 * How a function that the linker puts in the place of a system call (--wrap) answers. Included by the one program that
 * has the function.
 */
#ifndef SOCKEYE_TEST_FAKE_H
#define SOCKEYE_TEST_FAKE_H

#include <errno.h>
#include <stdbool.h>

#include "check.h"

#define FOREVER 1000000
#define LAST_ERRNO 133 /* EHWPOISON: Linux has no later one */

/* With `error` from call `fail_at` on, `fail_count` times, and as told before and after that. */
struct fake {
    int calls;
    int fail_at;
    int fail_count;
    int error;
    int second_error; /* of the failing calls after the first; 0: as the first */
    bool in_turns;    /* the two errors alternate */
};

/* Counts a call, and tells whether it fails; errno is set then. */
static inline bool fails(struct fake *fake) {
    const int call = fake->calls++;
    CHECK(fake->calls < 2 * FOREVER); /* else it hangs */
    if (call < fake->fail_at || call >= fake->fail_at + fake->fail_count)
        return false;
    const int after = call - fake->fail_at;
    errno = fake->second_error && (fake->in_turns ? after % 2 != 0 : after > 0) ? fake->second_error : fake->error;
    return true;
}

#endif
