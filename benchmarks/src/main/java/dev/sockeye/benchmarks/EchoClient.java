package dev.sockeye.benchmarks;

import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Asks an echo server in the same thread: a batch of datagrams, and the next when all were answered. */
final class EchoClient implements AutoCloseable {
    static final int MOST_PACKETS = 64;
    private static final int PAYLOAD_BYTES = 64;
    private static final Duration LOST = Duration.ofSeconds(5);

    private final UdpSocket socket;
    private final PacketBatch questions = PacketBatch.allocate(MOST_PACKETS, PAYLOAD_BYTES);
    private final PacketBatch answers = PacketBatch.allocate(MOST_PACKETS, PAYLOAD_BYTES);
    private final ByteBuffer payload = ByteBuffer.allocateDirect(PAYLOAD_BYTES);

    EchoClient(ProtocolFamily family, int port) throws IOException {
        socket = UdpSocket.open(family);
        String loopback = family == StandardProtocolFamily.INET ? "127.0.0.1" : "::1";
        socket.connect(new InetSocketAddress(InetAddress.getByName(loopback), port));
    }

    /**
     * {@return packets, when they all were answered}
     *
     * @throws IOException when an answer did not come in 5 s
     */
    int exchange(int packets) throws IOException {
        questions.clear();
        for (int i = 0; i < packets; i++) {
            questions.add().payload(payload.clear());
        }
        socket.send(questions);
        int answered = 0;
        while (answered < packets) {
            int received = socket.receive(answers, LOST);
            if (received == 0) {
                throw new IOException((packets - answered) + " of " + packets + " datagrams were not answered");
            }
            answered += received;
        }
        return answered;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
