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
import java.util.function.BooleanSupplier;

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

    /**
     * Asks all of them that tell.
     *
     * @param enough whether to ask no more
     * @return what each one says that tells
     */
    Map<InetSocketAddress, EchoCounts> ask(Iterable<InetSocketAddress> targets, BooleanSupplier enough)
            throws IOException, InterruptedException {
        Map<InetSocketAddress, EchoCounts> counts = new LinkedHashMap<>();
        for (InetSocketAddress target : targets) {
            EchoCounts settled = askUntilSettled(target, enough);
            if (settled != null) {
                counts.put(target, settled);
            }
        }
        return counts;
    }

    /** A server counts a datagram a moment after it has answered it. */
    private EchoCounts askUntilSettled(InetSocketAddress target, BooleanSupplier enough)
            throws IOException, InterruptedException {
        EchoCounts last = ask(target, enough);
        for (int i = 1; i < READINGS && last != null; i++) {
            Thread.sleep(PAUSE_MILLIS);
            EchoCounts next = ask(target, enough);
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
    private EchoCounts ask(InetSocketAddress target, BooleanSupplier enough) throws IOException {
        for (int i = 0; i < TRIES && !enough.getAsBoolean(); i++) {
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
