package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LabExtension.class)
@Timeout(20)
class RoutedLabTest {

    private static final String[] HOP_LIMITS = {"net.ipv4.ip_default_ttl", "net.ipv6.conf.e0.hop_limit"};

    private RoutedLab hosts;

    @BeforeEach
    void build(Lab lab) {
        hosts = RoutedLab.build(lab);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldCarryDatagramsThereAndBack(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket server = Udp.open(hosts.server(), family, Udp.PORT);
                DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
            Udp.send(client, hosts.serverAddress(family));
            DatagramPacket request = new DatagramPacket(new byte[100], 100);
            server.receive(request);
            server.send(request);

            assertThat(request.getAddress()).isEqualTo(hosts.clientAddress(family));
            assertThat(Udp.sender(client)).isEqualTo(hosts.serverAddress(family));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldReachEveryAddressOfTheRouters(StandardProtocolFamily family) throws Exception {
        assume(family);

        assertThat(answerer(hosts.r1(), hosts.client(), hosts.r1TowardsClient(family), family))
                .isEqualTo(hosts.r1TowardsClient(family));
        assertThat(answerer(hosts.r1(), hosts.server(), hosts.r1TowardsServer(family), family))
                .isEqualTo(hosts.r1TowardsServer(family));
        assertThat(answerer(hosts.r2(), hosts.client(), hosts.r2TowardsClient(family), family))
                .isEqualTo(hosts.r2TowardsClient(family));
        assertThat(answerer(hosts.r2(), hosts.server(), hosts.r2TowardsServer(family), family))
                .isEqualTo(hosts.r2TowardsServer(family));
    }

    private static InetAddress answerer(Host asked, Host asker, InetAddress address, StandardProtocolFamily family)
            throws Exception {
        try (DatagramSocket service = Udp.open(asked, family, Udp.PORT);
                DatagramSocket client = Udp.open(asker, family, 0)) {
            Udp.send(client, address);
            Udp.echo(service);
            return Udp.sender(client);
        }
    }

    /** The JDK cannot set hop limits or read errors, so the kernel's own default and firewall do. */
    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldNeedThreeHopsToTheServer(StandardProtocolFamily family) throws Throwable {
        assume(family);
        PacketCounter byR1 = expired("by_r1", hosts.r1TowardsClient(family), family);
        PacketCounter byR2 = expired("by_r2", hosts.r2TowardsClient(family), family);
        try (DatagramSocket server = Udp.open(hosts.server(), family, Udp.PORT);
                DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
            sendWithHops(1, client, family);
            Await.until(() -> assertThat(byR1.packets()).isEqualTo(1));
            sendWithHops(2, client, family);
            Await.until(() -> assertThat(byR2.packets()).isEqualTo(1));
            sendWithHops(3, client, family);

            assertThat(Udp.sender(server)).isEqualTo(hosts.clientAddress(family));
        }
        assertThat(byR1.packets()).isEqualTo(1);
        assertThat(byR2.packets()).isEqualTo(1);
    }

    private void sendWithHops(int hops, DatagramSocket client, StandardProtocolFamily family) throws Exception {
        hosts.client().sysctl(HOP_LIMITS[family == StandardProtocolFamily.INET ? 0 : 1], Integer.toString(hops));
        Udp.send(client, hosts.serverAddress(family));
    }

    private PacketCounter expired(String name, InetAddress router, StandardProtocolFamily family) {
        String match = family == StandardProtocolFamily.INET
                ? "ip saddr " + router.getHostAddress() + " icmp type time-exceeded"
                : "ip6 saddr " + router.getHostAddress() + " icmpv6 type time-exceeded";
        return PacketCounter.of(hosts.client(), name, "input", match);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldBringBackThatAPortIsClosed(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket client = Udp.open(hosts.client(), family, 0)) {
            client.connect(new InetSocketAddress(hosts.serverAddress(family), Udp.PORT));
            client.send(new DatagramPacket(new byte[1], 1));

            assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> Udp.sender(client));
        }
    }

    private void assume(StandardProtocolFamily family) throws Exception {
        if (family == StandardProtocolFamily.INET6) {
            Udp.assumeIpv6(hosts.client());
        }
    }
}
