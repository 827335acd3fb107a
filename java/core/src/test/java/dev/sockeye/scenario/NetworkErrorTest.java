package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.PathMtuDiscovery;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of a datagram from client to server for each thing that can go wrong on its way, and what the client is
 * told: by whom, with which errno, type and code; or that the send itself fails; or nothing.
 */
@ExtendWith(LabExtension.class)
class NetworkErrorTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final StandardProtocolFamily INET6 = StandardProtocolFamily.INET6;
    private static final String NOTHING = "nothing";
    private static final int CLOSED_PORT = 9;
    private static final int SMALL = 100;
    private static final int LARGE = 1400;

    /** A fault, where the datagram goes, and what the client is told over IPv4 and over IPv6. */
    enum Fault {
        CLOSED_PORT_OF_THE_SERVER("ECONNREFUSED 3/3 from server", "ECONNREFUSED 1/4 from server"),
        NO_NEIGHBOUR_BEHIND_THE_ROUTER("EHOSTUNREACH 3/1 from r2", "EHOSTUNREACH 1/3 from r2") {
            @Override
            void set(RoutedLab hosts) {
                failFast(hosts.r2(), "s0");
            }

            @Override
            InetAddress target(RoutedLab hosts, StandardProtocolFamily family) throws IOException {
                return InetAddress.getByName(family == INET ? "192.0.2.77" : "2001:db8:0:1::77");
            }
        },
        NO_NEIGHBOUR_ON_THE_OWN_LINK("EHOSTUNREACH 3/1 from client", "EHOSTUNREACH 1/3 from client") {
            @Override
            void set(RoutedLab hosts) {
                failFast(hosts.client(), "e0");
            }

            @Override
            InetAddress target(RoutedLab hosts, StandardProtocolFamily family) throws IOException {
                return InetAddress.getByName(family == INET ? "10.0.0.77" : "2001:db8:0:c::77");
            }
        },
        NO_ROUTE_ON_THE_ROUTER("ENETUNREACH 3/0 from r1", "ENETUNREACH 1/0 from r1") {
            @Override
            void set(RoutedLab hosts) {
                hosts.r1().ip("route delete default");
                if (hosts.r1().hasIpv6()) {
                    hosts.r1().ip("route delete default via 2001:db8:0:12::2");
                }
            }
        },
        PROHIBIT_ON_THE_ROUTER("EHOSTUNREACH 3/13 from r1", "EACCES 1/1 from r1") {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.r1(), "prohibit");
            }
        },
        UNREACHABLE_ON_THE_ROUTER("EHOSTUNREACH 3/1 from r1", "ENETUNREACH 1/0 from r1") {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.r1(), "unreachable");
            }
        },
        BLACKHOLE_ON_THE_ROUTER(NOTHING, NOTHING) {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.r1(), "blackhole");
            }
        },
        OWN_ROUTE_PROHIBIT("send fails: EACCES", "send fails: EACCES") {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.client(), "prohibit");
            }
        },
        OWN_ROUTE_UNREACHABLE("send fails: EHOSTUNREACH", "send fails: EHOSTUNREACH") {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.client(), "unreachable");
            }
        },
        OWN_ROUTE_BLACKHOLE("send fails: EINVAL", "send fails: EINVAL") {
            @Override
            void set(RoutedLab hosts) {
                route(hosts, hosts.client(), "blackhole");
            }
        },
        TTL_RUNS_OUT_AT_THE_FIRST_ROUTER("EHOSTUNREACH 11/0 from r1", "EHOSTUNREACH 3/0 from r1") {
            @Override
            void prepare(UdpSocket socket) throws IOException {
                socket.setOption(LinuxSocketOptions.IP_TTL, 1);
            }
        },
        TTL_RUNS_OUT_AT_THE_SECOND_ROUTER("EHOSTUNREACH 11/0 from r2", "EHOSTUNREACH 3/0 from r2") {
            @Override
            void prepare(UdpSocket socket) throws IOException {
                socket.setOption(LinuxSocketOptions.IP_TTL, 2);
            }
        },
        FIREWALL_DROPS(NOTHING, NOTHING) {
            @Override
            void set(RoutedLab hosts) {
                forward(hosts, "udp dport 9 drop");
            }
        },
        OWN_FIREWALL_DROPS("send fails: EPERM", "send fails: EPERM") {
            @Override
            void set(RoutedLab hosts) {
                hosts.client()
                        .nft("table inet fw { chain out { type filter hook output priority 0; udp dport 9 drop; }; }");
            }
        },
        SMALL_MTU_IN_THE_MIDDLE("EMSGSIZE 3/4 from r1, MTU 1300", "EMSGSIZE 2/0 from r1, MTU 1300") {
            @Override
            void set(RoutedLab hosts) {
                hosts.r1().ip("link set s0 mtu 1300");
                hosts.r2().ip("link set c0 mtu 1300");
            }

            @Override
            void prepare(UdpSocket socket) throws IOException {
                socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.PROBE);
            }

            @Override
            int size() {
                return LARGE;
            }
        },
        SMALL_MTU_OF_THE_OWN_LINK(
                "send fails: EMSGSIZE and EMSGSIZE, MTU 1300", "send fails: EMSGSIZE and EMSGSIZE, MTU 1300") {
            @Override
            void set(RoutedLab hosts) {
                hosts.client().ip("link set e0 mtu 1300");
            }

            @Override
            void prepare(UdpSocket socket) throws IOException {
                socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.DO);
            }

            @Override
            int size() {
                return LARGE;
            }
        };

        private final String ipv4;
        private final String ipv6;

        Fault(String ipv4, String ipv6) {
            this.ipv4 = ipv4;
            this.ipv6 = ipv6;
        }

        void set(RoutedLab hosts) {}

        void prepare(UdpSocket socket) throws IOException {}

        InetAddress target(RoutedLab hosts, StandardProtocolFamily family) throws IOException {
            return hosts.serverAddress(family);
        }

        int size() {
            return SMALL;
        }

        String expected(StandardProtocolFamily family) {
            return family == INET ? ipv4 : ipv6;
        }
    }

    private static void failFast(dev.sockeye.lab.Host host, String device) {
        for (String family : host.hasIpv6() ? List.of("ipv4", "ipv6") : List.of("ipv4")) {
            host.sysctl("net." + family + ".neigh." + device + ".retrans_time_ms", "100");
            host.sysctl("net." + family + ".neigh." + device + ".mcast_solicit", "1");
        }
    }

    private static void route(RoutedLab hosts, dev.sockeye.lab.Host host, String kind) {
        host.route(kind + " " + hosts.serverAddress(INET).getHostAddress() + "/32");
        if (host.hasIpv6()) {
            host.route(kind + " " + hosts.serverAddress(INET6).getHostAddress() + "/128");
        }
    }

    private static void forward(RoutedLab hosts, String rules) {
        hosts.r1().nft("table inet fw { chain forw { type filter hook forward priority 0; " + rules + "; }; }");
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellTheFault(Fault fault, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        fault.set(hosts);
        for (StandardProtocolFamily family : families(hosts)) {
            for (boolean connected : new boolean[] {false, true}) {
                for (boolean ipv6Socket : family == INET && hosts.client().hasIpv6()
                        ? new boolean[] {false, true}
                        : new boolean[] {family == INET6}) {
                    assertThat(outcome(hosts, fault, family, connected, ipv6Socket))
                            .as("%s, connected %s, IPv6 socket %s", family, connected, ipv6Socket)
                            .isEqualTo(fault.expected(family));
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "icmp, net-unreachable,   ENETUNREACH 3/0",
        "icmp, host-unreachable,  EHOSTUNREACH 3/1",
        "icmp, prot-unreachable,  ENOPROTOOPT 3/2",
        "icmp, port-unreachable,  ECONNREFUSED 3/3",
        "icmp, net-prohibited,    ENETUNREACH 3/9",
        "icmp, host-prohibited,   EHOSTUNREACH 3/10",
        "icmp, admin-prohibited,  EHOSTUNREACH 3/13",
        "icmpv6, no-route,         ENETUNREACH 1/0",
        "icmpv6, admin-prohibited, EACCES 1/1",
        "icmpv6, addr-unreachable, EHOSTUNREACH 1/3",
        "icmpv6, port-unreachable, ECONNREFUSED 1/4",
        "icmpv6, policy-fail,      EACCES 1/5",
        "icmpv6, reject-route,     EACCES 1/6",
    })
    void shouldTellEachRejectionOfAFirewall(String protocol, String code, String expected, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        StandardProtocolFamily family = protocol.equals("icmp") ? INET : INET6;
        org.junit.jupiter.api.Assumptions.assumeTrue(
                family == INET || hosts.client().hasIpv6(), "no IPv6 here");
        forward(hosts, "udp dport 9 reject with " + protocol + " type " + code);
        for (boolean connected : new boolean[] {false, true}) {
            assertThat(outcome(hosts, Fault.CLOSED_PORT_OF_THE_SERVER, family, connected, family == INET6))
                    .isEqualTo(expected + " from r1");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void shouldLoseNoDatagramToOnePeerForTheErrorsOfAnother(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == INET || hosts.client().hasIpv6(), "no IPv6 here");
        InetSocketAddress closed = new InetSocketAddress(hosts.serverAddress(family), CLOSED_PORT);
        try (UdpSocket healthy =
                        hosts.server().call(() -> UdpSocket.open(family).bind(null));
                UdpSocket socket = hosts.client().call(() -> UdpSocket.open(family))) {
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            InetSocketAddress open = new InetSocketAddress(
                    hosts.serverAddress(family), healthy.getLocalAddress().getPort());
            PacketBatch batch = PacketBatch.allocate(2, 16);
            PacketBatch received = PacketBatch.allocate(64, 16);
            int errors = 0;
            int arrived = 0;
            for (int i = 0; i < 1000; i++) {
                batch.clear();
                batch.add().remote(closed).length(1);
                batch.add().remote(open).length(1);
                assertThat(socket.send(batch)).isEqualTo(2);
                errors += socket.receiveErrors().size();
                arrived += healthy.receiveNow(received);
            }
            while (arrived < 1000) {
                int more = healthy.receive(received, Duration.ofSeconds(1));
                if (more == 0) {
                    break;
                }
                arrived += more;
            }

            assertThat(arrived).isEqualTo(1000);
            assertThat(errors).isPositive();
        }
    }

    private static List<StandardProtocolFamily> families(RoutedLab hosts) {
        return hosts.client().hasIpv6() ? List.of(INET, INET6) : List.of(INET);
    }

    /** Sends one datagram, and tells in words what the client saw. */
    private static String outcome(
            RoutedLab hosts, Fault fault, StandardProtocolFamily family, boolean connected, boolean ipv6Socket)
            throws Exception {
        byte[] payload = new byte[fault.size()];
        new Random(1).nextBytes(payload);
        InetSocketAddress target = new InetSocketAddress(fault.target(hosts, family), CLOSED_PORT);
        try (UdpSocket socket = hosts.client().call(() -> UdpSocket.open(ipv6Socket ? INET6 : INET))) {
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            fault.prepare(socket);
            PacketBatch batch = PacketBatch.allocate(1, 2048);
            batch.add().remote(target).payload(payload);
            IOException refusal = null;
            try {
                if (connected) {
                    socket.connect(target);
                }
                socket.send(batch);
                refusal = batch.get(0).refusal();
            } catch (IOException e) {
                refusal = e; // connect looks for a route as well
            }
            if (refusal != null) {
                List<SocketError> local = socket.receiveErrors();
                return "send fails: " + errno(refusal)
                        + (local.isEmpty() ? "" : " and " + describe(hosts, family, local, target, null));
            }
            boolean nothing = fault.expected(family).equals(NOTHING);
            assertThat(socket.receive(batch, Duration.ofMillis(nothing ? 100 : 5000)))
                    .isZero();
            List<SocketError> errors = socket.receiveErrors();
            return errors.isEmpty() ? NOTHING : describe(hosts, family, errors, target, payload);
        }
    }

    private static String errno(IOException refusal) {
        return refusal.getMessage().replaceAll(".*: (E[A-Z]+) .*", "$1");
    }

    private static String describe(
            RoutedLab hosts,
            StandardProtocolFamily family,
            List<SocketError> errors,
            InetSocketAddress target,
            byte[] payload) {
        assertThat(errors).hasSize(1);
        SocketError error = errors.get(0);
        assertThat(error.isError()).isTrue();
        assertThat(error.remote().getAddress()).isEqualTo(target.getAddress());
        String mtu = error.mtu() < 0 ? "" : ", MTU " + error.mtu();
        if (error.origin() == SocketError.Origin.LOCAL) {
            return error.errnoName() + mtu;
        }
        assertThat(error.remote()).isEqualTo(target);
        ByteBuffer quote = error.payload();
        assertThat(quote.remaining()).isGreaterThanOrEqualTo(Math.min(payload.length, 500));
        assertThat(quote).isEqualTo(ByteBuffer.wrap(payload, 0, quote.remaining()));
        return String.format(
                Locale.ROOT,
                "%s %d/%d from %s%s",
                error.errnoName(),
                error.type(),
                error.code(),
                nameOf(hosts, family, error.offender()),
                mtu);
    }

    private static String nameOf(RoutedLab hosts, StandardProtocolFamily family, InetAddress offender) {
        if (offender.equals(hosts.clientAddress(family))) {
            return "client";
        }
        if (offender.equals(hosts.r1TowardsClient(family))) {
            return "r1";
        }
        if (offender.equals(hosts.r2TowardsClient(family))) {
            return "r2";
        }
        return offender.equals(hosts.serverAddress(family)) ? "server" : offender.getHostAddress();
    }
}
