package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.SourcePolicy;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What mtu finds over two routers, with links of all kinds of MTU. */
@ExtendWith(LabExtension.class)
@Timeout(60)
class MtuLabTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final String NO_ICMP = "table inet fw { chain outp { type filter hook output priority 0;"
            + " icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }";

    private static RoutedLab routed(Lab lab, StandardProtocolFamily family) {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == INET || hosts.client().hasIpv6(), "no IPv6 here");
        return hosts;
    }

    private static void firstLink(RoutedLab hosts, int mtu) {
        hosts.client().ip("link set e0 mtu " + mtu);
        hosts.r1().ip("link set c0 mtu " + mtu);
    }

    private static void middleLink(RoutedLab hosts, int mtu) {
        hosts.r1().ip("link set s0 mtu " + mtu);
        hosts.r2().ip("link set c0 mtu " + mtu);
    }

    private static void lastLink(RoutedLab hosts, int mtu) {
        hosts.r2().ip("link set s0 mtu " + mtu);
        hosts.server().ip("link set e0 mtu " + mtu);
    }

    private static Echo echo(RoutedLab hosts) throws Exception {
        return hosts.server()
                .call(() -> Echo.start(7007, SourcePolicy.ADDRESS, false))
                .run();
    }

    private static Cli mtu(RoutedLab hosts, StandardProtocolFamily family, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("mtu", Host.text(hosts.serverAddress(family))));
        line.addAll(Arrays.asList(options));
        return hosts.client().call(() -> Cli.run(line.toArray(String[]::new)));
    }

    private static void isConfirmed(Cli cli, int mtu, InetAddress reportedBy) {
        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(cli.event("mtu"))
                .containsEntry("mtu", (long) mtu)
                .containsEntry("reportedBy", reportedBy == null ? null : Host.text(reportedBy))
                .containsEntry("confirmed", true);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindTheLinkInTheMiddleAgainAndAgain(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        middleLink(hosts, 1300);
        try (Echo echo = echo(hosts)) {
            isConfirmed(mtu(hosts, family, "--json"), 1300, hosts.r1TowardsClient(family));
            // Now the kernel has learnt it, and then the link grows.
            isConfirmed(mtu(hosts, family, "--json"), 1300, hosts.r1TowardsClient(family));
            middleLink(hosts, 1450);
            isConfirmed(mtu(hosts, family, "--json"), 1450, hosts.r1TowardsClient(family));
            middleLink(hosts, 1500);
            isConfirmed(mtu(hosts, family, "--json"), 1500, null);
            assertThat(echo.received()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldDoWithAClosedPort(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        middleLink(hosts, 1300);

        Cli cli = mtu(hosts, family);

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        String router = Host.text(hosts.r1TowardsClient(family));
        assertThat(cli.out())
                .contains("\n65535: longer than this host's link takes, at most 1500\n")
                .contains("\n1500: " + (family == INET ? "fragmentation needed" : "packet too big")
                        + ", at most 1300 from " + router + "\n")
                .contains("\n1300: arrived (port unreachable)\n")
                .endsWith("\npath MTU 1300: reported by " + router + ", and confirmed by what arrived\n");
    }

    @Test
    void shouldDoWithAServiceThatAnswersInItsOwnWay(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        middleLink(hosts, 1333);
        try (HopService service = HopService.start(hosts.server(), 53)) {
            isConfirmed(mtu(hosts, INET, "" + service.port(), "--json"), 1333, hosts.r1TowardsClient(INET));
            hosts.r1().nft(NO_ICMP);
            Cli silent = mtu(hosts, INET, "53", "--json", "--timeout", "100ms", "--attempts", "2");

            isConfirmed(silent, 1333, null);
        }
    }

    @Test
    void shouldNotMindASmallerWayBack(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.r1().ip("route replace 10.0.0.0/24 dev c0 mtu 1000");

        isConfirmed(mtu(hosts, INET, "--json"), 1500, null);
        try (Echo echo =
                echo(hosts)) { // its kernel learns of the way back from the first answer, and fragments the next
            isConfirmed(mtu(hosts, INET, "--json", "--timeout", "200ms"), 1500, null);
            assertThat(echo.received()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindTheSmallerOfTwoSmallLinks(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        middleLink(hosts, 1400);
        lastLink(hosts, 1300);
        try (Echo echo = echo(hosts)) {
            Cli cli = mtu(hosts, family, "--json");

            isConfirmed(cli, 1300, hosts.r2TowardsClient(family));
            assertThat(cli.events())
                    .filteredOn(event -> "too-big".equals(event.get("outcome")) && event.get("from") != null)
                    .extracting(event -> event.get("size") + " " + event.get("mtu"))
                    .containsExactly("1500 1400", "1400 1300", "1301 1300");
            assertThat(echo.received()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({"INET, 1300", "INET, 1301", "INET, 900", "INET6, 1300", "INET6, 1377", "INET6, 1280"})
    void shouldFindTheLinkOfARouterThatSaysNothing(StandardProtocolFamily family, int truth, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        middleLink(hosts, Math.max(truth, 1280));
        if (truth < 1280) {
            hosts.r1().ip("link set s0 mtu " + truth); // takes IPv6 away
        }
        hosts.r1().nft(NO_ICMP);
        try (Echo echo = echo(hosts)) {
            Cli cli = mtu(hosts, family, "--json", "--timeout", "100ms", "--attempts", "2");

            isConfirmed(cli, truth, null);
            assertThat(cli.event("mtu")).containsEntry("reason", "larger ones vanish, and nobody says so");
            assertThat(echo.received()).isPositive();
        }
    }

    @Test
    void shouldNotTakeTheLimitOnIcmpForALimitOnSize(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        middleLink(hosts, 1460);
        hosts.r1().nft(NO_ICMP);
        hosts.server().defaultIcmpLimits();

        Cli cli = mtu(hosts, INET, "--json", "--timeout", "100ms", "--attempts", "2");

        isConfirmed(cli, 1460, null);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindItsOwnSmallLink(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        firstLink(hosts, 1350);
        try (Echo echo = echo(hosts)) {
            Cli cli = mtu(hosts, family, "--json");

            isConfirmed(cli, 1350, null);
            assertThat(cli.event("mtu"))
                    .containsEntry("reason", "the whole path takes what this host's own link takes");
            assertThat(echo.received()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldFindJumboFrames(StandardProtocolFamily family, Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, family);
        firstLink(hosts, 9000);
        middleLink(hosts, 9000);
        lastLink(hosts, 8000);
        try (Echo echo = echo(hosts)) {
            isConfirmed(mtu(hosts, family, "--json"), 8000, hosts.r2TowardsClient(family));
            lastLink(hosts, 9000);
            isConfirmed(mtu(hosts, family, "--json"), 9000, null);
            assertThat(echo.received()).isPositive();
        }
    }

    @Test
    void shouldConfirmNothingOfASilentPeer(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        middleLink(hosts, 1300);
        hosts.server()
                .nft("table inet fw { chain inp { type filter hook input priority 0; meta l4proto udp drop; }; }");

        Cli cli = mtu(hosts, INET, "--json", "--timeout", "50ms");
        Cli text = mtu(hosts, INET, "--timeout", "50ms");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.event("mtu"))
                .containsEntry("mtu", 1300L)
                .containsEntry("reportedBy", "10.0.0.1")
                .containsEntry("confirmed", false);
        assertThat(text.out())
                .endsWith("\npath MTU at most 1300: 192.0.2.1 answers nothing, so this is only what ICMP says\n");
    }

    @Test
    void shouldNameTheRouterThatProhibits(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.r2().route("prohibit 192.0.2.1/32");

        Cli cli = mtu(hosts, INET, "--json");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.event("mtu"))
                .containsEntry("mtu", null)
                .containsEntry("confirmed", false)
                .containsEntry("reason", "communication administratively prohibited from 198.51.100.2");
        assertThat(mtu(hosts, INET).out())
                .contains("\n68: communication administratively prohibited from 198.51.100.2\n")
                .endsWith("\npath MTU unknown: communication administratively prohibited from 198.51.100.2\n");
    }

    @Test
    void shouldSayThatThisHostDoesNotSend(Lab lab) throws Exception {
        RoutedLab hosts = routed(lab, INET);
        hosts.client()
                .nft("table inet fw { chain outp { type filter hook output priority 0; udp dport 7007 drop; }; }");
        Cli firewall = mtu(hosts, INET, "--json");
        hosts.client().ip("route del default");
        Cli noRoute = mtu(hosts, INET, "--json");
        Cli text = mtu(hosts, INET);

        assertThat(firewall.exitCode()).as(firewall.toString()).isEqualTo(1);
        assertThat((String) firewall.event("mtu").get("reason"))
                .startsWith("a firewall of this host does not let it out");
        assertThat(noRoute.exitCode()).as(noRoute.toString()).isEqualTo(1);
        assertThat((String) noRoute.event("mtu").get("reason")).startsWith("this host has no route there");
        assertThat(noRoute.err()).isEmpty();
        assertThat(text.out().lines()).hasSize(2).first().isEqualTo("mtu udp 192.0.2.1:7007, in bytes of IP packets");
        assertThat(text.out()).doesNotContain("/");
    }
}
