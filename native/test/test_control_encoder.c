/* The control messages of sent datagrams. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "sockets.h"

#define INDEX 7

/* The packet's flags follow from what is given: NULL and 0 for nothing. */
static struct sockeye_packet packet_of(const char *remote, const char *local, uint32_t interface_index) {
    struct sockeye_packet packet = {.state = SOCKEYE_OUTGOING};
    if (remote != NULL) {
        packet.remote = address_of(remote, 9);
        packet.flags |= SOCKEYE_REMOTE;
    }
    if (local != NULL) {
        memcpy(packet.local, address_of(local, 0).bytes, 16);
        packet.flags |= SOCKEYE_LOCAL;
    }
    if (interface_index != 0) {
        packet.interface_index = interface_index;
        packet.flags |= SOCKEYE_INTERFACE;
    }
    return packet;
}

/* Encodes into a buffer of just the size that is promised to be enough. */
static int encode_with(const struct sockeye_packet *packet, int family, const char *own,
                       uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES]) {
    uint8_t *exact = calloc(1, SOCKEYE_SEND_CONTROL_BYTES);
    CHECK(exact != NULL);
    const int length = sockeye_encode_control(packet, family, address_of(own, 0).bytes, exact);
    memcpy(bytes, exact, SOCKEYE_SEND_CONTROL_BYTES);
    free(exact);
    return length;
}

static int encode(const struct sockeye_packet *packet, int family, uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES]) {
    return encode_with(packet, family, "::", bytes);
}

static void check_refused(const char *remote, const char *local, int family) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    const struct sockeye_packet packet = packet_of(remote, local, 0);
    CHECK_EQUAL(encode(&packet, family, bytes), -EINVAL);
}

static void check_header(const uint8_t *bytes, int length, int level, int type, size_t size) {
    struct cmsghdr header;
    memcpy(&header, bytes, sizeof header);
    CHECK_EQUAL(length, CMSG_SPACE(size));
    CHECK_EQUAL(header.cmsg_len, CMSG_LEN(size));
    CHECK_EQUAL(header.cmsg_level, level);
    CHECK_EQUAL(header.cmsg_type, type);
}

/* Nothing told as local: 0.0.0.0. */
static void check_ipv4(const char *remote, const char *local, uint32_t interface_index, int family) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in_pktinfo info;
    const struct sockeye_packet packet = packet_of(remote, local, interface_index);
    check_header(bytes, encode(&packet, family, bytes), SOL_IP, IP_PKTINFO, sizeof info);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    const struct in_addr expected = sockeye_get_ipv4(address_of(local ? local : "0.0.0.0", 0).bytes);
    CHECK_EQUAL(info.ipi_spec_dst.s_addr, expected.s_addr);
    CHECK_EQUAL(info.ipi_addr.s_addr, 0);
    CHECK_EQUAL(info.ipi_ifindex, interface_index);
}

static void check_ipv6(const char *remote, const char *local, uint32_t interface_index) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in6_pktinfo info;
    const struct sockeye_packet packet = packet_of(remote, local, interface_index);
    check_header(bytes, encode(&packet, AF_INET6, bytes), SOL_IPV6, IPV6_PKTINFO, sizeof info);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    check_address(info.ipi6_addr.s6_addr, local ? local : "::");
    CHECK_EQUAL(info.ipi6_ifindex, interface_index);
}

CASE(control_encoder_writes_nothing_without_local_and_interface) {
    static const char *const remotes[] = {NULL, "192.0.2.1", "2001:db8::1"};
    for (int i = 0; i < 3; i++) {
        uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
        static const uint8_t zeros[SOCKEYE_SEND_CONTROL_BYTES];
        struct sockeye_packet packet = packet_of(remotes[i], "192.0.2.9", INDEX);
        packet.flags &= (uint32_t) ~(SOCKEYE_LOCAL | SOCKEYE_INTERFACE);
        CHECK_EQUAL(encode(&packet, AF_INET6, bytes), 0);
        CHECK_BYTES(bytes, zeros, sizeof bytes);
        CHECK_EQUAL(encode(&packet, AF_INET, bytes), 0);
    }
}

CASE(control_encoder_writes_ipv4_local_and_interface) {
    check_ipv4("192.0.2.1", "192.0.2.9", 0, AF_INET);
    check_ipv4("192.0.2.1", NULL, INDEX, AF_INET);
    check_ipv4("192.0.2.1", "192.0.2.9", INDEX, AF_INET);
}

CASE(control_encoder_writes_ipv4_for_a_connected_socket) {
    check_ipv4(NULL, "192.0.2.9", 0, AF_INET);
    check_ipv4(NULL, NULL, INDEX, AF_INET);
    check_ipv4(NULL, "192.0.2.9", INDEX, AF_INET);
}

CASE(control_encoder_writes_ipv6_local_and_interface) {
    check_ipv6("2001:db8::1", "2001:db8::9", 0);
    check_ipv6("2001:db8::1", NULL, INDEX);
    check_ipv6("2001:db8::1", "2001:db8::9", INDEX);
}

CASE(control_encoder_writes_ipv6_for_a_connected_socket) {
    check_ipv6(NULL, "2001:db8::9", 0);
    check_ipv6(NULL, NULL, INDEX);
    check_ipv6(NULL, "2001:db8::9", INDEX);
}

CASE(control_encoder_writes_ipv4_for_a_mapped_peer_of_a_dual_stack_socket) {
    check_ipv4("::ffff:192.0.2.1", "::ffff:192.0.2.9", 0, AF_INET6);
    check_ipv4("::ffff:192.0.2.1", NULL, INDEX, AF_INET6);
    check_ipv4("::ffff:192.0.2.1", "::ffff:192.0.2.9", INDEX, AF_INET6);
    check_ipv4(NULL, "::ffff:192.0.2.9", INDEX, AF_INET6);
}

CASE(control_encoder_refuses_mixed_families) {
    check_refused("192.0.2.1", "2001:db8::9", AF_INET6);
    check_refused("2001:db8::1", "192.0.2.9", AF_INET6);
    check_refused("192.0.2.1", "2001:db8::9", AF_INET);
    check_refused(NULL, "2001:db8::9", AF_INET);
}

CASE(control_encoder_ignores_what_the_flags_do_not_tell) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in_pktinfo info;
    struct sockeye_packet packet = packet_of("192.0.2.1", "2001:db8::9", INDEX); /* a local address left over */
    packet.flags &= (uint32_t)~SOCKEYE_LOCAL;
    CHECK(encode(&packet, AF_INET, bytes) > 0);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    CHECK_EQUAL(info.ipi_spec_dst.s_addr, 0);
    CHECK_EQUAL(info.ipi_ifindex, INDEX);
    packet = packet_of("192.0.2.1", "192.0.2.9", INDEX);
    packet.flags &= (uint32_t)~SOCKEYE_INTERFACE;
    CHECK(encode(&packet, AF_INET, bytes) > 0);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    CHECK_EQUAL(info.ipi_ifindex, 0);
}

CASE(control_encoder_writes_what_the_decoder_reads) {
    static const char *const locals[] = {"192.0.2.9", "2001:db8::9"};
    for (int i = 0; i < 2; i++) {
        uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
        const struct sockeye_packet packet = packet_of(NULL, locals[i], INDEX);
        struct sockeye_packet read = {.flags = 0};
        const int length = encode(&packet, AF_INET6, bytes);
        CHECK(length > 0);
        sockeye_decode_control(bytes, (size_t)length, &read);
        CHECK_EQUAL(read.flags, SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
        CHECK_BYTES(read.local, packet.local, 16);
        CHECK_EQUAL(read.interface_index, INDEX);
    }
}

/* The packet tells only the interface. */
static void check_own(const char *remote, int family, const char *own, const char *expected) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in_pktinfo info;
    const struct sockeye_packet packet = packet_of(remote, NULL, INDEX);
    check_header(bytes, encode_with(&packet, family, own, bytes), SOL_IP, IP_PKTINFO, sizeof info);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    CHECK_EQUAL(info.ipi_spec_dst.s_addr, sockeye_get_ipv4(address_of(expected, 0).bytes).s_addr);
    CHECK_EQUAL(info.ipi_ifindex, INDEX);
}

CASE(control_encoder_keeps_the_socket_s_own_ipv4_address) {
    check_own("192.0.2.1", AF_INET, "192.0.2.9", "192.0.2.9");
    check_own("192.0.2.1", AF_INET6, "192.0.2.9", "192.0.2.9");
    check_own(NULL, AF_INET, "192.0.2.9", "192.0.2.9");
    check_own(NULL, AF_INET6, "192.0.2.9", "192.0.2.9"); /* connected to a mapped peer */
    check_own("192.0.2.1", AF_INET, "0.0.0.0", "0.0.0.0");
    check_own("192.0.2.1", AF_INET6, "2001:db8::9", "0.0.0.0");
}

CASE(control_encoder_leaves_an_own_ipv6_address_to_the_kernel) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in6_pktinfo info;
    const struct sockeye_packet packet = packet_of("2001:db8::1", NULL, INDEX);
    check_header(bytes, encode_with(&packet, AF_INET6, "2001:db8::9", bytes), SOL_IPV6, IPV6_PKTINFO, sizeof info);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    check_address(info.ipi6_addr.s6_addr, "::");
}

CASE(control_encoder_takes_the_packet_s_local_address_first) {
    uint8_t bytes[SOCKEYE_SEND_CONTROL_BYTES];
    struct in_pktinfo info;
    const struct sockeye_packet packet = packet_of("192.0.2.1", "192.0.2.9", INDEX);
    CHECK(encode_with(&packet, AF_INET, "192.0.2.77", bytes) > 0);
    memcpy(&info, bytes + CMSG_LEN(0), sizeof info);
    CHECK_EQUAL(info.ipi_spec_dst.s_addr, sockeye_get_ipv4(packet.local).s_addr);
}
