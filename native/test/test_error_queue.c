/* The error queue of real sockets, on loopback. */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#include "messages.h"

#ifndef SO_TIMESTAMPING
#define SO_TIMESTAMPING 37
#endif
#define TIMESTAMPING_TX_SOFTWARE (1 << 1) /* linux/net_tstamp.h */
#define TIMESTAMPING_SOFTWARE (1 << 4)
#define TIMESTAMPING_OPT_ID (1 << 7)
#define TIMESTAMPING_OPT_TSONLY (1 << 11)

#define ICMP_FLAGS (SOCKEYE_REMOTE | SOCKEYE_EXTENDED | SOCKEYE_OFFENDER)

/* A socket, where it sends from, and an address where nobody listens. */
struct way {
    int32_t family;
    const char *bound;
    const char *own;
    const char *closed;
    bool ipv4; /* what goes over the wire, on a dual-stack socket too */
};

static const struct way ways[] = {{AF_INET, "127.0.0.1", "127.0.0.1", "127.0.0.1", true},
                                  {AF_INET, "0.0.0.0", "127.0.0.1", "127.0.0.1", true},
                                  {AF_INET, "127.0.0.3", "127.0.0.3", "127.0.0.2", true},
                                  {AF_INET6, "::1", "::1", "::1", false},
                                  {AF_INET6, "::", "::1", "::1", false},
                                  {AF_INET6, "::", "127.0.0.1", "127.0.0.1", true},
                                  {AF_INET6, "127.0.0.3", "127.0.0.3", "127.0.0.2", true}};
#define WAYS ((int)(sizeof ways / sizeof ways[0]))

struct setup {
    int32_t fd;
    struct sockeye_address name;
    struct sockeye_address closed;
    struct sockeye_layout in;
};

static struct sockeye_address closed_port(const struct way *way) {
    struct sockeye_address closed;
    close_socket(open_socket(way->ipv4 ? AF_INET : AF_INET6, way->closed, &closed));
    return closed;
}

static struct setup open_setup(const struct way *way, uint32_t slots, uint32_t payload_capacity) {
    struct setup setup = {.in = new_batch(slots, payload_capacity)};
    setup.fd = open_socket(way->family, way->bound, &setup.name);
    setup.closed = closed_port(way);
    set_option(setup.fd, SOL_IP, IP_RECVERR, 1);
    if (way->family == AF_INET6)
        set_option(setup.fd, SOL_IPV6, IPV6_RECVERR, 1);
    return setup;
}

static void close_setup(const struct setup *setup) {
    close_socket(setup->fd);
    free_batch(&setup->in);
}

static void check_errors(const struct setup *setup, int32_t expected) {
    CHECK_EQUAL(sockeye_receive_errors(setup->fd, batch_of(&setup->in)), expected);
    CHECK_EQUAL(setup->in.header->size, expected);
    for (int32_t i = 0; i < expected; i++)
        CHECK_EQUAL(setup->in.packets[i].state, SOCKEYE_ERROR);
}

/* That nobody listens there, with just these flags. */
static void check_refused(const struct setup *setup, const struct way *way, uint32_t slot, uint32_t flags,
                          const char *quoted) {
    const struct sockeye_packet *packet = &setup->in.packets[slot];
    CHECK_EQUAL(packet->flags, flags);
    CHECK_EQUAL(packet->error, ECONNREFUSED);
    CHECK_EQUAL(packet->origin, way->ipv4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
    CHECK_EQUAL(packet->type, way->ipv4 ? 3 : 1);
    CHECK_EQUAL(packet->code, way->ipv4 ? 3 : 4);
    CHECK_EQUAL(packet->info, 0);
    CHECK_EQUAL(packet->data, 0);
    CHECK_BYTES(&packet->remote, &setup->closed, sizeof setup->closed);
    check_address(packet->offender, way->closed);
    CHECK_EQUAL(packet->offender_scope_id, 0);
    CHECK_EQUAL(packet->length, strlen(quoted));
    CHECK_EQUAL(packet->datagram_length, strlen(quoted));
    CHECK_BYTES(sockeye_payload(&setup->in, slot), quoted, strlen(quoted));
}

CASE(error_queue_tells_of_a_closed_port) {
    for (int i = 0; i < WAYS; i++)
        for (int connected = 0; connected < 2; connected++) {
            const struct setup setup = open_setup(&ways[i], 4, 100);
            set_turn(10 * i + connected);
            if (connected)
                CHECK_EQUAL(sockeye_connect(setup.fd, ways[i].family, (uintptr_t)&setup.closed), 0);
            send_text(setup.fd, ways[i].family, connected ? NULL : &setup.closed, "to nobody");
            await(setup.fd, POLLERR);
            check_errors(&setup, 1);
            check_refused(&setup, &ways[i], 0, ICMP_FLAGS, "to nobody");
            check_errors(&setup, 0);
            CHECK_EQUAL(sockeye_receive(setup.fd, batch_of(&setup.in), 0, -1), 0); /* its error went with the entry */
            close_setup(&setup);
        }
}

CASE(error_queue_is_empty_where_nothing_went_wrong) {
    for (int i = 0; i < WAYS; i++) {
        const struct setup setup = open_setup(&ways[i], 4, 100);
        set_turn(i);
        setup.in.header->size = 3;
        check_errors(&setup, 0);
        send_text(setup.fd, ways[i].family, &setup.name, "to itself");
        check_errors(&setup, 0);
        close_setup(&setup);
    }
}

CASE(error_queue_is_empty_without_its_option) {
    struct sockeye_address name;
    const struct sockeye_address closed = closed_port(&ways[0]);
    const struct sockeye_layout in = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    send_text(fd, AF_INET, &closed, "to nobody");
    CHECK_EQUAL(sockeye_receive_errors(fd, batch_of(&in)), 0);
    close_socket(fd);
    free_batch(&in);
}

CASE(error_of_a_connected_socket_is_told_without_the_option_too) {
    struct sockeye_address name;
    const struct sockeye_address closed = closed_port(&ways[0]);
    const struct sockeye_layout in = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_connect(fd, AF_INET, (uintptr_t)&closed), 0);
    send_text(fd, AF_INET, NULL, "to nobody");
    await(fd, POLLERR);
    CHECK_EQUAL(sockeye_receive_errors(fd, batch_of(&in)), 1);
    CHECK_EQUAL(in.packets[0].state, SOCKEYE_ERROR);
    CHECK_EQUAL(in.packets[0].flags, 0);
    CHECK_EQUAL(in.packets[0].error, ECONNREFUSED);
    CHECK_EQUAL(sockeye_receive_errors(fd, batch_of(&in)), 0);
    close_socket(fd);
    free_batch(&in);
}

CASE(error_queue_quotes_the_datagram_from_its_start) {
    static const uint32_t lengths[] = {0, 1, 100, 101, 1400};
    for (int i = 0; i < WAYS; i++)
        for (int j = 0; j < 5; j++) {
            const uint32_t length = lengths[j];
            const uint32_t quoted = length <= 101 ? length : ways[i].ipv4 ? 520 : 1184;
            const uint32_t kept = quoted < 100 ? quoted : 100;
            const struct sockeye_layout out = new_batch(1, 1500);
            const struct setup setup = open_setup(&ways[i], 2, 100);
            set_turn(10 * i + j);
            put_packet(&out, &setup.closed, "")->length = length;
            for (uint32_t at = 0; at < length; at++)
                sockeye_payload(&out, 0)[at] = (uint8_t)(at * 7);
            CHECK_EQUAL(sockeye_send(setup.fd, ways[i].family, batch_of(&out), 1, -1), 1);
            await(setup.fd, POLLERR);
            check_errors(&setup, 1);
            CHECK_EQUAL(setup.in.packets[0].flags, ICMP_FLAGS | (quoted > 100 ? SOCKEYE_TRUNCATED : 0));
            CHECK_EQUAL(setup.in.packets[0].length, kept);
            CHECK_EQUAL(setup.in.packets[0].datagram_length, kept); /* here MSG_TRUNC does not tell what was cut */
            CHECK_BYTES(sockeye_payload(&setup.in, 0), sockeye_payload(&out, 0), kept);
            close_setup(&setup);
            free_batch(&out);
        }
}

CASE(error_queue_gives_several_in_their_order) {
    for (int i = 0; i < WAYS; i += 3) {
        const struct setup setup = open_setup(&ways[i], 2, 100);
        set_turn(i);
        for (const char *text = "abcde"; *text; text++)
            send_text(setup.fd, ways[i].family, &setup.closed, (char[]){*text, '\0'});
        check_errors(&setup, 2);
        check_refused(&setup, &ways[i], 0, ICMP_FLAGS, "a");
        check_refused(&setup, &ways[i], 1, ICMP_FLAGS, "b");
        check_errors(&setup, 2);
        check_refused(&setup, &ways[i], 0, ICMP_FLAGS, "c");
        check_refused(&setup, &ways[i], 1, ICMP_FLAGS, "d");
        check_errors(&setup, 1);
        check_refused(&setup, &ways[i], 0, ICMP_FLAGS, "e");
        check_errors(&setup, 0);
        close_setup(&setup);
    }
}

/* What a socket told to tell all that it can says of the message that brought the error, not of the lost datagram. */
static void ask_for_all(int32_t fd, int32_t family) {
    set_option(fd, SOL_IP, IP_PKTINFO, 1);
    set_option(fd, SOL_IP, IP_RECVTTL, 1);
    set_option(fd, SOL_IP, IP_RECVTOS, 1);
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (family == AF_INET6) {
        set_option(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
        set_option(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
        set_option(fd, SOL_IPV6, IPV6_RECVTCLASS, 1);
    }
}

CASE(error_queue_tells_the_address_that_the_lost_datagram_left_from) {
    for (int i = 0; i < WAYS; i++) {
        const struct setup setup = open_setup(&ways[i], 4, 100);
        const struct sockeye_packet *packet = &setup.in.packets[0];
        uint32_t flags = ICMP_FLAGS | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION | SOCKEYE_TTL | SOCKEYE_TRAFFIC_CLASS |
                         SOCKEYE_TIMESTAMP;
        set_turn(i);
        ask_for_all(setup.fd, ways[i].family);
        send_text(setup.fd, ways[i].family, &setup.closed, "to nobody");
        await(setup.fd, POLLERR);
        check_errors(&setup, 1);
        /* The ICMP message went there. IPv4 has no spec_dst in an error. */
        check_address(packet->destination, ways[i].own);
        if (packet->flags & SOCKEYE_LOCAL) {
            check_address(packet->local, ways[i].own);
            flags |= SOCKEYE_LOCAL;
        }
        CHECK(ways[i].ipv4 || (packet->flags & SOCKEYE_LOCAL));
        check_refused(&setup, &ways[i], 0, flags, "to nobody");
        CHECK_EQUAL(packet->interface_index, if_nametoindex("lo"));
        CHECK(packet->ttl > 0);
        close_setup(&setup);
    }
}

static uint32_t loopback_mtu(int32_t fd) {
    struct ifreq request = {.ifr_name = "lo"};
    CHECK_EQUAL(ioctl(fd, SIOCGIFMTU, &request), 0);
    return (uint32_t)request.ifr_mtu;
}

static void check_too_long(const struct way *way, int discover_level, int discover_name) {
    const struct sockeye_layout out = new_batch(1, SOCKEYE_MAX_PAYLOAD_BYTES);
    const struct setup setup = open_setup(way, 8, 100);
    const struct sockeye_packet *packet = &setup.in.packets[0];
    const uint32_t mtu = loopback_mtu(setup.fd);
    set_option(setup.fd, discover_level, discover_name, IP_PMTUDISC_DO);
    put_packet(&out, &setup.closed, "")->length = 65520; /* with 28 or 48 more: above an MTU of 65536 */
    CHECK_EQUAL(sockeye_send(setup.fd, way->family, batch_of(&out), 1, -1), 0);
    CHECK_EQUAL(out.packets[0].state, SOCKEYE_REFUSED);
    CHECK_EQUAL(out.packets[0].error, EMSGSIZE);
    /* At least one: the kernel queues one for each try. */
    CHECK(sockeye_receive_errors(setup.fd, batch_of(&setup.in)) >= 1);
    CHECK_EQUAL(packet->state, SOCKEYE_ERROR);
    CHECK_EQUAL(packet->flags, SOCKEYE_REMOTE | SOCKEYE_EXTENDED);
    CHECK_EQUAL(packet->error, EMSGSIZE);
    CHECK_EQUAL(packet->origin, SO_EE_ORIGIN_LOCAL);
    CHECK(packet->info == mtu || packet->info == 65535); /* an IPv4 packet is not longer */
    CHECK_EQUAL(packet->length, 0);
    CHECK_BYTES(packet->remote.bytes, setup.closed.bytes, 16);
    close_setup(&setup);
    free_batch(&out);
}

CASE(error_queue_tells_the_mtu_of_this_host_s_own_refusal_ipv4) {
    check_too_long(&ways[0], SOL_IP, IP_MTU_DISCOVER);
}

CASE(error_queue_tells_the_mtu_of_this_host_s_own_refusal_ipv6) {
    check_too_long(&ways[3], SOL_IPV6, IPV6_MTU_DISCOVER);
}

/* A timestamp of a sent datagram and the error of the next, in one queue. */
static void check_timestamp(const struct way *way, int more) {
    const struct setup setup = open_setup(way, 8, 100);
    int stamps = 0, errors = 0;
    struct sockeye_address to;
    struct timespec now;
    const int32_t receiver = open_socket(way->family, way->closed, &to);
    set_option(setup.fd, SOL_SOCKET, SO_TIMESTAMPING,
               TIMESTAMPING_TX_SOFTWARE | TIMESTAMPING_SOFTWARE | TIMESTAMPING_OPT_ID | more);
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    send_text(setup.fd, way->family, &to, "stamped");
    send_text(setup.fd, way->family, &setup.closed, "stamped");
    const int32_t count = sockeye_receive_errors(setup.fd, batch_of(&setup.in));
    for (int32_t i = 0; i < count; i++) {
        const struct sockeye_packet *packet = &setup.in.packets[i];
        CHECK(packet->flags & SOCKEYE_EXTENDED);
        if (packet->origin != SO_EE_ORIGIN_TXSTATUS) {
            check_refused(&setup, way, (uint32_t)i, ICMP_FLAGS | (packet->flags & SOCKEYE_TIMESTAMP), "stamped");
            errors++;
            continue;
        }
        CHECK_EQUAL(packet->error, ENOMSG);
        CHECK_EQUAL(packet->data, stamps++); /* the datagram's number */
        CHECK(packet->flags & SOCKEYE_TIMESTAMP);
        CHECK(!(packet->flags & SOCKEYE_REMOTE));
        CHECK(packet->timestamp_nanos / 1000000000 - now.tv_sec < 60);
        CHECK(packet->timestamp_nanos / 1000000000 >= now.tv_sec);
    }
    CHECK_EQUAL(errors, 1);
    CHECK_EQUAL(count, errors + stamps);
    if (stamps == 0)
        skip("the loopback of this kernel has no timestamps of sent datagrams");
    CHECK_EQUAL(stamps, 2);
    check_errors(&setup, 0);
    close_socket(receiver);
    close_setup(&setup);
}

CASE(error_queue_tells_timestamps_from_errors) {
    check_timestamp(&ways[0], TIMESTAMPING_OPT_TSONLY);
    check_timestamp(&ways[0], 0);
    check_timestamp(&ways[3], TIMESTAMPING_OPT_TSONLY);
    check_timestamp(&ways[3], 0);
}

/* A receive buffer of the least size, which one datagram fills. */
static struct setup open_full(const struct way *way) {
    const struct setup setup = open_setup(way, 8, 2000);
    const struct sockeye_layout out = new_batch(1, 2000);
    set_option(setup.fd, SOL_SOCKET, SO_RCVBUF, 1);
    put_packet(&out, &setup.name, "data")->length = 2000;
    CHECK_EQUAL(sockeye_send(setup.fd, way->family, batch_of(&out), 1, -1), 1);
    free_batch(&out);
    return setup;
}

CASE(error_that_found_no_room_in_the_queue_is_told_without_its_entry) {
    for (int i = 0; i < 4; i += 3) {
        const struct setup setup = open_full(&ways[i]);
        set_turn(i);
        send_text(setup.fd, ways[i].family, &setup.closed, "to nobody");
        await(setup.fd, POLLERR);
        check_errors(&setup, 1);
        CHECK_EQUAL(setup.in.packets[0].flags, 0);
        CHECK_EQUAL(setup.in.packets[0].error, ECONNREFUSED);
        CHECK_EQUAL(setup.in.packets[0].length, 0);
        check_errors(&setup, 0);
        CHECK_EQUAL(sockeye_receive(setup.fd, batch_of(&setup.in), 0, -1), 1); /* the data is still there */
        CHECK_BYTES(sockeye_payload(&setup.in, 0), "data", 4);
        send_text(setup.fd, ways[i].family, &setup.closed, "again"); /* and there is room again */
        check_errors(&setup, 1);
        check_refused(&setup, &ways[i], 0, ICMP_FLAGS, "again");
        close_setup(&setup);
    }
}

CASE(data_is_not_lost_behind_a_pending_error) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000)};
    for (int i = 0; i < WAYS; i += 3)
        for (int j = 0; j < 3; j++)
            for (int errors_first = 0; errors_first < 2; errors_first++) {
                const struct setup setup = open_setup(&ways[i], 8, 100);
                struct sockeye_address from, to = setup.name;
                const int32_t sender = open_socket(ways[i].family, ways[i].own, &from);
                set_turn(100 * i + 10 * j + errors_first);
                memcpy(to.bytes, from.bytes, 16);
                send_text(sender, ways[i].family, &to, "before");
                send_text(setup.fd, ways[i].family, &setup.closed, "to nobody");
                send_text(sender, ways[i].family, &to, "behind");
                if (errors_first)
                    check_errors(&setup, 1);
                else
                    CHECK_EQUAL(sockeye_receive(setup.fd, batch_of(&setup.in), timeouts[j], -1), -ECONNREFUSED);
                CHECK_EQUAL(sockeye_receive(setup.fd, batch_of(&setup.in), timeouts[j], -1), 2);
                CHECK_BYTES(sockeye_payload(&setup.in, 0), "before", 6);
                CHECK_BYTES(sockeye_payload(&setup.in, 1), "behind", 6);
                CHECK_EQUAL(setup.in.header->errors, 0);
                check_errors(&setup, !errors_first); /* and the data took no error away */
                close_socket(sender);
                close_setup(&setup);
            }
}

CASE(error_queue_outlives_a_shutdown) {
    const struct setup setup = open_setup(&ways[0], 8, 100);
    send_text(setup.fd, AF_INET, &setup.closed, "to nobody");
    CHECK_EQUAL(sockeye_shutdown(setup.fd), 0);
    check_errors(&setup, 1);
    check_refused(&setup, &ways[0], 0, ICMP_FLAGS, "to nobody");
    check_errors(&setup, 0);
    close_setup(&setup);
}

CASE(batch_that_held_errors_receives_and_sends_as_before) {
    const struct setup setup = open_setup(&ways[0], 8, 100);
    ask_for_all(setup.fd, AF_INET);
    send_text(setup.fd, AF_INET, &setup.closed, "to nobody");
    check_errors(&setup, 1);
    CHECK_EQUAL(sockeye_send(setup.fd, AF_INET, batch_of(&setup.in), 1, -1), 0); /* an error is not to be sent */
    CHECK_EQUAL(setup.in.packets[0].state, SOCKEYE_ERROR);
    send_text(setup.fd, AF_INET, &setup.name, "data");
    CHECK_EQUAL(sockeye_receive(setup.fd, batch_of(&setup.in), 0, -1), 1);
    CHECK_EQUAL(setup.in.packets[0].state, SOCKEYE_RECEIVED);
    CHECK_EQUAL(setup.in.packets[0].error, 0);
    CHECK(!(setup.in.packets[0].flags & (SOCKEYE_EXTENDED | SOCKEYE_OFFENDER)));
    CHECK_BYTES(&setup.in.packets[0].remote, &setup.name, sizeof setup.name);
    close_setup(&setup);
}
