package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpExtensions;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.QuotedDatagram;
import dev.sockeye.lab.RoutedLab;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** ICMP errors that are made up for each datagram that arrives at a silent port: what is believed, and what is not. */
@ExtendWith(LabExtension.class)
class ProbeForgeryTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;

    /** Every type and code from a router that has seen the datagram, and the verdict. */
    private static final Map<String, String> VERDICTS = Map.ofEntries(
            Map.entry("3/0", "no-route"),
            Map.entry("3/1", "host-unreachable"),
            Map.entry("3/2", "rejected"),
            Map.entry("3/3", "rejected"),
            Map.entry("3/4", "too-big"),
            Map.entry("3/5", "no-route"),
            Map.entry("3/6", "no-route"),
            Map.entry("3/7", "host-unreachable"),
            Map.entry("3/8", "host-unreachable"),
            Map.entry("3/9", "rejected"),
            Map.entry("3/10", "rejected"),
            Map.entry("3/11", "no-route"),
            Map.entry("3/12", "host-unreachable"),
            Map.entry("3/13", "rejected"),
            Map.entry("3/14", "rejected"),
            Map.entry("3/15", "rejected"),
            Map.entry("4/0", "no-answer"),
            Map.entry("11/0", "host-unreachable"),
            Map.entry("11/1", "no-answer"),
            Map.entry("12/0", "rejected"));

    private static final Map<String, String> VERDICTS_6 = Map.ofEntries(
            Map.entry("1/0", "no-route"),
            Map.entry("1/1", "rejected"),
            Map.entry("1/2", "no-route"),
            Map.entry("1/3", "host-unreachable"),
            Map.entry("1/4", "rejected"),
            Map.entry("1/5", "rejected"),
            Map.entry("1/6", "rejected"),
            Map.entry("1/7", "no-route"),
            Map.entry("2/0", "too-big"),
            Map.entry("3/0", "host-unreachable"),
            Map.entry("3/1", "no-answer"),
            Map.entry("4/1", "rejected"));

    private static final int FIRST_PORT = 1001;

    private final List<AutoCloseable> resources = new ArrayList<>();
    private RoutedLab hosts;

    /** Reacts to a datagram. */
    private interface Reaction {
        void to(InetSocketAddress from, byte[] payload);
    }

    @BeforeEach
    void build(Lab lab) {
        hosts = RoutedLab.build(lab);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    private InetSocketAddress server(StandardProtocolFamily family, int port) {
        assumeTrue(family == INET || hosts.client().hasIpv6(), "no IPv6");
        return new InetSocketAddress(hosts.serverAddress(family), port);
    }

    private IcmpForger forger(dev.sockeye.lab.Host host, StandardProtocolFamily family) {
        IcmpForger forger = IcmpForger.open(host, family);
        resources.add(forger);
        return forger;
    }

    /** A port of the server that never answers. */
    private void listen(InetSocketAddress address, Reaction reaction) throws Exception {
        DatagramChannel channel =
                hosts.server().call(() -> DatagramChannel.open().bind(address));
        resources.add(channel);
        Thread thread = new Thread(() -> {
            try {
                for (; ; ) {
                    ByteBuffer datagram = ByteBuffer.allocate(2048);
                    InetSocketAddress from = (InetSocketAddress) channel.receive(datagram);
                    reaction.to(from, Arrays.copyOf(datagram.array(), datagram.position()));
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private Cli probe(StandardProtocolFamily family, String ports, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                "probe", dev.sockeye.tools.Host.text(hosts.serverAddress(family)), ports, "--json", "--timeout=500ms"));
        line.addAll(List.of(options));
        return hosts.client().call(() -> Cli.run(line.toArray(String[]::new)));
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldNotBelieveWhoHasNotSeenTheDatagram(StandardProtocolFamily family) throws Exception {
        InetSocketAddress server = server(family, FIRST_PORT);
        IcmpForger forger = forger(hosts.server(), family);
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger reached = new AtomicInteger();
        listen(server, (from, payload) -> {
            for (int i = 0; i < 50; i++) {
                byte[] other = new byte[16];
                other[i % 16] = (byte) (payload[i % 16] + 1);
                InetSocketAddress guess = new InetSocketAddress(from.getAddress(), 32768 + i);
                InetSocketAddress elsewhere = new InetSocketAddress(server.getAddress(), FIRST_PORT + 1 + i);
                for (QuotedDatagram quoted : List.of(
                        QuotedDatagram.of(from, server, other), // the right ports
                        QuotedDatagram.of(guess, server, payload),
                        QuotedDatagram.of(from, elsewhere, payload), // a flow that never was
                        QuotedDatagram.of(guess, elsewhere))) {
                    if (guess.getPort() != from.getPort()) {
                        forger.send(from.getAddress(), IcmpError.portUnreachable(quoted));
                        sent.incrementAndGet();
                    }
                }
                reached.incrementAndGet();
            }
        });

        Cli cli = probe(family, String.valueOf(FIRST_PORT), "--attempts=2");

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(sent.get()).isGreaterThanOrEqualTo(390);
        assertThat(cli.event("verdict")).containsEntry("verdict", "no-answer").containsEntry("attempts", 2L);
        // The kernel keeps a number of them for a reader who is late, and the others never reach a socket.
        assertThat(Json.number(cli.event("summary"), "forged")).isBetween(1L, (long) reached.get());
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldBelieveARouterThatQuotesThePortsAlone(StandardProtocolFamily family) throws Exception {
        InetSocketAddress server = server(family, FIRST_PORT);
        IcmpForger forger = forger(hosts.server(), family);
        listen(
                server,
                (from, payload) ->
                        forger.send(from.getAddress(), IcmpError.portUnreachable(QuotedDatagram.of(from, server))));

        Cli cli = probe(family, String.valueOf(FIRST_PORT));

        assertThat(cli.event("verdict"))
                .containsEntry("verdict", "closed")
                .extractingByKey("evidence")
                .asString()
                .endsWith(" itself, quoting only our ports");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldBelieveARouterThatAddsExtensions(StandardProtocolFamily family) throws Exception {
        InetSocketAddress server = server(family, FIRST_PORT);
        IcmpForger forger = forger(hosts.r1(), family);
        IcmpExtensions label = IcmpExtensions.empty().withObject(1, 1, new byte[4]);
        listen(
                server,
                (from, payload) -> forger.send(
                        from.getAddress(),
                        IcmpError.hopLimitExceeded(QuotedDatagram.of(from, server, payload))
                                .withExtensions(label)));

        Cli cli = probe(family, String.valueOf(FIRST_PORT));

        assertThat(cli.event("verdict"))
                .containsEntry("verdict", "host-unreachable")
                .extractingByKey("evidence")
                .asString()
                .endsWith(", quoting our datagram");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldKnowWhatEachErrorMeans(StandardProtocolFamily family) throws Exception {
        server(family, FIRST_PORT);
        IcmpForger forger = forger(hosts.r1(), family);
        List<Map.Entry<String, String>> cases = List.copyOf((family == INET ? VERDICTS : VERDICTS_6).entrySet());
        for (int i = 0; i < cases.size(); i++) {
            InetSocketAddress server = server(family, FIRST_PORT + i);
            String[] icmp = cases.get(i).getKey().split("/");
            listen(
                    server,
                    (from, payload) -> forger.send(
                            from.getAddress(),
                            IcmpError.of(
                                            Integer.parseInt(icmp[0]),
                                            Integer.parseInt(icmp[1]),
                                            QuotedDatagram.of(from, server, payload))
                                    .withRest(mtu(icmp))));
        }

        Cli cli = probe(family, FIRST_PORT + "-" + (FIRST_PORT + cases.size() - 1), "--attempts=1");

        assertThat(cli.event("summary"))
                .containsEntry("ports", (long) cases.size())
                .containsEntry("forged", 0L);
        for (Map<String, Object> verdict : cli.events().subList(0, cases.size())) {
            Map.Entry<String, String> expected = cases.get((int) (Json.number(verdict, "port") - FIRST_PORT));
            assertThat(verdict).as(expected + " " + cli).containsEntry("verdict", expected.getValue());
        }
    }

    /** The four bytes after the checksum: an MTU, or nothing. */
    private static int mtu(String... icmp) {
        String type = String.join("/", icmp);
        return type.equals("3/4") || type.equals("2/0") ? 1300 : 0;
    }
}
