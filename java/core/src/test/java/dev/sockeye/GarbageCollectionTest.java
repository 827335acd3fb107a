package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class GarbageCollectionTest {
    private static final int SECONDS = 3;

    @Test
    void shouldNotMoveOrFreeMemoryUnderACall() throws Exception {
        ChildJvm.Result result = new ChildJvm(Torture.class)
                .option("-Xmx8m", "-Xcheck:jni", "-XX:MaxDirectMemorySize=64m")
                .run();
        assertThat(result.output()).contains("echoed").doesNotContain("CRASH");
        assertThat(result.exitCode()).isZero();
        System.out.println(result.output().strip());
    }

    /** For a child JVM: echoes with batches and sockets that are forgotten at once, while another thread collects. */
    public static final class Torture {
        private static volatile boolean done;

        public static void main(String[] arguments) throws Exception {
            Thread collector = new Thread(() -> {
                while (!done) {
                    System.gc();
                    LockSupport.parkNanos(500_000); // the others must run as well
                }
            });
            collector.start();
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            int echoes = 0;
            try (UdpSocket server = Loopback.server(Loopback.INET)) {
                while (System.nanoTime() < end || echoes < 50) {
                    echo(server, "round " + echoes++);
                }
            } finally {
                done = true;
            }
            collector.join();
            System.out.println("echoed " + echoes + " datagrams");
        }

        private static void echo(UdpSocket server, String text) throws IOException {
            UdpSocket client = Loopback.bound("127.0.0.1"); // left to the cleaner
            client.setOption(LinuxSocketOptions.IP_RECVTTL, true);
            Loopback.send(client, new InetSocketAddress("127.0.0.2", Loopback.port(server)), text);
            PacketBatch batch = PacketBatch.allocate(2, 32);
            server.receive(batch);
            batch.get(0).reply();
            server.send(batch);
            byte[] answer = new byte[32];
            Packet packet = Loopback.receiveOne(client);
            packet.payload().get(answer, 0, packet.length());
            if (!new String(answer, 0, packet.length(), StandardCharsets.UTF_8).equals(text)) {
                throw new AssertionError("sent " + text + ", got " + packet);
            }
        }
    }
}
