package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedSocketTest {
    private static final int PACKETS = 20_000;
    private static final int BURST = 16;

    @Test
    void shouldReceiveAndSendFromTwoThreadsAtOnce() throws Exception {
        try (UdpSocket socket = Loopback.bound("127.0.0.1")) {
            socket.connect(Loopback.at(socket));
            Semaphore room = new Semaphore(4 * BURST);
            FutureTask<Integer> receiver = new FutureTask<>(() -> receiveInOrder(socket, room));
            Thread thread = new Thread(receiver);
            thread.start();
            PacketBatch batch = PacketBatch.allocate(BURST, 4);
            for (int next = 0; next < PACKETS; ) {
                assertThat(room.tryAcquire(BURST, 10, TimeUnit.SECONDS)).isTrue();
                batch.clear();
                for (int i = 0; i < BURST; i++) {
                    Packet packet = batch.add();
                    packet.payload().clear().putInt(next++);
                    packet.length(4);
                }
                assertThat(socket.send(batch)).isEqualTo(BURST);
            }
            assertThat(receiver.get(10, TimeUnit.SECONDS)).isEqualTo(PACKETS);
            thread.join();
        }
    }

    private static int receiveInOrder(UdpSocket socket, Semaphore room) throws IOException {
        PacketBatch batch = PacketBatch.allocate(BURST, 4);
        int expected = 0;
        while (expected < PACKETS) {
            int count = socket.receive(batch);
            for (int slot = 0; slot < count; slot++) {
                assertThat(batch.get(slot).payload().getInt()).isEqualTo(expected++);
            }
            room.release(count);
        }
        return expected;
    }
}
