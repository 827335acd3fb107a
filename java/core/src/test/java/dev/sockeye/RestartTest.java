package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Members of a group are replaced in the middle of traffic, and every datagram is counted at both ends. */
class RestartTest {
    private static final int RESTARTS = 20;
    private static final int FLOWS = 16;
    /** Under way at most, so that the least receive buffer holds them: what is lost is lost to the restart. */
    private static final int WINDOW = 150;

    private static final Duration QUIET = Duration.ofMillis(20);

    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private final ConcurrentHashMap<Integer, Boolean> seen = new ConcurrentHashMap<>();
    private final AtomicInteger duplicates = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean done;

    /** A member with its thread. */
    private final class Worker {
        final UdpSocket socket;
        final Thread thread;
        volatile boolean leaving;

        Worker(UdpSocket socket) {
            this.socket = socket;
            this.thread = new Thread(this::run);
            thread.start();
        }

        private void run() {
            PacketBatch batch = PacketBatch.allocate(64, 16);
            try {
                for (; ; ) {
                    boolean last = leaving;
                    int count = socket.receive(batch, QUIET);
                    if (count == 0 && last) {
                        return;
                    }
                    batch.forEach(packet -> {
                        if (seen.put(packet.payload().getInt(), true) != null) {
                            duplicates.incrementAndGet();
                        }
                    });
                    received.addAndGet(count);
                }
            } catch (ClosedChannelException end) {
                return;
            } catch (Throwable e) {
                failure.set(e);
            }
        }
    }

    private Thread startSender(InetSocketAddress to) {
        Thread thread = new Thread(() -> {
            List<UdpSocket> flows = new ArrayList<>();
            try {
                for (int i = 0; i < FLOWS; i++) {
                    flows.add(Loopback.bound("127.0.0.1"));
                }
                PacketBatch batch = PacketBatch.allocate(1, 16);
                long waiting = System.nanoTime();
                while (!done) {
                    if (sent.get() - received.get() >= WINDOW) {
                        if (System.nanoTime() - waiting > 2_000_000_000L) {
                            return; // what is missing does not come any more
                        }
                        Thread.onSpinWait();
                        continue;
                    }
                    waiting = System.nanoTime();
                    int number = sent.get();
                    batch.clear();
                    batch.add().remote(to).length(4);
                    batch.get(0).payload().putInt(number);
                    flows.get(number % FLOWS).send(batch);
                    sent.incrementAndGet();
                }
            } catch (Throwable e) {
                failure.set(e);
            } finally {
                flows.forEach(RestartTest::closeQuietly);
            }
        });
        thread.start();
        return thread;
    }

    private static void closeQuietly(UdpSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldLoseNothingWhenMembersAreDrainedBeforeTheyAreClosed() throws Exception {
        long start = System.nanoTime();
        try (ReuseportGroup<UdpSocket> group = open()) {
            Deque<Worker> workers = start(group);
            Thread sender = startSender(group.localAddress());
            for (int restart = 0; restart < RESTARTS; restart++) {
                awaitTraffic();
                workers.add(new Worker(group.add()));
                Worker old = workers.remove();
                group.drain(old.socket);
                old.leaving = true;
                old.thread.join();
                old.socket.close();
            }
            finish(sender);
        }
        report("drained", start);
        assertThat(received.get()).isEqualTo(sent.get());
        assertThat(duplicates.get()).isZero();
    }

    /** What is avoided: the count depends on what is queued at the moment, so it is shown and not asserted. */
    @Test
    void shouldCountWhatAnAbruptCloseLoses() throws Exception {
        long start = System.nanoTime();
        try (ReuseportGroup<UdpSocket> group = open()) {
            Deque<Worker> workers = start(group);
            Thread sender = startSender(group.localAddress());
            for (int restart = 0; restart < RESTARTS && sender.isAlive(); restart++) {
                awaitTraffic();
                workers.add(new Worker(group.add()));
                workers.remove().socket.close();
                Thread.sleep(5);
            }
            finish(sender);
        }
        report("closed abruptly", start);
        assertThat(duplicates.get()).isZero();
    }

    private static ReuseportGroup<UdpSocket> open() throws IOException {
        return ReuseportGroup.open(
                () -> UdpSocket.open(Loopback.INET),
                new InetSocketAddress("127.0.0.12", 0),
                2); // no other test binds here
    }

    private Deque<Worker> start(ReuseportGroup<UdpSocket> group) {
        Deque<Worker> workers = new ArrayDeque<>();
        group.members().forEach(member -> workers.add(new Worker(member)));
        return workers;
    }

    private void awaitTraffic() throws InterruptedException {
        int before = received.get();
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (received.get() < before + 200 && System.nanoTime() < deadline && failure.get() == null) {
            Thread.sleep(1);
        }
    }

    private void finish(Thread sender) throws InterruptedException {
        done = true;
        sender.join();
        long deadline = System.nanoTime() + 2_000_000_000L;
        while (received.get() < sent.get() && System.nanoTime() < deadline) {
            Thread.sleep(1);
        }
        assertThat(failure.get()).isNull();
    }

    private void report(String how, long start) {
        System.out.printf(
                "%s: %d restarts, %d datagrams, %d lost, %.0f a second%n",
                how,
                RESTARTS,
                sent.get(),
                sent.get() - received.get(),
                sent.get() / ((System.nanoTime() - start) / 1e9));
    }
}
