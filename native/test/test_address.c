/* Sockeye's addresses to the kernel's names, and back. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>

#include "sockets.h"

CASE(address_of_ipv4_becomes_mapped_and_back) {
    union sockeye_name name = {.in = {.sin_family = AF_INET, .sin_port = htons(0x1234)}};
    struct sockeye_address address;
    memset(&address, 0xa5, sizeof address);
    CHECK(inet_pton(AF_INET, "192.0.2.1", &name.in.sin_addr) == 1);
    CHECK(sockeye_from_name(&name, sizeof name.in, &address));
    const struct sockeye_address expected = address_of("192.0.2.1", 0x1234);
    CHECK_BYTES(&address, &expected, sizeof address);
    union sockeye_name back;
    memset(&back, 0xa5, sizeof back);
    CHECK_EQUAL(sockeye_to_name(&address, AF_INET, &back), sizeof back.in);
    CHECK_BYTES(&back.in, &name.in, sizeof name.in);
}

CASE(address_of_ipv6_keeps_scope_and_port) {
    union sockeye_name name = {
        .in6 = {.sin6_family = AF_INET6, .sin6_port = htons(65535), .sin6_scope_id = 0xfedcba98}};
    struct sockeye_address address;
    memset(&address, 0xa5, sizeof address);
    CHECK(inet_pton(AF_INET6, "fe80::1", &name.in6.sin6_addr) == 1);
    CHECK(sockeye_from_name(&name, sizeof name.in6, &address));
    struct sockeye_address expected = address_of("fe80::1", 65535);
    expected.scope_id = 0xfedcba98;
    CHECK_BYTES(&address, &expected, sizeof address);
    union sockeye_name back;
    memset(&back, 0xa5, sizeof back);
    CHECK_EQUAL(sockeye_to_name(&address, AF_INET6, &back), sizeof back.in6);
    CHECK_BYTES(&back.in6, &name.in6, sizeof name.in6);
}

CASE(address_that_is_mapped_stays_ipv6_for_an_ipv6_socket) {
    const struct sockeye_address address = address_of("192.0.2.1", 9);
    union sockeye_name name;
    CHECK_EQUAL(sockeye_to_name(&address, AF_INET6, &name), sizeof name.in6);
    CHECK_EQUAL(name.any.sa_family, AF_INET6);
    check_address(name.in6.sin6_addr.s6_addr, "::ffff:192.0.2.1");
}

CASE(address_of_ipv6_is_refused_for_an_ipv4_socket) {
    static const char *const texts[] = {
        "::", "::1", "::192.0.2.1", "2001:db8::1", "::fffe:192.0.2.1", "1::ffff:192.0.2.1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        set_turn((int64_t)i);
        const struct sockeye_address address = address_of(texts[i], 9);
        union sockeye_name name;
        CHECK_EQUAL(sockeye_to_name(&address, AF_INET, &name), 0);
        CHECK(!sockeye_is_mapped(address.bytes));
    }
}

CASE(name_of_another_family_or_too_short_is_refused) {
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
    for (size_t i = 0; i < 4; i++) {
        for (socklen_t length = 0; length <= sizeof(union sockeye_name); length++) {
            set_turn((int64_t)(1000 * i) + length);
            union sockeye_name name;
            struct sockeye_address address;
            memset(&name, 0, sizeof name);
            name.any.sa_family = (sa_family_t)families[i];
            const bool enough = (families[i] == AF_INET && length >= sizeof name.in) ||
                                (families[i] == AF_INET6 && length >= sizeof name.in6);
            CHECK_EQUAL(sockeye_from_name(&name, length, &address), enough);
        }
    }
}
