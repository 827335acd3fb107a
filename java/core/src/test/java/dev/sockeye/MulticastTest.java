package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.channels.MembershipKey;
import org.junit.jupiter.api.Test;

/** IPv4 groups on the loopback interface, IPv6 ones on a link: what a socket hears before, during and after a membership. */
class MulticastTest {
    private final InetAddress group = InetAddress.getByName("239.192.77.1");
    private final InetAddress source = InetAddress.getByName("127.0.0.1");
    private final InetAddress otherSource = InetAddress.getByName("127.0.0.2");
    private final NetworkInterface lo = Loopback.networkInterface();

    MulticastTest() throws IOException {}

    private UdpSocket receiver() throws IOException {
        return UdpSocket.open(INET)
                .setOption(LinuxSocketOptions.IP_MULTICAST_ALL, false)
                .setOption(LinuxSocketOptions.IP_PKTINFO, true)
                .bind(null);
    }

    /** Sends to the group from both sources; says who was heard. */
    private String heard(UdpSocket receiver, InetAddress toGroup) throws IOException {
        for (InetAddress from : new InetAddress[] {source, otherSource}) {
            try (UdpSocket sender = Loopback.bound(from.getHostAddress())) {
                sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, lo);
                Loopback.send(sender, new InetSocketAddress(toGroup, Loopback.port(receiver)), from.getHostAddress());
            }
        }
        return String.join(" ", Loopback.receiveAll(receiver));
    }

    @Test
    void shouldHearAGroupWhileItIsAMember() throws IOException {
        try (UdpSocket receiver = receiver()) {
            assertThat(heard(receiver, group)).isEmpty();
            MembershipKey key = receiver.join(group, lo);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.1 127.0.0.2");
            key.drop();
            assertThat(heard(receiver, group)).isEmpty();
        }
    }

    @Test
    void shouldHearIpv4GroupsOnADualStackSocket() throws IOException {
        assumeTrue(Loopback.hasIpv6(), "IPv6 on the loopback interface");
        try (UdpSocket receiver = UdpSocket.open(INET6)
                .setOption(LinuxSocketOptions.IP_MULTICAST_ALL, false)
                .bind(null)) {
            MembershipKey key = receiver.join(group, lo);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.1 127.0.0.2");
            key.drop();
            assertThat(heard(receiver, group)).isEmpty();
        }
    }

    @Test
    void shouldHearTheSourceThatWasJoinedAlone() throws IOException {
        try (UdpSocket receiver = receiver()) {
            MembershipKey key = receiver.join(group, lo, otherSource);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.2");
            receiver.join(group, lo, source);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.1 127.0.0.2");
            key.drop();
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void shouldNotHearABlockedSourceUntilItIsUnblocked() throws IOException {
        try (UdpSocket receiver = receiver()) {
            MembershipKey key = receiver.join(group, lo).block(source);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.2");
            key.unblock(source);
            assertThat(heard(receiver, group)).isEqualTo("127.0.0.1 127.0.0.2");
        }
    }

    @Test
    void shouldTellTheGroupApartFromTheAddressToAnswerFrom() throws IOException {
        try (UdpSocket receiver = receiver();
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            receiver.join(group, lo);
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, lo);
            Loopback.send(sender, new InetSocketAddress(group, Loopback.port(receiver)), "all");
            PacketBatch batch = PacketBatch.allocate(1, 10);
            assertThat(receiver.receive(batch)).isEqualTo(1);
            Packet packet = batch.get(0);
            assertThat(packet.destination()).isEqualTo(group);
            assertThat(packet.local()).isEqualTo(InetAddress.getByName("127.0.0.1"));
            packet.reply();
            assertThat(receiver.send(batch)).isEqualTo(1);
            assertThat(Loopback.receiveAll(sender)).containsExactly("all");
        }
    }
}
