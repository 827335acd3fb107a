package dev.sockeye.lab;

import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;

/**
 * A client and a server with two ways of the same length between them (equal-cost multipath). A flow, that is what has
 * the same addresses and ports, stays on one way; flows that differ in a port spread over both, there and back.
 *
 * <pre>{@code
 *                            10.1.0.0/24         10.3.0.0/24
 *                          .1          .2      .1          .2
 *                          a0 -------- c0 ra s0 ---------- a0
 *  10.0.0.0/24            /                                  \             192.0.2.0/24
 * .2         .1          /                                    \          .254        .1
 * e0 ------- c0 ------ r0                                      r3 ------ s0 -------- e0
 * client                 \                                    /                  server
 *                         \                                  /
 *                          b0 -------- c0 rb s0 ---------- b0
 *                          .1          .2      .1          .2
 *                            10.2.0.0/24         10.4.0.0/24
 * }</pre>
 *
 * <p>IPv6 is the same with 2001:db8:0:c::/64 (client), 2001:db8:0:a1::/64, 2001:db8:0:b1::/64 (r0 to ra and rb),
 * 2001:db8:0:a2::/64, 2001:db8:0:b2::/64 (ra and rb to r3), where the addresses end as those of IPv4, and
 * 2001:db8:0:1::fe - 2001:db8:0:1::1 (server), where the kernel has it.
 *
 * <p>A traceroute from the client sees {@link #r0TowardsClient}, then {@link #raTowardsClient} or
 * {@link #rbTowardsClient}, then {@link #r3TowardsRa} or {@link #r3TowardsRb} (the router answers with the address of the
 * device by which the packet came, in IPv4 too) and {@link #serverAddress}.
 *
 * <p>Threads and errors are as in {@link Lab}.
 */
public final class EcmpLab {

    private final Host client;
    private final Host r0;
    private final Host ra;
    private final Host rb;
    private final Host r3;
    private final Host server;

    private EcmpLab(Lab lab) {
        this.client = lab.host("client");
        this.r0 = lab.host("r0");
        this.ra = lab.host("ra");
        this.rb = lab.host("rb");
        this.r3 = lab.host("r3");
        this.server = lab.host("server");
    }

    /**
     * Builds the six hosts in a lab, under the names client, r0, ra, rb, r3 and server.
     *
     * @param lab where to build
     * @return the topology
     */
    public static EcmpLab build(Lab lab) {
        EcmpLab hosts = new EcmpLab(lab);
        hosts.connect(lab);
        hosts.addIpv4();
        if (hosts.client.hasIpv6()) {
            hosts.addIpv6();
        }
        return hosts;
    }

    private void connect(Lab lab) {
        lab.link(client, "e0", r0, "c0");
        lab.link(r0, "a0", ra, "c0").link(r0, "b0", rb, "c0");
        lab.link(ra, "s0", r3, "a0").link(rb, "s0", r3, "b0");
        lab.link(r3, "s0", server, "e0");
        r0.forwarding();
        ra.forwarding();
        rb.forwarding();
        r3.forwarding();
        // By addresses and ports; the kernel's default is by addresses alone.
        r0.sysctl("net.ipv4.fib_multipath_hash_policy", "1");
        r3.sysctl("net.ipv4.fib_multipath_hash_policy", "1");
        // Else an IPv4 error of r3 carries the address of the way back, which says nothing about the way there.
        r3.sysctl("net.ipv4.icmp_errors_use_inbound_ifaddr", "1");
    }

    private void addIpv4() {
        client.ip("address add 10.0.0.2/24 dev e0", "route add default via 10.0.0.1");
        r0.ip(
                "address add 10.0.0.1/24 dev c0",
                "address add 10.1.0.1/24 dev a0",
                "address add 10.2.0.1/24 dev b0",
                "route add default nexthop via 10.1.0.2 nexthop via 10.2.0.2");
        addIpv4(ra, "10.1.0", "10.3.0");
        addIpv4(rb, "10.2.0", "10.4.0");
        r3.ip(
                "address add 10.3.0.2/24 dev a0",
                "address add 10.4.0.2/24 dev b0",
                "address add 192.0.2.254/24 dev s0",
                "route add default nexthop via 10.3.0.1 nexthop via 10.4.0.1");
        server.ip("address add 192.0.2.1/24 dev e0", "route add default via 192.0.2.254");
    }

    private static void addIpv4(Host middle, String clientSide, String serverSide) {
        middle.ip(
                "address add " + clientSide + ".2/24 dev c0",
                "address add " + serverSide + ".1/24 dev s0",
                "route add 10.0.0.0/24 via " + clientSide + ".1",
                "route add default via " + serverSide + ".2");
    }

    private void addIpv6() {
        r0.sysctl("net.ipv6.fib_multipath_hash_policy", "1");
        r3.sysctl("net.ipv6.fib_multipath_hash_policy", "1");
        client.ip("address add 2001:db8:0:c::2/64 dev e0 nodad", "route add default via 2001:db8:0:c::1");
        r0.ip(
                "address add 2001:db8:0:c::1/64 dev c0 nodad",
                "address add 2001:db8:0:a1::1/64 dev a0 nodad",
                "address add 2001:db8:0:b1::1/64 dev b0 nodad",
                "route add default nexthop via 2001:db8:0:a1::2 nexthop via 2001:db8:0:b1::2");
        addIpv6(ra, "2001:db8:0:a1::", "2001:db8:0:a2::");
        addIpv6(rb, "2001:db8:0:b1::", "2001:db8:0:b2::");
        r3.ip(
                "address add 2001:db8:0:a2::2/64 dev a0 nodad",
                "address add 2001:db8:0:b2::2/64 dev b0 nodad",
                "address add 2001:db8:0:1::fe/64 dev s0 nodad",
                "route add default nexthop via 2001:db8:0:a2::1 nexthop via 2001:db8:0:b2::1");
        server.ip("address add 2001:db8:0:1::1/64 dev e0 nodad", "route add default via 2001:db8:0:1::fe");
    }

    private static void addIpv6(Host middle, String clientSide, String serverSide) {
        middle.ip(
                "address add " + clientSide + "2/64 dev c0 nodad",
                "address add " + serverSide + "1/64 dev s0 nodad",
                "route add 2001:db8:0:c::/64 via " + clientSide + "1",
                "route add default via " + serverSide + "2");
    }

    /**
     * The host that asks.
     *
     * @return the client
     */
    public Host client() {
        return client;
    }

    /**
     * The router next to the client, which chooses the way there.
     *
     * @return the first router
     */
    public Host r0() {
        return r0;
    }

    /**
     * The router on one of the ways.
     *
     * @return the router in the middle of the first way
     */
    public Host ra() {
        return ra;
    }

    /**
     * The router on the other way.
     *
     * @return the router in the middle of the second way
     */
    public Host rb() {
        return rb;
    }

    /**
     * The router next to the server, which chooses the way back.
     *
     * @return the last router
     */
    public Host r3() {
        return r3;
    }

    /**
     * The host at the far end.
     *
     * @return the server
     */
    public Host server() {
        return server;
    }

    /**
     * The client's address.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress clientAddress(ProtocolFamily family) {
        return Literal.of(family, "10.0.0.2", "2001:db8:0:c::2");
    }

    /**
     * The address of r0 on c0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r0TowardsClient(ProtocolFamily family) {
        return Literal.of(family, "10.0.0.1", "2001:db8:0:c::1");
    }

    /**
     * The address of ra on c0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress raTowardsClient(ProtocolFamily family) {
        return Literal.of(family, "10.1.0.2", "2001:db8:0:a1::2");
    }

    /**
     * The address of rb on c0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress rbTowardsClient(ProtocolFamily family) {
        return Literal.of(family, "10.2.0.2", "2001:db8:0:b1::2");
    }

    /**
     * The address of r3 on a0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r3TowardsRa(ProtocolFamily family) {
        return Literal.of(family, "10.3.0.2", "2001:db8:0:a2::2");
    }

    /**
     * The address of r3 on b0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r3TowardsRb(ProtocolFamily family) {
        return Literal.of(family, "10.4.0.2", "2001:db8:0:b2::2");
    }

    /**
     * The server's address.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress serverAddress(ProtocolFamily family) {
        return Literal.of(family, "192.0.2.1", "2001:db8:0:1::1");
    }
}
