/* Sockets on loopback and batches, for the tests. */
#ifndef SOCKEYE_TEST_SOCKETS_H
#define SOCKEYE_TEST_SOCKETS_H

#include "batch.h"
#include "check.h"

/* An address from its text; IPv4 becomes mapped. */
struct sockeye_address address_of(const char *text, uint16_t port);
void check_address(const uint8_t actual[16], const char *expected);

/* A heap block of just the size that the batch needs. */
struct sockeye_layout new_batch(uint32_t slots, uint32_t payload_capacity);
uintptr_t batch_of(const struct sockeye_layout *layout);
void free_batch(const struct sockeye_layout *layout);

/* A socket bound to the address and a free port; `name` gets both. Ends the case as skipped without that family. */
int32_t open_socket(int32_t family, const char *text, struct sockeye_address *name);
void close_socket(int32_t fd);
void set_option(int32_t fd, int32_t level, int32_t name, int32_t value);

/* Makes the next slot an outgoing packet with this text as its payload; `remote` may be NULL. */
struct sockeye_packet *put_packet(const struct sockeye_layout *layout, const struct sockeye_address *remote,
                                  const char *text);
void send_text(int32_t fd, int32_t family, const struct sockeye_address *remote, const char *text);

/* Waits until poll() tells one of the events, for at most ten seconds. */
void await(int32_t fd, short events);

int64_t now_nanos(void);
#define MILLIS INT64_C(1000000)

#endif
