/* Every number that a caller needs, by name: offsets and flags of sockeye.h, and the kernel's constants. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "control.h"
#include "sockeye.h"

/* Younger than the oldest C library that this builds on; the numbers are the kernel's and the same on every machine
 * that Sockeye runs on (include/uapi). */
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif
#ifndef SO_INCOMING_CPU
#define SO_INCOMING_CPU 49
#endif
#ifndef IP_PMTUDISC_INTERFACE
#define IP_PMTUDISC_INTERFACE 4
#endif
#ifndef IP_PMTUDISC_OMIT
#define IP_PMTUDISC_OMIT 5
#endif
#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

#define OFFSET(part, field)                                                                                            \
    { #part "." #field, offsetof(struct sockeye_##part, field) }
#define TCP_INFO_OFFSET(field)                                                                                         \
    { "tcp_info." #field, offsetof(struct tcp_info, field) }
#define NUMBER(name)                                                                                                   \
    { #name, name }

static const struct {
    const char *name;
    int64_t value;
} constants[] = {
    {"packet.bytes", sizeof(struct sockeye_packet)},
    {"packets.offset", sizeof(struct sockeye_batch)},
    {"address.bytes", sizeof(struct sockeye_address)},
    OFFSET(address, scope_id),
    OFFSET(address, port),
    OFFSET(packet, state),
    OFFSET(packet, flags),
    OFFSET(packet, length),
    OFFSET(packet, datagram_length),
    OFFSET(packet, remote),
    OFFSET(packet, local),
    OFFSET(packet, destination),
    OFFSET(packet, interface_index),
    OFFSET(packet, error),
    OFFSET(packet, timestamp_nanos),
    OFFSET(packet, drops),
    OFFSET(packet, segment_size),
    OFFSET(packet, ttl),
    OFFSET(packet, dscp),
    OFFSET(packet, ecn),
    OFFSET(packet, origin),
    OFFSET(packet, type),
    OFFSET(packet, code),
    OFFSET(packet, info),
    OFFSET(packet, data),
    OFFSET(packet, offender),
    OFFSET(packet, offender_scope_id),
    OFFSET(batch, payload_stride),
    OFFSET(batch, payloads_offset),
    OFFSET(batch, size),
    OFFSET(batch, refused),
    OFFSET(batch, pending_error),
    OFFSET(batch, errors),
    {"descriptors.bytes", sizeof(struct sockeye_descriptors)},
    OFFSET(descriptors, kind),
    OFFSET(descriptors, left),
    OFFSET(descriptors, count),
    OFFSET(descriptors, numbers),

    NUMBER(SOCKEYE_EMPTY),
    NUMBER(SOCKEYE_RECEIVED),
    NUMBER(SOCKEYE_OUTGOING),
    NUMBER(SOCKEYE_SENT),
    NUMBER(SOCKEYE_REFUSED),
    NUMBER(SOCKEYE_ERROR),
    NUMBER(SOCKEYE_REMOTE),
    NUMBER(SOCKEYE_LOCAL),
    NUMBER(SOCKEYE_INTERFACE),
    NUMBER(SOCKEYE_DESTINATION),
    NUMBER(SOCKEYE_TTL),
    NUMBER(SOCKEYE_TRAFFIC_CLASS),
    NUMBER(SOCKEYE_TIMESTAMP),
    NUMBER(SOCKEYE_DROPS),
    NUMBER(SOCKEYE_SEGMENT),
    NUMBER(SOCKEYE_TRUNCATED),
    NUMBER(SOCKEYE_CONTROL_CUT),
    NUMBER(SOCKEYE_EXTENDED),
    NUMBER(SOCKEYE_OFFENDER),
    NUMBER(SOCKEYE_EXTENSION_OFFSET),
    NUMBER(SOCKEYE_EXTENSION_INVALID),
    NUMBER(SOCKEYE_MAX_DESCRIPTORS),
    NUMBER(SOCKEYE_MAX_SLOTS),
    NUMBER(SOCKEYE_MAX_PAYLOAD_BYTES),

    /* Of the kernel's struct: 64-bit fields that it has behind these are not in every C library's. */
    {"tcp_info.bytes", offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(uint32_t)},
    TCP_INFO_OFFSET(tcpi_state),
    TCP_INFO_OFFSET(tcpi_retransmits),
    TCP_INFO_OFFSET(tcpi_rto),
    TCP_INFO_OFFSET(tcpi_snd_mss),
    TCP_INFO_OFFSET(tcpi_unacked),
    TCP_INFO_OFFSET(tcpi_sacked),
    TCP_INFO_OFFSET(tcpi_lost),
    TCP_INFO_OFFSET(tcpi_pmtu),
    TCP_INFO_OFFSET(tcpi_rtt),
    TCP_INFO_OFFSET(tcpi_rttvar),
    TCP_INFO_OFFSET(tcpi_snd_cwnd),
    TCP_INFO_OFFSET(tcpi_total_retrans),
    NUMBER(TCP_ESTABLISHED),
    NUMBER(TCP_SYN_SENT),
    NUMBER(TCP_SYN_RECV),
    NUMBER(TCP_FIN_WAIT1),
    NUMBER(TCP_FIN_WAIT2),
    NUMBER(TCP_TIME_WAIT),
    NUMBER(TCP_CLOSE),
    NUMBER(TCP_CLOSE_WAIT),
    NUMBER(TCP_LAST_ACK),
    NUMBER(TCP_LISTEN),
    NUMBER(TCP_CLOSING),

    NUMBER(MCAST_JOIN_GROUP),
    NUMBER(MCAST_LEAVE_GROUP),
    NUMBER(MCAST_JOIN_SOURCE_GROUP),
    NUMBER(MCAST_LEAVE_SOURCE_GROUP),
    NUMBER(MCAST_BLOCK_SOURCE),
    NUMBER(MCAST_UNBLOCK_SOURCE),
    NUMBER(IP_MTU),
    NUMBER(IP_MTU_DISCOVER),
    NUMBER(IP_MULTICAST_ALL),
    NUMBER(IP_PMTUDISC_DO),
    NUMBER(IP_PMTUDISC_DONT),
    NUMBER(IP_PMTUDISC_INTERFACE),
    NUMBER(IP_PMTUDISC_OMIT),
    NUMBER(IP_PMTUDISC_PROBE),
    NUMBER(IP_PMTUDISC_WANT),
    NUMBER(IP_RECVERR_RFC4884),
    NUMBER(IPV6_FREEBIND),
    NUMBER(IPV6_MTU),
    NUMBER(IPV6_MTU_DISCOVER),
    NUMBER(IPV6_MULTICAST_ALL),
    NUMBER(IPV6_MULTICAST_HOPS),
    NUMBER(IPV6_MULTICAST_IF),
    NUMBER(IPV6_MULTICAST_LOOP),
    NUMBER(IPV6_RECVERR),
    NUMBER(IPV6_RECVERR_RFC4884),
    NUMBER(IPV6_RECVHOPLIMIT),
    NUMBER(IPV6_RECVPKTINFO),
    NUMBER(IPV6_RECVTCLASS),
    NUMBER(IPV6_TCLASS),
    NUMBER(IPV6_TRANSPARENT),
    NUMBER(IPV6_UNICAST_HOPS),
    NUMBER(IPV6_V6ONLY),
    NUMBER(SO_DETACH_REUSEPORT_BPF),
    NUMBER(SO_EE_ORIGIN_NONE),
    NUMBER(SO_EE_ORIGIN_LOCAL),
    NUMBER(SO_EE_ORIGIN_ICMP),
    NUMBER(SO_EE_ORIGIN_ICMP6),
    NUMBER(SO_EE_ORIGIN_TXSTATUS),
    NUMBER(SO_EE_ORIGIN_ZEROCOPY),
    NUMBER(SO_EE_ORIGIN_TXTIME),
    NUMBER(SO_INCOMING_CPU),
    {"-SKF_AD_OFF", -(int64_t)SKF_AD_OFF}, /* no value here is negative */
    {"-SKF_NET_OFF", -(int64_t)SKF_NET_OFF},
    NUMBER(BPF_A),
    NUMBER(BPF_ABS),
    NUMBER(BPF_IMM),
    NUMBER(BPF_IND),
    NUMBER(BPF_RSH),
    NUMBER(BPF_LDX),
    NUMBER(BPF_MSH),
    NUMBER(BPF_JEQ),
    NUMBER(BPF_ALU),
    NUMBER(BPF_AND),
    NUMBER(BPF_B),
    NUMBER(BPF_H),
    NUMBER(BPF_JGE),
    NUMBER(BPF_JMP),
    NUMBER(BPF_K),
    NUMBER(BPF_LD),
    NUMBER(BPF_LEN),
    NUMBER(BPF_LSH),
    NUMBER(BPF_MEM),
    NUMBER(BPF_MOD),
    NUMBER(BPF_OR),
    NUMBER(BPF_RET),
    NUMBER(BPF_ST),
    NUMBER(BPF_W),
    NUMBER(BPF_X),
    NUMBER(BPF_XOR),
    NUMBER(BPF_MUL),
    NUMBER(BPF_MAXINSNS),
    NUMBER(SKF_AD_CPU),
    NUMBER(SKF_AD_RANDOM),
    NUMBER(UDP_GRO),
    NUMBER(UDP_SEGMENT),
};

int64_t sockeye_constant(uintptr_t name) {
    if (name == 0)
        return -EINVAL;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (strcmp(constants[i].name, (const char *)name) == 0)
            return constants[i].value;
    return -ENOENT;
}

int32_t sockeye_abi_version(void) {
    return SOCKEYE_ABI_VERSION;
}
