/* Control messages: the one decoder and the one encoder, on plain bytes, so that tests can build them by hand. */
#ifndef SOCKEYE_SRC_CONTROL_H
#define SOCKEYE_SRC_CONTROL_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "sockeye.h"

/* Who an entry of the error queue is from (include/uapi/linux/errqueue.h, which not every C library can include). */
#define SO_EE_ORIGIN_NONE 0
#define SO_EE_ORIGIN_LOCAL 1
#define SO_EE_ORIGIN_ICMP 2
#define SO_EE_ORIGIN_ICMP6 3
#define SO_EE_ORIGIN_TXSTATUS 4
#define SO_EE_ORIGIN_ZEROCOPY 5
#define SO_EE_ORIGIN_TXTIME 6

/* The largest thing sockeye_encode_control() writes. */
#define SOCKEYE_SEND_CONTROL_BYTES CMSG_SPACE(sizeof(struct in6_pktinfo))

/*
 * Reads `length` bytes of received control messages into the packet's fields and flags. A message that is cut, or of
 * another length than its type has, sets SOCKEYE_CONTROL_CUT and is not read; unknown ones are skipped.
 */
void sockeye_decode_control(const void *control, size_t length, struct sockeye_packet *packet);

/*
 * Writes the control messages that send the packet from its local address and interface, as its flags say, to `control`
 * (SOCKEYE_SEND_CONTROL_BYTES). `family` is the socket's, `own` its own address or all zero: an IPv4 packet without a
 * local address leaves from there. Returns their length, 0 for none, or -EINVAL when local and remote are not of one
 * family.
 */
int sockeye_encode_control(const struct sockeye_packet *packet, int family, const uint8_t own[16], void *control);

#endif
