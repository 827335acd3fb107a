package dev.sockeye.lab;

import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.Arrays;
import java.util.List;

/**
 * A server with several addresses, a router and a client: the ready-made topology in which a plain UDP server answers
 * from the wrong address.
 *
 * <pre>{@code
 *                 e0 192.0.2.1/24, 192.0.2.11/24      .254 r0
 *       server ------------------------------------------- router ------------------ client
 *  lo 203.0.113.80/32                                        |  rc 10.0.0.1   e0 10.0.0.2/24
 *         |       e1 198.51.100.1/24                  .254 r1|
 *         +--------------------------------------------------+
 * }</pre>
 *
 * <p>The server's one default route goes through e0, so the way back from the second uplink differs from the way there.
 * The router sends 203.0.113.80 to 192.0.2.1. IPv6 is the same with 2001:db8:0:1::/64 (e0), 2001:db8:0:2::/64 (e1),
 * 2001:db8:0:80::80 (lo) and 2001:db8:0:c::/64 (client), where the kernel has it.
 *
 * <p>Threads and errors are as in {@link Lab}.
 */
public final class MultiHomedLab {

    private final Host server;
    private final Host router;
    private final Host client;

    private MultiHomedLab(Host server, Host router, Host client) {
        this.server = server;
        this.router = router;
        this.client = client;
    }

    /** What an address of the server is there for. */
    public enum Role {
        /** The first address of e0, which the kernel chooses when nobody else does. */
        PRIMARY("192.0.2.1", "2001:db8:0:1::1"),
        /** Another address of e0. */
        SECONDARY("192.0.2.11", "2001:db8:0:1::11"),
        /** The address of e1, a second uplink without a default route. */
        SECOND_UPLINK("198.51.100.1", "2001:db8:0:2::1"),
        /** A service address on lo, as behind a load balancer. */
        VIRTUAL("203.0.113.80", "2001:db8:0:80::80");

        private final String ipv4;
        private final String ipv6;

        Role(String ipv4, String ipv6) {
            this.ipv4 = ipv4;
            this.ipv6 = ipv6;
        }

        /**
         * The address.
         *
         * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
         * @return the server's address in this role
         */
        public InetAddress address(ProtocolFamily family) {
            return Literal.of(family, ipv4, ipv6);
        }
    }

    /**
     * Builds the three hosts in a lab, under the names server, router and client.
     *
     * @param lab where to build
     * @return the topology
     */
    public static MultiHomedLab build(Lab lab) {
        Host server = lab.host("server");
        Host router = lab.host("router");
        Host client = lab.host("client");
        lab.link(router, "r0", server, "e0");
        lab.link(router, "r1", server, "e1");
        lab.link(router, "rc", client, "e0");
        router.forwarding();
        server.ip(
                "address add 192.0.2.1/24 dev e0",
                "address add 192.0.2.11/24 dev e0",
                "address add 198.51.100.1/24 dev e1",
                "address add 203.0.113.80/32 dev lo",
                "route add default via 192.0.2.254");
        router.ip(
                "address add 192.0.2.254/24 dev r0",
                "address add 198.51.100.254/24 dev r1",
                "address add 10.0.0.1/24 dev rc",
                "route add 203.0.113.80/32 via 192.0.2.1");
        client.ip("address add 10.0.0.2/24 dev e0", "route add default via 10.0.0.1");
        if (server.hasIpv6()) {
            addIpv6(server, router, client);
        }
        return new MultiHomedLab(server, router, client);
    }

    private static void addIpv6(Host server, Host router, Host client) {
        server.ip(
                // Of equal addresses the kernel prefers the one added last, so the primary one comes after the other.
                "address add 2001:db8:0:1::11/64 dev e0 nodad",
                "address add 2001:db8:0:1::1/64 dev e0 nodad",
                "address add 2001:db8:0:2::1/64 dev e1 nodad",
                "address add 2001:db8:0:80::80/128 dev lo nodad",
                "route add default via 2001:db8:0:1::fe");
        router.ip(
                "address add 2001:db8:0:1::fe/64 dev r0 nodad",
                "address add 2001:db8:0:2::fe/64 dev r1 nodad",
                "address add 2001:db8:0:c::1/64 dev rc nodad",
                "route add 2001:db8:0:80::80/128 via 2001:db8:0:1::1");
        client.ip("address add 2001:db8:0:c::2/64 dev e0 nodad", "route add default via 2001:db8:0:c::1");
    }

    /**
     * The host with several addresses.
     *
     * @return the server
     */
    public Host server() {
        return server;
    }

    /**
     * The host between the two others.
     *
     * @return the router
     */
    public Host router() {
        return router;
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
     * All addresses of the server, in the order of {@link Role}.
     *
     * @param family {@link StandardProtocolFamily#INET} or {@link StandardProtocolFamily#INET6}
     * @return the addresses
     */
    public List<InetAddress> serverAddresses(ProtocolFamily family) {
        return Arrays.stream(Role.values()).map(role -> role.address(family)).toList();
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
}
