package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.lab.EcmpLab;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What trace sees where there are two ways to the target. */
@ExtendWith(LabExtension.class)
@Timeout(60)
class TraceEcmpTest {
    /** The flows that go by an address at a hop. */
    private static Set<Object> flows(Cli cli, long ttl, InetAddress address) {
        Set<Object> flows = new HashSet<>();
        for (Map<String, Object> event : cli.events()) {
            if (Long.valueOf(ttl).equals(event.get("ttl")) && Host.text(address).equals(event.get("address"))) {
                flows.addAll((List<?>) event.get("flows"));
            }
        }
        return flows;
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSeeBothWaysAndKeepEachFlowOnItsOwn(StandardProtocolFamily family, Lab lab) throws Exception {
        EcmpLab hosts = EcmpLab.build(lab);
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        String target = Host.text(hosts.serverAddress(family));

        Cli cli = hosts.client().call(() -> Cli.run("trace", target, "--flows", "16", "--json"));

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        Set<Object> byRa = flows(cli, 2, hosts.raTowardsClient(family));
        Set<Object> byRb = flows(cli, 2, hosts.rbTowardsClient(family));
        assertThat(byRa).isNotEmpty().doesNotContainAnyElementsOf(byRb);
        assertThat(byRb).isNotEmpty();
        assertThat(byRa.size() + byRb.size()).isEqualTo(16);
        assertThat(flows(cli, 1, hosts.r0TowardsClient(family))).hasSize(16);
        assertThat(flows(cli, 3, hosts.r3TowardsRa(family))).isEqualTo(byRa);
        assertThat(flows(cli, 3, hosts.r3TowardsRb(family))).isEqualTo(byRb);
        assertThat(flows(cli, 4, hosts.serverAddress(family))).hasSize(16);
        assertThat(cli.event("end"))
                .containsEntry("hops", 4L)
                .containsEntry("reason", "port unreachable from " + target + " itself");
    }

    @Test
    void shouldTellWhichFlowsDoNotReachTheTarget(Lab lab) throws Exception {
        EcmpLab hosts = EcmpLab.build(lab);
        hosts.ra()
                .nft("table inet fw { chain forw { type filter hook forward priority 0;"
                        + " udp dport 33434 reject with icmp type admin-prohibited; }; }");

        Cli cli = hosts.client().call(() -> Cli.run("trace", "192.0.2.1", "--flows", "16", "--json"));
        Cli text = hosts.client().call(() -> Cli.run("trace", "192.0.2.1", "--flows", "16"));

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        int byRa = flows(cli, 2, hosts.raTowardsClient(StandardProtocolFamily.INET))
                .size();
        assertThat(byRa).isBetween(1, 15);
        assertThat((String) cli.event("end").get("reason"))
                .contains(" flow" + (byRa > 1 ? "s" : "") + ": communication administratively prohibited from 10.1.0.2")
                .contains(": port unreachable from 192.0.2.1 itself");
        List<String> middle = new ArrayList<>();
        text.out().lines().filter(line -> line.startsWith(" 2  ")).forEach(middle::add);
        assertThat(middle).hasSize(2).allMatch(line -> line.matches(" 2  10\\.[12]\\.0\\.2, flows?( [0-9]+)+: .* us"));
    }
}
