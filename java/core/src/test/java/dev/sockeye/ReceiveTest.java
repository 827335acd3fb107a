package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiveTest {
    private UdpSocket receiver;
    private UdpSocket sender;

    @BeforeEach
    void open() throws IOException {
        receiver = Loopback.bound("127.0.0.1");
        sender = Loopback.bound("127.0.0.1");
    }

    @AfterEach
    void close() throws IOException {
        receiver.close();
        sender.close();
    }

    @Test
    void shouldWaitForTheFirstDatagram() throws Exception {
        PacketBatch batch = PacketBatch.allocate(8, 100);
        FutureTask<Integer> waiting = new FutureTask<>(() -> receiver.receive(batch));
        Thread thread = new Thread(waiting);
        thread.start();
        Thread.sleep(50);
        assertThat(waiting.isDone()).isFalse();
        Loopback.send(sender, Loopback.at(receiver), "here");
        assertThat(waiting.get(5, TimeUnit.SECONDS)).isEqualTo(1);
        thread.join();
        assertThat(Loopback.text(batch.get(0))).isEqualTo("here");
    }

    @Test
    void shouldReturnNothingAfterTheTimeout() throws IOException {
        PacketBatch batch = PacketBatch.allocate(8, 100);
        long start = System.nanoTime();
        assertThat(receiver.receive(batch, Duration.ofMillis(30))).isZero();
        assertThat(System.nanoTime() - start).isBetween(30_000_000L, 5_000_000_000L);
        assertThat(batch.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void shouldNotWaitForATimeoutOfZeroOrLess(long seconds) throws IOException {
        PacketBatch batch = PacketBatch.allocate(8, 100);
        assertThat(receiver.receive(batch, Duration.ofSeconds(seconds))).isZero();
        Loopback.send(sender, Loopback.at(receiver), "here");
        assertThat(receiver.receive(batch, Duration.ofSeconds(seconds))).isEqualTo(1);
    }

    @Test
    void shouldReturnAtOnceFromTheLongestTimeoutWhenSomethingIsThere() throws IOException {
        Loopback.send(sender, Loopback.at(receiver), "here");
        PacketBatch batch = PacketBatch.allocate(8, 100);
        assertThat(receiver.receive(batch, Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(1);
    }

    @Test
    void shouldEndTheLongestTimeoutWhenADatagramComes() throws Exception {
        PacketBatch batch = PacketBatch.allocate(8, 100);
        FutureTask<Integer> waiting =
                new FutureTask<>(() -> receiver.receive(batch, Duration.ofSeconds(Long.MAX_VALUE)));
        Thread thread = new Thread(waiting);
        thread.start();
        Thread.sleep(20);
        Loopback.send(sender, Loopback.at(receiver), "here");
        assertThat(waiting.get(5, TimeUnit.SECONDS)).isEqualTo(1);
        thread.join();
    }

    @Test
    void shouldTakeOnlyWhatIsThereWithoutWaiting() throws IOException {
        PacketBatch batch = PacketBatch.allocate(8, 100);
        assertThat(receiver.receiveNow(batch)).isZero();
        Loopback.send(sender, Loopback.at(receiver), "here");
        assertThat(receiver.receiveNow(batch)).isEqualTo(1);
        assertThat(receiver.receiveNow(batch)).isZero();
        assertThat(batch.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 1024})
    void shouldKeepWhatDoesNotFitIntoTheSlotsForTheNextCall(int slots) throws IOException {
        receiver.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20); // as much as the kernel gives
        int total = 2 * slots + 1;
        PacketBatch outgoing = PacketBatch.allocate(slots, 8);
        List<String> expected = new ArrayList<>();
        List<String> found = new ArrayList<>();
        PacketBatch batch = PacketBatch.allocate(slots, 8);
        for (int sent = 0; sent < total; ) {
            outgoing.clear();
            while (sent < total && outgoing.size() < slots) {
                expected.add(Integer.toString(sent));
                outgoing.add()
                        .remote(Loopback.at(receiver))
                        .payload(Integer.toString(sent++).getBytes());
            }
            assertThat(sender.send(outgoing)).isEqualTo(outgoing.size());
        }
        for (int left = total; left > 0; left -= batch.size()) {
            assertThat(receiver.receive(batch)).isEqualTo(Math.min(left, slots));
            batch.forEach(packet -> found.add(Loopback.text(packet)));
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void shouldReceiveAnEmptyDatagram() throws IOException {
        Loopback.send(sender, Loopback.at(receiver), new byte[0]);
        PacketBatch batch = PacketBatch.allocate(8, 100);
        assertThat(receiver.receive(batch)).isEqualTo(1);
        Packet packet = batch.get(0);
        assertThat(packet.length()).isZero();
        assertThat(packet.datagramLength()).isZero();
        assertThat(packet.payload().remaining()).isZero();
        assertThat(packet.remote()).isEqualTo(Loopback.at(sender));
        assertThat(packet.isTruncated()).isFalse();
    }

    @Test
    void shouldTellBothLengthsOfATruncatedDatagram() throws IOException {
        Loopback.send(sender, Loopback.at(receiver), "0123456789");
        PacketBatch batch = PacketBatch.allocate(2, 4);
        assertThat(receiver.receive(batch)).isEqualTo(1);
        Packet packet = batch.get(0);
        assertThat(packet.isTruncated()).isTrue();
        assertThat(packet.length()).isEqualTo(4);
        assertThat(packet.datagramLength()).isEqualTo(10);
        assertThat(Loopback.text(packet)).isEqualTo("0123");
        assertThat(packet.toString()).contains("length=4 of 10");
        Loopback.send(sender, Loopback.at(receiver), "abcd");
        receiver.receive(batch);
        assertThat(packet.isTruncated()).isFalse();
        assertThat(packet.datagramLength()).isEqualTo(4);
    }

    @Test
    void shouldReceiveTheLargestDatagram() throws IOException {
        byte[] payload = new byte[65507];
        payload[65506] = 7;
        Loopback.send(sender, Loopback.at(receiver), payload);
        PacketBatch batch = PacketBatch.allocate(2, 65535);
        assertThat(receiver.receive(batch)).isEqualTo(1);
        assertThat(batch.get(0).payload().get(65506)).isEqualTo((byte) 7);
        assertThat(batch.get(0).length()).isEqualTo(65507);
    }

    @Test
    void shouldNotReceiveOverPacketsThatWereNotSent() throws IOException {
        PacketBatch batch = PacketBatch.allocate(2, 10);
        batch.add();
        assertThatIllegalStateException()
                .isThrownBy(() -> receiver.receiveNow(batch))
                .withMessageContaining("1 packets that were not sent");
        assertThat(batch.outgoing()).isEqualTo(1);
        batch.clear();
        assertThat(receiver.receiveNow(batch)).isZero();
    }
}
