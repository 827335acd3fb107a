/* Control messages built by hand, and what the decoder makes of them. */
#ifndef SOCKEYE_TEST_MESSAGES_H
#define SOCKEYE_TEST_MESSAGES_H

#include "sockets.h"

#define POISON 0xa5

struct messages {
    uint8_t bytes[1024];
    size_t length;
};

/* Adds a message, with its padding. */
void add_message(struct messages *messages, int level, int type, const void *data, size_t length);

/* Decodes the first `length` bytes, `offset` bytes off the alignment, into a packet full of POISON but for its flags.
 * The bytes are in a heap block of just their size, so that AddressSanitizer sees every byte read past them. */
struct sockeye_packet decode_at(const void *bytes, size_t length, size_t offset);
struct sockeye_packet decode(const struct messages *messages);

/* What IP_RECVERR and IPV6_RECVERR deliver, without the offender (struct sock_extended_err). */
struct error_entry {
    uint32_t error;
    uint8_t origin;
    uint8_t type;
    uint8_t code;
    uint8_t pad;
    uint32_t info;
    uint32_t data;
};

/* The 32 bytes of the IPv4 message and the 44 of the IPv6 one, from an offender given as text; NULL: AF_UNSPEC. They
 * return their length. */
size_t put_ipv4_error(uint8_t data[32], const struct error_entry *entry, const char *offender);
size_t put_ipv6_error(uint8_t data[44], const struct error_entry *entry, const char *offender, uint32_t scope_id);

#endif
