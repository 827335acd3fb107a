/* The entries of the error queue as the kernel delivers them, built by hand. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <time.h>

#include "messages.h"

#define IPV4_BYTES 32 /* struct sock_extended_err and a sockaddr_in */
#define IPV6_BYTES 44 /* and a sockaddr_in6 */
#define ENTRY_BYTES sizeof(struct error_entry)
#define TURN(level, length) ((level) == SOL_IP ? (int64_t)(length) : 1000 + (int64_t)(length))

static const struct error_entry refused4 = {.error = ECONNREFUSED, .origin = SO_EE_ORIGIN_ICMP, .type = 3, .code = 3};
static const struct error_entry refused6 = {.error = ECONNREFUSED, .origin = SO_EE_ORIGIN_ICMP6, .type = 1, .code = 4};

/* A message of either family: 192.0.2.9, or fe80::9 on interface 5, tells that nobody listens. */
struct sample {
    int level;
    int type;
    uint8_t data[IPV6_BYTES];
    size_t length;
};

static struct sample sample_of(int level) {
    struct sample sample = {.level = level, .type = level == SOL_IP ? IP_RECVERR : IPV6_RECVERR};
    sample.length = level == SOL_IP ? put_ipv4_error(sample.data, &refused4, "192.0.2.9")
                                    : put_ipv6_error(sample.data, &refused6, "fe80::9", 5);
    CHECK_EQUAL(sample.length, level == SOL_IP ? IPV4_BYTES : IPV6_BYTES);
    return sample;
}

static void add_sample(struct messages *messages, const struct sample *sample, size_t length) {
    add_message(messages, sample->level, sample->type, sample->data, length);
}

static struct sockeye_packet decode_entry(const struct error_entry *entry, int level) {
    struct messages messages = {.length = 0};
    struct sample sample = sample_of(level);
    memcpy(sample.data, entry, ENTRY_BYTES);
    add_sample(&messages, &sample, sample.length);
    return decode(&messages);
}

CASE(error_decoder_reads_an_ipv4_error) {
    const struct error_entry entry = {
        .error = EMSGSIZE, .origin = SO_EE_ORIGIN_ICMP, .type = 3, .code = 4, .pad = 0xff, .info = 0xfffffffe};
    const struct sockeye_packet packet = decode_entry(&entry, SOL_IP);
    CHECK_EQUAL(packet.flags, SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
    CHECK_EQUAL(packet.error, EMSGSIZE);
    CHECK_EQUAL(packet.origin, SO_EE_ORIGIN_ICMP);
    CHECK_EQUAL(packet.type, 3);
    CHECK_EQUAL(packet.code, 4);
    CHECK_EQUAL(packet.info, 0xfffffffe);
    CHECK_EQUAL(packet.data, 0);
    check_address(packet.offender, "192.0.2.9");
    CHECK_EQUAL(packet.offender_scope_id, 0);
}

CASE(error_decoder_reads_an_ipv6_error) {
    const struct sockeye_packet packet = decode_entry(&refused6, SOL_IPV6);
    CHECK_EQUAL(packet.flags, SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
    CHECK_EQUAL(packet.error, ECONNREFUSED);
    CHECK_EQUAL(packet.origin, SO_EE_ORIGIN_ICMP6);
    CHECK_EQUAL(packet.type, 1);
    CHECK_EQUAL(packet.code, 4);
    CHECK_EQUAL(packet.info, 0);
    check_address(packet.offender, "fe80::9");
    CHECK_EQUAL(packet.offender_scope_id, 5);
}

CASE(error_decoder_reads_an_ipv4_error_of_a_dual_stack_socket) {
    uint8_t data[IPV6_BYTES];
    struct messages messages = {.length = 0};
    const size_t length = put_ipv6_error(data, &refused4, "::ffff:192.0.2.9", 0);
    add_message(&messages, SOL_IPV6, IPV6_RECVERR, data, length);
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
    CHECK_EQUAL(packet.origin, SO_EE_ORIGIN_ICMP);
    check_address(packet.offender, "192.0.2.9");
    CHECK_EQUAL(packet.offender_scope_id, 0);
}

CASE(error_decoder_has_no_offender_of_no_family) {
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        uint8_t data[IPV6_BYTES];
        struct messages messages = {.length = 0};
        set_turn(ipv6);
        if (ipv6)
            add_message(&messages, SOL_IPV6, IPV6_RECVERR, data, put_ipv6_error(data, &refused6, NULL, 0));
        else
            add_message(&messages, SOL_IP, IP_RECVERR, data, put_ipv4_error(data, &refused4, NULL));
        const struct sockeye_packet packet = decode(&messages);
        CHECK_EQUAL(packet.flags, SOCKEYE_EXTENDED);
        CHECK_EQUAL(packet.error, ECONNREFUSED);
        CHECK_EQUAL(packet.offender[0], POISON); /* not written */
    }
}

/* The kernel writes the length it had room for into the header: the entry may be whole and its offender not. */
static void check_length(const struct sample *sample, size_t length) {
    struct messages messages = {.length = 0};
    set_turn(TURN(sample->level, length));
    add_sample(&messages, sample, length);
    const struct sockeye_packet packet = decode(&messages);
    uint32_t expected = SOCKEYE_CONTROL_CUT;
    if (length >= ENTRY_BYTES)
        expected = length >= sample->length ? SOCKEYE_EXTENDED | SOCKEYE_OFFENDER : SOCKEYE_EXTENDED;
    CHECK_EQUAL(packet.flags, expected);
    CHECK_EQUAL(packet.error, length >= ENTRY_BYTES ? ECONNREFUSED : (int32_t)0xa5a5a5a5);
    if (!(expected & SOCKEYE_OFFENDER))
        CHECK_EQUAL(packet.offender[0], POISON);
}

CASE(error_decoder_takes_an_entry_and_leaves_an_offender_that_is_cut) {
    const struct sample ipv4 = sample_of(SOL_IP), ipv6 = sample_of(SOL_IPV6);
    for (size_t length = 0; length <= IPV4_BYTES; length++)
        check_length(&ipv4, length);
    for (size_t length = 0; length <= IPV6_BYTES; length++)
        check_length(&ipv6, length);
}

CASE(error_decoder_takes_a_longer_message) {
    /* A later kernel may add to the end. */
    for (size_t more = 0; more <= 64; more++) {
        uint8_t data[IPV6_BYTES + 64];
        const struct sample sample = sample_of(more % 2 ? SOL_IP : SOL_IPV6);
        struct messages messages = {.length = 0};
        set_turn((int64_t)more);
        memset(data, 0xee, sizeof data);
        memcpy(data, sample.data, sample.length);
        add_message(&messages, sample.level, sample.type, data, sample.length + more);
        CHECK_EQUAL(decode(&messages).flags, SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
    }
}

CASE(error_decoder_reports_a_buffer_that_ends_within_the_message) {
    static const int levels[] = {SOL_IP, SOL_IPV6};
    for (int i = 0; i < 2; i++) {
        const struct sample sample = sample_of(levels[i]);
        struct messages messages = {.length = 0};
        add_sample(&messages, &sample, sample.length);
        for (size_t length = 0; length <= CMSG_SPACE(sample.length); length++) {
            uint32_t expected = SOCKEYE_EXTENDED | SOCKEYE_OFFENDER;
            if (length < CMSG_LEN(sample.length))
                expected = length == 0 ? 0 : SOCKEYE_CONTROL_CUT;
            for (size_t offset = 0; offset < 16; offset++) {
                set_turn(TURN(levels[i], length));
                CHECK_EQUAL(decode_at(messages.bytes, length, offset).flags, expected);
            }
        }
    }
}

CASE(error_decoder_reads_pktinfo_before_the_error) {
    const struct in_pktinfo info = {.ipi_ifindex = 7, .ipi_addr = sockeye_get_ipv4(address_of("192.0.2.1", 0).bytes)};
    const struct sample sample = sample_of(SOL_IP);
    const int ttl = 61;
    for (int order = 0; order < 2; order++) {
        struct messages messages = {.length = 0};
        set_turn(order);
        if (order == 1)
            add_sample(&messages, &sample, sample.length);
        add_message(&messages, SOL_IP, IP_PKTINFO, &info, sizeof info);
        add_message(&messages, SOL_IP, IP_TTL, &ttl, sizeof ttl);
        if (order == 0)
            add_sample(&messages, &sample, sample.length);
        const struct sockeye_packet packet = decode(&messages);
        CHECK_EQUAL(packet.flags,
                    SOCKEYE_INTERFACE | SOCKEYE_DESTINATION | SOCKEYE_TTL | SOCKEYE_EXTENDED | SOCKEYE_OFFENDER);
        CHECK_EQUAL(packet.interface_index, 7);
        CHECK_EQUAL(packet.ttl, ttl);
        check_address(packet.destination, "192.0.2.1");
        check_address(packet.offender, "192.0.2.9");
    }
}

CASE(error_decoder_reads_where_extensions_begin) {
    static const uint32_t offsets[] = {0, 1, 128, 0x7fff, 0xffff};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        for (uint32_t flags = 0; flags < 256; flags++) {
            const uint16_t offset = (uint16_t)offsets[i];
            const uint8_t bytes[2] = {(uint8_t)flags, 0xee}; /* the last is reserved */
            struct error_entry entry = flags % 2 ? refused4 : refused6;
            set_turn((int64_t)(1000 * i + flags));
            memcpy(&entry.data, &offset, 2);
            memcpy((uint8_t *)&entry.data + 2, bytes, 2);
            const struct sockeye_packet packet = decode_entry(&entry, flags % 2 ? SOL_IP : SOL_IPV6);
            CHECK_EQUAL(packet.data & SOCKEYE_EXTENSION_OFFSET, offset);
            CHECK_EQUAL(packet.data & ~(uint32_t)SOCKEYE_EXTENSION_OFFSET, flags & 1 ? SOCKEYE_EXTENSION_INVALID : 0);
        }
    }
}

CASE(error_decoder_leaves_the_data_of_other_origins_as_it_is) {
    for (int origin = 0; origin < 256; origin++) {
        const struct error_entry entry = {
            .error = ENOMSG, .origin = (uint8_t)origin, .info = 0x89abcdef, .data = 0xfedcba98};
        set_turn(origin);
        if (origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6)
            continue;
        const struct sockeye_packet packet = decode_entry(&entry, origin % 2 ? SOL_IP : SOL_IPV6);
        CHECK(packet.flags & SOCKEYE_EXTENDED);
        CHECK_EQUAL(packet.error, ENOMSG);
        CHECK_EQUAL(packet.origin, origin);
        CHECK_EQUAL(packet.info, 0x89abcdef);
        CHECK_EQUAL(packet.data, 0xfedcba98);
    }
}

CASE(error_decoder_reads_the_timestamp_of_a_sent_datagram) {
    const struct timespec times[3] = {{.tv_sec = 1700000000, .tv_nsec = 5}, {0}, {0}};
    const struct error_entry entry = {.error = ENOMSG, .origin = SO_EE_ORIGIN_TXSTATUS, .data = 41};
    uint8_t data[IPV4_BYTES];
    struct messages messages = {.length = 0};
    add_message(&messages, SOL_SOCKET, SCM_TIMESTAMPING, times, sizeof times);
    add_message(&messages, SOL_IP, IP_RECVERR, data, put_ipv4_error(data, &entry, NULL));
    const struct sockeye_packet packet = decode(&messages);
    CHECK_EQUAL(packet.flags, SOCKEYE_TIMESTAMP | SOCKEYE_EXTENDED);
    CHECK_EQUAL(packet.timestamp_nanos, INT64_C(1700000000000000005));
    CHECK_EQUAL(packet.error, ENOMSG);
    CHECK_EQUAL(packet.origin, SO_EE_ORIGIN_TXSTATUS);
    CHECK_EQUAL(packet.data, 41);
}

CASE(error_decoder_keeps_every_errno_as_it_is) {
    static const uint32_t errors[] = {0, 1, ECONNREFUSED, INT_MAX, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct error_entry entry = refused4;
        set_turn((int64_t)i);
        entry.error = errors[i];
        CHECK_EQUAL(decode_entry(&entry, SOL_IP).error, (int32_t)errors[i]);
    }
}

CASE(error_decoder_touches_no_other_field) {
    struct sockeye_packet expected;
    memset(&expected, POISON, sizeof expected);
    const struct sockeye_packet packet = decode_entry(&refused4, SOL_IP);
    CHECK_EQUAL(packet.state, expected.state);
    CHECK_EQUAL(packet.length, expected.length);
    CHECK_EQUAL(packet.datagram_length, expected.datagram_length);
    CHECK_BYTES(&packet.remote, &expected.remote, sizeof expected.remote);
    CHECK_BYTES(packet.local, expected.local, sizeof expected.local);
    CHECK_BYTES(packet.destination, expected.destination, sizeof expected.destination);
    CHECK_EQUAL(packet.interface_index, expected.interface_index);
    CHECK_BYTES(&packet.timestamp_nanos, &expected.timestamp_nanos,
                offsetof(struct sockeye_packet, origin) - offsetof(struct sockeye_packet, timestamp_nanos));
}

/* A level and type that belong together, and the other two pairs, which nobody uses. */
CASE(error_decoder_looks_at_the_level_and_the_type) {
    const struct sample sample = sample_of(SOL_IP);
    static const int others[][2] = {
        {SOL_IP, IPV6_RECVERR}, {SOL_IPV6, IP_RECVERR}, {SOL_SOCKET, IP_RECVERR}, {SOL_SOCKET, IPV6_RECVERR}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct messages messages = {.length = 0};
        set_turn((int64_t)i);
        add_message(&messages, others[i][0], others[i][1], sample.data, sample.length);
        CHECK_EQUAL(decode(&messages).flags & (SOCKEYE_EXTENDED | SOCKEYE_OFFENDER), 0);
    }
}

CASE(error_decoder_survives_hostile_bytes) {
    const uint32_t possible = SOCKEYE_INTERFACE | SOCKEYE_DESTINATION | SOCKEYE_LOCAL | SOCKEYE_CONTROL_CUT |
                              SOCKEYE_EXTENDED | SOCKEYE_OFFENDER;
    uint64_t random = UINT64_C(0x2545f4914f6cdd1d);
    uint32_t seen = 0;
    for (int turn = 0; turn < 300000; turn++) {
        struct messages messages = {.length = 0};
        struct sample sample = sample_of(turn % 2 ? SOL_IP : SOL_IPV6);
        set_turn(turn);
        for (uint64_t i = next_random(&random) % 6; i > 0; i--)
            sample.data[next_random(&random) % sample.length] = (uint8_t)next_random(&random);
        if (next_random(&random) % 2) {
            struct in_pktinfo info;
            for (size_t i = 0; i < sizeof info; i++)
                ((uint8_t *)&info)[i] = (uint8_t)next_random(&random);
            add_message(&messages, SOL_IP, IP_PKTINFO, &info, sizeof info);
        }
        const size_t at = messages.length;
        add_sample(&messages, &sample, next_random(&random) % 4 ? sample.length : next_random(&random) % 45);
        if (next_random(&random) % 4 == 0) /* a false length */
            messages.bytes[at] = (uint8_t)next_random(&random);
        const uint64_t cut = next_random(&random);
        if (cut % 4 == 0)
            messages.length = (cut >> 2) % (messages.length + 1);
        const struct sockeye_packet packet = decode_at(messages.bytes, messages.length, next_random(&random) % 8);
        const struct sockeye_packet again = decode(&messages);
        CHECK_BYTES(&packet, &again, sizeof packet);
        CHECK_EQUAL(packet.flags & ~possible, 0);
        if (packet.flags & SOCKEYE_OFFENDER)
            CHECK(packet.flags & SOCKEYE_EXTENDED);
        seen |= packet.flags;
    }
    CHECK_EQUAL(seen, possible);
}
