/* Receiving on loopback. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>

#include "sockets.h"

#define CAPACITY 128

struct pair {
    int32_t family;
    int32_t receiver;
    int32_t sender;
    struct sockeye_address receiver_name; /* as the sender addresses it */
    struct sockeye_address sender_name;   /* as the receiver sees it */
    struct sockeye_layout batch;
};

static struct pair open_pair(int32_t family, uint32_t slots) {
    struct pair pair = {.family = family};
    const char *loopback = family == AF_INET ? "127.0.0.1" : "::1";
    pair.receiver = open_socket(family, loopback, &pair.receiver_name);
    pair.sender = open_socket(family, loopback, &pair.sender_name);
    pair.batch = new_batch(slots, CAPACITY);
    return pair;
}

static void close_pair(const struct pair *pair) {
    close_socket(pair->receiver);
    close_socket(pair->sender);
    free_batch(&pair->batch);
}

static void send_to_receiver(const struct pair *pair, const char *text) {
    send_text(pair->sender, pair->family, &pair->receiver_name, text);
}

static void check_received(const struct pair *pair, uint32_t slot, const char *text) {
    const struct sockeye_packet *packet = &pair->batch.packets[slot];
    CHECK_EQUAL(packet->state, SOCKEYE_RECEIVED);
    CHECK_EQUAL(packet->flags, SOCKEYE_REMOTE);
    CHECK_EQUAL(packet->length, strlen(text));
    CHECK_EQUAL(packet->datagram_length, strlen(text));
    CHECK_EQUAL(packet->error, 0);
    CHECK_BYTES(&packet->remote, &pair->sender_name, sizeof packet->remote);
    CHECK_BYTES(sockeye_payload(&pair->batch, slot), text, strlen(text));
}

static void check_modes(int32_t family) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000), INT64_MAX, INT64_MIN};
    const struct pair pair = open_pair(family, 8);
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        set_turn((int64_t)i);
        send_to_receiver(&pair, "one");
        send_to_receiver(&pair, "second");
        await(pair.receiver, POLLIN);
        CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), timeouts[i], -1), 2);
        CHECK_EQUAL(pair.batch.header->size, 2);
        check_received(&pair, 0, "one");
        check_received(&pair, 1, "second");
    }
    close_pair(&pair);
}

CASE(receive_takes_what_is_there_in_every_wait_mode_ipv4) {
    check_modes(AF_INET);
}

CASE(receive_takes_what_is_there_in_every_wait_mode_ipv6) {
    check_modes(AF_INET6);
}

CASE(receive_without_waiting_tells_zero_when_nothing_is_there) {
    const struct pair pair = open_pair(AF_INET, 8);
    pair.batch.header->size = 5;
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), 0, -1), 0);
    CHECK_EQUAL(pair.batch.header->size, 0);
    close_pair(&pair);
}

CASE(receive_with_a_timeout_waits_that_long_and_tells_zero) {
    const struct pair pair = open_pair(AF_INET, 8);
    pair.batch.header->size = 5;
    const int64_t start = now_nanos();
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), 50 * MILLIS, -1), 0);
    CHECK(now_nanos() - start >= 50 * MILLIS);
    CHECK_EQUAL(pair.batch.header->size, 0);
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), 1, -1), 0);
    close_pair(&pair);
}

CASE(receive_fills_only_as_many_slots_as_the_batch_has) {
    const struct pair pair = open_pair(AF_INET, 2);
    send_to_receiver(&pair, "1");
    send_to_receiver(&pair, "2");
    send_to_receiver(&pair, "3");
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 2);
    check_received(&pair, 0, "1");
    check_received(&pair, 1, "2");
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 1);
    check_received(&pair, 0, "3");
    close_pair(&pair);
}

CASE(receive_tells_both_lengths_of_a_cut_datagram) {
    static const size_t lengths[] = {CAPACITY - 1, CAPACITY, CAPACITY + 1, 60000};
    static char text[60001];
    const struct pair pair = open_pair(AF_INET, 4);
    const struct sockeye_packet *packet = pair.batch.packets;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const bool cut = lengths[i] > CAPACITY;
        set_turn((int64_t)i);
        text[lengths[i]] = '\0';
        send_to_receiver(&pair, text);
        text[lengths[i]] = 'x';
        send_to_receiver(&pair, "next");
        CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 2);
        CHECK_EQUAL(packet->length, cut ? CAPACITY : lengths[i]);
        CHECK_EQUAL(packet->datagram_length, lengths[i]);
        CHECK_EQUAL(packet->flags, cut ? SOCKEYE_REMOTE | SOCKEYE_TRUNCATED : SOCKEYE_REMOTE);
        CHECK_BYTES(sockeye_payload(&pair.batch, 0), text, packet->length);
        check_received(&pair, 1, "next"); /* the cut one has not run into it */
    }
    close_pair(&pair);
}

CASE(receive_takes_a_datagram_of_length_zero) {
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000)};
    const struct pair pair = open_pair(AF_INET, 8);
    for (size_t i = 0; i < 3; i++) {
        set_turn((int64_t)i);
        send_to_receiver(&pair, "");
        CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), timeouts[i], -1), 1);
        check_received(&pair, 0, "");
    }
    close_pair(&pair);
}

CASE(receive_clears_what_an_earlier_datagram_left_in_the_slot) {
    const struct pair pair = open_pair(AF_INET, 1);
    pair.batch.packets[0].flags = UINT32_MAX;
    pair.batch.packets[0].error = EIO;
    send_to_receiver(&pair, "abc");
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 1);
    check_received(&pair, 0, "abc");
    close_pair(&pair);
}

CASE(receive_takes_a_full_batch_of_1024) {
    const struct pair pair = open_pair(AF_INET, SOCKEYE_MAX_SLOTS);
    int32_t room = 4 << 20;
    set_option(pair.receiver, SOL_SOCKET, SO_RCVBUF, room);
    CHECK_EQUAL(sockeye_get_option(pair.receiver, SOL_SOCKET, SO_RCVBUF, (uintptr_t)&room, sizeof room), sizeof room);
    if (room < 2 << 20)
        skip("net.core.rmem_max leaves no room for 1024 datagrams");
    for (uint32_t i = 0; i < SOCKEYE_MAX_SLOTS; i++) {
        char text[2] = {(char)('a' + i % 26), '\0'};
        put_packet(&pair.batch, &pair.receiver_name, text);
    }
    CHECK_EQUAL(sockeye_send(pair.sender, AF_INET, batch_of(&pair.batch), 1, -1), SOCKEYE_MAX_SLOTS);
    memset(pair.batch.payloads, 0, (size_t)SOCKEYE_MAX_SLOTS * pair.batch.header->payload_stride);
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), SOCKEYE_MAX_SLOTS);
    for (uint32_t i = 0; i < SOCKEYE_MAX_SLOTS; i++) {
        char text[2] = {(char)('a' + i % 26), '\0'};
        set_turn(i);
        check_received(&pair, i, text);
    }
    close_pair(&pair);
}

CASE(receive_on_a_dual_stack_socket_sees_both_families) {
    struct sockeye_address name, sender4_name, sender6_name;
    const int32_t receiver = open_socket(AF_INET6, "::", &name);
    const int32_t sender4 = open_socket(AF_INET, "127.0.0.1", &sender4_name);
    const int32_t sender6 = open_socket(AF_INET6, "::1", &sender6_name);
    const struct sockeye_address to4 = address_of("127.0.0.2", name.port);
    const struct sockeye_address to6 = address_of("::1", name.port);
    const struct sockeye_layout batch = new_batch(4, CAPACITY);
    set_option(receiver, SOL_IP, IP_PKTINFO, 1);
    set_option(receiver, SOL_IPV6, IPV6_RECVPKTINFO, 1);
    send_text(sender4, AF_INET, &to4, "four");
    send_text(sender6, AF_INET6, &to6, "six");
    CHECK_EQUAL(sockeye_receive(receiver, batch_of(&batch), -1, -1), 2);
    for (int i = 0; i < 2; i++) {
        const struct sockeye_packet *packet = &batch.packets[i];
        CHECK_EQUAL(packet->flags, SOCKEYE_REMOTE | SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION);
        CHECK_BYTES(&packet->remote, i == 0 ? &sender4_name : &sender6_name, sizeof packet->remote);
        check_address(packet->local, i == 0 ? "127.0.0.2" : "::1");
        check_address(packet->destination, i == 0 ? "127.0.0.2" : "::1");
    }
    close_socket(receiver);
    close_socket(sender4);
    close_socket(sender6);
    free_batch(&batch);
}

CASE(receive_tells_everything_that_the_kernel_tells) {
    const struct pair pair = open_pair(AF_INET, 4);
    const struct sockeye_packet *packet = pair.batch.packets;
    set_option(pair.receiver, SOL_IP, IP_PKTINFO, 1);
    set_option(pair.receiver, SOL_IP, IP_RECVTTL, 1);
    set_option(pair.receiver, SOL_IP, IP_RECVTOS, 1);
    set_option(pair.receiver, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_option(pair.sender, SOL_IP, IP_TTL, 33);
    set_option(pair.sender, SOL_IP, IP_TOS, 46 << 2 | 1);
    send_to_receiver(&pair, "abc");
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 1);
    CHECK_EQUAL(packet->flags, SOCKEYE_REMOTE | SOCKEYE_LOCAL | SOCKEYE_INTERFACE | SOCKEYE_DESTINATION | SOCKEYE_TTL |
                                   SOCKEYE_TRAFFIC_CLASS | SOCKEYE_TIMESTAMP);
    CHECK_EQUAL(packet->ttl, 33);
    CHECK_EQUAL(packet->dscp, 46);
    CHECK_EQUAL(packet->ecn, 1);
    CHECK(packet->interface_index > 0);
    CHECK(packet->timestamp_nanos > INT64_C(1000000000) * 1000000000);
    close_pair(&pair);
}

CASE(receive_counts_dropped_datagrams) {
    const struct pair pair = open_pair(AF_INET, 64);
    set_option(pair.receiver, SOL_SOCKET, SO_RXQ_OVFL, 1);
    set_option(pair.receiver, SOL_SOCKET, SO_RCVBUF, 1); /* the kernel makes it its least */
    for (int i = 0; i < 100; i++)
        send_to_receiver(&pair, "x");
    const int32_t kept = sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1);
    CHECK(kept > 0 && kept < 64);
    send_to_receiver(&pair, "after");
    CHECK_EQUAL(sockeye_receive(pair.receiver, batch_of(&pair.batch), -1, -1), 1);
    CHECK_EQUAL(pair.batch.packets[0].flags, SOCKEYE_REMOTE | SOCKEYE_DROPS);
    CHECK_EQUAL(pair.batch.packets[0].drops, 100 - kept);
    close_pair(&pair);
}

CASE(receive_reports_the_error_of_a_connected_socket_and_goes_on) {
    const struct pair pair = open_pair(AF_INET, 4);
    CHECK_EQUAL(sockeye_connect(pair.sender, AF_INET, (uintptr_t)&pair.receiver_name), 0);
    close_socket(pair.receiver);
    static const int64_t timeouts[] = {-1, 0, INT64_C(5000000000)};
    for (size_t i = 0; i < 3; i++) {
        set_turn((int64_t)i);
        send_text(pair.sender, AF_INET, NULL, "to nobody");
        await(pair.sender, POLLERR);
        CHECK_EQUAL(sockeye_receive(pair.sender, batch_of(&pair.batch), timeouts[i], -1), -ECONNREFUSED);
        CHECK_EQUAL(pair.batch.header->size, 0);
        CHECK_EQUAL(sockeye_receive(pair.sender, batch_of(&pair.batch), 0, -1), 0);
    }
    close_socket(pair.sender);
    free_batch(&pair.batch);
}
