package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What trace sees over two routers. */
@ExtendWith(LabExtension.class)
@Timeout(60)
class TraceLabTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;

    private static RoutedLab routed(Lab lab, StandardProtocolFamily family) {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == INET || hosts.client().hasIpv6(), "no IPv6 here");
        return hosts;
    }

    private static Cli trace(RoutedLab hosts, StandardProtocolFamily family, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("trace", Host.text(hosts.serverAddress(family))));
        line.addAll(Arrays.asList(options));
        return hosts.client().call(() -> Cli.run(line.toArray(String[]::new)));
    }

    private static Cli json(RoutedLab hosts, StandardProtocolFamily family, String... options) throws Exception {
        List<String> all = new ArrayList<>(Arrays.asList(options));
        all.addAll(List.of("--json", "--timeout", "300ms"));
        return trace(hosts, family, all.toArray(String[]::new));
    }

    private static List<Object> addresses(Cli cli) {
        return cli.events().stream()
                .filter(event -> event.get("event").equals("hop"))
                .map(event -> event.get("ttl") + " " + event.get("address"))
                .map(Object.class::cast)
                .toList();
    }

    private static List<Object> path(RoutedLab hosts, StandardProtocolFamily family) {
        return List.of(
                "1 " + Host.text(hosts.r1TowardsClient(family)),
                "2 " + Host.text(hosts.r2TowardsClient(family)),
                "3 " + Host.text(hosts.serverAddress(family)));
    }

    private static Map<String, Object> hop(Cli cli, int ttl) {
        return cli.events().stream()
                .filter(event ->
                        event.get("event").equals("hop") && event.get("ttl").equals((long) ttl))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no hop " + ttl + " in " + cli));
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindEachRouterAndAClosedTarget(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        String target = Host.text(hosts.serverAddress(family));

        Cli cli = json(hosts, family);

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(addresses(cli)).isEqualTo(path(hosts, family));
        for (int ttl = 1; ttl <= 3; ttl++) {
            List<?> rtts = (List<?>) hop(cli, ttl).get("rttUs");
            assertThat(rtts).hasSize(3).allSatisfy(rtt -> assertThat((Double) rtt)
                    .isBetween(0.001, 300_000.0));
            assertThat(hop(cli, ttl)).containsEntry("flows", List.of(0L));
        }
        boolean ipv4 = family == INET;
        assertThat(hop(cli, 1)).containsEntry("icmp", Map.of("type", ipv4 ? 11L : 3L, "code", 0L));
        assertThat(hop(cli, 3)).containsEntry("icmp", Map.of("type", ipv4 ? 3L : 1L, "code", ipv4 ? 3L : 4L));
        assertThat(cli.event("end"))
                .containsEntry("reached", true)
                .containsEntry("hops", 3L)
                .containsEntry("forged", 0L)
                .containsEntry("reason", "port unreachable from " + target + " itself");
        assertThat(trace(hosts, family).out())
                .startsWith("trace udp " + (ipv4 ? target : "[" + target + "]") + ":33434, at most 30 hops")
                .contains(" 1  " + Host.text(hosts.r1TowardsClient(family)) + ": ")
                .contains(" 3  " + target + ": port unreachable, ")
                .endsWith("reached in 3 hops: port unreachable from " + target + " itself\n");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindATargetThatAnswers(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        try (Echo echo = hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run()) {
            Cli cli = json(hosts, family, "--probes", "1");
            Cli asked = hosts.client()
                    .call(() -> Cli.run("trace", Host.text(hosts.serverAddress(family)), "7007", "--json"));

            assertThat(cli.exitCode()).isZero();
            assertThat(asked.exitCode()).as(asked.toString()).isZero();
            assertThat(addresses(asked)).isEqualTo(path(hosts, family));
            assertThat(hop(asked, 3)).containsEntry("icmp", null).containsEntry("description", "answered");
            assertThat((List<?>) hop(asked, 3).get("rttUs")).hasSize(3);
            assertThat(asked.event("end")).containsEntry("reached", true).containsEntry("hops", 3L);
            assertThat(echo.received()).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void shouldFindATargetThatAnswersInItsOwnWay(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        try (HopService service = HopService.start(hosts.server(), 53)) {
            Cli cli = json(hosts, INET, "" + service.port(), "--max-hops", "5");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(addresses(cli)).isEqualTo(path(hosts, INET));
            assertThat(cli.event("end")).containsEntry("reason", "an answer from 192.0.2.1 itself");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldShowASilentHop(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        hosts.r1()
                .nft("table inet fw { chain outp { type filter hook output priority 0;"
                        + " icmp type time-exceeded drop; icmpv6 type time-exceeded drop; }; }");

        Cli cli = json(hosts, family);

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(addresses(cli))
                .containsExactly(
                        "1 null",
                        "2 " + Host.text(hosts.r2TowardsClient(family)),
                        "3 " + Host.text(hosts.serverAddress(family)));
        assertThat(hop(cli, 1)).containsEntry("rttUs", List.of()).containsEntry("icmp", null);
        assertThat(trace(hosts, family, "--timeout", "50ms").out()).contains("\n 1  no answer\n 2  ");
    }

    @Test
    void shouldNeverClaimToHaveReachedASilentTarget(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.server()
                .nft("table inet fw { chain inp { type filter hook input priority 0; meta l4proto udp drop; }; }");

        Cli cli = json(hosts, INET, "--max-hops", "8");
        Cli text = trace(hosts, INET, "--max-hops", "8", "--timeout", "50ms");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(addresses(cli))
                .containsExactly(
                        "1 10.0.0.1", "2 198.51.100.2", "3 null", "4 null", "5 null", "6 null", "7 null", "8 null");
        assertThat(cli.event("end"))
                .containsEntry("reached", false)
                .containsEntry("hops", 2L)
                .containsEntry("reason", "nobody answers behind hop 2, 198.51.100.2");
        assertThat(text.out()).contains("\n 3 to 8  no answer\nnot reached: nobody answers behind hop 2");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldNameTheRouterThatProhibits(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        String target = Host.text(hosts.serverAddress(family));
        String router = Host.text(hosts.r2TowardsClient(family));
        hosts.r2().route("prohibit " + target + (family == INET ? "/32" : "/128"));

        Cli cli = json(hosts, family);

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(addresses(cli)).containsExactly("1 " + Host.text(hosts.r1TowardsClient(family)), "2 " + router);
        assertThat(cli.event("end"))
                .containsEntry("reached", false)
                .containsEntry("hops", 2L)
                .containsEntry("reason", "communication administratively prohibited from " + router);
        assertThat(trace(hosts, family, "--timeout", "300ms").out())
                .contains(" 2  " + router + ": communication administratively prohibited, ")
                .contains("not reached: communication administratively prohibited from " + router);
    }

    @Test
    void shouldSayThatThereIsNoRouteOnTheWay(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.r1().ip("route del default");

        Cli cli = json(hosts, INET);

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.event("end"))
                .containsEntry("hops", 1L)
                .containsEntry("reason", "network unreachable from 10.0.0.1");
    }

    @Test
    void shouldTakeAFirewallOfTheTargetItselfForTheTarget(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.server()
                .nft("table inet fw { chain inp { type filter hook input priority 0;"
                        + " meta l4proto udp reject with icmp type host-prohibited; }; }");

        Cli cli = json(hosts, INET);

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(cli.event("end")).containsEntry("reason", "host administratively prohibited from 192.0.2.1 itself");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldTellTheHopsItKnowsWhenASignalEndsIt(String signal, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        try (DatagramSocket silent = hosts.server().call(() -> new DatagramSocket(33434))) {
            silent.setSoTimeout(15_000);
            Process process = hosts.client()
                    .start(Child.builder(Child.command(List.of(), "trace", "192.0.2.1", "--timeout", "1h")));
            for (int i = 0; i < 30; i++) {
                silent.receive(
                        new DatagramPacket(new byte[100], 100)); // until the second round, so that the first is over
            }
            new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();

            Child.Result result = Child.result(process);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
            assertThat(result.out())
                    .contains("\n 1  10.0.0.1: ", "\n 2  198.51.100.2: ")
                    .endsWith("\nnot reached: ended early, when nobody had answered behind hop 2, 198.51.100.2\n");
            assertThat(result.err()).isEmpty();
        }
    }

    @Test
    void shouldGoNoFurtherThanMaxHops(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);

        Cli two = json(hosts, INET, "--max-hops", "2", "--probes", "1");

        assertThat(two.exitCode()).isEqualTo(1);
        assertThat(addresses(two)).containsExactly("1 10.0.0.1", "2 198.51.100.2");
        assertThat((List<?>) hop(two, 1).get("rttUs")).hasSize(1);
        assertThat(two.event("end"))
                .containsEntry("reached", false)
                .containsEntry("reason", "the path goes on behind hop 2, 198.51.100.2");
        assertThat(json(hosts, INET, "--max-hops", "3").exitCode()).isZero();
    }

    @Test
    void shouldSayThatAFirewallOfThisHostRefuses(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.client()
                .nft("table inet fw { chain outp { type filter hook output priority 0; udp dport 33434 drop; }; }");

        Cli cli = json(hosts, INET);

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat((String) cli.event("end").get("reason"))
                .startsWith("a firewall of this host does not let it out")
                .contains("EPERM");
        assertThat(cli.err()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayThatThisHostHasNoRoute(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        hosts.client().ip("route del default via " + Host.text(hosts.r1TowardsClient(family)));

        Cli cli = json(hosts, family);

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat((String) cli.event("end").get("reason")).startsWith("this host has no route there");
        assertThat(trace(hosts, family, "--flows", "2").out())
                .startsWith("trace udp ")
                .contains(", 3 probes each, 2 flows\nnot reached: this host has no route there [")
                .doesNotContain("/");
    }

    @Test
    void shouldSayThatTheNeighbourDoesNotAnswer(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.client()
                .sysctl("net/ipv4/neigh/e0/retrans_time_ms", "100")
                .sysctl("net/ipv4/neigh/e0/mcast_solicit", "1");

        Cli cli = hosts.client().call(() -> Cli.run("trace", "10.0.0.77", "--json", "--timeout", "500ms"));

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat((String) cli.event("end").get("reason"))
                .isEqualTo("host unreachable from 10.0.0.2, this host: the next one does not answer on the link");
    }

    /** The router's error comes long after the answers to all else. */
    @Test
    void shouldHearALateError(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.r2().sysctl("net/ipv4/neigh/s0/retrans_time_ms", "400").sysctl("net/ipv4/neigh/s0/mcast_solicit", "2");

        Cli cli = hosts.client().call(() -> Cli.run("trace", "192.0.2.77", "--json", "--timeout", "300ms"));

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(addresses(cli)).containsExactly("1 10.0.0.1", "2 198.51.100.2", "3 198.51.100.2");
        assertThat(cli.event("end")).containsEntry("reason", "host unreachable from 198.51.100.2");
    }

    @Test
    void shouldWaitOutTheLimitsOnIcmp(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.r1().defaultIcmpLimits();
        hosts.r2().defaultIcmpLimits();
        hosts.server().defaultIcmpLimits();

        Cli cli = json(hosts, INET, "--flows", "8", "--probes", "1");

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(addresses(cli)).isEqualTo(path(hosts, INET));
    }
}
