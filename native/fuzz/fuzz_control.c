/*
 * Any bytes as control messages: sockeye_decode_control reads no byte outside them, writes no field but those it sets a
 * flag for, and makes the same of them wherever they lie. The input is in a heap block of just its size.
 *
 *     ./sockeye test --fuzz SECONDS
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "control.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

#define ERROR_FLAGS (SOCKEYE_EXTENDED | SOCKEYE_OFFENDER)
#define PKTINFO_FLAGS (SOCKEYE_INTERFACE | SOCKEYE_DESTINATION)
#define KNOWN_FLAGS                                                                                                    \
    (SOCKEYE_LOCAL | PKTINFO_FLAGS | SOCKEYE_TTL | SOCKEYE_TRAFFIC_CLASS | SOCKEYE_TIMESTAMP | SOCKEYE_DROPS |         \
     SOCKEYE_SEGMENT | SOCKEYE_CONTROL_CUT | ERROR_FLAGS)

/* Each field of a packet and the flag that says it means something; 0: control messages never touch it. */
static const struct {
    size_t offset;
    size_t size;
    uint32_t flag;
} fields[] = {
#define FIELD(name, flag)                                                                                              \
    { offsetof(struct sockeye_packet, name), sizeof(((struct sockeye_packet *)0)->name), flag }
    FIELD(state, 0),
    FIELD(length, 0),
    FIELD(datagram_length, 0),
    FIELD(remote, 0),
    FIELD(local, SOCKEYE_LOCAL),
    FIELD(destination, SOCKEYE_DESTINATION),
    FIELD(interface_index, SOCKEYE_INTERFACE),
    FIELD(error, SOCKEYE_EXTENDED),
    FIELD(timestamp_nanos, SOCKEYE_TIMESTAMP),
    FIELD(drops, SOCKEYE_DROPS),
    FIELD(segment_size, SOCKEYE_SEGMENT),
    FIELD(ttl, SOCKEYE_TTL),
    FIELD(dscp, SOCKEYE_TRAFFIC_CLASS),
    FIELD(ecn, SOCKEYE_TRAFFIC_CLASS),
    FIELD(origin, SOCKEYE_EXTENDED),
    FIELD(type, SOCKEYE_EXTENDED),
    FIELD(code, SOCKEYE_EXTENDED),
    FIELD(info, SOCKEYE_EXTENDED),
    FIELD(data, SOCKEYE_EXTENDED),
    FIELD(offender, SOCKEYE_OFFENDER),
    FIELD(offender_scope_id, SOCKEYE_OFFENDER),
};

/* Decodes into a packet full of `poison`, `flags` apart; the input lies `offset` bytes off the alignment. */
static struct sockeye_packet decode(const uint8_t *bytes, size_t length, size_t offset, int poison, uint32_t flags) {
    struct sockeye_packet packet;
    uint8_t *exact = malloc(offset + length > 0 ? offset + length : 1);
    CHECK(exact != NULL);
    if (length > 0)
        memcpy(exact + offset, bytes, length);
    memset(&packet, poison, sizeof packet);
    packet.flags = flags;
    sockeye_decode_control(exact + offset, length, &packet);
    CHECK(length == 0 || memcmp(exact + offset, bytes, length) == 0);
    free(exact);
    return packet;
}

static void check_fields(const struct sockeye_packet *packet, int poison, const struct sockeye_packet *other) {
    uint8_t untouched[sizeof(struct sockeye_packet)];
    size_t covered = sizeof packet->flags;
    memset(untouched, poison, sizeof untouched);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const uint8_t *field = (const uint8_t *)packet + fields[i].offset;
        if (packet->flags & fields[i].flag) /* its value comes from the input alone */
            CHECK(memcmp(field, (const uint8_t *)other + fields[i].offset, fields[i].size) == 0);
        else
            CHECK(memcmp(field, untouched, fields[i].size) == 0);
        covered += fields[i].size;
    }
    CHECK(covered == sizeof *packet); /* no field and no gap is left out */
}

static void check_values(const struct sockeye_packet *packet) {
    const uint32_t flags = packet->flags;
    CHECK((flags & ~(uint32_t)KNOWN_FLAGS) == 0);
    CHECK((flags & PKTINFO_FLAGS) == 0 || (flags & PKTINFO_FLAGS) == PKTINFO_FLAGS);
    if (flags & SOCKEYE_LOCAL)
        CHECK(flags & SOCKEYE_DESTINATION);
    if (flags & SOCKEYE_OFFENDER)
        CHECK((flags & SOCKEYE_EXTENDED) &&
              (packet->origin == SO_EE_ORIGIN_ICMP || packet->origin == SO_EE_ORIGIN_ICMP6));
    if (flags & SOCKEYE_TRAFFIC_CLASS)
        CHECK(packet->dscp < 64 && packet->ecn < 4);
    if ((flags & SOCKEYE_EXTENDED) && (packet->origin == SO_EE_ORIGIN_ICMP || packet->origin == SO_EE_ORIGIN_ICMP6))
        CHECK((packet->data & ~(uint32_t)(SOCKEYE_EXTENSION_OFFSET | SOCKEYE_EXTENSION_INVALID)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const struct sockeye_packet packet = decode(bytes, length, 0, 0xa5, 0);
    const struct sockeye_packet again = decode(bytes, length, 1 + length % 15, 0x5a, 0);
    CHECK(packet.flags == again.flags);
    check_values(&packet);
    check_fields(&packet, 0xa5, &again);
    check_fields(&again, 0x5a, &packet);
    if (length == 0)
        CHECK(packet.flags == 0);
    /* Flags that were set before, of the message itself, stay. */
    const uint32_t before = SOCKEYE_REMOTE | SOCKEYE_TRUNCATED;
    CHECK(decode(bytes, length, 0, 0xa5, before).flags == (packet.flags | before));
    return 0;
}
