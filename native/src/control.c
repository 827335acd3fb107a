#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <time.h>

#include "address.h"

#ifndef UDP_GRO /* glibc 2.28 and older */
#define UDP_GRO 104
#endif

/* What SO_TIMESTAMPING delivers (struct scm_timestamping): software, an unused one, hardware. The kernel's own header
 * for it, linux/errqueue.h, does not compile with every C library. */
struct timestamps {
    struct timespec software;
    struct timespec others[2];
};

/* What IP_RECVERR delivers (struct sock_extended_err); the address of the offender, a sockaddr, comes after it. */
struct extended_error {
    uint32_t error;
    uint8_t origin;
    uint8_t type;
    uint8_t code;
    uint8_t pad;
    uint32_t info;
    union {
        uint32_t data;
        struct { /* struct sock_ee_data_rfc4884 */
            uint16_t offset;
            uint8_t flags;
            uint8_t reserved;
        } extension;
    };
};
_Static_assert(sizeof(struct extended_error) == 16, "as in include/uapi/linux/errqueue.h");

#define SO_EE_RFC4884_FLAG_INVALID 1

/* Every message that an option of this library can make the kernel send has its place in the buffer, all at once. */
_Static_assert(CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(struct in6_pktinfo))    /* dual-stack: both */
                       + 2 * CMSG_SPACE(sizeof(int))                                             /* TTL, HOPLIMIT */
                       + 2 * CMSG_SPACE(sizeof(int))                                             /* TOS, TCLASS */
                       + CMSG_SPACE(sizeof(struct timespec))                                     /* SO_TIMESTAMPNS */
                       + CMSG_SPACE(sizeof(struct timestamps))                                   /* SO_TIMESTAMPING */
                       + CMSG_SPACE(sizeof(uint32_t))                                            /* SO_RXQ_OVFL */
                       + CMSG_SPACE(sizeof(int))                                                 /* UDP_GRO */
                       + CMSG_SPACE(sizeof(struct extended_error) + sizeof(struct sockaddr_in6)) /* IP_RECVERR */
                   <= SOCKEYE_CONTROL_BYTES,
               "control buffer too small");

/* A control message whose length has been checked against the buffer. */
struct message {
    int level;
    int type;
    const uint8_t *data;
    size_t length;
};

static bool is(const struct message *message, int level, int type) {
    return message->level == level && message->type == type;
}

/* Copies the data out when it has just the length that its type has: the buffer need not be aligned, nor whole. */
static bool read_exactly(const struct message *message, void *value, size_t length, struct sockeye_packet *packet) {
    if (message->length != length) {
        packet->flags |= SOCKEYE_CONTROL_CUT;
        return false;
    }
    memcpy(value, message->data, length);
    return true;
}

static void decode_ipv4_pktinfo(const struct message *message, struct sockeye_packet *packet) {
    struct in_pktinfo info;
    if (!read_exactly(message, &info, sizeof info, packet))
        return;
    packet->interface_index = (uint32_t)info.ipi_ifindex;
    sockeye_put_ipv4(packet->destination, info.ipi_addr);
    packet->flags |= SOCKEYE_INTERFACE | SOCKEYE_DESTINATION;
    /* 0.0.0.0: the datagram was queued before IP_PKTINFO was set. Its own address is not known then: ipi_addr is only
     * what the sender wrote, and may be a broadcast address. */
    if (info.ipi_spec_dst.s_addr != htonl(INADDR_ANY)) {
        sockeye_put_ipv4(packet->local, info.ipi_spec_dst);
        packet->flags |= SOCKEYE_LOCAL;
    }
}

static void decode_ipv6_pktinfo(const struct message *message, struct sockeye_packet *packet) {
    struct in6_pktinfo info;
    if (!read_exactly(message, &info, sizeof info, packet))
        return;
    /* A dual-stack socket gets both messages for an IPv4 peer. The IPv4 one knows more: it has spec_dst. */
    if ((packet->flags & SOCKEYE_DESTINATION) && sockeye_is_mapped(packet->destination))
        return;
    packet->interface_index = info.ipi6_ifindex;
    memcpy(packet->destination, &info.ipi6_addr, 16);
    packet->flags |= SOCKEYE_INTERFACE | SOCKEYE_DESTINATION;
    if (!IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr) && !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) {
        memcpy(packet->local, &info.ipi6_addr, 16);
        packet->flags |= SOCKEYE_LOCAL;
    }
}

static void put_traffic_class(struct sockeye_packet *packet, uint8_t octet) {
    packet->dscp = octet >> 2;
    packet->ecn = octet & 3;
    packet->flags |= SOCKEYE_TRAFFIC_CLASS;
}

static void put_timestamp(struct sockeye_packet *packet, const struct timespec *time) {
    if (time->tv_sec == 0 && time->tv_nsec == 0)
        return; /* SO_TIMESTAMPING leaves the clocks it did not read at zero */
    /* Unsigned: bytes that no kernel writes may wrap, but must not overflow. */
    packet->timestamp_nanos = (int64_t)((uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec);
    packet->flags |= SOCKEYE_TIMESTAMP;
}

/* The offender is cut off, or of the family AF_UNSPEC, where nobody sent an ICMP message. */
static void decode_offender(const uint8_t *data, size_t length, struct sockeye_packet *packet) {
    union sockeye_name name;
    struct sockeye_address offender;
    if (length > sizeof name)
        length = sizeof name;
    memset(&name, 0, sizeof name);
    memcpy(&name, data, length);
    if (!sockeye_from_name(&name, (socklen_t)length, &offender))
        return;
    memcpy(packet->offender, offender.bytes, 16);
    packet->offender_scope_id = offender.scope_id;
    packet->flags |= SOCKEYE_OFFENDER;
}

static void decode_error(const struct message *message, struct sockeye_packet *packet) {
    struct extended_error error;
    if (packet->flags & SOCKEYE_EXTENDED) /* the kernel sends one: fields of two must not mix */
        return;
    if (message->length < sizeof error) {
        packet->flags |= SOCKEYE_CONTROL_CUT;
        return;
    }
    memcpy(&error, message->data, sizeof error);
    packet->error = (int32_t)error.error;
    packet->origin = error.origin;
    packet->type = error.type;
    packet->code = error.code;
    packet->info = error.info;
    packet->data = error.data;
    packet->flags |= SOCKEYE_EXTENDED;
    /* Other entries can carry an address too, which is nobody's who said anything. */
    if (error.origin == SO_EE_ORIGIN_ICMP || error.origin == SO_EE_ORIGIN_ICMP6) {
        packet->data = error.extension.offset;
        if (error.extension.flags & SO_EE_RFC4884_FLAG_INVALID)
            packet->data |= SOCKEYE_EXTENSION_INVALID;
        decode_offender(message->data + sizeof error, message->length - sizeof error, packet);
    }
}

static void decode_message(const struct message *message, struct sockeye_packet *packet) {
    int number;
    if (is(message, SOL_IP, IP_PKTINFO)) {
        decode_ipv4_pktinfo(message, packet);
    } else if (is(message, SOL_IPV6, IPV6_PKTINFO)) {
        decode_ipv6_pktinfo(message, packet);
    } else if (is(message, SOL_IP, IP_TTL) || is(message, SOL_IPV6, IPV6_HOPLIMIT)) {
        if (read_exactly(message, &number, sizeof number, packet)) {
            packet->ttl = (uint8_t)number;
            packet->flags |= SOCKEYE_TTL;
        }
    } else if (is(message, SOL_IP, IP_TOS)) {
        uint8_t octet; /* one byte, while the option of the same name is an int */
        if (read_exactly(message, &octet, sizeof octet, packet))
            put_traffic_class(packet, octet);
    } else if (is(message, SOL_IPV6, IPV6_TCLASS)) {
        if (read_exactly(message, &number, sizeof number, packet))
            put_traffic_class(packet, (uint8_t)number);
    } else if (is(message, SOL_SOCKET, SCM_TIMESTAMPNS)) {
        struct timespec time;
        if (read_exactly(message, &time, sizeof time, packet))
            put_timestamp(packet, &time);
    } else if (is(message, SOL_SOCKET, SCM_TIMESTAMPING)) {
        struct timestamps times;
        if (read_exactly(message, &times, sizeof times, packet))
            put_timestamp(packet, &times.software);
    } else if (is(message, SOL_SOCKET, SO_RXQ_OVFL)) {
        if (read_exactly(message, &packet->drops, sizeof packet->drops, packet))
            packet->flags |= SOCKEYE_DROPS;
    } else if (is(message, SOL_UDP, UDP_GRO)) {
        if (read_exactly(message, &number, sizeof number, packet)) {
            packet->segment_size = (uint16_t)number;
            packet->flags |= SOCKEYE_SEGMENT;
        }
    } else if (is(message, SOL_IP, IP_RECVERR) || is(message, SOL_IPV6, IPV6_RECVERR)) {
        decode_error(message, packet);
    }
}

void sockeye_decode_control(const void *control, size_t length, struct sockeye_packet *packet) {
    const uint8_t *bytes = control;
    size_t left = length;
    while (left > 0) {
        struct cmsghdr header;
        if (left < sizeof header) {
            packet->flags |= SOCKEYE_CONTROL_CUT;
            return;
        }
        memcpy(&header, bytes, sizeof header);
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > left) {
            packet->flags |= SOCKEYE_CONTROL_CUT;
            return;
        }
        const struct message message = {
            .level = header.cmsg_level,
            .type = header.cmsg_type,
            .data = bytes + CMSG_LEN(0),
            .length = header.cmsg_len - CMSG_LEN(0),
        };
        decode_message(&message, packet);
        /* The last message need not be padded. */
        const size_t step = CMSG_ALIGN(header.cmsg_len) < left ? CMSG_ALIGN(header.cmsg_len) : left;
        bytes += step;
        left -= step;
    }
}

static int put_message(void *control, int level, int type, const void *value, size_t length) {
    struct cmsghdr header = {.cmsg_len = (socklen_t)CMSG_LEN(length), .cmsg_level = level, .cmsg_type = type};
    memcpy(control, &header, sizeof header);
    memcpy((uint8_t *)control + CMSG_LEN(0), value, length);
    return (int)CMSG_SPACE(length);
}

int sockeye_encode_control(const struct sockeye_packet *packet, int family, const uint8_t own[16], void *control) {
    const uint32_t flags = packet->flags;
    if (!(flags & (SOCKEYE_LOCAL | SOCKEYE_INTERFACE)))
        return 0;
    const uint8_t *local = (flags & SOCKEYE_LOCAL) ? packet->local : own;
    bool ipv4 = family == AF_INET; /* always: the kernel passes over an IPv6 message there, and over the source in it */
    if (!ipv4)
        ipv4 = sockeye_is_mapped((flags & SOCKEYE_REMOTE) ? packet->remote.bytes : local);
    if ((flags & SOCKEYE_LOCAL) && ipv4 != sockeye_is_mapped(local))
        return -EINVAL;
    const uint32_t interface_index = (flags & SOCKEYE_INTERFACE) ? packet->interface_index : 0;
    if (ipv4) {
        /* The kernel sends from ipi_spec_dst, which takes the place of the socket's own address even when it is zero;
         * it ignores ipi_addr here. */
        struct in_pktinfo info = {.ipi_ifindex = (int)interface_index};
        if (sockeye_is_mapped(local))
            info.ipi_spec_dst = sockeye_get_ipv4(local);
        return put_message(control, SOL_IP, IP_PKTINFO, &info, sizeof info);
    }
    struct in6_pktinfo info = {.ipi6_ifindex = interface_index}; /* zero leaves the socket's own address in its place */
    if (flags & SOCKEYE_LOCAL)
        memcpy(&info.ipi6_addr, local, 16);
    return put_message(control, SOL_IPV6, IPV6_PKTINFO, &info, sizeof info);
}
