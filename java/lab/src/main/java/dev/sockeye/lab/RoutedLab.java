package dev.sockeye.lab;

import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;

/**
 * A client and a server with two routers between them: for path MTU, hop limits, unreachable hosts and forged errors.
 *
 * <pre>{@code
 *         10.0.0.0/24          198.51.100.0/24          192.0.2.0/24
 *        .2         .1         .1          .2         .254        .1
 * client e0 ------- c0 r1 s0 ------------- c0 r2 s0 ------------- e0 server
 * }</pre>
 *
 * <p>Each router calls c0 what leads to the client and s0 what leads to the server. IPv6 is the same with
 * 2001:db8:0:c::2 - 2001:db8:0:c::1, 2001:db8:0:12::1 - 2001:db8:0:12::2 and 2001:db8:0:1::fe - 2001:db8:0:1::1, each
 * /64, where the kernel has it. A traceroute from the client sees {@link #r1TowardsClient}, {@link #r2TowardsClient} and
 * {@link #serverAddress}.
 *
 * <p>Threads and errors are as in {@link Lab}.
 */
public final class RoutedLab {

    private final Host client;
    private final Host r1;
    private final Host r2;
    private final Host server;

    private RoutedLab(Host client, Host r1, Host r2, Host server) {
        this.client = client;
        this.r1 = r1;
        this.r2 = r2;
        this.server = server;
    }

    /**
     * Builds the four hosts in a lab, under the names client, r1, r2 and server.
     *
     * @param lab where to build
     * @return the topology
     */
    public static RoutedLab build(Lab lab) {
        RoutedLab hosts = new RoutedLab(lab.host("client"), lab.host("r1"), lab.host("r2"), lab.host("server"));
        lab.link(hosts.client, "e0", hosts.r1, "c0");
        lab.link(hosts.r1, "s0", hosts.r2, "c0");
        lab.link(hosts.r2, "s0", hosts.server, "e0");
        hosts.r1.forwarding();
        hosts.r2.forwarding();
        hosts.addIpv4();
        if (hosts.client.hasIpv6()) {
            hosts.addIpv6();
        }
        return hosts;
    }

    private void addIpv4() {
        client.ip("address add 10.0.0.2/24 dev e0", "route add default via 10.0.0.1");
        r1.ip(
                "address add 10.0.0.1/24 dev c0",
                "address add 198.51.100.1/24 dev s0",
                "route add default via 198.51.100.2");
        r2.ip(
                "address add 198.51.100.2/24 dev c0",
                "address add 192.0.2.254/24 dev s0",
                "route add default via 198.51.100.1");
        server.ip("address add 192.0.2.1/24 dev e0", "route add default via 192.0.2.254");
    }

    private void addIpv6() {
        client.ip("address add 2001:db8:0:c::2/64 dev e0 nodad", "route add default via 2001:db8:0:c::1");
        r1.ip(
                "address add 2001:db8:0:c::1/64 dev c0 nodad",
                "address add 2001:db8:0:12::1/64 dev s0 nodad",
                "route add default via 2001:db8:0:12::2");
        r2.ip(
                "address add 2001:db8:0:12::2/64 dev c0 nodad",
                "address add 2001:db8:0:1::fe/64 dev s0 nodad",
                "route add default via 2001:db8:0:12::1");
        server.ip("address add 2001:db8:0:1::1/64 dev e0 nodad", "route add default via 2001:db8:0:1::fe");
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
     * The router next to the client.
     *
     * @return the first router
     */
    public Host r1() {
        return r1;
    }

    /**
     * The router next to the server.
     *
     * @return the second router
     */
    public Host r2() {
        return r2;
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
     * The first router's address on c0, with which it answers the client.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r1TowardsClient(ProtocolFamily family) {
        return Literal.of(family, "10.0.0.1", "2001:db8:0:c::1");
    }

    /**
     * The first router's address on s0.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r1TowardsServer(ProtocolFamily family) {
        return Literal.of(family, "198.51.100.1", "2001:db8:0:12::1");
    }

    /**
     * The second router's address on c0, with which it answers the client.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r2TowardsClient(ProtocolFamily family) {
        return Literal.of(family, "198.51.100.2", "2001:db8:0:12::2");
    }

    /**
     * The second router's address on s0, with which it answers the server.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the address
     */
    public InetAddress r2TowardsServer(ProtocolFamily family) {
        return Literal.of(family, "192.0.2.254", "2001:db8:0:1::fe");
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
