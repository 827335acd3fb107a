package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A full send buffer. The kernel keeps datagrams to a neighbour whose link address it does not know yet, and charges
 * them to the socket: that fills a small buffer without any timing.
 */
@ExtendWith(LabExtension.class)
class FullBufferTest {
    private static final int PACKETS = 40;
    private static final InetSocketAddress SILENT = new InetSocketAddress("192.0.2.2", 9);

    @Test
    void shouldKeepWhatDidNotFitOutgoingAndGoOnWithItLater(Lab lab) throws Exception {
        Host host = hostWithASilentNeighbour(lab);
        try (UdpSocket socket = smallBuffer(host)) {
            PacketBatch batch = packets();
            int first = socket.sendNow(batch);
            assertThat(first).isBetween(1, PACKETS - 1);
            assertThat(batch.outgoing()).isEqualTo(PACKETS - first);
            assertThat(batch.refused()).isZero();
            assertThat(socket.sendNow(batch)).isZero();
            assertThatThrownBy(() -> socket.receiveNow(batch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(PACKETS - first + " packets that were not sent");

            answerFor(host);
            assertThat(socket.send(batch)).isEqualTo(PACKETS - first);
            assertThat(batch.outgoing()).isZero();
        }
    }

    @Test
    void shouldWakeASenderThatWaitsForRoomWhenTheSocketIsClosed(Lab lab) throws Exception {
        Host host = hostWithASilentNeighbour(lab);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (UdpSocket socket = smallBuffer(host)) {
            CountDownLatch sending = new CountDownLatch(1);
            PacketBatch batch = packets();
            Future<Integer> sent = executor.submit(() -> {
                socket.sendNow(batch); // full from here on
                sending.countDown();
                return socket.send(batch);
            });
            assertThat(sending.await(5, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(50); // the sender is in its call by now; if not, closing first must end it as well
            assertThat(sent.isDone()).isFalse();
            socket.close();
            assertThatThrownBy(() -> sent.get(1, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(AsynchronousCloseException.class);
            assertThat(batch.outgoing()).isPositive();
        } finally {
            executor.shutdownNow();
        }
    }

    private static Host hostWithASilentNeighbour(Lab lab) {
        Host host = lab.host("sender");
        Host neighbour = lab.host("neighbour"); // without an address: it answers no ARP
        lab.link(host, "e0", neighbour, "e0");
        return host.address("e0", "192.0.2.1/24");
    }

    private static void answerFor(Host host) {
        host.ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:01 dev e0");
    }

    private static UdpSocket smallBuffer(Host host) throws Exception {
        return host.call(() -> UdpSocket.open(StandardProtocolFamily.INET)
                .setOption(StandardSocketOptions.SO_SNDBUF, 4096)
                .bind(null));
    }

    private static PacketBatch packets() {
        PacketBatch batch = PacketBatch.allocate(PACKETS, 500);
        for (int i = 0; i < PACKETS; i++) {
            Packet packet = batch.add().remote(SILENT);
            packet.length(500);
        }
        return batch;
    }
}
