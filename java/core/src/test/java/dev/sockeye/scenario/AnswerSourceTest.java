package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SourcePolicy;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.MultiHomedLab;
import dev.sockeye.lab.MultiHomedLab.Role;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which address answers, for each policy and each kind of unicast address of a host. */
@ExtendWith(LabExtension.class)
class AnswerSourceTest {
    /** The answers' sources: an address of the server, or nobody. */
    private static final String NOBODY = "-";

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "KERNEL,                PRIMARY, PRIMARY,   PRIMARY,       PRIMARY",
        "ADDRESS,               PRIMARY, SECONDARY, SECOND_UPLINK, VIRTUAL",
        "ADDRESS_AND_INTERFACE, PRIMARY, SECONDARY, -,             VIRTUAL",
        "INTERFACE,             PRIMARY, PRIMARY,   -,             PRIMARY",
    })
    void shouldAnswerIpv4FromWhereThePolicySays(
            SourcePolicy policy, String primary, String secondary, String uplink, String virtual, Lab lab)
            throws Exception {
        verify(
                MultiHomedLab.build(lab),
                StandardProtocolFamily.INET,
                StandardProtocolFamily.INET,
                policy,
                Map.of(
                        Role.PRIMARY, primary,
                        Role.SECONDARY, secondary,
                        Role.SECOND_UPLINK, uplink,
                        Role.VIRTUAL, virtual));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "KERNEL,                PRIMARY, PRIMARY,   PRIMARY,       PRIMARY",
        "ADDRESS,               PRIMARY, SECONDARY, SECOND_UPLINK, VIRTUAL",
        "ADDRESS_AND_INTERFACE, PRIMARY, SECONDARY, -,             VIRTUAL",
        "INTERFACE,             PRIMARY, PRIMARY,   -,             PRIMARY",
    })
    void shouldAnswerIpv4PeersOfADualStackSocketTheSameWay(
            SourcePolicy policy, String primary, String secondary, String uplink, String virtual, Lab lab)
            throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeTrue(hosts.server().hasIpv6(), "this kernel has no IPv6");
        verify(
                hosts,
                StandardProtocolFamily.INET6,
                StandardProtocolFamily.INET,
                policy,
                Map.of(
                        Role.PRIMARY, primary,
                        Role.SECONDARY, secondary,
                        Role.SECOND_UPLINK, uplink,
                        Role.VIRTUAL, virtual));
    }

    /** With an IPv6 source the interface does not force the route, unlike with IPv4. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "KERNEL,                PRIMARY, PRIMARY,   PRIMARY,       PRIMARY",
        "ADDRESS,               PRIMARY, SECONDARY, SECOND_UPLINK, VIRTUAL",
        "ADDRESS_AND_INTERFACE, PRIMARY, SECONDARY, SECOND_UPLINK, VIRTUAL",
        "INTERFACE,             PRIMARY, PRIMARY,   -,             PRIMARY",
    })
    void shouldAnswerIpv6FromWhereThePolicySays(
            SourcePolicy policy, String primary, String secondary, String uplink, String virtual, Lab lab)
            throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeTrue(hosts.server().hasIpv6(), "this kernel has no IPv6");
        verify(
                hosts,
                StandardProtocolFamily.INET6,
                StandardProtocolFamily.INET6,
                policy,
                Map.of(
                        Role.PRIMARY, primary,
                        Role.SECONDARY, secondary,
                        Role.SECOND_UPLINK, uplink,
                        Role.VIRTUAL, virtual));
    }

    private static void verify(
            MultiHomedLab hosts,
            StandardProtocolFamily socketFamily,
            StandardProtocolFamily family,
            SourcePolicy policy,
            Map<Role, String> expected)
            throws Exception {
        Map<Role, String> found = new EnumMap<>(Role.class);
        try (EchoOn server = new EchoOn(hosts.server(), socketFamily, policy)) {
            for (Role role : Role.values()) {
                InetAddress answer = Question.ask(hosts.client(), role.address(family));
                found.put(role, name(answer, family));
            }
        }
        assertThat(found).containsExactlyInAnyOrderEntriesOf(expected);
    }

    private static String name(InetAddress answer, StandardProtocolFamily family) {
        if (answer == null) {
            return NOBODY;
        }
        for (Role role : Role.values()) {
            if (role.address(family).equals(answer)) {
                return role.name();
            }
        }
        return answer.getHostAddress();
    }

    /** Two default routes, and a router that drops foreign sources: the case for ADDRESS_AND_INTERFACE. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"ADDRESS, -", "ADDRESS_AND_INTERFACE, SECOND_UPLINK"})
    void shouldPassAnAntiSpoofingRouterOnlyByTheInterfaceTheRequestCameIn(SourcePolicy policy, String expected, Lab lab)
            throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        hosts.server().route("default via 198.51.100.254 dev e1 metric 200");
        hosts.router()
                .nft(
                        """
                table inet guard {
                  chain forward {
                    type filter hook forward priority filter;
                    iifname "r0" udp sport 7007 ip saddr != 192.0.2.0/24 drop
                  }
                }
                """);
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET, policy)) {
            InetAddress answer = Question.ask(hosts.client(), Role.SECOND_UPLINK.address(StandardProtocolFamily.INET));
            assertThat(name(answer, StandardProtocolFamily.INET)).isEqualTo(expected);
        }
    }

    /** An address may go away between a request and its answer; the other answers of the batch go on. */
    @Test
    void shouldRefuseOnlyTheAnswersWhoseAddressIsGone(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        List<Role> asked = List.of(Role.PRIMARY, Role.SECONDARY, Role.PRIMARY);
        PacketBatch batch = PacketBatch.allocate(asked.size(), 100);
        try (UdpSocket server = hosts.server().call(() -> UdpSocket.open(StandardProtocolFamily.INET));
                UdpSocket client = hosts.client().call(() -> UdpSocket.open(StandardProtocolFamily.INET))) {
            server.setOption(LinuxSocketOptions.IP_PKTINFO, true).bind(new InetSocketAddress(EchoOn.PORT));
            for (Role role : asked) {
                batch.add().remote(new InetSocketAddress(role.address(StandardProtocolFamily.INET), EchoOn.PORT));
            }
            assertThat(client.send(batch)).isEqualTo(asked.size());
            receiveAll(server, batch);

            hosts.server().ip("address del 192.0.2.11/24 dev e0");
            batch.forEach(Packet::reply);
            assertThat(server.send(batch)).isEqualTo(asked.size() - 1);
            assertThat(batch.refused()).isEqualTo(1);
            assertThat(batch.get(1).refusal())
                    .hasMessageContaining("ENETUNREACH")
                    .hasMessageContaining("192.0.2.11");
            assertThat(batch.outgoing()).isZero();
        }
    }

    /** Waits until all are queued, so that one call takes them in order. */
    private static void receiveAll(UdpSocket server, PacketBatch batch) throws Exception {
        int queuedBytes = 0;
        for (int attempt = 0; attempt < 500; attempt++) {
            byte[] info = server.getRawOption(1, 55, 36); // SOL_SOCKET, SO_MEMINFO: what is queued is the first number
            int now = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(0);
            if (now > 0 && now == queuedBytes && attempt > 20) {
                break;
            }
            queuedBytes = now;
            Thread.sleep(10);
        }
        assertThat(server.receiveNow(batch)).isEqualTo(batch.capacity());
    }
}
