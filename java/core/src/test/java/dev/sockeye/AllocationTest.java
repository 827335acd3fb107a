package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final int BATCH = 64;
    private static final int PACKETS = 128_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final PacketBatch requests = PacketBatch.allocate(BATCH, 64);
    private final PacketBatch answers = PacketBatch.allocate(BATCH, 64);
    private final PacketBatch server = PacketBatch.allocate(BATCH, 64);
    private long checksum;

    @Test
    void shouldAllocateNothingPerPacket() throws IOException {
        try (UdpSocket serverSocket = Loopback.server(Loopback.INET);
                UdpSocket client = UdpSocket.open(Loopback.INET)) {
            client.connect(new InetSocketAddress("127.0.0.2", Loopback.port(serverSocket)));
            echo(serverSocket, client, PACKETS / 4);
            long before = threads.getCurrentThreadAllocatedBytes();
            echo(serverSocket, client, PACKETS);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            System.out.printf("%.4f bytes per packet (checksum %d)%n", (double) bytes / PACKETS, checksum);
            assertThat((double) bytes / PACKETS).isLessThanOrEqualTo(0.05);
        }
    }

    private void echo(UdpSocket serverSocket, UdpSocket client, int packets) throws IOException {
        for (int done = 0; done < packets; done += BATCH) {
            requests.clear();
            for (int i = 0; i < BATCH; i++) {
                Packet request = requests.add();
                request.payload().clear().putInt(done + i);
                request.length(4);
            }
            client.send(requests);
            for (int left = BATCH; left > 0; left -= server.size()) {
                serverSocket.receive(server);
                server.forEach(Packet::reply);
                serverSocket.send(server);
            }
            for (int left = BATCH; left > 0; left -= answers.size()) {
                client.receive(answers);
                for (int i = 0; i < answers.size(); i++) {
                    checksum += read(answers.get(i));
                }
            }
        }
    }

    private static long read(Packet packet) {
        return packet.payload().getInt()
                + packet.remoteAddressLow()
                + packet.remotePort()
                + packet.ttl()
                + packet.interfaceIndex()
                + packet.refusalErrno()
                + packet.datagramLength()
                + packet.remote().getPort(); // decoded once, as the peer stays the same
    }
}
