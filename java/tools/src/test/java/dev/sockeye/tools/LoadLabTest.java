package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.SourcePolicy;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The load generator with a network between it and the server that loses, doubles and refuses what it is told to. */
@ExtendWith(LabExtension.class)
class LoadLabTest {
    private static final int RATE = 2000;
    private static final int SENT = 2000;

    private static Cli load(Host client, String... more) throws Exception {
        String[] line = new String[more.length + 8];
        System.arraycopy(
                new String[] {
                    "load",
                    "192.0.2.1",
                    "--json",
                    "--rate=" + RATE,
                    "--duration=1s",
                    "--warmup=0",
                    "--timeout=500ms",
                    "--size=200"
                },
                0,
                line,
                0,
                8);
        System.arraycopy(more, 0, line, 8, more.length);
        return client.call(() -> Cli.run(line));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> lost(Map<String, Object> result) {
        return (Map<String, Object>) result.get("lost");
    }

    private static long sent(Map<String, Object> result) {
        long sent = Json.number(result, "sent");
        assertThat(sent + Json.number(result, "notSent")).isEqualTo(SENT);
        return sent;
    }

    /** A packet filter on a router that drops by a byte of the payload, the last one of the sequence number. */
    private static String dropping(String port, int lastByte) {
        return "table inet lossy { chain f { type filter hook forward priority 0; udp " + port + " 7007 @th,184,8 "
                + lastByte + " drop; }; }";
    }

    /** How many of the numbers from 0 on end in that byte. */
    private static long ending(long numbers, int lastByte) {
        return (numbers - lastByte + 255) / 256;
    }

    @Test
    void shouldBlameThePathForExactlyWhatItDropsOnTheWayThere(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1().nft(dropping("dport", 0x35));
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Cli cli = load(hosts.client());

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            Map<String, Object> result = cli.event("result");
            long dropped = ending(sent(result), 0x35);
            assertThat(lost(result)).containsEntry("total", dropped).containsEntry("path", dropped);
            assertThat(echo.server.counters().received()).isGreaterThan(sent(result) - dropped); // and questions
        }
    }

    @Test
    void shouldBlameThePathForExactlyWhatItDropsOnTheWayBack(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r2().nft(dropping("sport", 0x07));
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Map<String, Object> result = load(hosts.client()).event("result");

            long dropped = ending(sent(result), 0x07);
            assertThat(lost(result)).containsEntry("total", dropped).containsEntry("path", dropped);
            assertThat(echo.received()).isPositive();
        }
    }

    @Test
    void shouldCountWhatARouterDuplicates(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1()
                .nft("table ip twice { chain p { type filter hook prerouting priority -300;"
                        + " iifname \"s0\" udp sport 7007 @th,184,8 9 dup to 10.0.0.2 device \"c0\"; }; }");
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Map<String, Object> result = load(hosts.client()).event("result");

            assertThat(result)
                    .containsEntry("duplicates", ending(sent(result), 9))
                    .containsEntry("received", sent(result));
            assertThat(echo.received()).isPositive();
        }
    }

    @Test
    void shouldBlameItselfForWhatItsOwnFirewallRefuses(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.client()
                .nft("table inet own { chain o { type filter hook output priority 0;"
                        + " udp dport 7007 @th,184,8 0x35 drop; }; }");
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Map<String, Object> result = load(hosts.client()).event("result");

            long refused = ending(sent(result), 0x35);
            assertThat(lost(result))
                    .containsEntry("total", refused)
                    .containsEntry("send-refused", refused)
                    .containsEntry("path", 0L);
            assertThat(echo.received()).isPositive();
        }
    }

    @Test
    void shouldWarnWhenItIsAimedAtAnotherHostWithoutARate(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Cli closed =
                    hosts.client().call(() -> Cli.run("load", "192.0.2.1", "--duration=100ms", "--warmup=0", "--json"));
            assertThat(closed.exitCode()).as(closed.toString()).isZero();
            assertThat(closed.err().lines()).singleElement().satisfies(line -> assertThat(line)
                    .contains("192.0.2.1 is another host", "--rate", "RFC 8085"));

            assertThat(load(hosts.client()).err()).isEmpty();
            Cli own = hosts.server().call(() -> Cli.run("load", "192.0.2.1", "--duration=100ms", "--warmup=0"));
            assertThat(own.err()).as(own.toString()).isEmpty();
            assertThat(own.exitCode()).as(own.toString()).isZero();
            assertThat(echo.received()).isPositive();
        }
    }
}
