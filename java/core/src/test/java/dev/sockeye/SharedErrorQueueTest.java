package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two threads receive, one sends to a closed port, one reads errors: each error is there once. */
class SharedErrorQueueTest {
    private static final int DATAGRAMS = 20_000;

    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger twice = new AtomicInteger();
    private final AtomicInteger withoutDetails = new AtomicInteger();

    @Test
    void shouldGiveEachErrorOnceToWhicheverThreadAsks() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (UdpSocket port = Loopback.bound("127.0.0.1");
                UdpSocket socket = UdpSocket.open(Loopback.INET).bind(null)) {
            port.connect(Loopback.at(port)); // closed to everybody else
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            List<Future<Void>> receivers = new ArrayList<>();
            receivers.add(threads.submit(receiver(socket, null)));
            receivers.add(threads.submit(receiver(socket, Duration.ofMillis(5))));
            PacketBatch batch = PacketBatch.allocate(1, 4);
            for (int i = 0; i < DATAGRAMS; i++) {
                batch.clear();
                batch.add().remote(Loopback.at(port)).length(4);
                batch.get(0).payload().putInt(i);
                assertThat(socket.send(batch)).isEqualTo(1);
                if (i % 16 == 0) {
                    read(socket);
                }
            }
            long deadline = System.nanoTime() + 5_000_000_000L;
            while (seen.size() + socket.droppedErrors() < DATAGRAMS && System.nanoTime() < deadline) {
                read(socket);
            }
            assertThat(seen.size() + socket.droppedErrors()).isEqualTo(DATAGRAMS);
            assertThat(twice.get()).isZero();
            // A thread that the scheduler keeps away may take an error's echo for another one.
            assertThat(withoutDetails.get()).isLessThanOrEqualTo(DATAGRAMS / 1000);
            socket.close();
            for (Future<Void> receiver : receivers) {
                receiver.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private Callable<Void> receiver(UdpSocket socket, Duration timeout) {
        return () -> {
            PacketBatch batch = PacketBatch.allocate(1, 10);
            try {
                for (; ; ) {
                    int received = timeout == null ? socket.receive(batch) : socket.receive(batch, timeout);
                    assertThat(received).isZero();
                    read(socket);
                }
            } catch (ClosedChannelException end) {
                return null;
            }
        };
    }

    private void read(UdpSocket socket) throws Exception {
        for (SocketError error : socket.receiveErrors()) {
            if (error.origin() == SocketError.Origin.NONE) {
                withoutDetails.incrementAndGet();
            } else if (!seen.add(error.payload().getInt())) {
                twice.incrementAndGet();
            }
        }
    }
}
