package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LabExtension.class)
@Timeout(20)
class IcmpLimitsTest {

    private static final int PROBES = 60;

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldAnswerEveryProbe(StandardProtocolFamily family, Lab lab) throws Throwable {
        RoutedLab hosts = RoutedLab.build(lab);
        PacketCounter answers = answers(hosts, family);

        probe(hosts, family);

        Await.until(() -> assertThat(answers.packets()).isEqualTo(PROBES));
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldAnswerFewProbesWhenTheDefaultsAreBack(StandardProtocolFamily family, Lab lab) throws Throwable {
        RoutedLab hosts = RoutedLab.build(lab);
        PacketCounter answers = answers(hosts, family);
        hosts.server().defaultIcmpLimits();

        probe(hosts, family);

        Await.until(() -> assertThat(answers.packets()).isPositive());
        assertThat(answers.packets()).isLessThan(PROBES / 2);
    }

    private static PacketCounter answers(RoutedLab hosts, StandardProtocolFamily family) throws Exception {
        if (family == StandardProtocolFamily.INET6) {
            Udp.assumeIpv6(hosts.client());
        }
        String protocol = family == StandardProtocolFamily.INET ? "icmp" : "icmpv6";
        return PacketCounter.of(hosts.client(), "answers", "input", protocol + " type destination-unreachable");
    }

    private static void probe(RoutedLab hosts, StandardProtocolFamily family) throws Exception {
        try (DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
            for (int i = 0; i < PROBES; i++) {
                Udp.send(client, hosts.serverAddress(family));
            }
        }
    }

    @Test
    void shouldBringBackWhatAFreshNamespaceHas(Lab lab) throws Exception {
        Host host = lab.host("a");
        try (Namespace fresh = Namespace.create()) {
            for (String key : new String[] {
                "net.ipv4.icmp_ratelimit",
                "net.ipv4.icmp_ratemask",
                "net.ipv4.icmp_msgs_per_sec",
                "net.ipv4.icmp_msgs_burst",
                "net.ipv6.icmp.ratelimit"
            }) {
                if (Sysctl.exists(fresh, key)) {
                    host.defaultIcmpLimits();
                    assertThat(host.sysctl(key)).as(key).isEqualTo(Sysctl.read(fresh, key));
                }
            }
        }
    }
}
