package dev.sockeye.tools;

import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks those targets for their counts that are echo servers of ours. One thread. */
final class LoadPeers implements Closeable {
    private static final int TRIES = 3;
    private static final Duration PATIENCE = Duration.ofMillis(200);

    /** How often to ask until what it says does not change any more, and how long to wait in between. */
    private static final int READINGS = 20;

    private static final long PAUSE_MILLIS = 5;

    private final UdpSocket socket;
    private final PacketBatch question = PacketBatch.allocate(1, EchoQuestion.BYTES);
    private final PacketBatch answers = PacketBatch.allocate(16, EchoQuestion.BYTES);
    private final SecureRandom random = new SecureRandom();

    LoadPeers(LoadTargets targets) throws IOException {
        this.socket = LoadSocket.open(targets);
    }

    /** {@return the counts of each server that says them, by its own number} Several targets may be one server. */
    Map<Long, EchoCounts> ask(Iterable<InetSocketAddress> targets) throws IOException, InterruptedException {
        Map<Long, EchoCounts> counts = new LinkedHashMap<>();
        for (InetSocketAddress target : targets) {
            EchoCounts settled = askUntilSettled(target);
            if (settled != null) {
                counts.put(settled.server(), settled);
            }
        }
        return counts;
    }

    /** A server counts a datagram a moment after it has answered it. */
    private EchoCounts askUntilSettled(InetSocketAddress target) throws IOException, InterruptedException {
        EchoCounts last = ask(target);
        for (int i = 1; i < READINGS && last != null; i++) {
            Thread.sleep(PAUSE_MILLIS);
            EchoCounts next = ask(target);
            if (next == null) {
                return last;
            }
            if (next.isSettled() && next.received() == last.received()) {
                return next;
            }
            last = next;
        }
        return last;
    }

    /** {@return null when it does not tell} */
    private EchoCounts ask(InetSocketAddress target) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            long nonce = random.nextLong();
            question.clear();
            EchoQuestion.ask(question.add().remote(target), nonce);
            socket.send(question);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            for (long left = PATIENCE.toNanos(); left > 0; left = deadline - System.nanoTime()) {
                int count = socket.receive(answers, Duration.ofNanos(left));
                for (int slot = 0; slot < count; slot++) {
                    EchoCounts counts = EchoQuestion.read(answers.get(slot), nonce);
                    if (counts != null) {
                        return counts;
                    }
                    if (EchoQuestion.isEcho(answers.get(slot), nonce)) {
                        return null; // of another kind
                    }
                }
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
