/* Between Sockeye's one form of an address and the kernel's. */
#ifndef SOCKEYE_SRC_ADDRESS_H
#define SOCKEYE_SRC_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "sockeye.h"

union sockeye_name {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static const uint8_t sockeye_mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static inline bool sockeye_is_mapped(const uint8_t bytes[16]) {
    return memcmp(bytes, sockeye_mapped_prefix, sizeof sockeye_mapped_prefix) == 0;
}

static inline void sockeye_put_ipv4(uint8_t bytes[16], struct in_addr address) {
    memcpy(bytes, sockeye_mapped_prefix, sizeof sockeye_mapped_prefix);
    memcpy(bytes + 12, &address, 4);
}

static inline struct in_addr sockeye_get_ipv4(const uint8_t bytes[16]) {
    struct in_addr address;
    memcpy(&address, bytes + 12, 4);
    return address;
}

/* False when the kernel's name is of no internet family, or shorter than that family's. */
bool sockeye_from_name(const union sockeye_name *name, socklen_t length, struct sockeye_address *address);

/* The length of the name, or 0 when an IPv6 address was given for an AF_INET socket. */
socklen_t sockeye_to_name(const struct sockeye_address *address, int family, union sockeye_name *name);

/* connect(2) to a struct sockeye_address: 0, or -errno, EINTR too. */
int32_t sockeye_connect_once(int32_t fd, int32_t family, uintptr_t address);

#endif
