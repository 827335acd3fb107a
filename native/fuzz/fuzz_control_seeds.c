/* Writes control messages as kernels send them, one file each, into the folder given: fuzz_control_seeds <folder> */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static const char *folder;
static uint8_t messages[1024];
static size_t length;

static void add(int level, int type, const void *data, size_t bytes) {
    const struct cmsghdr header = {.cmsg_len = (socklen_t)CMSG_LEN(bytes), .cmsg_level = level, .cmsg_type = type};
    if (length + CMSG_SPACE(bytes) > sizeof messages)
        abort();
    memset(messages + length, 0, CMSG_SPACE(bytes));
    memcpy(messages + length, &header, sizeof header);
    memcpy(messages + length + CMSG_LEN(0), data, bytes);
    length += CMSG_SPACE(bytes);
}

/* Writes what was added so far, and begins anew. */
static void put(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(messages, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    length = 0;
}

/* struct sock_extended_err and the offender */
static void add_error(int family, uint8_t origin, uint8_t type, uint8_t code, uint32_t data) {
    const struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_scope_id = 3};
    const uint32_t words[4] = {111, 0, 1500, data};
    const uint8_t kind[3] = {origin, type, code};
    uint8_t bytes[16 + sizeof in6];
    memcpy(bytes, words, 16);
    memcpy(bytes + 4, kind, 3);
    if (family == AF_INET) {
        memcpy(bytes + 16, &in, sizeof in);
        add(SOL_IP, IP_RECVERR, bytes, 16 + sizeof in);
    } else {
        memcpy(bytes + 16, &in6, sizeof in6);
        add(SOL_IPV6, IPV6_RECVERR, bytes, sizeof bytes);
    }
}

int main(int argc, char **argv) {
    const struct in_pktinfo info4 = {.ipi_ifindex = 1, .ipi_spec_dst = {1}, .ipi_addr = {2}};
    struct in6_pktinfo info6 = {.ipi6_addr = IN6ADDR_LOOPBACK_INIT, .ipi6_ifindex = 1};
    const struct timespec times[3] = {{.tv_sec = 1, .tv_nsec = 2}, {.tv_sec = 0}, {.tv_sec = 0}};
    const int number = 64;
    const uint8_t octet = 0xb9;
    if (argc != 2)
        return 2;
    folder = argv[1];
    add(SOL_IP, IP_PKTINFO, &info4, sizeof info4);
    add(SOL_IP, IP_TTL, &number, sizeof number);
    add(SOL_IP, IP_TOS, &octet, sizeof octet);
    add(SOL_SOCKET, SO_TIMESTAMPNS, times, sizeof times[0]);
    put("ipv4");
    add(SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
    add(SOL_IPV6, IPV6_HOPLIMIT, &number, sizeof number);
    add(SOL_IPV6, IPV6_TCLASS, &number, sizeof number);
    add(SOL_SOCKET, SO_RXQ_OVFL, &number, sizeof number);
    add(SOL_UDP, UDP_GRO, &number, sizeof number);
    put("ipv6");
    info6.ipi6_addr.s6_addr[10] = info6.ipi6_addr.s6_addr[11] = 0xff; /* mapped */
    add(SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
    add(SOL_IP, IP_PKTINFO, &info4, sizeof info4);
    put("dual-stack");
    add(SOL_IP, IP_PKTINFO, &info4, sizeof info4);
    add_error(AF_INET, 2, 3, 3, 0);
    put("ipv4-error");
    add(SOL_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
    add_error(AF_INET6, 3, 1, 4, 0x010080);
    put("ipv6-error");
    add(SOL_SOCKET, SCM_TIMESTAMPING, times, sizeof times);
    add_error(AF_INET, 4, 0, 0, 7);
    put("sent-timestamp");
    add(12345, 678, &number, sizeof number);
    put("unknown");
    return 0;
}
