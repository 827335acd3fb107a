package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a socket without IP_RECVERR learns of a datagram that was refused: the JDK's exceptions, or nothing. */
@ExtendWith(LabExtension.class)
class WithoutErrorQueueTest {
    @ParameterizedTest(name = "{0}, connected {1}")
    @CsvSource({
        "port-unreachable,  true,  java.net.PortUnreachableException",
        "admin-prohibited,  true,  java.net.NoRouteToHostException",
        "host-prohibited,   true,  java.net.NoRouteToHostException",
        "prot-unreachable,  true,  dev.sockeye.NativeIOException",
        "net-unreachable,   true,  ",
        "host-unreachable,  true,  ",
        "port-unreachable,  false, ",
        "admin-prohibited,  false, ",
    })
    void shouldThrowWhatTheKernelTellsAConnectedSocketOnce(String code, boolean connected, Class<?> expected, Lab lab)
            throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1()
                .nft("table inet fw { chain forw { type filter hook forward priority 0;"
                        + " udp dport 9 reject with icmp type " + code + "; }; }");
        InetSocketAddress target = new InetSocketAddress(hosts.serverAddress(StandardProtocolFamily.INET), 9);
        try (UdpSocket socket = hosts.client().call(() -> UdpSocket.open(StandardProtocolFamily.INET))) {
            if (connected) {
                socket.connect(target);
            }
            PacketBatch batch = PacketBatch.allocate(1, 100);
            batch.add().remote(target).length(10);
            socket.send(batch);

            Throwable thrown =
                    catchThrowable(() -> socket.receive(batch, Duration.ofMillis(expected == null ? 100 : 5000)));

            assertThat(thrown == null ? null : thrown.getClass()).isEqualTo(expected);
            assertThat(socket.receiveNow(batch)).isZero();
            assertThat(socket.receiveErrors()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0} datagrams")
    @CsvSource({"1", "3"})
    void shouldSendTheBatchThatMetTheErrorAllTheSame(int datagrams, Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        InetSocketAddress target = new InetSocketAddress(hosts.serverAddress(StandardProtocolFamily.INET), 9);
        try (UdpSocket socket = hosts.client().call(() -> UdpSocket.open(StandardProtocolFamily.INET))) {
            socket.connect(target);
            PacketBatch batch = PacketBatch.allocate(3, 100);
            Throwable thrown = null;
            long deadline = System.nanoTime() + 5_000_000_000L;
            while (thrown == null && System.nanoTime() < deadline) { // the ICMP message comes when it comes
                batch.clear();
                for (int i = 0; i < datagrams; i++) {
                    batch.add().length(10);
                }
                thrown = catchThrowable(() -> socket.send(batch));
            }

            assertThat(thrown)
                    .isInstanceOf(PortUnreachableException.class)
                    .isNotInstanceOf(NoRouteToHostException.class);
            assertThat(batch.outgoing()).isZero();
            assertThat(batch.refused()).isZero();
        }
    }
}
