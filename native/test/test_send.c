/* Sending on loopback. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>

#include "sockets.h"

/* A sender with a batch and a receiver that tells what came. */
struct setup {
    int32_t family;
    int32_t sender;
    int32_t receiver;
    struct sockeye_address sender_name;
    struct sockeye_address to;
    struct sockeye_layout out;
    struct sockeye_layout in;
};

static struct setup open_setup(int32_t family, uint32_t slots) {
    const char *loopback = family == AF_INET ? "127.0.0.1" : "::1";
    struct setup setup = {.family = family, .out = new_batch(slots, 1500), .in = new_batch(slots, 1500)};
    setup.sender = open_socket(family, loopback, &setup.sender_name);
    setup.receiver = open_socket(family, loopback, &setup.to);
    return setup;
}

static void close_setup(const struct setup *setup) {
    close_socket(setup->sender);
    close_socket(setup->receiver);
    free_batch(&setup->out);
    free_batch(&setup->in);
}

static int32_t send_batch(const struct setup *setup) {
    return sockeye_send(setup->sender, setup->family, batch_of(&setup->out), 1, -1);
}

/* Receives, and checks that the payloads are the characters of `texts`, one each, in order. */
static void check_came(const struct setup *setup, const char *texts) {
    const size_t count = strlen(texts);
    CHECK_EQUAL(sockeye_receive(setup->receiver, batch_of(&setup->in), 0, -1), count);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_EQUAL(setup->in.packets[i].length, 1);
        CHECK_EQUAL(*sockeye_payload(&setup->in, i), texts[i]);
        CHECK_BYTES(&setup->in.packets[i].remote, &setup->sender_name, sizeof setup->sender_name);
    }
}

static void check_refused(const struct setup *setup, uint32_t slot, int error) {
    CHECK_EQUAL(setup->out.packets[slot].state, SOCKEYE_REFUSED);
    CHECK_EQUAL(setup->out.packets[slot].error, error);
}

static void check_order(int32_t family) {
    const struct setup setup = open_setup(family, 8);
    for (const char *text = "abcdefgh"; *text; text++)
        put_packet(&setup.out, &setup.to, (char[]){*text, '\0'});
    CHECK_EQUAL(send_batch(&setup), 8);
    for (int i = 0; i < 8; i++)
        CHECK_EQUAL(setup.out.packets[i].state, SOCKEYE_SENT);
    CHECK_EQUAL(setup.out.header->refused, 0);
    CHECK_EQUAL(setup.out.header->pending_error, 0);
    check_came(&setup, "abcdefgh");
    CHECK_EQUAL(send_batch(&setup), 0); /* what was sent is not sent again */
    check_came(&setup, "");
    close_setup(&setup);
}

CASE(send_keeps_the_order_ipv4) {
    check_order(AF_INET);
}

CASE(send_keeps_the_order_ipv6) {
    check_order(AF_INET6);
}

CASE(send_skips_slots_that_are_not_outgoing) {
    static const uint32_t others[] = {SOCKEYE_EMPTY,   SOCKEYE_RECEIVED, SOCKEYE_SENT,
                                      SOCKEYE_REFUSED, SOCKEYE_ERROR,    UINT32_MAX};
    const struct setup setup = open_setup(AF_INET, 16);
    for (int i = 0; i < 6; i++) {
        put_packet(&setup.out, &setup.to, "-")->state = others[i];
        put_packet(&setup.out, &setup.to, (char[]){(char)('a' + i), '\0'});
    }
    CHECK_EQUAL(send_batch(&setup), 6);
    for (int i = 0; i < 6; i++) {
        CHECK_EQUAL(setup.out.packets[2 * i].state, others[i]);
        CHECK_EQUAL(setup.out.packets[2 * i + 1].state, SOCKEYE_SENT);
    }
    check_came(&setup, "abcdef");
    close_setup(&setup);
}

CASE(send_looks_at_no_slot_past_the_size) {
    const struct setup setup = open_setup(AF_INET, 4);
    put_packet(&setup.out, &setup.to, "a");
    put_packet(&setup.out, &setup.to, "b");
    setup.out.header->size = 1;
    CHECK_EQUAL(send_batch(&setup), 1);
    check_came(&setup, "a");
    setup.out.header->size = UINT32_MAX; /* a size that is not so: the batch ends where it ends */
    CHECK_EQUAL(send_batch(&setup), 1);
    check_came(&setup, "b");
    close_setup(&setup);
}

CASE(send_of_an_empty_batch_does_nothing) {
    const struct setup setup = open_setup(AF_INET, 4);
    setup.out.header->refused = 9;
    setup.out.header->pending_error = 9;
    CHECK_EQUAL(send_batch(&setup), 0);
    CHECK_EQUAL(setup.out.header->refused, 0);
    CHECK_EQUAL(setup.out.header->pending_error, 0);
    close_setup(&setup);
}

CASE(send_takes_a_full_batch_of_1024) {
    /* To eight receivers: each has room for its part. */
    const struct sockeye_layout out = new_batch(SOCKEYE_MAX_SLOTS, 16), in = new_batch(SOCKEYE_MAX_SLOTS, 16);
    struct sockeye_address sender_name, names[8];
    int32_t receivers[8];
    const int32_t sender = open_socket(AF_INET, "127.0.0.1", &sender_name);
    for (int i = 0; i < 8; i++)
        receivers[i] = open_socket(AF_INET, "127.0.0.1", &names[i]);
    for (int i = 0; i < SOCKEYE_MAX_SLOTS; i++)
        put_packet(&out, &names[i % 8], (char[]){(char)('a' + i / 8 % 26), '\0'});
    CHECK_EQUAL(sockeye_send(sender, AF_INET, batch_of(&out), 1, -1), SOCKEYE_MAX_SLOTS);
    for (int i = 0; i < 8; i++) {
        CHECK_EQUAL(sockeye_receive(receivers[i], batch_of(&in), 0, -1), SOCKEYE_MAX_SLOTS / 8);
        for (uint32_t j = 0; j < SOCKEYE_MAX_SLOTS / 8; j++)
            CHECK_EQUAL(*sockeye_payload(&in, j), 'a' + j % 26);
        close_socket(receivers[i]);
    }
    close_socket(sender);
    free_batch(&out);
    free_batch(&in);
}

CASE(send_refuses_bad_packets_and_the_others_go_on_ipv4) {
    const struct setup setup = open_setup(AF_INET, 16);
    struct sockeye_address port0 = setup.to, ipv6 = address_of("::1", 9);
    port0.port = 0;
    put_packet(&setup.out, &setup.to, "a");
    struct sockeye_packet *packet = put_packet(&setup.out, &setup.to, "-");
    packet->flags |= SOCKEYE_LOCAL; /* 192.0.2.1 is nobody's address */
    memcpy(packet->local, address_of("192.0.2.1", 0).bytes, 16);
    put_packet(&setup.out, &setup.to, "b");
    put_packet(&setup.out, &port0, "-");
    put_packet(&setup.out, &setup.to, "c");
    put_packet(&setup.out, &setup.to, "-")->length = 1501;
    put_packet(&setup.out, &setup.to, "-")->length = UINT32_MAX;
    put_packet(&setup.out, &setup.to, "d");
    put_packet(&setup.out, &ipv6, "-");
    packet = put_packet(&setup.out, &setup.to, "-");
    packet->flags |= SOCKEYE_LOCAL;
    memcpy(packet->local, ipv6.bytes, 16);
    put_packet(&setup.out, NULL, "-"); /* no destination and no peer */
    put_packet(&setup.out, &setup.to, "e");
    CHECK_EQUAL(send_batch(&setup), 5);
    CHECK_EQUAL(setup.out.header->refused, 7);
    CHECK_EQUAL(setup.out.header->pending_error, 0);
    CHECK_EQUAL(setup.out.packets[1].state, SOCKEYE_REFUSED);
    CHECK(setup.out.packets[1].error == EINVAL || setup.out.packets[1].error == ENETUNREACH);
    check_refused(&setup, 3, EINVAL);
    check_refused(&setup, 5, EMSGSIZE);
    check_refused(&setup, 6, EMSGSIZE);
    check_refused(&setup, 8, EAFNOSUPPORT);
    check_refused(&setup, 9, EINVAL);
    check_refused(&setup, 10, EDESTADDRREQ);
    check_came(&setup, "abcde");
    close_setup(&setup);
}

CASE(send_refuses_bad_packets_and_the_others_go_on_ipv6) {
    const struct setup setup = open_setup(AF_INET6, 8);
    struct sockeye_address port0 = setup.to;
    port0.port = 0;
    put_packet(&setup.out, &setup.to, "a");
    struct sockeye_packet *packet = put_packet(&setup.out, &setup.to, "-");
    packet->flags |= SOCKEYE_LOCAL;
    memcpy(packet->local, address_of("2001:db8::1", 0).bytes, 16);
    put_packet(&setup.out, &setup.to, "b");
    put_packet(&setup.out, &port0, "-");
    put_packet(&setup.out, &setup.to, "c");
    packet = put_packet(&setup.out, &setup.to, "-");
    packet->flags |= SOCKEYE_LOCAL;
    memcpy(packet->local, address_of("127.0.0.1", 0).bytes, 16);
    put_packet(&setup.out, &setup.to, "d");
    CHECK_EQUAL(send_batch(&setup), 4);
    CHECK_EQUAL(setup.out.header->refused, 3);
    CHECK_EQUAL(setup.out.packets[1].state, SOCKEYE_REFUSED);
    check_refused(&setup, 3, EINVAL);
    check_refused(&setup, 5, EINVAL);
    check_came(&setup, "abcd");
    close_setup(&setup);
}

CASE(send_refuses_what_the_kernel_finds_too_long) {
    const struct sockeye_layout out = new_batch(3, SOCKEYE_MAX_PAYLOAD_BYTES);
    const struct setup setup = open_setup(AF_INET, 4);
    put_packet(&out, &setup.to, "a");
    put_packet(&out, &setup.to, "")->length = 65508; /* with its headers one byte more than an IPv4 packet can have */
    put_packet(&out, &setup.to, "b");
    CHECK_EQUAL(sockeye_send(setup.sender, AF_INET, batch_of(&out), 1, -1), 2);
    CHECK_EQUAL(out.header->refused, 1);
    CHECK_EQUAL(out.header->pending_error, 0);
    CHECK_EQUAL(out.packets[1].state, SOCKEYE_REFUSED);
    CHECK_EQUAL(out.packets[1].error, EMSGSIZE);
    check_came(&setup, "ab");
    close_setup(&setup);
    free_batch(&out);
}

CASE(send_can_refuse_every_packet) {
    const struct setup setup = open_setup(AF_INET, 8);
    struct sockeye_address port0 = setup.to;
    port0.port = 0;
    for (int i = 0; i < 8; i++)
        put_packet(&setup.out, &port0, "-");
    CHECK_EQUAL(send_batch(&setup), 0);
    CHECK_EQUAL(setup.out.header->refused, 8);
    for (uint32_t i = 0; i < 8; i++)
        check_refused(&setup, i, EINVAL);
    CHECK_EQUAL(send_batch(&setup), 0); /* and they are not tried again */
    CHECK_EQUAL(setup.out.header->refused, 0);
    close_setup(&setup);
}

CASE(send_gets_past_a_pending_error_of_a_connected_socket) {
    struct sockeye_address name, closed_name;
    const struct sockeye_layout out = new_batch(4, 100);
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    close_socket(open_socket(AF_INET, "127.0.0.1", &closed_name));
    CHECK_EQUAL(sockeye_connect(fd, AF_INET, (uintptr_t)&closed_name), 0);
    send_text(fd, AF_INET, NULL, "to nobody");
    await(fd, POLLERR);
    for (int i = 0; i < 4; i++)
        put_packet(&out, NULL, "x");
    CHECK_EQUAL(sockeye_send(fd, AF_INET, batch_of(&out), 1, -1), 4);
    CHECK_EQUAL(out.header->pending_error, ECONNREFUSED);
    CHECK_EQUAL(out.header->refused, 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(out.packets[i].state, SOCKEYE_SENT);
    close_socket(fd);
    free_batch(&out);
}

CASE(send_on_a_connected_socket_needs_no_remote) {
    const struct setup setup = open_setup(AF_INET, 4);
    CHECK_EQUAL(sockeye_connect(setup.sender, AF_INET, (uintptr_t)&setup.to), 0);
    put_packet(&setup.out, NULL, "a");
    CHECK_EQUAL(send_batch(&setup), 1);
    check_came(&setup, "a");
    CHECK_EQUAL(sockeye_disconnect(setup.sender), 0);
    setup.out.packets[0].state = SOCKEYE_OUTGOING;
    CHECK_EQUAL(send_batch(&setup), 0);
    check_refused(&setup, 0, EDESTADDRREQ);
    close_setup(&setup);
}

CASE(send_takes_a_datagram_of_length_zero) {
    const struct setup setup = open_setup(AF_INET, 4);
    put_packet(&setup.out, &setup.to, "");
    CHECK_EQUAL(send_batch(&setup), 1);
    CHECK_EQUAL(sockeye_receive(setup.receiver, batch_of(&setup.in), 0, -1), 1);
    CHECK_EQUAL(setup.in.packets[0].length, 0);
    close_setup(&setup);
}

/* A received packet goes back: the library's callers turn a request into its reply in place. */
static void check_answer(int32_t family, const char *wildcard, const char *requested) {
    struct sockeye_address server_name, client_name;
    const struct sockeye_layout batch = new_batch(4, 100), reply = new_batch(4, 100);
    const int32_t server = open_socket(family, wildcard, &server_name);
    const int32_t client = open_socket(AF_INET, "127.0.0.1", &client_name);
    const struct sockeye_address to = address_of(requested, server_name.port);
    set_option(server, SOL_IP, IP_PKTINFO, 1);
    send_text(client, AF_INET, &to, "request");
    CHECK_EQUAL(sockeye_receive(server, batch_of(&batch), -1, -1), 1);
    CHECK(batch.packets[0].flags & SOCKEYE_LOCAL);
    check_address(batch.packets[0].local, requested);
    batch.packets[0].state = SOCKEYE_OUTGOING;
    CHECK_EQUAL(sockeye_send(server, family, batch_of(&batch), 1, -1), 1);
    CHECK_EQUAL(sockeye_receive(client, batch_of(&reply), -1, -1), 1);
    CHECK_BYTES(&reply.packets[0].remote, &to, sizeof to);
    CHECK_BYTES(sockeye_payload(&reply, 0), "request", 7);
    close_socket(server);
    close_socket(client);
    free_batch(&batch);
    free_batch(&reply);
}

CASE(send_answers_from_the_address_that_was_asked_ipv4) {
    check_answer(AF_INET, "0.0.0.0", "127.0.0.2");
}

CASE(send_answers_from_the_address_that_was_asked_dual_stack) {
    check_answer(AF_INET6, "::", "127.0.0.2");
}

/* A packet that only tells the interface still leaves from the address that the socket is bound to. */
static void check_interface_only(int32_t family, const char *bound, bool connected) {
    struct sockeye_address name, to;
    const struct sockeye_layout out = new_batch(1, 100), in = new_batch(1, 100);
    const int32_t receiver = open_socket(AF_INET, "127.0.0.1", &to);
    const int32_t sender = open_socket(family, bound, &name);
    if (connected)
        CHECK_EQUAL(sockeye_connect(sender, family, (uintptr_t)&to), 0);
    struct sockeye_packet *packet = put_packet(&out, connected ? NULL : &to, "x");
    packet->flags |= SOCKEYE_INTERFACE;
    packet->interface_index = if_nametoindex("lo");
    CHECK_EQUAL(sockeye_send(sender, family, batch_of(&out), 1, -1), 1);
    CHECK_EQUAL(sockeye_receive(receiver, batch_of(&in), 0, -1), 1);
    const bool any = strcmp(bound, "::") == 0 || strcmp(bound, "0.0.0.0") == 0;
    check_address(in.packets[0].remote.bytes, any ? "127.0.0.1" : bound);
    close_socket(receiver);
    close_socket(sender);
    free_batch(&out);
    free_batch(&in);
}

CASE(send_over_an_interface_keeps_the_bound_address) {
    check_interface_only(AF_INET, "127.0.0.3", false);
    check_interface_only(AF_INET, "127.0.0.3", true);
    check_interface_only(AF_INET6, "127.0.0.3", false);
    check_interface_only(AF_INET6, "127.0.0.3", true);
}

CASE(send_over_an_interface_from_a_wildcard_socket) {
    check_interface_only(AF_INET, "0.0.0.0", false);
    check_interface_only(AF_INET, "0.0.0.0", true);
    check_interface_only(AF_INET6, "::", false);
    check_interface_only(AF_INET6, "::", true);
}

CASE(send_over_an_interface_from_a_socket_bound_to_a_group) {
    /* It receives there; the kernel would refuse to send from there. */
    static const char *const bound[] = {"239.77.1.9", "255.255.255.255"};
    for (int i = 0; i < 2; i++) {
        struct sockeye_address name, to;
        const struct sockeye_layout out = new_batch(1, 100);
        const int32_t receiver = open_socket(AF_INET, "127.0.0.1", &to);
        const int32_t sender = open_socket(AF_INET, bound[i], &name);
        set_turn(i);
        struct sockeye_packet *packet = put_packet(&out, &to, "x");
        packet->flags |= SOCKEYE_INTERFACE;
        packet->interface_index = if_nametoindex("lo");
        CHECK_EQUAL(sockeye_send(sender, AF_INET, batch_of(&out), 1, -1), 1);
        close_socket(receiver);
        close_socket(sender);
        free_batch(&out);
    }
}

CASE(send_waits_for_room_also_on_a_non_blocking_descriptor) {
    struct sockeye_address name;
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    const struct sockeye_layout batch = new_batch(64, 60000);
    for (int turn = 0; turn < 20; turn++) {
        batch.header->size = 0;
        for (int i = 0; i < 64; i++)
            put_packet(&batch, &name, "")->length = 60000;
        CHECK_EQUAL(sockeye_send(fd, AF_INET, batch_of(&batch), 1, -1), 64);
    }
    free_batch(&batch);
    close_socket(fd);
}
