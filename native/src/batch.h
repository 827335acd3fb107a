/* A batch's memory between the packets and the payloads: the message headers that recvmmsg and sendmmsg need. */
#ifndef SOCKEYE_SRC_BATCH_H
#define SOCKEYE_SRC_BATCH_H

#include <stddef.h>
#include <sys/socket.h>

#include "address.h"
#include "control.h"
#include "sockeye.h"

struct sockeye_received_part {
    union sockeye_name name;
    struct iovec payload; /* the slot's whole payload, for good */
    _Alignas(struct cmsghdr) uint8_t control[SOCKEYE_CONTROL_BYTES];
};

struct sockeye_sent_part {
    union sockeye_name name;
    struct iovec payload;
    _Alignas(struct cmsghdr) uint8_t control[SOCKEYE_SEND_CONTROL_BYTES];
};

/* Where the parts of a batch are. */
struct sockeye_layout {
    struct sockeye_batch *header;
    struct sockeye_packet *packets;
    struct mmsghdr *receive_headers; /* always ready for recvmmsg: receive rearms those it used */
    struct mmsghdr *send_headers;    /* built by each send */
    struct sockeye_received_part *received;
    struct sockeye_sent_part *sent; /* of the packet in the same slot */
    uint16_t *send_slots;           /* send_slots[i]: the slot of send_headers[i] */
    uint8_t *payloads;
};

/* False when there is no batch at that address. */
bool sockeye_find_batch(uintptr_t batch, struct sockeye_layout *layout);

static inline uint8_t *sockeye_payload(const struct sockeye_layout *layout, uint32_t slot) {
    return layout->payloads + (size_t)slot * layout->header->payload_stride;
}

/* Makes a header ready for recvmmsg again: the kernel writes the lengths of what it put there. */
static inline void sockeye_rearm(struct mmsghdr *header) {
    header->msg_hdr.msg_namelen = sizeof(union sockeye_name);
    header->msg_hdr.msg_controllen = SOCKEYE_CONTROL_BYTES;
    header->msg_hdr.msg_flags = 0;
}

/* Decodes what recvmmsg put into a slot, and makes the slot's header ready again. */
void sockeye_take(const struct sockeye_layout *layout, uint32_t slot, uint32_t state);

#endif
