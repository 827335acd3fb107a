package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.PathMtuDiscovery;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of three datagrams that a link of 1300 bytes is too small for, one after the other, in each mode. */
@ExtendWith(LabExtension.class)
class PathMtuTest {
    private static final int SIZE = 1400;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "INET,  DONT,      arrives arrives arrives, 1500",
        "INET,  WANT,      told arrives arrives,    1300",
        "INET,  DO,        told refused refused,    1300",
        "INET,  PROBE,     told told told,          1300",
        "INET,  INTERFACE, arrives arrives arrives, 1500",
        "INET,  OMIT,      arrives arrives arrives, 1500",
        "INET6, DONT,      told arrives arrives,    1300",
        "INET6, WANT,      told arrives arrives,    1300",
        "INET6, DO,        told refused refused,    1300",
        "INET6, PROBE,     told told told,          1300",
        "INET6, INTERFACE, lost lost lost,          1500",
        "INET6, OMIT,      lost lost lost,          1500",
    })
    void shouldMeetASmallLinkInTheMiddle(
            StandardProtocolFamily family, PathMtuDiscovery mode, String expected, int mtuAfter, Lab lab)
            throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1().ip("link set s0 mtu 1300");
        hosts.r2().ip("link set c0 mtu 1300");

        verify(hosts, family, mode, expected, mtuAfter, 1500);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "INET,  DONT,      arrives arrives arrives",
        "INET,  WANT,      arrives arrives arrives",
        "INET,  DO,        refused refused refused",
        "INET,  PROBE,     refused refused refused",
        "INET,  INTERFACE, refused refused refused",
        "INET,  OMIT,      arrives arrives arrives",
        "INET6, DONT,      arrives arrives arrives",
        "INET6, WANT,      arrives arrives arrives",
        "INET6, DO,        refused refused refused",
        "INET6, PROBE,     refused refused refused",
        "INET6, INTERFACE, refused refused refused",
        "INET6, OMIT,      arrives arrives arrives",
    })
    void shouldMeetASmallLinkOfItsOwn(StandardProtocolFamily family, PathMtuDiscovery mode, String expected, Lab lab)
            throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.client().ip("link set e0 mtu 1300");

        verify(hosts, family, mode, expected, 1300, 1300);
    }

    private static void verify(
            RoutedLab hosts,
            StandardProtocolFamily family,
            PathMtuDiscovery mode,
            String expected,
            int mtuAfter,
            int mtuBefore)
            throws Exception {
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        try (UdpSocket server = hosts.server().call(() -> UdpSocket.open(family).bind(null));
                UdpSocket socket = hosts.client().call(() -> UdpSocket.open(family))) {
            int port = server.getLocalAddress().getPort();
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true).setOption(LinuxSocketOptions.IP_MTU_DISCOVER, mode);
            socket.connect(new InetSocketAddress(hosts.serverAddress(family), port));
            assertThat(socket.mtu()).isEqualTo(mtuBefore);
            List<String> outcomes = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                outcomes.add(outcome(socket, server, expected.contains("lost")));
            }

            assertThat(String.join(" ", outcomes)).isEqualTo(expected);
            assertThat(socket.mtu()).isEqualTo(mtuAfter);
        }
    }

    private static String outcome(UdpSocket socket, UdpSocket server, boolean lost) throws IOException {
        PacketBatch batch = PacketBatch.allocate(1, 2000);
        batch.add().length(SIZE);
        boolean sent = socket.send(batch) == 1;
        List<SocketError> errors = new ArrayList<>();
        long deadline = System.nanoTime() + (lost ? 100_000_000L : 5_000_000_000L);
        PacketBatch received = PacketBatch.allocate(1, 2000);
        while (errors.isEmpty() && System.nanoTime() < deadline) {
            if (server.receive(received, Duration.ofMillis(1)) == 1) {
                assertThat(received.get(0).length()).isEqualTo(SIZE);
                return "arrives";
            }
            errors.addAll(socket.receiveErrors());
        }
        if (errors.isEmpty()) {
            return "lost";
        }
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0).errnoName()).isEqualTo("EMSGSIZE");
        assertThat(errors.get(0).mtu()).isEqualTo(1300);
        assertThat(errors.get(0).isIcmp()).isEqualTo(sent);
        return sent ? "told" : "refused";
    }
}
