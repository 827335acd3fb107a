package dev.sockeye;

/**
 * From where {@link Packet#reply(SourcePolicy)} lets an answer leave.
 *
 * <p>{@link #ADDRESS} is right for nearly every host and is what {@link Packet#reply()} uses. The others are for hosts
 * whose routing needs them. All were measured on Linux 6.18; what each sends is described in ip(7) and ipv6(7) under
 * IP_PKTINFO and IPV6_PKTINFO.
 */
public enum SourcePolicy {
    /**
     * The address that was asked; the routing table chooses the way. For a datagram sent to a broadcast or multicast
     * address it is the receiving interface's own address (RFC 1122 section 3.2.1.3). A link-local address also fixes
     * the interface, since it means nothing without one.
     */
    ADDRESS,
    /**
     * The address that was asked, out of the interface the request came in by. For hosts with several uplinks whose
     * routers drop foreign source addresses. With asymmetric routes such IPv4 answers are lost although the send
     * succeeded: the kernel then looks for the peer on the link itself.
     */
    ADDRESS_AND_INTERFACE,
    /** Any address the kernel picks for the interface the request came in by. */
    INTERFACE,
    /** Any address the kernel picks: what a socket without IP_PKTINFO does. Wrong on a host with several addresses. */
    KERNEL
}
