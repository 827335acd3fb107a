/* Stream sockets on loopback, for the tests. */
#ifndef SOCKEYE_TEST_STREAMS_H
#define SOCKEYE_TEST_STREAMS_H

#include "meanwhile.h"
#include "sockets.h"

#define LONG_WAIT (15000 * MILLIS)

/* A listener; `name` gets its address and port. */
int32_t listening(int32_t backlog, struct sockeye_address *name);
int32_t connected_to(const struct sockeye_address *name);

bool is_non_blocking(int32_t fd);
void make_non_blocking(int32_t fd);

/* An act of struct other: ends the stream. */
void shut_down_later(const struct other *other);

#endif
