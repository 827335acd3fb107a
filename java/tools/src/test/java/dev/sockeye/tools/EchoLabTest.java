package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.MultiHomedLab;
import dev.sockeye.lab.MultiHomedLab.Role;
import dev.sockeye.lab.QuotedDatagram;
import dev.sockeye.lab.RoutedLab;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server among other hosts: the right answers, no loops, no reflection. */
@ExtendWith(LabExtension.class)
class EchoLabTest {
    private static Echo echo(Host host, int port, SourcePolicy policy, boolean allowLoops) throws Exception {
        return host.call(() -> Echo.start(port, policy, allowLoops)).run();
    }

    private static Map<String, Object> totals(Echo echo) throws Exception {
        StringWriter line = new StringWriter();
        new JsonLines(new PrintWriter(line)).event("totals", echo.server.counters()::write);
        return Json.object(line.toString().strip());
    }

    private static void isExact(Map<String, Object> totals) {
        assertThat(Json.number(totals, "received")).isEqualTo(Json.number(totals, "sent") + Json.allDropped(totals));
    }

    // ---- the right source

    /** What ping on the client says of each address of the server: right, wrong or lost. */
    private static List<String> verdicts(MultiHomedLab hosts, StandardProtocolFamily family, SourcePolicy policy)
            throws Exception {
        List<String> verdicts = new ArrayList<>();
        try (Echo echo = echo(hosts.server(), 7007, policy, false)) {
            for (InetAddress address : hosts.serverAddresses(family)) {
                Cli cli = hosts.client()
                        .call(() -> Cli.run(
                                "ping",
                                dev.sockeye.tools.Host.text(address),
                                "--count",
                                "2",
                                "--interval",
                                "1ms",
                                "--timeout",
                                "500ms",
                                "--json"));
                Map<String, Object> summary = cli.event("summary");
                boolean lost = Json.number(summary, "received") == 0;
                boolean wrong = Json.number(summary, "wrongSource") > 0;
                assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(lost || wrong ? 1 : 0);
                verdicts.add(lost ? "lost" : wrong ? "wrong" : "right");
            }
            // The server counts a datagram after it has answered it.
            Await.until(() -> assertThat(echo.received()).isGreaterThanOrEqualTo(2L * verdicts.size()));
        }
        return verdicts;
    }

    @Test
    void shouldAnswerFromEachAddressThatWasAsked(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);

        assertThat(verdicts(hosts, StandardProtocolFamily.INET, SourcePolicy.ADDRESS))
                .containsExactly("right", "right", "right", "right");
        if (hosts.server().hasIpv6()) {
            assertThat(verdicts(hosts, StandardProtocolFamily.INET6, SourcePolicy.ADDRESS))
                    .containsExactly("right", "right", "right", "right");
        }
    }

    @Test
    void shouldDoWhatTheOtherPoliciesSay(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);

        assertThat(verdicts(hosts, StandardProtocolFamily.INET, SourcePolicy.KERNEL))
                .containsExactly("right", "wrong", "wrong", "wrong");
        assertThat(verdicts(hosts, StandardProtocolFamily.INET, SourcePolicy.ADDRESS_AND_INTERFACE))
                .containsExactly("right", "right", "lost", "right");
        assertThat(verdicts(hosts, StandardProtocolFamily.INET, SourcePolicy.INTERFACE))
                .containsExactly("right", "wrong", "lost", "wrong");
    }

    // ---- loops

    /**
     * Two servers, and a third host that has the first one's address as well:
     *
     * <pre>
     *     a 192.0.2.1 ---- 192.0.2.2 b 198.51.100.2 ---- 198.51.100.1 liar, 192.0.2.1 on lo
     * </pre>
     */
    private record Pair(Host a, Host b, Host liar) {
        static Pair build(Lab lab) {
            Pair pair = new Pair(lab.host("a"), lab.host("b"), lab.host("liar"));
            lab.link(pair.a, "e0", pair.b, "e0");
            lab.link(pair.b, "e1", pair.liar, "e0");
            pair.a.address("e0", "192.0.2.1/24");
            pair.b.address("e0", "192.0.2.2/24").address("e1", "198.51.100.2/24");
            pair.liar.address("e0", "198.51.100.1/24").address("lo", "192.0.2.1/32");
            pair.liar.route("192.0.2.2/32 via 198.51.100.2");
            return pair;
        }

        /** To b, as if from a. */
        void lie(int fromPort, int toPort, List<byte[]> payloads) throws Exception {
            InetAddress to = InetAddress.getByName("192.0.2.2");
            InetAddress from = InetAddress.getByName("192.0.2.1");
            try (DatagramSocket socket = Echo.bound(() -> liar.call(() -> new DatagramSocket(fromPort, from)))) {
                for (byte[] payload : payloads) {
                    socket.send(new DatagramPacket(payload, payload.length, to, toPort));
                }
            }
        }
    }

    @Test
    void shouldNotStartALoopBetweenTwoServers(Lab lab) throws Exception {
        Pair pair = Pair.build(lab);
        Random random = new Random(1);
        for (int portOfA : List.of(7007, 7, 19, 11211)) {
            for (int portOfB : List.of(7007, 9000)) {
                try (Echo a = echo(pair.a, portOfA, SourcePolicy.ADDRESS, false);
                        Echo b = echo(pair.b, portOfB, SourcePolicy.ADDRESS, false)) {
                    int lies = 25;
                    List<byte[]> payloads = new ArrayList<>();
                    for (int i = 0; i < lies; i++) {
                        payloads.add(new byte[random.nextInt(1400)]);
                        random.nextBytes(payloads.get(i));
                    }
                    pair.lie(portOfA, portOfB, payloads);
                    Await.until(() -> assertThat(b.received()).isEqualTo(lies));
                    Thread.sleep(20);

                    DropReason reason = portOfA == portOfB ? DropReason.OWN_PORT : DropReason.LOOP_PRONE_PORT;
                    assertThat(Json.dropped(totals(b))).isEqualTo(Map.of(reason.label, (long) lies));
                    assertThat(a.received()).isZero();
                }
            }
        }
    }

    @Test
    void shouldEndALoopAtTheFirstServerThatKnowsTheOther(Lab lab) throws Exception {
        Pair pair = Pair.build(lab);
        try (Echo a = echo(pair.a, 9000, SourcePolicy.ADDRESS, false);
                Echo b = echo(pair.b, 7007, SourcePolicy.ADDRESS, false)) {
            pair.lie(9000, 7007, List.of(new byte[100])); // b cannot know that 9000 is a server

            Await.until(() -> assertThat(a.received()).isEqualTo(1));
            Thread.sleep(50);
            a.stop();
            b.stop();

            assertThat(Json.dropped(totals(a))).isEqualTo(Map.of("loop-prone-port", 1L));
            assertThat(a.received()).isEqualTo(1);
            assertThat(b.received()).isEqualTo(1);
        }
    }

    @Test
    void shouldLoopWhereLoopsAreAllowed(Lab lab) throws Exception {
        Pair pair = Pair.build(lab);
        try (Echo a = echo(pair.a, 7007, SourcePolicy.ADDRESS, true);
                Echo b = echo(pair.b, 7007, SourcePolicy.ADDRESS, true)) {
            pair.lie(7007, 7007, List.of(new byte[100]));

            Await.until(() -> assertThat(b.received()).isGreaterThan(100));
            a.stop();
            b.stop();

            isExact(totals(a));
            isExact(totals(b));
        }
    }

    // ---- reflection

    /** A firewall rule rewrites the source after routing, where the kernel's own checks are over. */
    @Test
    void shouldNotAnswerSourcesThatAreNoHost(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(server, "e0", client, "e0");
        server.address("e0", "192.0.2.1/24", "2001:db8::1/64").route("default via 192.0.2.2");
        client.address("e0", "192.0.2.2/24", "2001:db8::2/64");
        List<String> ipv4 =
                List.of("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255");
        List<String> ipv6 = List.of("::", "::1", "ff02::1", "ff0e::1");
        StringBuilder rules = new StringBuilder("table inet lie { chain in { type filter hook input priority 0;\n");
        int port = 40000;
        for (String source : ipv4) {
            rules.append("udp sport ")
                    .append(port++)
                    .append(" ip saddr set ")
                    .append(source)
                    .append("\n");
        }
        for (String source : ipv6) {
            rules.append("udp sport ")
                    .append(port++)
                    .append(" ip6 saddr set ")
                    .append(source)
                    .append("\n");
        }
        rules.append("udp sport ").append(port++).append(" udp sport set 0\n}; }");
        server.nft(rules.toString());
        try (Echo echo = echo(server, 7007, SourcePolicy.ADDRESS, true)) {
            for (int i = 40000; i < port; i++) {
                boolean isIpv6 = i >= 40000 + ipv4.size() && i < 40000 + ipv4.size() + ipv6.size();
                InetAddress to = InetAddress.getByName(isIpv6 ? "2001:db8::1" : "192.0.2.1");
                int from = i;
                try (DatagramSocket socket = Echo.bound(() -> client.call(() -> new DatagramSocket(from)))) {
                    socket.send(new DatagramPacket(new byte[10], 10, to, 7007));
                }
            }
            long all = ipv4.size() + ipv6.size() + 1;
            Await.until(() -> assertThat(echo.received()).isEqualTo(all));
            echo.stop();

            assertThat(totals(echo)).containsEntry("sent", 0L);
            assertThat(Json.dropped(totals(echo))).isEqualTo(Map.of("impossible-source", all));
        }
    }

    /** A host without an IPv4 address has none to answer a broadcast from, and must live through it. */
    @Test
    void shouldSurviveABroadcastOnADeviceWithoutAddresses(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(server, "e0", client, "e0");
        server.address("e0", "2001:db8::1/64");
        client.address("e0", "192.0.2.2/24", "2001:db8::2/64").route("default dev e0");
        try (Echo echo = echo(server, 7007, SourcePolicy.ADDRESS, false)) {
            try (DatagramSocket socket = client.call(() -> new DatagramSocket())) {
                socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName("255.255.255.255"), 7007));
            }
            Await.until(() -> assertThat(echo.received()).isEqualTo(1));

            Cli cli = client.call(() -> Cli.run("ping", "2001:db8::1", "--count", "1"));

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            echo.stop();
            assertThat(Json.dropped(totals(echo))).isEqualTo(Map.of("no-local-address", 1L));
            isExact(totals(echo));
        }
    }

    @Test
    void shouldAnswerABroadcastFromTheInterfacesOwnAddress(Lab lab) throws Exception {
        Host server = lab.host("server");
        Host client = lab.host("client");
        lab.link(server, "e0", client, "e0");
        server.address("e0", "192.0.2.1/24", "192.0.2.11/24");
        client.address("e0", "192.0.2.2/24");
        try (Echo echo = echo(server, 7007, SourcePolicy.ADDRESS, false);
                DatagramSocket socket = client.call(() -> new DatagramSocket())) {
            socket.setSoTimeout(5000);
            socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName("192.0.2.255"), 7007));
            DatagramPacket answer = new DatagramPacket(new byte[20], 20);
            socket.receive(answer);

            assertThat(answer.getSocketAddress()).isEqualTo(new InetSocketAddress("192.0.2.1", 7007));
            assertThat(answer.getLength()).isEqualTo(10);
            echo.stop();
            assertThat(echo.received()).isEqualTo(1);
        }
    }

    // ---- forged path MTUs

    /** A forged "fragmentation needed" about an answer would make the host fragment all it sends to that client. */
    @ParameterizedTest
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void shouldNotBelieveAForgedPathMtu(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        InetAddress victim = hosts.serverAddress(family);
        InetAddress client = hosts.clientAddress(family);
        QuotedDatagram answer = QuotedDatagram.of(
                new InetSocketAddress(victim, 7007), new InetSocketAddress(client, 40000), new byte[1300]);
        try (Echo echo = echo(hosts.server(), 7007, SourcePolicy.ADDRESS, false);
                IcmpForger forger = IcmpForger.open(hosts.r2(), family)) {
            forger.send(victim, IcmpError.packetTooBig(answer, 1300));
            // It came before the ping, by the same link.
            Cli ping = hosts.client()
                    .call(() -> Cli.run("ping", dev.sockeye.tools.Host.text(victim), "--count", "2", "--size", "1400"));

            assertThat(ping.exitCode()).as(ping.toString()).isZero();
            assertThat(hosts.server().exec("ip", "route", "get", client.getHostAddress()))
                    .doesNotContain("mtu");
            assertThat(echo.received()).isPositive();
        }
    }

    // ---- refusals

    @Test
    void shouldCountAnswersThatTheKernelRefusesAndGoOn(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        Host server = hosts.server();
        InetAddress address = Role.SECONDARY.address(StandardProtocolFamily.INET);
        try (Echo echo = echo(server, 7007, SourcePolicy.ADDRESS, false);
                DatagramSocket socket = hosts.client().call(() -> new DatagramSocket())) {
            for (String refusal : List.of("EPERM", "EHOSTUNREACH", "EACCES")) {
                long before = echo.received();
                switch (refusal) {
                    case "EPERM":
                        server.nft("table inet no { chain out { type filter hook output priority 0;"
                                + " udp sport 7007 drop; }; }");
                        break;
                    case "EHOSTUNREACH":
                        server.route("unreachable 10.0.0.2/32");
                        break;
                    default:
                        server.route("prohibit 10.0.0.2/32");
                }
                for (int i = 0; i < 10; i++) {
                    socket.send(new DatagramPacket(new byte[10], 10, address, 7007));
                }
                Await.until(() -> assertThat(echo.received()).isEqualTo(before + 10));
                if (refusal.equals("EPERM")) {
                    server.nft("flush ruleset");
                } else {
                    server.ip("route delete 10.0.0.2/32");
                }
            }
            Cli cli = hosts.client().call(() -> Cli.run("ping", "192.0.2.11", "--count", "1"));
            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            echo.stop();

            assertThat(Json.dropped(totals(echo))).isEqualTo(Map.of("send-refused", 30L));
            isExact(totals(echo));
        }
    }
}
