#define _GNU_SOURCE
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"

struct sockeye_address address_of(const char *text, uint16_t port) {
    struct sockeye_address address = {.port = port};
    struct in_addr ipv4;
    if (inet_pton(AF_INET, text, &ipv4) == 1)
        sockeye_put_ipv4(address.bytes, ipv4);
    else
        CHECK(inet_pton(AF_INET6, text, address.bytes) == 1);
    return address;
}

void check_address(const uint8_t actual[16], const char *expected) {
    const struct sockeye_address address = address_of(expected, 0);
    CHECK_BYTES(actual, address.bytes, 16);
}

struct sockeye_layout new_batch(uint32_t slots, uint32_t payload_capacity) {
    struct sockeye_layout layout;
    const int64_t bytes = sockeye_batch_bytes(slots, payload_capacity);
    CHECK(bytes > 0);
    void *memory = NULL;
    CHECK(posix_memalign(&memory, 64, (size_t)bytes) == 0);
    memset(memory, 0, (size_t)bytes);
    CHECK_EQUAL(sockeye_batch_init((uintptr_t)memory, (uint64_t)bytes, slots, payload_capacity), 0);
    CHECK(sockeye_find_batch((uintptr_t)memory, &layout));
    return layout;
}

uintptr_t batch_of(const struct sockeye_layout *layout) {
    return (uintptr_t)layout->header;
}

void free_batch(const struct sockeye_layout *layout) {
    free(layout->header);
}

int32_t open_socket(int32_t family, const char *text, struct sockeye_address *name) {
    const struct sockeye_address address = address_of(text, 0);
    const int32_t fd = sockeye_socket(family, SOCK_DGRAM);
    if (fd == -EAFNOSUPPORT)
        skip("this kernel lacks the address family");
    CHECK(fd >= 0);
    const int32_t bound = sockeye_bind(fd, family, (uintptr_t)&address);
    if (bound == -EADDRNOTAVAIL)
        skip("this host lacks the address");
    CHECK_EQUAL(bound, 0);
    CHECK_EQUAL(sockeye_local_name(fd, (uintptr_t)name), 0);
    CHECK(name->port != 0);
    return fd;
}

void close_socket(int32_t fd) {
    CHECK_EQUAL(sockeye_close(fd), 0);
}

void set_option(int32_t fd, int32_t level, int32_t name, int32_t value) {
    CHECK_EQUAL(sockeye_set_option(fd, level, name, (uintptr_t)&value, sizeof value), 0);
}

struct sockeye_packet *put_packet(const struct sockeye_layout *layout, const struct sockeye_address *remote,
                                  const char *text) {
    const uint32_t slot = layout->header->size;
    const size_t length = strlen(text);
    CHECK(slot < layout->header->slots && length <= layout->header->payload_capacity);
    struct sockeye_packet *packet = &layout->packets[slot];
    *packet = (struct sockeye_packet){.state = SOCKEYE_OUTGOING, .length = (uint32_t)length};
    if (remote != NULL) {
        packet->flags = SOCKEYE_REMOTE;
        packet->remote = *remote;
    }
    memcpy(sockeye_payload(layout, slot), text, length);
    layout->header->size++;
    return packet;
}

void send_text(int32_t fd, int32_t family, const struct sockeye_address *remote, const char *text) {
    const struct sockeye_layout layout = new_batch(1, 65535);
    put_packet(&layout, remote, text);
    CHECK_EQUAL(sockeye_send(fd, family, batch_of(&layout), 1, -1), 1);
    free_batch(&layout);
}

void await(int32_t fd, short events) {
    struct pollfd descriptor = {.fd = fd, .events = events};
    int ready;
    do {
        ready = poll(&descriptor, 1, 10000);
    } while (ready < 0 && errno == EINTR);
    CHECK_EQUAL(ready, 1);
    CHECK((descriptor.revents & events) != 0);
}

int64_t now_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
