package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.SourcePolicy;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.MultiHomedLab;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.MembershipKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests to broadcast, multicast and link-local addresses are answered from the receiving interface's own address (RFC
 * 1122 section 3.2.1.3). The router asks: it shares a link with each of the server's interfaces.
 */
@ExtendWith(LabExtension.class)
class GroupAddressTest {
    @ParameterizedTest(name = "{0} answers from {1}, socket {2}")
    @CsvSource({
        "192.0.2.255,    192.0.2.1,    INET",
        "198.51.100.255, 198.51.100.1, INET",
        "198.51.100.255, 198.51.100.1, INET6",
    })
    void shouldAnswerABroadcastFromTheInterfacesAddress(
            String broadcast, String own, StandardProtocolFamily family, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeFamily(hosts, family);
        try (EchoOn server = new EchoOn(hosts.server(), family, SourcePolicy.ADDRESS)) {
            assertThat(Question.ask(hosts.router(), InetAddress.getByName(broadcast)))
                    .isEqualTo(InetAddress.getByName(own));
        }
    }

    @Test
    void shouldAnswerTheLimitedBroadcastFromTheInterfacesAddress(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        hosts.router().ip("route add 255.255.255.255/32 dev r1");
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET, SourcePolicy.ADDRESS)) {
            assertThat(Question.ask(hosts.router(), InetAddress.getByName("255.255.255.255")))
                    .isEqualTo(InetAddress.getByName("198.51.100.1"));
        }
    }

    @ParameterizedTest(name = "socket {0}")
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void shouldAnswerAnIpv4GroupFromTheInterfaceThatJoined(StandardProtocolFamily family, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeFamily(hosts, family);
        InetAddress group = InetAddress.getByName("239.1.2.3");
        try (EchoOn server = new EchoOn(hosts.server(), family, SourcePolicy.ADDRESS)) {
            MembershipKey membership = join(hosts.server(), server, group, "e1");
            assertThat(Question.ask(hosts.router(), group, "r1")).isEqualTo(InetAddress.getByName("198.51.100.1"));
            membership.drop();
            assertThat(membership.isValid()).isFalse();
            assertThat(Question.ask(hosts.router(), group, "r1")).isNull();
        }
    }

    @ParameterizedTest(name = "source {0}: {1}")
    @CsvSource({"198.51.100.254, true", "198.51.100.7, false"})
    void shouldHearOnlyTheSourceThatWasAskedFor(String source, boolean heard, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        InetAddress group = InetAddress.getByName("232.1.2.3");
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET, SourcePolicy.ADDRESS)) {
            hosts.server()
                    .run(() ->
                            server.socket.join(group, NetworkInterface.getByName("e1"), InetAddress.getByName(source)));
            InetAddress answer = Question.ask(hosts.router(), group, "r1");
            assertThat(answer).isEqualTo(heard ? InetAddress.getByName("198.51.100.1") : null);
        }
    }

    @Test
    void shouldNotHearASourceThatWasBlocked(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        InetAddress group = InetAddress.getByName("239.1.2.3");
        InetAddress asker = InetAddress.getByName("198.51.100.254");
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET, SourcePolicy.ADDRESS)) {
            MembershipKey membership = join(hosts.server(), server, group, "e1");
            membership.block(asker);
            assertThat(Question.ask(hosts.router(), group, "r1")).isNull();
            membership.unblock(asker);
            assertThat(Question.ask(hosts.router(), group, "r1")).isEqualTo(InetAddress.getByName("198.51.100.1"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"ff02::1234", "ff05::1234"})
    void shouldAnswerAnIpv6GroupFromAnAddressOfTheInterfaceThatJoined(String groupText, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeFamily(hosts, StandardProtocolFamily.INET6);
        InetAddress group = InetAddress.getByName(groupText);
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET6, SourcePolicy.ADDRESS)) {
            linkLocal(hosts.server(), "e1");
            linkLocal(hosts.router(), "r1");
            List<Inet6Address> own = ipv6Addresses(hosts.server(), "e1");
            join(hosts.server(), server, group, "e1");
            InetAddress answer = Question.ask(hosts.router(), group, "r1");
            assertThat(answer).isNotNull();
            assertThat(own).anyMatch(address -> Arrays.equals(address.getAddress(), answer.getAddress()));
        }
    }

    /** On the link where the peer is, the kernel's choice is the same: every policy is right. */
    @ParameterizedTest(name = "{0}")
    @EnumSource(SourcePolicy.class)
    void shouldAnswerGroupsRightUnderEveryPolicy(SourcePolicy policy, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        InetAddress group = InetAddress.getByName("239.1.2.3");
        InetAddress own = InetAddress.getByName("198.51.100.1");
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET, policy)) {
            join(hosts.server(), server, group, "e1");
            assertThat(Question.ask(hosts.router(), group, "r1")).isEqualTo(own);
            assertThat(Question.ask(hosts.router(), InetAddress.getByName("198.51.100.255")))
                    .isEqualTo(own);
        }
    }

    @Test
    void shouldTellTheGroupAndTheInterfaceOfAnIpv6DatagramUntilItLeaves(Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeFamily(hosts, StandardProtocolFamily.INET6);
        linkLocal(hosts.router(), "r1");
        InetAddress group = InetAddress.getByName("ff02::7777");
        NetworkInterface link = hosts.server().call(() -> NetworkInterface.getByName("e1"));
        NetworkInterface out = hosts.router().call(() -> NetworkInterface.getByName("r1"));
        PacketBatch batch = PacketBatch.allocate(1, 10);
        try (UdpSocket receiver = hosts.server().call(() -> UdpSocket.open(StandardProtocolFamily.INET6));
                UdpSocket sender = hosts.router().call(() -> UdpSocket.open(StandardProtocolFamily.INET6))) {
            receiver.setOption(LinuxSocketOptions.IP_PKTINFO, true).bind(new InetSocketAddress(EchoOn.PORT));
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, out);
            MembershipKey membership = receiver.join(group, link);
            sendTo(sender, new InetSocketAddress(group, EchoOn.PORT));
            assertThat(receiver.receive(batch, Duration.ofSeconds(5))).isEqualTo(1);
            assertThat(batch.get(0).destination()).isEqualTo(group);
            assertThat(batch.get(0).local()).isNull();
            assertThat(batch.get(0).interfaceIndex()).isEqualTo(link.getIndex());
            membership.drop();
            sendTo(sender, new InetSocketAddress(group, EchoOn.PORT));
            assertThat(receiver.receive(batch, Duration.ofMillis(200))).isZero();
        }
    }

    private static void sendTo(UdpSocket sender, InetSocketAddress remote) throws IOException {
        PacketBatch batch = PacketBatch.allocate(1, 10);
        batch.add().remote(remote);
        assertThat(sender.send(batch)).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(SourcePolicy.class)
    void shouldAnswerLinkLocalPeersFromTheLinkLocalAddressAsked(SourcePolicy policy, Lab lab) throws Exception {
        MultiHomedLab hosts = MultiHomedLab.build(lab);
        assumeFamily(hosts, StandardProtocolFamily.INET6);
        try (EchoOn server = new EchoOn(hosts.server(), StandardProtocolFamily.INET6, policy)) {
            Inet6Address own = linkLocal(hosts.server(), "e1");
            linkLocal(hosts.router(), "r1");
            int scope =
                    hosts.router().call(() -> NetworkInterface.getByName("r1").getIndex());
            InetAddress asked = Inet6Address.getByAddress(null, own.getAddress(), scope);
            assertThat(Question.ask(hosts.router(), asked)).isEqualTo(asked);
        }
    }

    private static MembershipKey join(Host host, EchoOn server, InetAddress group, String device) throws Exception {
        return host.call(() -> server.socket.join(group, NetworkInterface.getByName(device)));
    }

    /** The device's link-local address; the kernel gives it one when the link has come up. */
    private static Inet6Address linkLocal(Host host, String device) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (System.nanoTime() < deadline) {
            for (Inet6Address address : ipv6Addresses(host, device)) {
                if (address.isLinkLocalAddress()) {
                    return address;
                }
            }
            Thread.sleep(10);
        }
        throw new AssertionError(device + " of " + host + " has no link-local address");
    }

    /**
     * The device's usable IPv6 addresses. NetworkInterface cannot tell: it reads /proc/self, which is the namespace of the
     * process' first thread and not of this one.
     */
    private static List<Inet6Address> ipv6Addresses(Host host, String device) throws Exception {
        List<String> lines = host.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/if_inet6")));
        List<Inet6Address> addresses = new ArrayList<>();
        for (String line : lines) { // address index prefix-length scope flags device
            String[] fields = line.strip().split(" +");
            boolean tentative = (Integer.parseInt(fields[4], 16) & 0x40) != 0;
            if (fields[5].equals(device) && !tentative) {
                byte[] bytes = HexFormat.of().parseHex(fields[0]);
                addresses.add(Inet6Address.getByAddress(null, bytes, -1));
            }
        }
        return addresses;
    }

    private static void assumeFamily(MultiHomedLab hosts, StandardProtocolFamily family) {
        assumeTrue(family == StandardProtocolFamily.INET || hosts.server().hasIpv6(), "this kernel has no IPv6");
    }
}
