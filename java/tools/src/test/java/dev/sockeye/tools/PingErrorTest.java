package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.QuotedDatagram;
import dev.sockeye.lab.RoutedLab;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ping says of a server that is not there, and of one that comes back. */
@ExtendWith(LabExtension.class)
class PingErrorTest {
    private static List<Object> events(Cli cli) {
        return cli.events().stream().map(event -> event.get("event")).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldSayAtOnceThatThePortIsUnreachable(String address) throws Exception {
        assumeTrue(java.net.NetworkInterface.getByInetAddress(InetAddress.getByName(address)) != null, "no " + address);
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByName(address))) {
            port = free.getLocalPort();
            free.connect(new InetSocketAddress(free.getLocalAddress(), port)); // closed to everybody else
            Cli cli = Cli.run(
                    "ping", address, "" + port, "--count", "3", "--interval", "1ms", "--timeout", "1h", "--json");

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
            assertThat(events(cli)).containsExactly("error", "error", "error", "summary");
            assertThat(cli.event("error"))
                    .containsEntry("seq", 2L)
                    .containsEntry("errno", "ECONNREFUSED")
                    .containsEntry("description", "port unreachable")
                    .containsEntry("offender", address);
            assertThat(cli.event("summary"))
                    .containsEntry("received", 0L)
                    .containsEntry("unreachable", 3L)
                    .containsEntry("lost", 0L);
            assertThat(Cli.run("ping", address, "" + port, "--count", "1", "--timeout", "1h")
                            .out())
                    .contains("seq 0: port unreachable from " + address + " itself, after ", "unreachable 1");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void shouldNoticeThatTheServerDiesAndThatItIsBack(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        InetAddress address = hosts.serverAddress(family);
        StringWriter out = new StringWriter();
        CompletableFuture<Integer> ping = new CompletableFuture<>();
        Echo first = echo(hosts);
        Thread thread = hosts.client().call(() -> {
            Thread started = new Thread(() -> ping.complete(Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .execute("ping", Host.text(address), "--count", "400", "--interval", "10ms", "--json")));
            started.start(); // it is in the namespace of the thread that starts it
            return started;
        });
        Await.until(() -> assertThat(out.toString()).contains("\"reply\""));
        first.close();
        Await.until(() -> assertThat(out.toString()).contains("\"error\""));
        try (Echo second = echo(hosts)) {
            Await.until(() -> assertThat(out.toString()).contains("\"recovered\""));
            assertThat(ping.get()).isZero();
            assertThat(second.received()).isPositive();
        }
        thread.join();

        Cli cli = new Cli(ping.get(), out.toString(), "");
        Map<String, Object> error = cli.event("error");
        assertThat(error).containsEntry("errno", "ECONNREFUSED").containsEntry("offender", Host.text(address));
        assertThat(Json.number(cli.event("recovered"), "unanswered")).isPositive();
        Map<String, Object> summary = cli.event("summary");
        assertThat(Json.number(summary, "received")
                        + Json.number(summary, "unreachable")
                        + Json.number(summary, "lost"))
                .isEqualTo(400);
    }

    private static Echo echo(RoutedLab hosts) throws Exception {
        return hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run();
    }

    @Test
    void shouldNeverClaimSuccessWithAnAddressThatDrops(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r2().nft("table inet fw { chain forw { type filter hook forward priority 0; udp dport 7007 drop; }; }");

        Cli cli = hosts.client()
                .call(() -> Cli.run("ping", "192.0.2.1", "--count", "3", "--interval", "10ms", "--timeout", "50ms"));

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.out())
                .contains("seq 0: no answer", "seq 2: no answer", "answered 0, unreachable 0, no answer 3");
    }

    /** A neighbour is given up later than the pings to it, so that errors come about pings whose time was over. */
    @Test
    void shouldCountEachFailedPingOnceWhenTheNeighbourIsNotThere(Lab lab) throws Exception {
        dev.sockeye.lab.Host client = lab.host("client");
        dev.sockeye.lab.Host server = lab.host("server");
        lab.link(client, "e0", server, "e0");
        client.address("e0", "192.0.2.2/24").sysctl("net.ipv4.neigh.e0.retrans_time_ms", "200");
        StringWriter out = new StringWriter();
        CompletableFuture<Integer> ping = new CompletableFuture<>();
        Thread thread = client.call(() -> {
            Thread started = new Thread(() -> ping.complete(Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .execute("ping 192.0.2.1 --count 30 --interval 150ms --timeout 100ms --json".split(" "))));
            started.start();
            return started;
        });
        Await.until(() -> assertThat(out.toString().split("\"error\"")).hasSizeGreaterThan(3));
        try (Echo echo =
                server.call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false)).run()) {
            server.address("e0", "192.0.2.1/24");
            assertThat(ping.get()).as(out.toString()).isZero();
            thread.join();
            assertThat(echo.received()).isPositive();
        }

        List<Map<String, Object>> events = new Cli(0, out.toString(), "").events();
        int recovery = 0;
        while (!events.get(recovery).get("event").equals("recovered")) {
            recovery++;
        }
        long failed = events.subList(0, recovery).stream()
                .filter(event -> List.of("error", "no-answer").contains(event.get("event")))
                .map(event -> event.get("seq"))
                .distinct()
                .count();
        assertThat(events.get(recovery)).as(out.toString()).containsEntry("unanswered", failed);
        assertThat(failed).isGreaterThan(3);
        assertThat(events.subList(0, recovery))
                .extracting(event -> event.get("event"))
                .contains("error", "no-answer");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayOnceThatThisHostDoesNotSend(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        String server = Host.text(hosts.serverAddress(family));
        hosts.client().nft("table inet fw { chain outp { type filter hook output priority 0; udp dport 9 drop; }; }");
        Cli firewall = hosts.client().call(() -> Cli.run("ping", server, "9", "--count", "1", "--json"));
        hosts.client().ip("route del default via " + Host.text(hosts.r1TowardsClient(family)));
        Cli noRoute = hosts.client().call(() -> Cli.run("ping", server, "--count", "2", "--interval", "1ms"));

        assertThat(firewall.exitCode()).as(firewall.toString()).isEqualTo(1);
        assertThat((String) firewall.event("refused").get("reason"))
                .startsWith("a firewall of this host does not let it out");
        assertThat(noRoute.exitCode()).as(noRoute.toString()).isEqualTo(1);
        assertThat(noRoute.out().lines()).hasSize(4).anySatisfy(line -> assertThat(line)
                .startsWith("seq 1: not sent: this host has no route there [")
                .contains("ENETUNREACH")
                .doesNotContain("/"));
        assertThat(firewall.err() + noRoute.err()).isEmpty();
    }

    @Test
    void shouldNameTheRouterThatRefuses(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1().route("prohibit 192.0.2.1/32");

        Cli cli = hosts.client().call(() -> Cli.run("ping", "192.0.2.1", "--count", "1", "--timeout", "5s"));

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.out()).contains("communication administratively prohibited from 10.0.0.1, after");
    }

    @Test
    void shouldNotBelieveErrorsThatDoNotQuoteItsDatagrams(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        InetAddress clientAddress = hosts.clientAddress(StandardProtocolFamily.INET);
        InetSocketAddress server = new InetSocketAddress(hosts.serverAddress(StandardProtocolFamily.INET), 7007);
        StringWriter out = new StringWriter();
        int forgeries = 0;
        try (Echo echo = echo(hosts);
                IcmpForger forger = IcmpForger.open(hosts.r1(), StandardProtocolFamily.INET)) {
            CompletableFuture<Integer> ping = new CompletableFuture<>();
            Thread thread = hosts.client().call(() -> {
                Thread started = new Thread(() -> ping.complete(Main.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute("ping", "192.0.2.1", "--count", "100", "--interval", "10ms", "--json")));
                started.start();
                return started;
            });
            Await.until(() -> assertThat(out.toString()).contains("\"reply\""));
            int port = portOf(hosts);
            QuotedDatagram guess = QuotedDatagram.of(new InetSocketAddress(clientAddress, port), server, new byte[64]);
            while (!ping.isDone()) { // the last ones may come too late to be seen
                forger.send(clientAddress, IcmpError.portUnreachable(guess));
                forgeries++;
                Thread.sleep(2);
            }
            assertThat(ping.get()).isZero();
            thread.join();
            assertThat(echo.received()).isGreaterThan(0);
        }

        Map<String, Object> summary = new Cli(0, out.toString(), "").event("summary");
        assertThat(summary).containsEntry("received", 100L).containsEntry("unreachable", 0L);
        assertThat(Json.number(summary, "forged")).isBetween(1L, (long) forgeries);
    }

    /** The client's only UDP socket. */
    private static int portOf(RoutedLab hosts) throws Exception {
        String line = hosts.client()
                .exec("cat", "/proc/net/udp")
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(line.strip().split("[ :]+")[2], 16);
    }
}
