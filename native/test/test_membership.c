/* Multicast on the loopback interface. */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>

#include "sockets.h"

/* A sender and a receiver that hears only the groups it joined itself. */
struct setup {
    int32_t family;
    uint32_t interface_index;
    int32_t receiver;
    int32_t sender;
    struct sockeye_address group;
    struct sockeye_layout batch;
};

static struct setup open_setup(int32_t family, const char *group) {
    struct sockeye_address name, sender_name;
    const bool ipv4 = sockeye_is_mapped(address_of(group, 0).bytes);
    struct setup setup = {.family = family, .interface_index = if_nametoindex("lo"), .batch = new_batch(4, 100)};
    if (setup.interface_index == 0)
        skip("no interface lo");
    setup.receiver = open_socket(family, family == AF_INET ? "0.0.0.0" : "::", &name);
    setup.sender = open_socket(ipv4 ? AF_INET : AF_INET6, ipv4 ? "127.0.0.1" : "::1", &sender_name);
    setup.group = address_of(group, name.port);
    const char *all = ipv4 ? "IP_MULTICAST_ALL" : "IPV6_MULTICAST_ALL";
    set_option(setup.receiver, ipv4 ? SOL_IP : SOL_IPV6, (int32_t)sockeye_constant((uintptr_t)all), 0);
    return setup;
}

static void close_setup(const struct setup *setup) {
    close_socket(setup->receiver);
    close_socket(setup->sender);
    free_batch(&setup->batch);
}

static int32_t change(const struct setup *setup, int32_t option, const struct sockeye_address *source) {
    return sockeye_membership(setup->receiver, option, setup->interface_index, (uintptr_t)&setup->group,
                              (uintptr_t)source);
}

/* Sends to the group: `count` must come. Some hosts have no way for IPv6 multicast on lo; then only the answers of the
 * calls are checked. */
static void check_heard(const struct setup *setup, int32_t count) {
    const bool ipv4 = sockeye_is_mapped(setup->group.bytes);
    setup->batch.header->size = 0;
    struct sockeye_packet *packet = put_packet(&setup->batch, &setup->group, "to all");
    packet->flags |= SOCKEYE_INTERFACE;
    packet->interface_index = setup->interface_index;
    const int32_t sent = sockeye_send(setup->sender, ipv4 ? AF_INET : AF_INET6, batch_of(&setup->batch), 1, -1);
    if (sent == 0 && packet->error == ENETUNREACH)
        return;
    CHECK_EQUAL(sent, 1);
    CHECK_EQUAL(sockeye_receive(setup->receiver, batch_of(&setup->batch), 0, -1), count);
}

static void check_join_and_leave(int32_t family, const char *group) {
    const struct setup setup = open_setup(family, group);
    check_heard(&setup, 0);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_GROUP, NULL), 0);
    check_heard(&setup, 1);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_GROUP, NULL), -EADDRINUSE);
    CHECK_EQUAL(change(&setup, MCAST_LEAVE_GROUP, NULL), 0);
    check_heard(&setup, 0);
    CHECK_EQUAL(change(&setup, MCAST_LEAVE_GROUP, NULL), -EADDRNOTAVAIL);
    close_setup(&setup);
}

CASE(membership_joins_and_leaves_ipv4) {
    check_join_and_leave(AF_INET, "239.77.1.2");
}

CASE(membership_joins_and_leaves_ipv6) {
    check_join_and_leave(AF_INET6, "ff01::7701");
}

CASE(membership_joins_and_leaves_ipv4_on_a_dual_stack_socket) {
    check_join_and_leave(AF_INET6, "239.77.1.3");
}

static void check_sources(int32_t family, const char *group, const char *source, const char *other) {
    const struct setup setup = open_setup(family, group);
    const struct sockeye_address from = address_of(source, 0), stranger = address_of(other, 0);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_SOURCE_GROUP, &from), 0);
    check_heard(&setup, 1);
    CHECK_EQUAL(change(&setup, MCAST_LEAVE_SOURCE_GROUP, &from), 0);
    check_heard(&setup, 0);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_SOURCE_GROUP, &stranger), 0);
    check_heard(&setup, 0);
    CHECK_EQUAL(change(&setup, MCAST_LEAVE_SOURCE_GROUP, &stranger), 0);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_GROUP, NULL), 0);
    CHECK_EQUAL(change(&setup, MCAST_BLOCK_SOURCE, &from), 0);
    check_heard(&setup, 0);
    CHECK_EQUAL(change(&setup, MCAST_UNBLOCK_SOURCE, &from), 0);
    check_heard(&setup, 1);
    close_setup(&setup);
}

CASE(membership_of_sources_ipv4) {
    check_sources(AF_INET, "232.77.1.4", "127.0.0.1", "127.0.0.9");
}

CASE(membership_of_sources_ipv6) {
    check_sources(AF_INET6, "ff31::7702", "::1", "2001:db8::1");
}

CASE(membership_refuses_wrong_arguments) {
    const struct setup setup = open_setup(AF_INET, "239.77.1.5");
    const struct sockeye_address ipv6 = address_of("::1", 0), unicast = address_of("127.0.0.1", 0);
    CHECK_EQUAL(change(&setup, MCAST_JOIN_SOURCE_GROUP, &ipv6), -EINVAL); /* not of the group's family */
    CHECK_EQUAL(change(&setup, MCAST_JOIN_SOURCE_GROUP, NULL), -EINVAL);
    CHECK(change(&setup, 9999, NULL) < 0);
    CHECK_EQUAL(sockeye_membership(setup.receiver, MCAST_JOIN_GROUP, setup.interface_index, (uintptr_t)&unicast, 0),
                -EINVAL);
    CHECK_EQUAL(sockeye_membership(setup.receiver, MCAST_JOIN_GROUP, INT32_MAX, (uintptr_t)&setup.group, 0), -ENODEV);
    CHECK(sockeye_membership(setup.receiver, MCAST_JOIN_GROUP, 1, (uintptr_t)&ipv6, 0) < 0);
    close_setup(&setup);
}
