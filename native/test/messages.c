#define _GNU_SOURCE
#include "messages.h"

#include <stdlib.h>

_Static_assert(sizeof(struct error_entry) == 16, "as in include/uapi/linux/errqueue.h");

void add_message(struct messages *messages, int level, int type, const void *data, size_t length) {
    const struct cmsghdr header = {.cmsg_len = (socklen_t)CMSG_LEN(length), .cmsg_level = level, .cmsg_type = type};
    uint8_t *at = messages->bytes + messages->length;
    CHECK(messages->length + CMSG_SPACE(length) <= sizeof messages->bytes);
    memset(at, 0xee, CMSG_SPACE(length));
    memcpy(at, &header, sizeof header);
    if (length > 0)
        memcpy(at + CMSG_LEN(0), data, length);
    messages->length += CMSG_SPACE(length);
}

struct sockeye_packet decode_at(const void *bytes, size_t length, size_t offset) {
    struct sockeye_packet packet;
    uint8_t *exact = calloc(1, offset + length > 0 ? offset + length : 1);
    CHECK(exact != NULL);
    memcpy(exact + offset, bytes, length);
    memset(&packet, POISON, sizeof packet);
    packet.flags = 0;
    sockeye_decode_control(exact + offset, length, &packet);
    free(exact);
    return packet;
}

struct sockeye_packet decode(const struct messages *messages) {
    return decode_at(messages->bytes, messages->length, 0);
}

static size_t put_error(uint8_t *data, const struct error_entry *entry, int family, const char *offender,
                        uint32_t scope_id) {
    union sockeye_name name;
    memset(&name, 0, sizeof name);
    const size_t length = family == AF_INET ? sizeof name.in : sizeof name.in6;
    if (offender != NULL) {
        struct sockeye_address address = address_of(offender, 0);
        address.scope_id = scope_id;
        CHECK_EQUAL(sockeye_to_name(&address, family, &name), length);
    }
    memcpy(data, entry, sizeof *entry);
    memcpy(data + sizeof *entry, &name, length);
    return sizeof *entry + length;
}

size_t put_ipv4_error(uint8_t data[32], const struct error_entry *entry, const char *offender) {
    return put_error(data, entry, AF_INET, offender, 0);
}

size_t put_ipv6_error(uint8_t data[44], const struct error_entry *entry, const char *offender, uint32_t scope_id) {
    return put_error(data, entry, AF_INET6, offender, scope_id);
}
