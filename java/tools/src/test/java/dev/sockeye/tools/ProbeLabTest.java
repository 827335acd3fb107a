package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.MapAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each verdict, from a client behind two routers. */
@ExtendWith(LabExtension.class)
class ProbeLabTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final String PORT = "9";

    private RoutedLab hosts;

    @BeforeEach
    void build(Lab lab) {
        hosts = RoutedLab.build(lab);
    }

    private static String text(InetAddress address) {
        return dev.sockeye.tools.Host.text(address);
    }

    private String server(StandardProtocolFamily family) {
        assumeTrue(family == INET || hosts.client().hasIpv6(), "no IPv6");
        return text(hosts.serverAddress(family));
    }

    private MapAssert<String, Object> assertVerdict(String target, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("probe", target, PORT, "--json", "--timeout=300ms"));
        line.addAll(List.of(options));
        Cli cli = hosts.client().call(() -> Cli.run(line.toArray(String[]::new)));
        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.event("summary")).containsEntry("forged", 0L);
        return assertThat(cli.event("verdict")).as(cli.toString());
    }

    private static Map<String, Object> icmp(long type, long code) {
        return Map.of("type", type, "code", code);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldCallAPortClosedThatItsHostSaysIsUnreachable(StandardProtocolFamily family) throws Exception {
        String server = server(family);

        assertVerdict(server)
                .containsEntry("verdict", "closed")
                .containsEntry("errno", "ECONNREFUSED")
                .containsEntry("icmp", family == INET ? icmp(3, 3) : icmp(1, 4))
                .containsEntry("offender", server)
                .containsEntry("evidence", "port unreachable from " + server + " itself, quoting our datagram");
    }

    @ParameterizedTest
    @CsvSource({
        "INET,icmp net-unreachable,no-route,ENETUNREACH,3,0",
        "INET,icmp host-unreachable,host-unreachable,EHOSTUNREACH,3,1",
        "INET,icmp prot-unreachable,rejected,ENOPROTOOPT,3,2",
        "INET,icmp port-unreachable,rejected,ECONNREFUSED,3,3",
        "INET,icmp net-prohibited,rejected,ENETUNREACH,3,9",
        "INET,icmp host-prohibited,rejected,EHOSTUNREACH,3,10",
        "INET,icmp admin-prohibited,rejected,EHOSTUNREACH,3,13",
        "INET6,icmpv6 no-route,no-route,ENETUNREACH,1,0",
        "INET6,icmpv6 admin-prohibited,rejected,EACCES,1,1",
        "INET6,icmpv6 addr-unreachable,host-unreachable,EHOSTUNREACH,1,3",
        "INET6,icmpv6 port-unreachable,rejected,ECONNREFUSED,1,4",
        "INET6,icmpv6 policy-fail,rejected,EACCES,1,5",
        "INET6,icmpv6 reject-route,rejected,EACCES,1,6",
    })
    void shouldNeverCallARoutersAnswerClosed(
            StandardProtocolFamily family, String answer, String verdict, String errno, long type, long code)
            throws Exception {
        String server = server(family);
        hosts.r1()
                .nft("table inet f { chain forward { type filter hook forward priority 0; udp dport 9 reject with "
                        + (answer.endsWith("policy-fail") || answer.endsWith("reject-route")
                                ? answer.replace("policy-fail", "5").replace("reject-route", "6")
                                : answer)
                        + "; }; }");

        assertVerdict(server)
                .containsEntry("verdict", verdict)
                .containsEntry("errno", errno)
                .containsEntry("icmp", icmp(type, code))
                .containsEntry("offender", text(hosts.r1TowardsClient(family)));
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldNotTakeAFirewallsDropForAnything(StandardProtocolFamily family) throws Exception {
        String server = server(family);
        hosts.server().nft("table inet f { chain in { type filter hook input priority 0; udp dport 9 drop; }; }");

        assertVerdict(server, "--attempts=2")
                .containsEntry("verdict", "no-answer")
                .containsEntry("errno", null)
                .containsEntry("icmp", null)
                .containsEntry("offender", null)
                .containsEntry("rttUs", null)
                .containsEntry("attempts", 2L);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayWhoseNeighbourDoesNotAnswer(StandardProtocolFamily family) throws Exception {
        server(family);
        boolean ipv4 = family == INET;
        failFast(hosts.client(), "e0", ipv4);
        failFast(hosts.r2(), "s0", ipv4);

        assertVerdict(ipv4 ? "10.0.0.99" : "2001:db8:0:c::99")
                .containsEntry("verdict", "host-unreachable")
                .containsEntry("errno", "EHOSTUNREACH")
                .containsEntry("icmp", ipv4 ? icmp(3, 1) : icmp(1, 3))
                .containsEntry("offender", text(hosts.clientAddress(family)))
                .extractingByKey("evidence")
                .asString()
                .endsWith(", which is this host: no neighbour answers, quoting our datagram");
        assertVerdict(ipv4 ? "192.0.2.99" : "2001:db8:0:1::99")
                .containsEntry("verdict", "host-unreachable")
                .containsEntry("offender", text(hosts.r2TowardsClient(family)));
    }

    private static void failFast(Host host, String device, boolean ipv4) {
        String neighbours = (ipv4 ? "net.ipv4.neigh." : "net.ipv6.neigh.") + device;
        host.sysctl(neighbours + ".retrans_time_ms", "100").sysctl(neighbours + ".mcast_solicit", "1");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayWhatARoutersRoutesSay(StandardProtocolFamily family) throws Exception {
        server(family);
        boolean ipv4 = family == INET;
        String r1 = text(hosts.r1TowardsClient(family));
        String net = ipv4 ? "203.0.113." : "2001:db8:bad::";
        hosts.r1().route("prohibit " + net + "1", "unreachable " + net + "2", "blackhole " + net + "3");

        assertVerdict(net + "1")
                .containsEntry("verdict", "rejected")
                .containsEntry("icmp", ipv4 ? icmp(3, 13) : icmp(1, 1))
                .containsEntry("offender", r1);
        assertVerdict(net + "2")
                .containsEntry("verdict", ipv4 ? "host-unreachable" : "no-route")
                .containsEntry("icmp", ipv4 ? icmp(3, 1) : icmp(1, 0))
                .containsEntry("offender", r1);
        assertVerdict(net + "3", "--attempts=1").containsEntry("verdict", "no-answer");
        // The routers' default routes point at each other.
        assertVerdict(net + "4")
                .containsEntry("verdict", "host-unreachable")
                .containsEntry("errno", "EHOSTUNREACH")
                .containsEntry("icmp", ipv4 ? icmp(11, 0) : icmp(3, 0))
                .extractingByKey("evidence")
                .asString()
                .contains("ran out on the way");
        hosts.r1().ip("route delete " + (ipv4 ? "0.0.0.0/0" : "::/0"));
        assertVerdict(net + "5")
                .containsEntry("verdict", "no-route")
                .containsEntry("errno", "ENETUNREACH")
                .containsEntry("icmp", ipv4 ? icmp(3, 0) : icmp(1, 0))
                .containsEntry("offender", r1);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayWhatThisHostsOwnRoutesSay(StandardProtocolFamily family) throws Exception {
        server(family);
        String net = family == INET ? "203.0.113." : "2001:db8:bad::";
        hosts.client().route("prohibit " + net + "1", "unreachable " + net + "2", "blackhole " + net + "3");

        assertOwnRouteSays("EACCES", net + "1", "prohibit route");
        assertOwnRouteSays("EHOSTUNREACH", net + "2", "unreachable route");
        assertOwnRouteSays("EINVAL", net + "3", "blackhole route");
        hosts.client().ip("route delete " + (family == INET ? "0.0.0.0/0" : "::/0"));
        assertOwnRouteSays("ENETUNREACH", net + "4", "has no route");
    }

    private void assertOwnRouteSays(String errno, String target, String evidence) throws Exception {
        assertVerdict(target)
                .containsEntry("verdict", "no-route")
                .containsEntry("errno", errno)
                .containsEntry("icmp", null)
                .containsEntry("offender", null)
                .containsEntry("rttUs", null)
                .extractingByKey("evidence")
                .asString()
                .startsWith("this host's own routing table ")
                .contains(evidence, errno);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayThatThisHostsOwnFirewallDrops(StandardProtocolFamily family) throws Exception {
        String server = server(family);
        hosts.client().nft("table inet f { chain out { type filter hook output priority 0; udp dport 9 drop; }; }");

        assertVerdict(server)
                .containsEntry("verdict", "local-firewall")
                .containsEntry("errno", "EPERM")
                .containsEntry("evidence", "this host's own firewall dropped the datagram (send: EPERM)");

        hosts.client()
                .nft("flush ruleset\n"
                        + "table inet f { chain out { type filter hook output priority 0; udp dport 9 reject; }; }");
        assertVerdict(server).containsEntry("verdict", "local-firewall").containsEntry("errno", "EPERM");
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSayWhichLinkIsTooSmall(StandardProtocolFamily family, @TempDir Path directory) throws Exception {
        String server = server(family);
        String large = "@" + Files.write(directory.resolve("large"), new byte[1453]);
        String medium = "@" + Files.write(directory.resolve("medium"), new byte[1400]);
        hosts.client().ip("link set e0 mtu 1480");
        hosts.r1().ip("link set s0 mtu 1300");

        assertVerdict(server, "--payload", large)
                .containsEntry("verdict", "too-big")
                .containsEntry("errno", "EMSGSIZE")
                .containsEntry("icmp", null)
                .containsEntry(
                        "evidence",
                        "the datagram does not fit this host's own interface, whose MTU is 1480 (send: EMSGSIZE)");
        for (int i = 0; i < 2; i++) { // the kernel has learnt the path MTU, and it makes no difference
            assertVerdict(server, "--payload", medium)
                    .containsEntry("verdict", "too-big")
                    .containsEntry("errno", "EMSGSIZE")
                    .containsEntry("icmp", family == INET ? icmp(3, 4) : icmp(2, 0))
                    .containsEntry("offender", text(hosts.r1TowardsClient(family)))
                    .extractingByKey("evidence")
                    .asString()
                    .contains("(its next link takes 1300 bytes)");
        }
    }
}
