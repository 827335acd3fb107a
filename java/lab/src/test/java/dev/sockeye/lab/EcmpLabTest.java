package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LabExtension.class)
@Timeout(20)
class EcmpLabTest {

    /** So many that all on one way would be a wonder: 1 in 2 to the 39th. */
    private static final int FLOWS = 40;

    private static final String REQUEST = "udp dport " + Udp.PORT;
    private static final String REPLY = "udp sport " + Udp.PORT;

    private EcmpLab hosts;

    @BeforeEach
    void build(Lab lab) {
        hosts = EcmpLab.build(lab);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldSpreadFlowsOverBothWaysThereAndBack(StandardProtocolFamily family) throws Exception {
        assume(family);
        PacketCounter thereByA = PacketCounter.of(hosts.ra(), "there", "forward", REQUEST);
        PacketCounter thereByB = PacketCounter.of(hosts.rb(), "there", "forward", REQUEST);
        PacketCounter backByA = PacketCounter.of(hosts.ra(), "back", "forward", REPLY);
        PacketCounter backByB = PacketCounter.of(hosts.rb(), "back", "forward", REPLY);
        try (DatagramSocket server = Udp.open(hosts.server(), family, Udp.PORT)) {
            for (int i = 0; i < FLOWS; i++) {
                try (DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
                    Udp.send(client, hosts.serverAddress(family));
                    Udp.echo(server);
                    assertThat(Udp.sender(client)).isEqualTo(hosts.serverAddress(family));
                }
            }
        }

        assertThat(thereByA.packets()).isBetween(1, FLOWS - 1);
        assertThat(thereByA.packets() + thereByB.packets()).isEqualTo(FLOWS);
        assertThat(backByA.packets()).isBetween(1, FLOWS - 1);
        assertThat(backByA.packets() + backByB.packets()).isEqualTo(FLOWS);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldKeepAFlowOnItsWay(StandardProtocolFamily family) throws Exception {
        assume(family);
        PacketCounter byA = PacketCounter.of(hosts.ra(), "there", "forward", REQUEST);
        PacketCounter byB = PacketCounter.of(hosts.rb(), "there", "forward", REQUEST);
        try (DatagramSocket server = Udp.open(hosts.server(), family, Udp.PORT);
                DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
            for (int i = 0; i < FLOWS; i++) {
                Udp.send(client, hosts.serverAddress(family));
                Udp.sender(server);
            }
        }

        assertThat(new int[] {byA.packets(), byB.packets()}).containsExactlyInAnyOrder(0, FLOWS);
    }

    /** Three hops lead to r3, and its answer tells by which way. */
    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldTellTheWayByTheAddressOfTheLastRouter(StandardProtocolFamily family) throws Throwable {
        assume(family);
        PacketCounter byA = PacketCounter.of(hosts.ra(), "there", "forward", REQUEST);
        PacketCounter byB = PacketCounter.of(hosts.rb(), "there", "forward", REQUEST);
        PacketCounter towardsA = expired("towards_a", hosts.r3TowardsRa(family), family);
        PacketCounter towardsB = expired("towards_b", hosts.r3TowardsRb(family), family);
        boolean ipv4 = family == StandardProtocolFamily.INET;
        hosts.client().sysctl(ipv4 ? "net.ipv4.ip_default_ttl" : "net.ipv6.conf.e0.hop_limit", "3");
        for (int i = 0; i < FLOWS; i++) {
            try (DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
                Udp.send(client, hosts.serverAddress(family));
            }
        }

        Await.until(() -> assertThat(towardsA.packets() + towardsB.packets()).isEqualTo(FLOWS));
        assertThat(towardsA.packets()).isEqualTo(byA.packets());
        assertThat(towardsB.packets()).isEqualTo(byB.packets());
    }

    private PacketCounter expired(String name, InetAddress router, StandardProtocolFamily family) {
        String match = family == StandardProtocolFamily.INET
                ? "ip saddr " + router.getHostAddress() + " icmp type time-exceeded"
                : "ip6 saddr " + router.getHostAddress() + " icmpv6 type time-exceeded";
        return PacketCounter.of(hosts.client(), name, "input", match);
    }

    private void assume(StandardProtocolFamily family) throws Exception {
        if (family == StandardProtocolFamily.INET6) {
            Udp.assumeIpv6(hosts.client());
        }
    }
}
