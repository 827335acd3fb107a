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
            for (int i = 0; i < 50; i++) {
                forger.send(clientAddress, IcmpError.portUnreachable(guess));
                Thread.sleep(2);
            }
            assertThat(ping.get()).isZero();
            thread.join();
            assertThat(echo.received()).isGreaterThan(0);
        }

        Map<String, Object> summary = new Cli(0, out.toString(), "").event("summary");
        assertThat(summary)
                .containsEntry("received", 100L)
                .containsEntry("unreachable", 0L)
                .containsEntry("forged", 50L);
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
