#define _GNU_SOURCE
#include "batch.h"

#include <errno.h>

#define MAGIC 0x736f636bu
#define CACHE_LINE 64u

_Static_assert(sizeof(struct sockeye_address) == 24, "sockeye_address is drawn with 24 bytes");
_Static_assert(sizeof(struct sockeye_packet) == 128, "sockeye_packet is drawn with 128 bytes");
_Static_assert(offsetof(struct sockeye_packet, remote) == 16, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, local) == 40, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, destination) == 56, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, interface_index) == 72, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, timestamp_nanos) == 80, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, ecn) == 96, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, info) == 100, "as drawn");
_Static_assert(offsetof(struct sockeye_packet, offender) == 108, "as drawn");
_Static_assert(sizeof(struct sockeye_batch) == CACHE_LINE, "sockeye_batch is drawn with 64 bytes");

static size_t aligned(size_t bytes) {
    return (bytes + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
}

/* Walks over the parts in the order they are drawn and returns the whole length; `layout` gets their addresses. */
static size_t lay_out(uintptr_t batch, uint32_t slots, uint32_t payload_capacity, struct sockeye_layout *layout) {
    size_t at = 0;
    layout->header = (struct sockeye_batch *)batch;
    at += sizeof(struct sockeye_batch);
    layout->packets = (struct sockeye_packet *)(batch + at);
    at += slots * sizeof(struct sockeye_packet);
    layout->receive_headers = (struct mmsghdr *)(batch + at);
    at += aligned(slots * sizeof(struct mmsghdr));
    layout->send_headers = (struct mmsghdr *)(batch + at);
    at += aligned(slots * sizeof(struct mmsghdr));
    layout->received = (struct sockeye_received_part *)(batch + at);
    at += aligned(slots * sizeof(struct sockeye_received_part));
    layout->sent = (struct sockeye_sent_part *)(batch + at);
    at += aligned(slots * sizeof(struct sockeye_sent_part));
    layout->send_slots = (uint16_t *)(batch + at);
    at += aligned(slots * sizeof(uint16_t));
    layout->payloads = (uint8_t *)(batch + at);
    return at + slots * aligned(payload_capacity);
}

static bool valid(uint32_t slots, uint32_t payload_capacity) {
    return slots >= 1 && slots <= SOCKEYE_MAX_SLOTS && payload_capacity >= 1 &&
           payload_capacity <= SOCKEYE_MAX_PAYLOAD_BYTES;
}

int64_t sockeye_batch_bytes(uint32_t slots, uint32_t payload_capacity) {
    struct sockeye_layout layout;
    if (!valid(slots, payload_capacity))
        return -EINVAL;
    return (int64_t)lay_out(0, slots, payload_capacity, &layout);
}

int32_t sockeye_batch_init(uintptr_t batch, uint64_t bytes, uint32_t slots, uint32_t payload_capacity) {
    struct sockeye_layout layout;
    if (batch == 0 || batch % CACHE_LINE != 0 || !valid(slots, payload_capacity))
        return -EINVAL;
    if (lay_out(batch, slots, payload_capacity, &layout) > bytes)
        return -ENOSPC;
    layout.header->magic = MAGIC;
    layout.header->slots = slots;
    layout.header->payload_capacity = payload_capacity;
    layout.header->payload_stride = (uint32_t)aligned(payload_capacity);
    layout.header->payloads_offset = (uint64_t)(layout.payloads - (uint8_t *)batch);
    for (uint32_t slot = 0; slot < slots; slot++) {
        struct sockeye_received_part *received = &layout.received[slot];
        received->payload.iov_base = sockeye_payload(&layout, slot);
        received->payload.iov_len = payload_capacity;
        struct msghdr *message = &layout.receive_headers[slot].msg_hdr;
        message->msg_name = &received->name;
        message->msg_iov = &received->payload;
        message->msg_iovlen = 1;
        message->msg_control = received->control;
        sockeye_rearm(&layout.receive_headers[slot]);
    }
    return 0;
}

bool sockeye_find_batch(uintptr_t batch, struct sockeye_layout *layout) {
    if (batch == 0 || batch % CACHE_LINE != 0)
        return false;
    const struct sockeye_batch *header = (const struct sockeye_batch *)batch;
    if (header->magic != MAGIC || !valid(header->slots, header->payload_capacity))
        return false;
    lay_out(batch, header->slots, header->payload_capacity, layout);
    return true;
}

void sockeye_take(const struct sockeye_layout *layout, uint32_t slot, uint32_t state) {
    struct sockeye_packet *packet = &layout->packets[slot];
    struct mmsghdr *header = &layout->receive_headers[slot];
    const uint32_t capacity = layout->header->payload_capacity;
    packet->state = state;
    packet->flags = 0;
    packet->datagram_length = header->msg_len; /* MSG_TRUNC was asked for: the whole length, also when it was cut */
    packet->length = header->msg_len < capacity ? header->msg_len : capacity;
    packet->error = 0;
    if (header->msg_hdr.msg_flags & MSG_TRUNC)
        packet->flags |= SOCKEYE_TRUNCATED;
    if (header->msg_hdr.msg_flags & MSG_CTRUNC)
        packet->flags |= SOCKEYE_CONTROL_CUT;
    if (sockeye_from_name(&layout->received[slot].name, header->msg_hdr.msg_namelen, &packet->remote))
        packet->flags |= SOCKEYE_REMOTE;
    sockeye_decode_control(layout->received[slot].control, header->msg_hdr.msg_controllen, packet);
    sockeye_rearm(header);
}
