/* The numbers that callers ask for by name. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stddef.h>

#include "sockets.h"

static int64_t constant(const char *name) {
    return sockeye_constant((uintptr_t)name);
}

#define CHECK_OFFSET(part, field) CHECK_EQUAL(constant(#part "." #field), offsetof(struct sockeye_##part, field))
#define CHECK_NUMBER(name) CHECK_EQUAL(constant(#name), name)

CASE(constant_tells_every_offset) {
    CHECK_EQUAL(constant("packet.bytes"), sizeof(struct sockeye_packet));
    CHECK_EQUAL(constant("packets.offset"), sizeof(struct sockeye_batch));
    CHECK_EQUAL(constant("address.bytes"), sizeof(struct sockeye_address));
    CHECK_OFFSET(address, scope_id);
    CHECK_OFFSET(address, port);
    CHECK_OFFSET(packet, state);
    CHECK_OFFSET(packet, flags);
    CHECK_OFFSET(packet, length);
    CHECK_OFFSET(packet, datagram_length);
    CHECK_OFFSET(packet, remote);
    CHECK_OFFSET(packet, local);
    CHECK_OFFSET(packet, destination);
    CHECK_OFFSET(packet, interface_index);
    CHECK_OFFSET(packet, error);
    CHECK_OFFSET(packet, timestamp_nanos);
    CHECK_OFFSET(packet, drops);
    CHECK_OFFSET(packet, segment_size);
    CHECK_OFFSET(packet, ttl);
    CHECK_OFFSET(packet, dscp);
    CHECK_OFFSET(packet, ecn);
    CHECK_OFFSET(packet, origin);
    CHECK_OFFSET(packet, type);
    CHECK_OFFSET(packet, code);
    CHECK_OFFSET(packet, info);
    CHECK_OFFSET(packet, data);
    CHECK_OFFSET(packet, offender);
    CHECK_OFFSET(packet, offender_scope_id);
    CHECK_OFFSET(batch, payload_stride);
    CHECK_OFFSET(batch, payloads_offset);
    CHECK_OFFSET(batch, size);
    CHECK_OFFSET(batch, refused);
    CHECK_OFFSET(batch, pending_error);
    CHECK_OFFSET(batch, errors);
}

CASE(constant_tells_where_tcp_info_has_its_fields) {
    CHECK_EQUAL(constant("tcp_info.tcpi_state"), 0); /* include/uapi/linux/tcp.h: fields never move */
    CHECK_EQUAL(constant("tcp_info.tcpi_retransmits"), 2);
    CHECK_EQUAL(constant("tcp_info.tcpi_rto"), 8);
    CHECK_EQUAL(constant("tcp_info.tcpi_snd_mss"), 16);
    CHECK_EQUAL(constant("tcp_info.tcpi_unacked"), 24);
    CHECK_EQUAL(constant("tcp_info.tcpi_sacked"), 28);
    CHECK_EQUAL(constant("tcp_info.tcpi_lost"), 32);
    CHECK_EQUAL(constant("tcp_info.tcpi_pmtu"), 60);
    CHECK_EQUAL(constant("tcp_info.tcpi_rtt"), 68);
    CHECK_EQUAL(constant("tcp_info.tcpi_rttvar"), 72);
    CHECK_EQUAL(constant("tcp_info.tcpi_snd_cwnd"), 80);
    CHECK_EQUAL(constant("tcp_info.tcpi_total_retrans"), 100);
    CHECK_EQUAL(constant("tcp_info.bytes"), 104);
    CHECK_NUMBER(TCP_ESTABLISHED);
    CHECK_NUMBER(TCP_SYN_SENT);
    CHECK_NUMBER(TCP_SYN_RECV);
    CHECK_NUMBER(TCP_FIN_WAIT1);
    CHECK_NUMBER(TCP_FIN_WAIT2);
    CHECK_NUMBER(TCP_TIME_WAIT);
    CHECK_NUMBER(TCP_CLOSE);
    CHECK_NUMBER(TCP_CLOSE_WAIT);
    CHECK_NUMBER(TCP_LAST_ACK);
    CHECK_NUMBER(TCP_LISTEN);
    CHECK_NUMBER(TCP_CLOSING);
}

CASE(constant_tells_offsets_where_the_batch_has_its_parts) {
    const struct sockeye_layout layout = new_batch(3, 100);
    const uint8_t *batch = (const uint8_t *)layout.header;
    uint32_t stride;
    uint64_t offset;
    memcpy(&stride, batch + constant("batch.payload_stride"), sizeof stride);
    memcpy(&offset, batch + constant("batch.payloads_offset"), sizeof offset);
    CHECK(batch + offset + 2 * (uint64_t)stride == sockeye_payload(&layout, 2));
    CHECK((const void *)(batch + constant("packets.offset") + 2 * constant("packet.bytes")) == &layout.packets[2]);
    free_batch(&layout);
}

CASE(constant_tells_every_flag_and_state) {
    CHECK_NUMBER(SOCKEYE_EMPTY);
    CHECK_NUMBER(SOCKEYE_RECEIVED);
    CHECK_NUMBER(SOCKEYE_OUTGOING);
    CHECK_NUMBER(SOCKEYE_SENT);
    CHECK_NUMBER(SOCKEYE_REFUSED);
    CHECK_NUMBER(SOCKEYE_ERROR);
    CHECK_NUMBER(SOCKEYE_REMOTE);
    CHECK_NUMBER(SOCKEYE_LOCAL);
    CHECK_NUMBER(SOCKEYE_INTERFACE);
    CHECK_NUMBER(SOCKEYE_DESTINATION);
    CHECK_NUMBER(SOCKEYE_TTL);
    CHECK_NUMBER(SOCKEYE_TRAFFIC_CLASS);
    CHECK_NUMBER(SOCKEYE_TIMESTAMP);
    CHECK_NUMBER(SOCKEYE_DROPS);
    CHECK_NUMBER(SOCKEYE_SEGMENT);
    CHECK_NUMBER(SOCKEYE_TRUNCATED);
    CHECK_NUMBER(SOCKEYE_CONTROL_CUT);
    CHECK_NUMBER(SOCKEYE_EXTENDED);
    CHECK_NUMBER(SOCKEYE_OFFENDER);
    CHECK_NUMBER(SOCKEYE_EXTENSION_OFFSET);
    CHECK_NUMBER(SOCKEYE_EXTENSION_INVALID);
    CHECK_NUMBER(SOCKEYE_MAX_SLOTS);
    CHECK_NUMBER(SOCKEYE_MAX_PAYLOAD_BYTES);
}

CASE(constant_tells_the_kernel_s_numbers) {
    /* As in include/uapi: the C library's headers may be too old to have them all. */
    CHECK_NUMBER(MCAST_JOIN_GROUP);
    CHECK_NUMBER(MCAST_LEAVE_SOURCE_GROUP);
    CHECK_NUMBER(MCAST_JOIN_SOURCE_GROUP);
    CHECK_NUMBER(MCAST_LEAVE_GROUP);
    CHECK_NUMBER(MCAST_BLOCK_SOURCE);
    CHECK_NUMBER(MCAST_UNBLOCK_SOURCE);
    CHECK_NUMBER(IPV6_MULTICAST_HOPS);
    CHECK_NUMBER(IPV6_MULTICAST_IF);
    CHECK_NUMBER(IPV6_MULTICAST_LOOP);
    CHECK_NUMBER(IPV6_RECVHOPLIMIT);
    CHECK_NUMBER(IPV6_RECVTCLASS);
    CHECK_NUMBER(IPV6_TCLASS);
    CHECK_NUMBER(IPV6_TRANSPARENT);
    CHECK_NUMBER(IPV6_UNICAST_HOPS);
    CHECK_NUMBER(IPV6_V6ONLY);
    CHECK_NUMBER(IPV6_RECVPKTINFO);
    CHECK_NUMBER(IPV6_RECVERR);
    CHECK_NUMBER(IPV6_MTU_DISCOVER);
    CHECK_NUMBER(IPV6_MTU);
    CHECK_NUMBER(IP_MTU_DISCOVER);
    CHECK_NUMBER(IP_MTU);
    CHECK_NUMBER(IP_PMTUDISC_DONT);
    CHECK_NUMBER(IP_PMTUDISC_WANT);
    CHECK_NUMBER(IP_PMTUDISC_DO);
    CHECK_NUMBER(IP_PMTUDISC_PROBE);
    CHECK_EQUAL(constant("IP_PMTUDISC_INTERFACE"), 4);
    CHECK_EQUAL(constant("IP_PMTUDISC_OMIT"), 5);
    CHECK_EQUAL(constant("IP_RECVERR_RFC4884"), 26);
    CHECK_EQUAL(constant("IPV6_RECVERR_RFC4884"), 31);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_NONE"), 0);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_LOCAL"), 1);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_ICMP"), 2);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_ICMP6"), 3);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_TXSTATUS"), 4);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_ZEROCOPY"), 5);
    CHECK_EQUAL(constant("SO_EE_ORIGIN_TXTIME"), 6);
    CHECK_EQUAL(constant("IP_MULTICAST_ALL"), 49);
    CHECK_EQUAL(constant("IPV6_MULTICAST_ALL"), 29);
    CHECK_EQUAL(constant("IPV6_FREEBIND"), 78);
    CHECK_EQUAL(constant("SO_INCOMING_CPU"), 49);
    CHECK_EQUAL(constant("UDP_SEGMENT"), 103);
    CHECK_EQUAL(constant("UDP_GRO"), 104);
}

CASE(constant_refuses_an_unknown_name) {
    static const char *const names[] = {"",         "packet",         "packet.",         "packet.flag", "packet.flagss",
                                        " UDP_GRO", "SOCKEYE_remote", "SOCKEYE_REMOTE ", "%s%n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        set_turn((int64_t)i);
        CHECK_EQUAL(constant(names[i]), -ENOENT);
    }
    CHECK_EQUAL(sockeye_constant(0), -EINVAL);
}

CASE(abi_version_is_the_header_s) {
    CHECK_EQUAL(sockeye_abi_version(), SOCKEYE_ABI_VERSION);
}
