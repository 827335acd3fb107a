/*
 * Sockeye's native layer: the whole contract between C and its callers.
 *
 * Rules that hold for every function
 *   - Arguments are integers and addresses (as uintptr_t), at most five, so that a foreign-function layer can call it
 *     by a plain jump. No kernel struct crosses: callers see only the structs drawn below.
 *   - The result is >= 0, or -errno. Nothing is kept after the call returns. No length is trusted.
 *   - A call that a signal interrupted goes on by itself, except close.
 *   - No function allocates or waits for a lock, but sockeye_unix_listen(). A batch belongs to one thread at a time; a
 *     descriptor may be shared.
 *
 * Callers do not copy numbers out of this file: sockeye_constant() tells every offset, flag and kernel constant by
 * name.
 */
#ifndef SOCKEYE_H
#define SOCKEYE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change of a struct, a flag or a signature below. */
#define SOCKEYE_ABI_VERSION 6

/*
 * An endpoint. Every address is 16 bytes: IPv6 as it is, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that one
 * form serves IPv4, IPv6 and dual-stack sockets and two addresses are equal when their bytes are.
 *
 *    0                              16          20      22      24
 *    +-------------------------------+-----------+-------+-------+
 *    | address, network byte order   | scope_id  | port  |   0   |
 *    +-------------------------------+-----------+-------+-------+
 */
struct sockeye_address {
    uint8_t bytes[16];
    uint32_t scope_id;
    uint16_t port; /* host byte order */
    uint16_t reserved;
};

/*
 * One packet of a batch: received, to be sent, or an entry of the error queue. `flags` says which of the other fields
 * mean something.
 *
 *     0           4           8          12          16                                      40
 *     +-----------+-----------+-----------+-----------+---------------------------------------+
 *     | state     | flags     | length    | datagram_ | remote                                |
 *     |           |           |           | length    |                                       |
 *    40                                  56                                  72          76   80
 *     +-----------------------------------+-----------------------------------+-----------+-----------+
 *     | local                             | destination                       | interface_| error     |
 *     |                                   |                                   | index     |           |
 *    80                      88          92      94      95      96      97      98      99     100
 *     +-----------------------+-----------+-------+-------+-------+-------+-------+-------+-------+
 *     | timestamp_nanos       | drops     |segment| ttl   | dscp  | ecn   | origin| type  | code  |
 *     +-----------------------+-----------+-------+-------+-------+-------+-------+-------+-------+
 *    100         104         108                                 124         128
 *     +-----------+-----------+-----------------------------------+-----------+
 *     | info      | data      | offender                          | offender_ |
 *     |           |           |                                   | scope_id  |
 *     +-----------+-----------+-----------------------------------+-----------+
 */
struct sockeye_packet {
    uint32_t state;                /* SOCKEYE_EMPTY ... */
    uint32_t flags;                /* SOCKEYE_REMOTE ... */
    uint32_t length;               /* bytes of payload in the slot */
    uint32_t datagram_length;      /* received: bytes that the datagram had, more than `length` when it was cut */
    struct sockeye_address remote; /* the peer */
    uint8_t local[16];             /* this host's address: a reply leaves from it */
    uint8_t destination[16];       /* received: what the sender addressed; differs for broadcast and multicast */
    uint32_t interface_index;      /* received: where it came in; sent: where it must leave */
    int32_t error;                 /* SOCKEYE_REFUSED, SOCKEYE_ERROR: why, a positive errno */
    int64_t timestamp_nanos;       /* received: CLOCK_REALTIME when the kernel took it */
    uint32_t drops;                /* received: datagrams this socket had dropped so far, modulo 2^32 (SO_RXQ_OVFL) */
    uint16_t segment_size;         /* received: size of the datagrams that the kernel put together (UDP_GRO) */
    uint8_t ttl;                   /* received: TTL or hop limit */
    uint8_t dscp;                  /* received: upper six bits of TOS or traffic class */
    uint8_t ecn;                   /* received: lower two bits */
    /* Of an error alone (struct sock_extended_err, recvmsg(2)). Its `remote` is where the datagram was sent to. */
    uint8_t origin;             /* who says so: SO_EE_ORIGIN_ICMP ... */
    uint8_t type;               /* ICMP type */
    uint8_t code;               /* ICMP code */
    uint32_t info;              /* the MTU, with EMSGSIZE */
    uint32_t data;              /* ICMP: SOCKEYE_EXTENSION_... below; other origins: as the kernel has it */
    uint8_t offender[16];       /* the host that sent the ICMP message */
    uint32_t offender_scope_id; /* the interface of a link-local offender */
};

/* sockeye_packet.state */
enum {
    SOCKEYE_EMPTY = 0,
    SOCKEYE_RECEIVED = 1,
    SOCKEYE_OUTGOING = 2, /* sockeye_send() sends these, in order, and skips all others */
    SOCKEYE_SENT = 3,
    SOCKEYE_REFUSED = 4, /* the kernel refused this packet: `error` says why */
    SOCKEYE_ERROR = 5,   /* not a packet but an entry of the error queue */
};

/* sockeye_packet.flags */
enum {
    SOCKEYE_REMOTE = 1 << 0,
    SOCKEYE_LOCAL = 1 << 1,
    SOCKEYE_INTERFACE = 1 << 2,
    SOCKEYE_DESTINATION = 1 << 3,
    SOCKEYE_TTL = 1 << 4,
    SOCKEYE_TRAFFIC_CLASS = 1 << 5, /* dscp and ecn */
    SOCKEYE_TIMESTAMP = 1 << 6,
    SOCKEYE_DROPS = 1 << 7,
    SOCKEYE_SEGMENT = 1 << 8,
    SOCKEYE_TRUNCATED = 1 << 9,    /* the payload was cut; a datagram's whole length is datagram_length */
    SOCKEYE_CONTROL_CUT = 1 << 10, /* a control message was cut or malformed: absent fields may have been sent */
    SOCKEYE_EXTENDED = 1 << 11,    /* origin, type, code, info and data */
    SOCKEYE_OFFENDER = 1 << 12,
};

/* sockeye_packet.data of an ICMP error: where the extensions of RFC 4884 begin in the payload; 0 for none. */
enum {
    SOCKEYE_EXTENSION_OFFSET = 0xffff,
    SOCKEYE_EXTENSION_INVALID = 1 << 16, /* their checksum or a length in them is wrong */
};

/*
 * A batch: one block of the caller's memory, 64-byte aligned, whose size sockeye_batch_bytes() tells and which
 * sockeye_batch_init() lays out once. Callers touch the header's `size`, the packets and the payloads; the kernel's
 * message headers in between are this library's.
 *
 *     0        64             64 + 128 n          payloads_offset
 *     +--------+--------------+-------------------+------------------------------+
 *     | header | n packets    | (message headers) | n payloads of payload_stride |
 *     +--------+--------------+-------------------+------------------------------+
 */
struct sockeye_batch {
    uint32_t magic;
    uint32_t slots;
    uint32_t payload_capacity; /* bytes a slot can hold */
    uint32_t payload_stride;   /* bytes from one slot's payload to the next's */
    uint64_t payloads_offset;
    uint32_t size;         /* packets in use: slots 0 to size - 1 */
    uint32_t refused;      /* of the last send: packets that became SOCKEYE_REFUSED */
    int32_t pending_error; /* of the last send: an earlier datagram's error that it met; 0 for none */
    uint32_t errors;       /* of the last receive or send: it ended because something is in the error queue */
    uint8_t reserved[24];
};

/*
 * What one message of a handover between two processes carries: `count` descriptors, and two numbers that are the
 * callers' own.
 *
 *    0        4        8        12       16
 *    +--------+--------+--------+--------+----------------------------+
 *    | kind   | left   | count  |   0    | numbers of the descriptors |
 *    +--------+--------+--------+--------+----------------------------+
 */
#define SOCKEYE_MAX_DESCRIPTORS 253 /* the kernel's SCM_MAX_FD */

struct sockeye_descriptors {
    uint32_t kind; /* of the message */
    uint32_t left; /* descriptors that follow in later messages */
    uint32_t count;
    uint32_t reserved;
    int32_t numbers[SOCKEYE_MAX_DESCRIPTORS];
};

#define SOCKEYE_MAX_SLOTS 1024           /* recvmmsg and sendmmsg take no more (UIO_MAXIOV) */
#define SOCKEYE_MAX_PAYLOAD_BYTES 65535u /* no UDP datagram is longer */
#define SOCKEYE_CONTROL_BYTES 512        /* received control messages per slot */

#pragma GCC visibility push(default)

/* SOCKEYE_ABI_VERSION of the library. */
int32_t sockeye_abi_version(void);

/*
 * The value of a constant: an offset ("packet.flags"), a flag ("SOCKEYE_LOCAL") or one of the kernel's ("IP_PKTINFO").
 * `name` is the address of a NUL-terminated string. -ENOENT for a name it does not know; no value is negative.
 */
int64_t sockeye_constant(uintptr_t name);

/* A blocking socket, close-on-exec. `family` is AF_INET or AF_INET6, `type` SOCK_DGRAM or SOCK_STREAM. Returns the
 * descriptor. */
int32_t sockeye_socket(int32_t family, int32_t type);

/*
 * `address` is a struct sockeye_address; family is the socket's own. -EAFNOSUPPORT: an IPv6 address for AF_INET.
 * sockeye_connect() is for datagram sockets: sockeye_connect_stream() for the others.
 */
int32_t sockeye_bind(int32_t fd, int32_t family, uintptr_t address);
int32_t sockeye_connect(int32_t fd, int32_t family, uintptr_t address);
int32_t sockeye_disconnect(int32_t fd);

/* Fill a struct sockeye_address with the socket's own name or its peer's. */
int32_t sockeye_local_name(int32_t fd, uintptr_t address);
int32_t sockeye_peer_name(int32_t fd, uintptr_t address);

/* setsockopt and getsockopt. The latter returns the length the kernel wrote. */
int32_t sockeye_set_option(int32_t fd, int32_t level, int32_t name, uintptr_t value, uint32_t bytes);
int32_t sockeye_get_option(int32_t fd, int32_t level, int32_t name, uintptr_t value, uint32_t bytes);

/*
 * Attaches a program of classic BPF that picks the member of the socket's SO_REUSEPORT group: `count` instructions of 8
 * bytes, struct sock_filter. It takes the place of one that was there. -EINVAL: no instruction, more than 4096, or a
 * program that the kernel does not accept.
 */
int32_t sockeye_attach_reuseport(int32_t fd, uintptr_t instructions, uint32_t count);

/*
 * Multicast membership. `option` is one of MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP,
 * MCAST_LEAVE_SOURCE_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE. `group` and `source` are struct sockeye_address
 * of one family; source is 0 for the first two options.
 */
int32_t sockeye_membership(int32_t fd, int32_t option, uint32_t interface_index, uintptr_t group, uintptr_t source);

/* A second descriptor of the same socket, close-on-exec. */
int32_t sockeye_duplicate(int32_t fd);

/* Puts a dead socket behind the number, which lets go of the socket that was there and keeps the number in use. */
int32_t sockeye_retire(int32_t fd);

/* Ends every blocked call on the socket and all later ones, without freeing the descriptor's number. */
int32_t sockeye_shutdown(int32_t fd);

/* The CPUs that the calling thread may run on: the number of the one at `index`, counted from 0; -ENOENT behind the
 * last. */
int32_t sockeye_allowed_cpu(int32_t index);

/* Keeps the calling thread on one CPU. -EINVAL: there is no such CPU, or this process may not use it. */
int32_t sockeye_pin_thread(int32_t cpu);

/*
 * For sockets that several processes have: a shutdown would end them for all. sockeye_wake_open() gives a descriptor;
 * sockeye_wake() on it ends the calls that have it as their `wake_fd`, now and later. Calls with a `wake_fd` wait in
 * ppoll(2) alone, and leave what is there when they are woken to the other processes: -ESHUTDOWN. -1 is no `wake_fd`.
 */
int32_t sockeye_wake_open(void);
int32_t sockeye_wake(int32_t wake_fd);

/* Makes a descriptor that came from elsewhere close-on-exec, as all of this library are. */
int32_t sockeye_close_on_exec(int32_t fd);

/* Frees the descriptor. Never tried twice: the number is gone even when an error is returned. */
int32_t sockeye_close(int32_t fd);

/* Bytes of memory a batch needs. -EINVAL: slots not in 1..1024, or payload_capacity not in 1..65535. */
int64_t sockeye_batch_bytes(uint32_t slots, uint32_t payload_capacity);

/* Lays out a batch in `bytes` bytes of zeroed memory at `batch`, 64-byte aligned. -ENOSPC: too few bytes. */
int32_t sockeye_batch_init(uintptr_t batch, uint64_t bytes, uint32_t slots, uint32_t payload_capacity);

/*
 * Receives into slots 0 to the batch's last and returns how many, which is also the batch's new size.
 * timeout_nanos < 0: waits for the first datagram and takes what else is there, in one system call; as with the longest
 * timeout when the descriptor is non-blocking.
 * timeout_nanos = 0: takes what is there; 0 when nothing is.
 * timeout_nanos > 0: as 0, and when nothing is there waits up to that long for the first datagram. Ends at once with 0
 * and the batch's `errors` when the error queue is all there is: it keeps poll(2) from waiting until it is read.
 * -ESHUTDOWN: the socket was shut down while this waited, or before, and nothing is left; or the call was woken.
 * Another error may be an earlier datagram's (IP_RECVERR, or a connected socket): it is told once, before datagrams
 * that are there, and takes none of them away.
 */
int32_t sockeye_receive(int32_t fd, uintptr_t batch, int64_t timeout_nanos, int32_t wake_fd);

/*
 * Takes what the error queue holds, without waiting, into slots 0 to the batch's last as SOCKEYE_ERROR, and returns how
 * many, which is also the batch's new size. The payload is what the error quotes of the lost datagram's. Once the queue
 * is empty it reads the socket's error (SO_ERROR) as well: an error whose entry found no room in the socket's receive
 * buffer becomes one without SOCKEYE_EXTENDED, unless ICMP errors that stood in the queue have hidden it.
 */
int32_t sockeye_receive_errors(int32_t fd, uintptr_t batch);

/*
 * Sends the packets in state OUTGOING and returns how many the kernel took. One that the kernel refuses becomes REFUSED
 * and the others go on. The error of an earlier datagram, which the kernel tells by refusing a later one, is got past
 * by sending that again; it becomes the batch's `pending_error`. With `wait` = 0 packets stay OUTGOING once the
 * socket's buffer is full, and in any case when earlier datagrams' errors come faster than it can try; call again for
 * the rest. They also stay when the descriptor is no socket or was shut down: -EBADF, -ENOTSOCK or -EPIPE, unless some
 * went before; and when the call is woken: -ESHUTDOWN, unless some went before.
 */
int32_t sockeye_send(int32_t fd, int32_t family, uintptr_t batch, int32_t wait, int32_t wake_fd);

/*
 * A Unix socket (SOCK_SEQPACKET) at a path, NUL-terminated, that only this user can connect to: mode 0600. One that
 * nobody listens on any more is replaced; two that do so at once take turns by a lock on the directory. -EADDRINUSE:
 * somebody listens there. -EEXIST: a file of another kind is there. -ENAMETOOLONG: more than 107 bytes.
 */
int32_t sockeye_unix_listen(uintptr_t path);

/* Connects to it. -ENOTSOCK: a file of another kind is there. -EPERM: another user listens there. */
int32_t sockeye_unix_connect(uintptr_t path);

/* Waits for the next connection of a process of this user; those of others are closed. -ESHUTDOWN: woken. */
int32_t sockeye_unix_accept(int32_t fd, int32_t wake_fd);

/*
 * One message, a struct sockeye_descriptors, over such a connection. The receiver gets descriptors of its own of the
 * same sockets, close-on-exec, which it must close. Neither waits for the other side to read; -EPIPE: it is gone.
 * Received: the count of descriptors, or -ESHUTDOWN: woken; -ETIMEDOUT: none came in time; -EMFILE: they did not all
 * fit into this process; -EPROTO: no message of this version of the protocol. What came with an error is closed.
 */
int32_t sockeye_send_descriptors(int32_t fd, uintptr_t message);
int32_t sockeye_receive_descriptors(int32_t fd, uintptr_t message, int64_t timeout_nanos, int32_t wake_fd);

/*
 * Stream sockets (TCP). Calls that wait do so also when the descriptor is non-blocking; those that must not wait do
 * not, also when it is blocking. timeout_nanos < 0: waits; = 0: does not; > 0: waits up to that long.
 */

/* How many connections may wait to be accepted; one more than `backlog`, and at most net.core.somaxconn. */
int32_t sockeye_listen(int32_t fd, int32_t backlog);

/*
 * Takes a connection: the new descriptor, close-on-exec and blocking. `address` gets the peer's. -EAGAIN: none came in
 * time. -EINVAL: the socket does not listen, or was shut down while this waited or before. A connection that failed
 * before it was taken is passed over. timeout_nanos >= 0 or a `wake_fd` leaves the descriptor non-blocking, for every
 * process that has it. -ESHUTDOWN: woken.
 */
int32_t sockeye_accept(int32_t fd, uintptr_t address, int64_t timeout_nanos, int32_t wake_fd);

/*
 * Connects and leaves the descriptor blocking or not, as it was. -ETIMEDOUT: not in time; the kernel itself says so as
 * well, after some minutes. Whatever fails, the attempt has ended and another may be made. A shutdown by another thread
 * ends it with -ECONNRESET, or -ESHUTDOWN when it came before.
 */
int32_t sockeye_connect_stream(int32_t fd, int32_t family, uintptr_t address, int64_t timeout_nanos);

/*
 * Reads 1 to `bytes` bytes and returns how many. 0: the peer has ended its side, or this side was shut down. -EAGAIN:
 * nothing came in time. -EINVAL: bytes not in 1..INT32_MAX.
 */
int32_t sockeye_read(int32_t fd, uintptr_t memory, uint32_t bytes, int64_t timeout_nanos);

/*
 * Writes and returns how many bytes the kernel took: all with `wait`, else what there is room for, -EAGAIN for none.
 * Fewer with `wait`: an error, which the next call tells. Never raises SIGPIPE. -EINVAL: bytes not in 1..INT32_MAX.
 */
int32_t sockeye_write(int32_t fd, uintptr_t memory, uint32_t bytes, int32_t wait);

/* Ends one direction: `how` is SHUT_RD or SHUT_WR. */
int32_t sockeye_shutdown_side(int32_t fd, int32_t how);

/* As sockeye_shutdown(); with SO_LINGER 0 the connection is reset and the peer sees no end before that. */
int32_t sockeye_end_stream(int32_t fd);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
