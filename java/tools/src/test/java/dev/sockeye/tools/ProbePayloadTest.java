package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbePayloadTest {
    private static final long NONCE = 0x0123_4567_89ab_cdefL;

    private final PacketBatch outgoing = PacketBatch.allocate(1, 65507);
    private final PacketBatch incoming = PacketBatch.allocate(1, 65535);
    private UdpSocket socket;
    private DatagramSocket peer;

    @BeforeEach
    void open() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        socket = UdpSocket.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(loopback, 0));
        peer = new DatagramSocket(0, loopback);
    }

    @AfterEach
    void close() throws Exception {
        socket.close();
        peer.close();
    }

    private byte[] written(ProbePayload payload, long sequence) {
        outgoing.clear();
        Packet packet = outgoing.add();
        payload.write(sequence, packet);
        byte[] bytes = new byte[packet.length()];
        packet.payload().get(bytes);
        return bytes;
    }

    private long read(ProbePayload payload, byte[] bytes) throws Exception {
        peer.send(new DatagramPacket(bytes, bytes.length, socket.getLocalAddress()));
        assertThat(socket.receive(incoming, Duration.ofSeconds(5))).isEqualTo(1);
        return payload.read(incoming.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 64, 1472, 65507})
    void shouldKnowItsOwn(int size) throws Exception {
        ProbePayload payload = new ProbePayload(NONCE, size);
        for (long sequence : new long[] {0, 1, 999_999}) {
            byte[] bytes = written(payload, sequence);
            assertThat(bytes).hasSize(size);
            assertThat(read(payload, bytes)).isEqualTo(sequence);
        }
    }

    @Test
    void shouldNotTakeAnAnswerThatIsNotByteForByteWhatWasSent() throws Exception {
        ProbePayload payload = new ProbePayload(NONCE, 300);
        byte[] bytes = written(payload, 3);
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] changed = bytes.clone();
            int at = i < 300 ? i : random.nextInt(300);
            changed[at] ^= (byte) (1 + random.nextInt(255));
            boolean inSequence = at >= 8 && at < 16;
            long read = read(payload, changed);
            if (inSequence) {
                assertThat(read).isNotEqualTo(3);
            } else {
                assertThat(read).isEqualTo(-1);
            }
        }
    }

    @Test
    void shouldNotTakeAnotherLength() throws Exception {
        ProbePayload payload = new ProbePayload(NONCE, 64);
        byte[] bytes = written(payload, 3);
        for (int length : new int[] {0, 1, 8, 15, 16, 63, 65, 1000}) {
            assertThat(read(payload, Arrays.copyOf(bytes, length))).isEqualTo(-1);
        }
    }

    @Test
    void shouldNotTakeThatOfAnotherRun() throws Exception {
        assertThat(read(new ProbePayload(NONCE, 64), written(new ProbePayload(NONCE + 1, 64), 0)))
                .isEqualTo(-1);
    }
}
