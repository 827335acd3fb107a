/* The layout of a batch's memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "sockets.h"

static const uint32_t slot_counts[] = {1, 2, 3, 63, 64, 65, 1023, 1024};
static const uint32_t capacities[] = {1, 63, 64, 65, 1472, 2048};

/* Each part begins where the one before it ends, or up to 63 bytes after. */
static void check_follows(const void *part, const void *previous, size_t bytes) {
    const uintptr_t end = (uintptr_t)previous + bytes;
    CHECK((uintptr_t)part >= end && (uintptr_t)part < end + 64);
    CHECK_EQUAL((uintptr_t)part % 64, 0);
}

static void check_layout(uint32_t slots, uint32_t capacity) {
    const struct sockeye_layout layout = new_batch(slots, capacity);
    const struct sockeye_batch *header = layout.header;
    const int64_t bytes = sockeye_batch_bytes(slots, capacity);
    CHECK_EQUAL(header->slots, slots);
    CHECK_EQUAL(header->payload_capacity, capacity);
    CHECK(header->payload_stride >= capacity && header->payload_stride < capacity + 64);
    CHECK_EQUAL(header->payload_stride % 64, 0);
    CHECK_EQUAL(header->size, 0);
    CHECK((const void *)layout.packets == (const void *)(header + 1));
    check_follows(layout.receive_headers, layout.packets, slots * sizeof *layout.packets);
    check_follows(layout.send_headers, layout.receive_headers, slots * sizeof *layout.receive_headers);
    check_follows(layout.received, layout.send_headers, slots * sizeof *layout.send_headers);
    check_follows(layout.sent, layout.received, slots * sizeof *layout.received);
    check_follows(layout.send_slots, layout.sent, slots * sizeof *layout.sent);
    check_follows(layout.payloads, layout.send_slots, slots * sizeof *layout.send_slots);
    CHECK_EQUAL(header->payloads_offset, (uintptr_t)layout.payloads - (uintptr_t)header);
    CHECK_EQUAL(header->payloads_offset + (uint64_t)slots * header->payload_stride, bytes);
    for (uint32_t slot = 0; slot < slots; slot++) {
        const struct msghdr *message = &layout.receive_headers[slot].msg_hdr;
        CHECK(message->msg_iov->iov_base == layout.payloads + (size_t)slot * header->payload_stride);
        CHECK_EQUAL(message->msg_iov->iov_len, capacity);
        CHECK_EQUAL(message->msg_iovlen, 1);
        CHECK(message->msg_name == &layout.received[slot].name);
        CHECK_EQUAL(message->msg_namelen, sizeof(union sockeye_name));
        CHECK(message->msg_control == layout.received[slot].control);
        CHECK_EQUAL(message->msg_controllen, SOCKEYE_CONTROL_BYTES);
    }
    free_batch(&layout);
}

CASE(batch_parts_follow_each_other_without_overlap) {
    for (size_t i = 0; i < sizeof slot_counts / sizeof slot_counts[0]; i++)
        for (size_t j = 0; j < sizeof capacities / sizeof capacities[0]; j++) {
            set_turn((int64_t)(100 * i + j));
            check_layout(slot_counts[i], capacities[j]);
        }
    check_layout(3, SOCKEYE_MAX_PAYLOAD_BYTES);
}

CASE(batch_uses_no_byte_past_its_size) {
    /* A block of just that size: AddressSanitizer sees a write past it. */
    const struct sockeye_layout layout = new_batch(5, 100);
    memset(layout.packets, 1, 5 * sizeof *layout.packets);
    for (uint32_t slot = 0; slot < 5; slot++)
        memset(sockeye_payload(&layout, slot), 2, layout.header->payload_stride);
    free_batch(&layout);
}

CASE(batch_size_is_told_for_every_valid_argument) {
    CHECK(sockeye_batch_bytes(1, 1) > 0);
    CHECK(sockeye_batch_bytes(SOCKEYE_MAX_SLOTS, SOCKEYE_MAX_PAYLOAD_BYTES) > INT64_C(1024) * 65535);
    for (uint32_t slots = 1; slots <= SOCKEYE_MAX_SLOTS; slots++)
        CHECK_EQUAL(sockeye_batch_bytes(slots, 1500) % 64, 0);
}

CASE(batch_size_is_refused_for_arguments_out_of_bounds) {
    CHECK_EQUAL(sockeye_batch_bytes(0, 1), -EINVAL);
    CHECK_EQUAL(sockeye_batch_bytes(1, 0), -EINVAL);
    CHECK_EQUAL(sockeye_batch_bytes(SOCKEYE_MAX_SLOTS + 1, 1), -EINVAL);
    CHECK_EQUAL(sockeye_batch_bytes(1, SOCKEYE_MAX_PAYLOAD_BYTES + 1), -EINVAL);
    CHECK_EQUAL(sockeye_batch_bytes(UINT32_MAX, UINT32_MAX), -EINVAL);
}

CASE(batch_init_refuses_bad_arguments) {
    static _Alignas(64) uint8_t memory[8192];
    static const uint8_t zeros[sizeof memory];
    const uintptr_t batch = (uintptr_t)memory;
    const uint64_t bytes = (uint64_t)sockeye_batch_bytes(2, 100);
    CHECK(bytes <= sizeof memory);
    CHECK_EQUAL(sockeye_batch_init(0, bytes, 2, 100), -EINVAL);
    for (uintptr_t off = 1; off < 64; off++)
        CHECK_EQUAL(sockeye_batch_init(batch + off, bytes, 2, 100), -EINVAL);
    CHECK_EQUAL(sockeye_batch_init(batch, bytes, 0, 100), -EINVAL);
    CHECK_EQUAL(sockeye_batch_init(batch, bytes, 2, 0), -EINVAL);
    CHECK_EQUAL(sockeye_batch_init(batch, UINT64_MAX, SOCKEYE_MAX_SLOTS + 1, 100), -EINVAL);
    CHECK_EQUAL(sockeye_batch_init(batch, UINT64_MAX, 2, SOCKEYE_MAX_PAYLOAD_BYTES + 1), -EINVAL);
    CHECK_EQUAL(sockeye_batch_init(batch, bytes - 1, 2, 100), -ENOSPC);
    CHECK_EQUAL(sockeye_batch_init(batch, 0, 2, 100), -ENOSPC);
    CHECK_BYTES(memory, zeros, sizeof memory); /* none of them wrote anything */
    CHECK_EQUAL(sockeye_batch_init(batch, bytes, 2, 100), 0);
}

CASE(batch_is_found_only_where_one_was_laid_out) {
    static _Alignas(64) uint8_t memory[8192];
    const uintptr_t batch = (uintptr_t)memory;
    struct sockeye_batch *header = (struct sockeye_batch *)batch;
    struct sockeye_layout layout;
    CHECK(!sockeye_find_batch(0, &layout));
    CHECK(!sockeye_find_batch(batch, &layout));
    CHECK_EQUAL(sockeye_batch_init(batch, sizeof memory, 2, 100), 0);
    CHECK(sockeye_find_batch(batch, &layout));
    CHECK(!sockeye_find_batch(batch + 1, &layout));
    CHECK(!sockeye_find_batch(batch + 64, &layout));
    header->magic ^= 1;
    CHECK(!sockeye_find_batch(batch, &layout));
    header->magic ^= 1;
    header->slots = SOCKEYE_MAX_SLOTS + 1;
    CHECK(!sockeye_find_batch(batch, &layout));
    header->slots = 2;
    header->payload_capacity = 0;
    CHECK(!sockeye_find_batch(batch, &layout));
}
