/* The control messages of received datagrams, built by hand. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "messages.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static struct in_pktinfo ipv4_pktinfo(const char *local, const char *destination, int interface_index) {
    struct in_pktinfo info = {.ipi_ifindex = interface_index};
    CHECK(inet_pton(AF_INET, local, &info.ipi_spec_dst) == 1);
    CHECK(inet_pton(AF_INET, destination, &info.ipi_addr) == 1);
    return info;
}

static struct in6_pktinfo ipv6_pktinfo(const char *destination, unsigned interface_index) {
    struct in6_pktinfo info = {.ipi6_ifindex = interface_index};
    CHECK(inet_pton(AF_INET6, destination, &info.ipi6_addr) == 1);
    return info;
}

/* One message of each type that the decoder knows, and the flags it must set. */
struct known {
    int level;
    int type;
    uint8_t data[64];
    size_t length;
    uint32_t flags;
};

#define KNOWN 11

static void put_known(struct known *known, int level, int type, const void *data, size_t length, int flags) {
    *known = (struct known){.level = level, .type = type, .length = length, .flags = (uint32_t)flags};
    memcpy(known->data, data, length);
}

static void all_known(struct known known[KNOWN]) {
    const struct in_pktinfo info4 = ipv4_pktinfo("192.0.2.1", "192.0.2.255", 7);
    const struct in6_pktinfo info6 = ipv6_pktinfo("2001:db8::1", 9);
    const int number = 0x2d;
    const uint8_t octet = 0xb9;
    const uint32_t drops = 0xfffffff0;
    const struct timespec times[3] = {{.tv_sec = 1700000000, .tv_nsec = 123456789}, {0}, {0}};
    size_t i = 0;
    put_known(&known[i++], SOL_IP, IP_PKTINFO, &info4, sizeof info4,
              SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    put_known(&known[i++], SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6,
              SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    put_known(&known[i++], SOL_IP, IP_TTL, &number, sizeof number, SOCKEYE_TTL);
    put_known(&known[i++], SOL_IPV6, IPV6_HOPLIMIT, &number, sizeof number, SOCKEYE_TTL);
    put_known(&known[i++], SOL_IP, IP_TOS, &octet, sizeof octet, SOCKEYE_TRAFFIC_CLASS);
    put_known(&known[i++], SOL_IPV6, IPV6_TCLASS, &number, sizeof number, SOCKEYE_TRAFFIC_CLASS);
    put_known(&known[i++], SOL_SOCKET, SCM_TIMESTAMPNS, &times, sizeof times[0], SOCKEYE_TIMESTAMP);
    put_known(&known[i++], SOL_SOCKET, SCM_TIMESTAMPING, &times, sizeof times, SOCKEYE_TIMESTAMP);
    put_known(&known[i++], SOL_SOCKET, SO_RXQ_OVFL, &drops, sizeof drops, SOCKEYE_DROPS);
    put_known(&known[i++], SOL_UDP, UDP_GRO, &number, sizeof number, SOCKEYE_SEGMENT);
    put_known(&known[i++], 12345, 678, &number, sizeof number, 0); /* unknown */
    CHECK_EQUAL(i, KNOWN);
}

static void add_known(struct messages *messages, const struct known *known) {
    add_message(messages, known->level, known->type, known->data, known->length);
}

CASE(control_decoder_leaves_the_packet_alone_without_messages) {
    struct sockeye_packet expected;
    memset(&expected, POISON, sizeof expected);
    expected.flags = 0;
    struct sockeye_packet packet = decode_at("", 0, 0);
    CHECK_BYTES(&packet, &expected, sizeof expected);
    sockeye_decode_control(NULL, 0, &packet);
    CHECK_BYTES(&packet, &expected, sizeof expected);
}

CASE(control_decoder_sets_only_the_flags_of_each_message) {
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        set_turn((int64_t)i);
        struct messages messages = {.length = 0};
        add_known(&messages, &known[i]);
        CHECK_EQUAL(decode(&messages).flags, known[i].flags);
    }
}

CASE(control_decoder_reads_ipv4_pktinfo) {
    struct messages messages = {.length = 0};
    const struct in_pktinfo info = ipv4_pktinfo("192.0.2.1", "192.0.2.255", 7);
    add_message(&messages, SOL_IP, IP_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    CHECK_EQUAL(packet.interface_index, 7);
    check_address(packet.local, "::ffff:192.0.2.1");
    check_address(packet.destination, "::ffff:192.0.2.255");
}

CASE(control_decoder_has_no_local_address_when_spec_dst_is_zero) {
    struct messages messages = {.length = 0};
    const struct in_pktinfo info = ipv4_pktinfo("0.0.0.0", "192.0.2.255", 7);
    add_message(&messages, SOL_IP, IP_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    check_address(packet.destination, "::ffff:192.0.2.255");
}

CASE(control_decoder_reads_ipv4_multicast) {
    struct messages messages = {.length = 0};
    const struct in_pktinfo info = ipv4_pktinfo("192.0.2.1", "239.1.2.3", 7);
    add_message(&messages, SOL_IP, IP_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    check_address(packet.local, "::ffff:192.0.2.1");
    check_address(packet.destination, "::ffff:239.1.2.3");
}

CASE(control_decoder_reads_ipv6_pktinfo) {
    struct messages messages = {.length = 0};
    const struct in6_pktinfo info = ipv6_pktinfo("2001:db8::1", 0xfffffffe);
    add_message(&messages, SOL_IPV6, IPV6_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    CHECK_EQUAL(packet.interface_index, 0xfffffffe);
    check_address(packet.local, "2001:db8::1");
    check_address(packet.destination, "2001:db8::1");
}

CASE(control_decoder_has_no_local_address_for_ipv6_multicast) {
    struct messages messages = {.length = 0};
    const struct in6_pktinfo info = ipv6_pktinfo("ff02::1", 3);
    add_message(&messages, SOL_IPV6, IPV6_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    CHECK_EQUAL(packet.interface_index, 3);
    check_address(packet.destination, "ff02::1");
}

CASE(control_decoder_has_no_local_address_for_a_mapped_ipv6_pktinfo) {
    /* Without the IPv4 message nobody knows whether it was a broadcast address. */
    struct messages messages = {.length = 0};
    const struct in6_pktinfo info = ipv6_pktinfo("::ffff:192.0.2.255", 3);
    add_message(&messages, SOL_IPV6, IPV6_PKTINFO, &info, sizeof info);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    check_address(packet.destination, "::ffff:192.0.2.255");
}

CASE(control_decoder_takes_the_ipv4_pktinfo_when_both_come) {
    const struct in_pktinfo info4 = ipv4_pktinfo("192.0.2.1", "192.0.2.255", 7);
    const struct in6_pktinfo info6 = ipv6_pktinfo("::ffff:192.0.2.255", 8);
    for (int order = 0; order < 2; order++) {
        set_turn(order);
        struct messages messages = {.length = 0};
        if (order == 0)
            add_message(&messages, SOL_IP, IP_PKTINFO, &info4, sizeof info4);
        add_message(&messages, SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
        if (order == 1)
            add_message(&messages, SOL_IP, IP_PKTINFO, &info4, sizeof info4);
        const struct sockeye_packet packet = decode(&messages);
        CHECK_EQUAL(packet.flags, SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
        CHECK_EQUAL(packet.interface_index, 7);
        check_address(packet.local, "::ffff:192.0.2.1");
        check_address(packet.destination, "::ffff:192.0.2.255");
    }
}

CASE(control_decoder_has_no_local_address_when_both_come_without_spec_dst) {
    const struct in_pktinfo info4 = ipv4_pktinfo("0.0.0.0", "192.0.2.255", 7);
    const struct in6_pktinfo info6 = ipv6_pktinfo("::ffff:192.0.2.255", 7);
    for (int order = 0; order < 2; order++) {
        set_turn(order);
        struct messages messages = {.length = 0};
        if (order == 0)
            add_message(&messages, SOL_IP, IP_PKTINFO, &info4, sizeof info4);
        add_message(&messages, SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
        if (order == 1)
            add_message(&messages, SOL_IP, IP_PKTINFO, &info4, sizeof info4);
        CHECK_EQUAL(decode(&messages).flags, SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
    }
}

CASE(control_decoder_reads_ttl_and_hop_limit) {
    static const int numbers[] = {0, 1, 64, 255};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            struct messages messages = {.length = 0};
            add_message(&messages, ipv6 ? SOL_IPV6 : SOL_IP, ipv6 ? IPV6_HOPLIMIT : IP_TTL, &numbers[i], sizeof(int));
            const struct sockeye_packet packet = decode(&messages);
            CHECK_EQUAL(packet.flags, SOCKEYE_TTL);
            CHECK_EQUAL(packet.ttl, numbers[i]);
        }
    }
}

CASE(control_decoder_splits_every_traffic_class) {
    for (int number = 0; number < 256; number++) {
        const uint8_t octet = (uint8_t)number;
        set_turn(number);
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            struct messages messages = {.length = 0};
            if (ipv6)
                add_message(&messages, SOL_IPV6, IPV6_TCLASS, &number, sizeof number);
            else
                add_message(&messages, SOL_IP, IP_TOS, &octet, sizeof octet);
            const struct sockeye_packet packet = decode(&messages);
            CHECK_EQUAL(packet.flags, SOCKEYE_TRAFFIC_CLASS);
            CHECK_EQUAL(packet.dscp, number / 4);
            CHECK_EQUAL(packet.ecn, number % 4);
        }
    }
}

CASE(control_decoder_reads_both_timestamps) {
    const struct timespec times[3] = {{.tv_sec = 1700000000, .tv_nsec = 123456789}, {.tv_sec = 1}, {.tv_sec = 2}};
    for (int three = 0; three < 2; three++) {
        struct messages messages = {.length = 0};
        add_message(&messages, SOL_SOCKET, three ? SCM_TIMESTAMPING : SCM_TIMESTAMPNS, times,
                    three ? sizeof times : sizeof times[0]);
        const struct sockeye_packet packet = decode(&messages);
        CHECK_EQUAL(packet.flags, SOCKEYE_TIMESTAMP);
        CHECK_EQUAL(packet.timestamp_nanos, INT64_C(1700000000123456789));
    }
}

CASE(control_decoder_ignores_a_timestamp_of_zero) {
    const struct timespec times[3] = {{0}, {0}, {.tv_sec = 5}};
    struct messages messages = {.length = 0};
    add_message(&messages, SOL_SOCKET, SCM_TIMESTAMPING, times, sizeof times);
    CHECK_EQUAL(decode(&messages).flags, 0);
}

CASE(control_decoder_survives_a_timestamp_out_of_range) {
    struct timespec time;
    memset(&time, 0x7f, sizeof time);
    struct messages messages = {.length = 0};
    add_message(&messages, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof time);
    memset(&time, 0x80, sizeof time);
    add_message(&messages, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof time);
    CHECK_EQUAL(decode(&messages).flags, SOCKEYE_TIMESTAMP);
}

CASE(control_decoder_reads_drops_and_segment_size) {
    const uint32_t drops = UINT32_MAX;
    const int segment = 65535;
    struct messages messages = {.length = 0};
    add_message(&messages, SOL_SOCKET, SO_RXQ_OVFL, &drops, sizeof drops);
    add_message(&messages, SOL_UDP, UDP_GRO, &segment, sizeof segment);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_DROPS | SOCKEYE_SEGMENT);
    CHECK_EQUAL(packet.drops, drops);
    CHECK_EQUAL(packet.segment_size, segment);
}

CASE(control_decoder_touches_no_other_field) {
    struct known known[KNOWN];
    struct messages messages = {.length = 0};
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++)
        add_known(&messages, &known[i]);
    struct sockeye_packet expected, packet = decode(&messages);
    memset(&expected, POISON, sizeof expected);
    CHECK_EQUAL(packet.state, expected.state);
    CHECK_EQUAL(packet.length, expected.length);
    CHECK_EQUAL(packet.datagram_length, expected.datagram_length);
    CHECK_BYTES(&packet.remote, &expected.remote, sizeof expected.remote);
    CHECK_EQUAL(packet.error, expected.error);
    CHECK_BYTES(&packet.origin, &expected.origin, sizeof packet - offsetof(struct sockeye_packet, origin));
}

CASE(control_decoder_reads_all_messages_at_every_alignment) {
    struct known known[KNOWN];
    struct messages messages = {.length = 0};
    all_known(known);
    uint32_t flags = 0;
    for (size_t i = 0; i < KNOWN; i++) {
        add_known(&messages, &known[i]);
        flags |= known[i].flags;
    }
    const struct sockeye_packet aligned = decode(&messages);
    CHECK_EQUAL(aligned.flags, flags);
    for (size_t offset = 1; offset < 16; offset++) {
        const struct sockeye_packet packet = decode_at(messages.bytes, messages.length, offset);
        CHECK_BYTES(&packet, &aligned, sizeof packet);
    }
}

CASE(control_decoder_takes_a_last_message_with_any_padding) {
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        set_turn((int64_t)i);
        struct messages messages = {.length = 0};
        add_known(&messages, &known[i]);
        for (size_t length = CMSG_LEN(known[i].length); length <= CMSG_SPACE(known[i].length); length++)
            CHECK_EQUAL(decode_at(messages.bytes, length, 0).flags, known[i].flags);
    }
}

CASE(control_decoder_reports_a_cut_message) {
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        struct messages messages = {.length = 0};
        add_known(&messages, &known[i]);
        for (size_t length = 1; length < CMSG_LEN(known[i].length); length++) {
            set_turn((int64_t)(1000 * i + length));
            CHECK_EQUAL(decode_at(messages.bytes, length, 0).flags, SOCKEYE_CONTROL_CUT);
        }
    }
}

CASE(control_decoder_reports_a_message_that_the_kernel_cut) {
    /* The kernel writes the shortened length into the header. */
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        for (size_t length = sizeof(struct cmsghdr); length < CMSG_LEN(known[i].length); length++) {
            set_turn((int64_t)(1000 * i + length));
            struct messages messages = {.length = 0};
            add_known(&messages, &known[i]);
            const struct cmsghdr header = {
                .cmsg_len = (socklen_t)length, .cmsg_level = known[i].level, .cmsg_type = known[i].type};
            memcpy(messages.bytes, &header, sizeof header);
            CHECK_EQUAL(decode_at(messages.bytes, length, 0).flags, known[i].flags ? SOCKEYE_CONTROL_CUT : 0);
        }
    }
}

CASE(control_decoder_keeps_what_came_before_the_cut) {
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        const int ttl = 9;
        struct messages messages = {.length = 0};
        add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
        const size_t first = messages.length;
        add_known(&messages, &known[i]);
        for (size_t length = first + 1; length < first + CMSG_LEN(known[i].length); length++) {
            set_turn((int64_t)(1000 * i + length));
            const struct sockeye_packet packet = decode_at(messages.bytes, length, 0);
            CHECK_EQUAL(packet.flags, SOCKEYE_TTL | SOCKEYE_CONTROL_CUT);
            CHECK_EQUAL(packet.ttl, ttl);
        }
    }
}

CASE(control_decoder_refuses_a_false_message_length) {
    const int ttl = 9;
    struct messages messages = {.length = 0};
    add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
    add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
    const size_t lengths[] = {0, 1, sizeof(struct cmsghdr) - 1, messages.length + 1, messages.length + 8, INT_MAX};
    struct cmsghdr header = {.cmsg_level = SOL_IP, .cmsg_type = IP_TTL};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        set_turn((int64_t)i);
        header.cmsg_len = (socklen_t)lengths[i];
        memcpy(messages.bytes, &header, sizeof header);
        CHECK_EQUAL(decode(&messages).flags, SOCKEYE_CONTROL_CUT);
    }
    for (uint8_t last = 0xf0; last >= 0xf0; last++) { /* to SIZE_MAX, where aligning overflows */
        set_turn(last);
        memset(&header.cmsg_len, 0xff, sizeof header.cmsg_len);
        memcpy(&header.cmsg_len, &last, 1);
        memcpy(messages.bytes, &header, sizeof header);
        CHECK_EQUAL(decode(&messages).flags, SOCKEYE_CONTROL_CUT);
    }
}

CASE(control_decoder_refuses_the_wrong_length_for_a_type) {
    struct known known[KNOWN];
    all_known(known);
    for (size_t i = 0; i < KNOWN; i++) {
        for (size_t length = 0; length <= sizeof known[i].data; length++) {
            set_turn((int64_t)(1000 * i + length));
            const int ttl = 9; /* the next message is still read */
            struct messages messages = {.length = 0};
            add_message(&messages, known[i].level, known[i].type, known[i].data, length);
            add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
            uint32_t expected = known[i].flags;
            if (length != known[i].length && known[i].flags != 0)
                expected = SOCKEYE_CONTROL_CUT;
            CHECK_EQUAL(decode(&messages).flags, expected | SOCKEYE_TTL);
        }
    }
}

CASE(control_decoder_skips_what_it_does_not_know) {
    static const int levels[] = {SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_UDP, -1, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        set_turn((int64_t)i);
        const int ttl = 77;
        struct messages messages = {.length = 0};
        add_message(&messages, levels[i], 9999, "unknown", 7);
        add_message(&messages, levels[i], -1, "", 0);
        add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
        const struct sockeye_packet packet = decode(&messages);
        CHECK_EQUAL(packet.flags, SOCKEYE_TTL);
        CHECK_EQUAL(packet.ttl, ttl);
    }
}

CASE(control_decoder_survives_hostile_bytes) {
    const uint32_t possible = SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION | SOCKEYE_TTL |
                              SOCKEYE_TRAFFIC_CLASS | SOCKEYE_TIMESTAMP | SOCKEYE_DROPS | SOCKEYE_SEGMENT |
                              SOCKEYE_CONTROL_CUT;
    struct known known[KNOWN];
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    uint32_t seen = 0;
    int64_t clean = 0;
    all_known(known);
    for (int turn = 0; turn < 300000; turn++) {
        set_turn(turn);
        struct messages messages = {.length = 0};
        const uint64_t count = next_random(&random) % 5;
        for (uint64_t i = 0; i < count; i++)
            add_known(&messages, &known[next_random(&random) % KNOWN]);
        if (count == 0) { /* noise only */
            messages.length = next_random(&random) % 100;
            for (size_t i = 0; i < messages.length; i++)
                messages.bytes[i] = (uint8_t)next_random(&random);
        }
        for (uint64_t i = next_random(&random) % 4; i > 0 && messages.length > 0; i--) {
            const uint64_t at = next_random(&random) % messages.length;
            static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff, 16, 17, 24};
            const uint64_t value = next_random(&random);
            messages.bytes[at] = value & 256 ? extremes[value % sizeof extremes] : (uint8_t)value;
        }
        const uint64_t cut = next_random(&random);
        if (cut & 1)
            messages.length = (cut >> 1) % (messages.length + 1);
        const struct sockeye_packet packet = decode_at(messages.bytes, messages.length, next_random(&random) % 8);
        const struct sockeye_packet again = decode(&messages);
        CHECK_BYTES(&packet, &again, sizeof packet);
        CHECK_EQUAL(packet.flags & ~possible, 0);
        CHECK_EQUAL(packet.state, 0xa5a5a5a5);
        CHECK_EQUAL(packet.length, 0xa5a5a5a5);
        if (packet.flags & SOCKEYE_TRAFFIC_CLASS)
            CHECK(packet.dscp < 64 && packet.ecn < 4);
        if (packet.flags & SOCKEYE_LOCAL)
            CHECK((packet.flags & (SOCKEYE_INTERFACE | SOCKEYE_DESTINATION)) ==
                  (SOCKEYE_INTERFACE | SOCKEYE_DESTINATION));
        seen |= packet.flags;
        clean += !(packet.flags & SOCKEYE_CONTROL_CUT);
    }
    CHECK_EQUAL(seen, possible);
    CHECK(clean > 30000 && clean < 270000); /* the loop tries both good and bad bytes */
}
