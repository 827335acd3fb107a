package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LabExtension.class)
@Timeout(30)
class IcmpForgerTest {

    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final StandardProtocolFamily INET6 = StandardProtocolFamily.INET6;

    private RoutedLab hosts;

    @BeforeEach
    void build(Lab lab) {
        hosts = RoutedLab.build(lab);
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldMakeASocketBelieveThatAPortIsClosed(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket victim = connected(family);
                IcmpForger forger = IcmpForger.open(hosts.r1(), family)) {
            forger.send(hosts.clientAddress(family), IcmpError.portUnreachable(quoted(victim, family, 0)));

            assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> Udp.sender(victim));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldBeBelievedWithExtensionsToo(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket victim = connected(family);
                IcmpForger forger = IcmpForger.open(hosts.r1(), family)) {
            IcmpExtensions label = IcmpExtensions.empty().withObject(1, 1, new byte[4]);

            forger.send(
                    hosts.clientAddress(family),
                    IcmpError.portUnreachable(quoted(victim, family, 0)).withExtensions(label));

            assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> Udp.sender(victim));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldNotBeBelievedAboutAnotherPort(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket victim = connected(family);
                DatagramSocket server = Udp.open(hosts.server(), family, Udp.PORT);
                IcmpForger forger = IcmpForger.open(hosts.r1(), family)) {
            forger.send(hosts.clientAddress(family), IcmpError.portUnreachable(quoted(victim, family, 1)));

            // A pending error would come out first.
            victim.send(new DatagramPacket(new byte[1], 1));
            Udp.echo(server);
            assertThat(Udp.sender(victim)).isEqualTo(hosts.serverAddress(family));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldMakeAHostBelieveInASmallerMtu(StandardProtocolFamily family) throws Exception {
        assume(family);
        try (DatagramSocket victim = connected(family);
                IcmpForger forger = IcmpForger.open(hosts.r2(), family)) {
            forger.send(hosts.clientAddress(family), IcmpError.packetTooBig(quoted(victim, family, 0), 1400));

            String target = hosts.serverAddress(family).getHostAddress();
            assertThat(hosts.client().exec("ip", "route", "get", target)).contains("mtu 1400");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "INET6"})
    void shouldRaiseAStorm(StandardProtocolFamily family) throws Throwable {
        assume(family);
        int storm = 100_000;
        PacketCounter arrived = PacketCounter.of(
                hosts.client(),
                "storm",
                "input",
                family == INET ? "icmp type destination-unreachable" : "icmpv6 type destination-unreachable");
        try (DatagramSocket victim = connected(family);
                IcmpForger forger = IcmpForger.open(hosts.r1(), family)) {
            IcmpError error = IcmpError.portUnreachable(quoted(victim, family, 0));

            assertThat(forger.send(hosts.clientAddress(family), error, storm)).isEqualTo(storm);

            // A busy machine may drop a few on the way.
            Await.until(() -> assertThat(arrived.packets()).isGreaterThan(storm / 2));
            assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> Udp.sender(victim));
        }
    }

    @Test
    void shouldSayWhichHostCannotSendWhereto() {
        hosts.r1().ip("route add prohibit 203.0.113.1");
        try (IcmpForger forger = IcmpForger.open(hosts.r1(), INET)) {
            IcmpError error = IcmpError.portUnreachable(
                    QuotedDatagram.of(new InetSocketAddress("203.0.113.1", 1), new InetSocketAddress("192.0.2.1", 2)));

            assertThatExceptionOfType(LabException.class)
                    .isThrownBy(() -> forger.send(new InetSocketAddress("203.0.113.1", 0).getAddress(), error))
                    .withMessageContaining("host r1")
                    .withMessageContaining("EACCES");
        }
    }

    @Test
    void shouldRefuseAMixOfFamilies() throws Exception {
        Udp.assumeIpv6(hosts.client());
        IcmpError ipv4 = IcmpError.portUnreachable(QuotedDatagram.of(
                new InetSocketAddress(hosts.clientAddress(INET), 1), new InetSocketAddress("192.0.2.1", 2)));
        try (IcmpForger forger = IcmpForger.open(hosts.r1(), INET6)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> forger.send(hosts.clientAddress(INET), ipv4))
                    .withMessageContaining("victim");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> forger.send(hosts.clientAddress(INET6), ipv4))
                    .withMessageContaining("message");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> IcmpForger.open(hosts.r1(), null));
    }

    @Test
    void shouldCloseTwiceAndSendNoMore() {
        IcmpForger forger = IcmpForger.open(hosts.r1(), INET);
        forger.close();
        forger.close();

        IcmpError error = IcmpError.portUnreachable(
                QuotedDatagram.of(new InetSocketAddress("10.0.0.2", 1), new InetSocketAddress("192.0.2.1", 2)));
        assertThatIllegalStateException().isThrownBy(() -> forger.send(hosts.clientAddress(INET), error));
    }

    private DatagramSocket connected(StandardProtocolFamily family) throws Exception {
        DatagramSocket socket = Udp.open(hosts.client(), family, 0);
        socket.connect(new InetSocketAddress(hosts.serverAddress(family), Udp.PORT));
        return socket;
    }

    /** What the victim could have sent, if not for the port. */
    private QuotedDatagram quoted(DatagramSocket victim, StandardProtocolFamily family, int portTooHigh) {
        return QuotedDatagram.of(
                new InetSocketAddress(hosts.clientAddress(family), victim.getLocalPort()),
                new InetSocketAddress(hosts.serverAddress(family), Udp.PORT + portTooHigh),
                (byte) 1);
    }

    private void assume(StandardProtocolFamily family) throws Exception {
        if (family == INET6) {
            Udp.assumeIpv6(hosts.client());
        }
    }
}
