package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Closes sockets under running calls while another thread opens canaries that take the freed numbers: JDK channels,
 * each connected to itself with one message in its queue. A call that went on with a reused number would take that
 * message, or add one. Alone in its JVM, since its threads wait for each other busily.
 */
@Isolated
class DescriptorReuseTest {
    private static final int RACES = 100_000;
    /** On a busy machine the threads wait for each other: then there are fewer races, and not none. */
    private static final long LONGEST_NANOS = 30_000_000_000L;

    private static final int FEWEST_RACES = 1_000;
    private static final long SEED = 20240817;

    private volatile UdpSocket shared;
    private volatile boolean done;
    private volatile Throwable failure;
    private final AtomicLong closedAt = new AtomicLong();
    private final long[] wakeNanos = new long[RACES];
    private long canaries;
    private int races;

    @Test
    @Timeout(90)
    void shouldNeverTouchAStrangersDescriptor() throws Exception {
        try (UdpSocket sink = Loopback.bound("127.0.0.1")) {
            Thread canaryThread = start(this::keepCanaries);
            Thread user = start(this::useSharedSockets);
            SplittableRandom random = new SplittableRandom(SEED);
            InetSocketAddress sinkAddress = Loopback.at(sink);
            long end = System.nanoTime() + LONGEST_NANOS;
            int race = 0;
            for (; race < RACES && failure == null; race++) {
                if (race >= FEWEST_RACES && System.nanoTime() > end) {
                    break;
                }
                UdpSocket socket = UdpSocket.open(Loopback.INET).connect(sinkAddress);
                shared = socket;
                spin(random.nextInt(500));
                closedAt.setRelease(System.nanoTime());
                socket.close();
                while (shared == socket && failure == null) {
                    Thread.yield();
                    assertThat(Thread.currentThread().isInterrupted()).isFalse(); // the time limit
                }
            }
            races = race;
            done = true;
            user.join();
            canaryThread.join();
        }
        if (failure != null) {
            throw new AssertionError("seed " + SEED, failure);
        }
        Arrays.sort(wakeNanos, 0, races);
        System.out.printf(
                "%d closes, %d canaries; a call ended after close: p50 %.3f ms, p99 %.3f ms, max %.3f ms%n",
                races, canaries, percentile(50), percentile(99), percentile(100));
        // The median: on a busy machine the last few are the scheduler's.
        assertThat(percentile(50))
                .as("milliseconds from close to the end of a call, of every other one")
                .isLessThan(10);
    }

    private double percentile(int percent) {
        return wakeNanos[Math.min(races - 1, races / 100 * percent)] / 1e6;
    }

    private static void spin(int rounds) {
        for (int i = 0; i < rounds; i++) {
            Thread.onSpinWait();
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private Thread start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure = e;
            }
        });
        thread.start();
        return thread;
    }

    /** Calls whatever the shared socket is until it is closed: waits, waits with a limit, polls, sends. */
    private void useSharedSockets() throws IOException {
        PacketBatch incoming = PacketBatch.allocate(4, 16);
        PacketBatch outgoing = PacketBatch.allocate(4, 16);
        for (int race = 0; race < RACES && failure == null; race++) {
            UdpSocket socket;
            while ((socket = shared) == null) {
                if (done || failure != null) {
                    return;
                }
                Thread.yield();
            }
            try {
                for (; ; ) {
                    use(socket, race, incoming, outgoing);
                }
            } catch (ClosedChannelException end) {
                wakeNanos[race] = Math.max(0, System.nanoTime() - closedAt.getAcquire());
                shared = null;
            }
        }
    }

    private static void use(UdpSocket socket, int race, PacketBatch incoming, PacketBatch outgoing) throws IOException {
        switch (race % 4) {
            case 0:
                socket.receive(incoming);
                break;
            case 1:
                socket.receive(incoming, Duration.ofSeconds(30));
                break;
            case 2:
                socket.receiveNow(incoming);
                break;
            default:
                outgoing.clear();
                outgoing.add().length(16);
                socket.send(outgoing);
        }
    }

    private void keepCanaries() throws IOException {
        Deque<DatagramChannel> open = new ArrayDeque<>();
        ByteBuffer message = ByteBuffer.allocate(64);
        while (!done && failure == null) {
            Thread.yield();
            DatagramChannel canary = DatagramChannel.open(java.net.StandardProtocolFamily.INET);
            canary.bind(new InetSocketAddress("127.0.0.1", 0)).connect(canary.getLocalAddress());
            canary.configureBlocking(false);
            canary.write(ByteBuffer.allocate(8).putLong(0, ++canaries));
            open.add(canary);
            if (open.size() > 4) {
                checkAndClose(open.remove(), message);
            }
        }
        for (DatagramChannel canary : open) {
            checkAndClose(canary, message);
        }
    }

    private void checkAndClose(DatagramChannel canary, ByteBuffer message) throws IOException {
        try (canary) {
            assertThat(canary.read(message.clear()))
                    .as("length of the canary's own message")
                    .isEqualTo(8);
            assertThat(canary.read(message.clear())).as("further messages").isZero();
        }
    }
}
