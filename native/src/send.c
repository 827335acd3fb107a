#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>

#include "batch.h"
#include "wait.h"

static void refuse(const struct sockeye_layout *layout, uint32_t slot, int error) {
    layout->packets[slot].state = SOCKEYE_REFUSED;
    layout->packets[slot].error = error;
    layout->header->refused++;
}

/* The socket that a batch is sent on. Its own address is asked for by the first packet that needs it. */
struct sender {
    int fd;
    int family;
    bool asked;
    uint8_t own[16]; /* zero: none, or none to send from */
};

static const uint8_t *own_address(struct sender *sender) {
    union sockeye_name name;
    socklen_t length = sizeof name;
    struct sockeye_address address;
    if (!sender->asked && getsockname(sender->fd, &name.any, &length) == 0 &&
        sockeye_from_name(&name, length, &address)) {
        /* A socket bound to a multicast address or 255.255.255.255 receives there and sends from elsewhere. */
        const in_addr_t ipv4 = ntohl(sockeye_get_ipv4(address.bytes).s_addr);
        if (sockeye_is_mapped(address.bytes) && !IN_MULTICAST(ipv4) && ipv4 != INADDR_BROADCAST)
            memcpy(sender->own, address.bytes, 16);
    }
    sender->asked = true;
    return sender->own;
}

/* Builds the message of the packet in `slot`; returns 0 or -errno. */
static int build(const struct sockeye_layout *layout, uint32_t slot, struct sender *sender, struct msghdr *message) {
    const struct sockeye_packet *packet = &layout->packets[slot];
    struct sockeye_sent_part *part = &layout->sent[slot];
    const uint32_t length = packet->length;
    if (length > layout->header->payload_capacity)
        return -EMSGSIZE;
    *message = (struct msghdr){.msg_iov = &part->payload, .msg_iovlen = 1};
    part->payload.iov_base = sockeye_payload(layout, slot);
    part->payload.iov_len = length;
    if (packet->flags & SOCKEYE_REMOTE) {
        message->msg_name = &part->name;
        message->msg_namelen = sockeye_to_name(&packet->remote, sender->family, &part->name);
        if (message->msg_namelen == 0)
            return -EAFNOSUPPORT;
    }
    const bool needs_own = (packet->flags & (SOCKEYE_INTERFACE | SOCKEYE_LOCAL)) == SOCKEYE_INTERFACE;
    const uint8_t *own = needs_own ? own_address(sender) : sender->own;
    const int control = sockeye_encode_control(packet, sender->family, own, part->control);
    if (control > 0) {
        message->msg_control = part->control;
        message->msg_controllen = (socklen_t)control;
    }
    return control < 0 ? control : 0;
}

/* Builds the messages of all outgoing packets and returns how many there are. */
static uint32_t build_all(const struct sockeye_layout *layout, struct sender *sender) {
    const uint32_t size = layout->header->size;
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < size && slot < layout->header->slots; slot++) {
        if (layout->packets[slot].state != SOCKEYE_OUTGOING)
            continue;
        const int result = build(layout, slot, sender, &layout->send_headers[count].msg_hdr);
        if (result < 0)
            refuse(layout, slot, -result);
        else
            layout->send_slots[count++] = (uint16_t)slot;
    }
    return count;
}

/*
 * How often to send a packet again that the kernel refused with this error, as long as it repeats. The kernel tells an
 * earlier datagram's ICMP error by refusing a later one, once (ip(7), IP_RECVERR; icmp_err_convert). An error that may
 * be the packet's own stays when it is sent again; so does one of others while they pour in, and a few more tries tell
 * them apart. An error that only ICMP knows is never the packet's own.
 */
#define TRIES_OF_OWN 3
#define TRIES_OF_OTHERS 64
#define TRIES_IN_ALL 128

static int tries_after(int error) {
    switch (error) {
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EACCES:
    case EMSGSIZE:
        return TRIES_OF_OWN;
    case ECONNREFUSED:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
        return TRIES_OF_OTHERS;
    default:
        return 0;
    }
}

static bool is_never_own(int error) {
    return tries_after(error) == TRIES_OF_OTHERS;
}

/* The socket is at fault and not the packet: it was closed, shut down, or never was a socket. */
static bool is_of_socket(int error) {
    return error == EBADF || error == ENOTSOCK || error == EPIPE;
}

static int send_some(int fd, struct mmsghdr *headers, uint32_t count, bool wait) {
    int sent;
    do { /* the flags are an int in one C library and unsigned in another: constants are both */
        sent = sendmmsg(fd, headers, count, wait ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

/* No answer of sendmmsg. */
#define ERRORS_WITHOUT_END INT32_MIN

/* Sends, and sends again what failed for an earlier datagram's error: the result is the packet's own, or the socket's.
 * `pending_error` gets the first. */
static int send_past_errors(int fd, struct mmsghdr *headers, uint32_t count, bool wait, int32_t *pending_error) {
    int result = send_some(fd, headers, count, wait);
    int repeats = 0;
    for (int tries = 0; result < 0 && repeats < tries_after(-result) && tries < TRIES_IN_ALL; tries++) {
        const int error = -result;
        result = send_some(fd, headers, count, wait);
        repeats = result == -error ? repeats + 1 : 0;
        if (*pending_error == 0 && (result != -error || is_never_own(error)))
            *pending_error = error;
    }
    /* While different errors take turns they are of others, also one that could be the packet's own. */
    const bool of_others = result < 0 && (is_never_own(-result) || repeats < tries_after(-result));
    return of_others ? ERRORS_WITHOUT_END : result;
}

/* 1, or 0 when the wait ends for another reason than room: an entry in the error queue, which ends every wait; or
 * -ESHUTDOWN. */
static int wait_for_room(int fd, int wake_fd) {
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    const int ready = sockeye_poll_until(&descriptor, sockeye_deadline(-1), wake_fd);
    if (ready == -ESHUTDOWN)
        return ready;
    return ready > 0 && (descriptor.revents & (POLLOUT | POLLHUP)) != 0;
}

int32_t sockeye_send(int32_t fd, int32_t family, uintptr_t batch, int32_t wait, int32_t wake_fd) {
    struct sockeye_layout layout;
    if (!sockeye_find_batch(batch, &layout) || (family != AF_INET && family != AF_INET6))
        return -EINVAL;
    layout.header->refused = 0;
    layout.header->pending_error = 0;
    layout.header->errors = 0;
    struct sender sender = {.fd = fd, .family = family};
    const uint32_t count = build_all(&layout, &sender);
    uint32_t at = 0;
    int32_t sent = 0;
    while (at < count) {
        const int result = send_past_errors(fd, layout.send_headers + at, count - at, wait != 0 && wake_fd < 0,
                                            &layout.header->pending_error);
        if (result == ERRORS_WITHOUT_END)
            break;
        if (result < 0 && is_of_socket(-result))
            return sent > 0 ? sent : result;
        if (result == -EAGAIN && wait) { /* the descriptor is non-blocking, or a wait must be woken */
            const int room = wait_for_room(fd, wake_fd);
            if (room > 0)
                continue;
            if (room < 0)
                return sent > 0 ? sent : room;
            layout.header->errors = 1;
        }
        if (result == 0 || result == -EAGAIN) /* 0: no kernel's answer, but a sandbox's may be */
            break;
        if (result < 0) {
            refuse(&layout, layout.send_slots[at], -result);
            at++;
            continue;
        }
        /* A short count means that the next message was refused. Its errno comes with the next turn; only an earlier
         * datagram's error that arrived meanwhile does not come again, and the kernel keeps it to itself. */
        for (int i = 0; i < result; i++)
            layout.packets[layout.send_slots[at++]].state = SOCKEYE_SENT;
        sent += result;
    }
    return sent;
}
