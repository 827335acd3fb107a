package dev.sockeye.tools;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The probes of one flow and what became of them. One source port and one destination port for all of them, so that
 * routers with several ways to the target send them all the same one. For one thread at a time.
 */
final class TraceFlow implements AutoCloseable, HopSocket.Listener {
    private static final int PROBE_BYTES = 32;
    private static final int LONGEST_ANSWER = 2048;

    /**
     * Between two probes passes about the longest RTT, within these bounds: so few are sent beyond the target before it is
     * known, and a target tells each peer only a few errors at once.
     */
    private static final long LEAST_GAP_NANOS = 5_000_000;

    private static final long MOST_GAP_NANOS = 50_000_000;

    private final HopSocket socket;
    private final InetAddress target;
    private final long timeoutNanos;
    private final ProbePayload payload = new ProbePayload(new SecureRandom().nextLong(), PROBE_BYTES);
    private final PacketBatch outgoing = PacketBatch.allocate(1, PROBE_BYTES);
    /** By sequence number. */
    private final List<TraceProbe> probes = new ArrayList<>();

    private long longestRttNanos;
    private int forged;
    private int unclear;
    private HopRefusal refusal;

    private TraceFlow(HopSocket socket, InetAddress target, long timeoutNanos) {
        this.socket = socket;
        this.target = target;
        this.timeoutNanos = timeoutNanos;
    }

    static TraceFlow open(InetSocketAddress remote, long timeoutNanos) throws IOException {
        return new TraceFlow(HopSocket.open(remote, LONGEST_ANSWER), remote.getAddress(), timeoutNanos);
    }

    InetAddress local() {
        return socket.local();
    }

    // ---- what is known

    /** {@return why this host does not let probes out, or null} */
    HopRefusal refusal() {
        return refusal;
    }

    /** {@return how many errors came that do not quote this flow's probes} */
    int forged() {
        return forged;
    }

    /** {@return whether a hop quotes so little that its errors can only be told apart one at a time} */
    boolean isUnclear() {
        return unclear > 0;
    }

    /** {@return the answered probes with a TTL, in the order they were sent} */
    List<TraceProbe> answered(int ttl) {
        return answered().filter(probe -> probe.ttl == ttl).toList();
    }

    boolean isSilent(int ttl) {
        return answered().noneMatch(probe -> probe.ttl == ttl);
    }

    private Stream<TraceProbe> answered() {
        return probes.stream().filter(TraceProbe::isAnswered);
    }

    /** {@return the answer that ends the path, or null as long as none does} */
    HopAnswer last() {
        int end = end();
        return answered()
                .filter(probe -> probe.ttl == end)
                .map(TraceProbe::answer)
                .filter(HopAnswer::isLast)
                .findFirst()
                .orElse(null);
    }

    /** {@return the hop at which the path ends, or Integer.MAX_VALUE as long as none is known} */
    int end() {
        return answered()
                .filter(probe -> probe.answer().isLast())
                .mapToInt(probe -> probe.ttl)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** {@return the furthest hop that answered, not beyond the end; 0 when none did} */
    int furthest() {
        int end = end();
        return answered()
                .mapToInt(probe -> probe.ttl)
                .filter(ttl -> ttl <= end)
                .max()
                .orElse(0);
    }

    // ---- asking

    /** Asks all hops, in rounds of one probe for each, without waiting for one before the next is asked. */
    void askAll(int maxHops, int rounds) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            for (int ttl = 1; ttl <= Math.min(maxHops, end()); ttl++) {
                long sent = send(ttl);
                if (refusal != null) {
                    return;
                }
                receiveUntil(sent + gap(1));
            }
            // The answers to the last ones, so that the next round knows where the path ends.
            awaitAnswers(System.nanoTime() + gap(2));
        }
        awaitAnswers(Long.MAX_VALUE);
    }

    /** Asks one hop and waits for nothing else. Returns whether it answered. */
    boolean ask(int ttl) throws IOException {
        long deadline = send(ttl) + timeoutNanos;
        TraceProbe probe = probes.get(probes.size() - 1);
        while (refusal == null && !probe.isAnswered() && System.nanoTime() < deadline) {
            socket.receive(deadline - System.nanoTime(), this);
        }
        return probe.isAnswered();
    }

    private long gap(int times) {
        return Math.min(Math.max(times * longestRttNanos, LEAST_GAP_NANOS), MOST_GAP_NANOS);
    }

    private long send(int ttl) throws IOException {
        receiveUntil(System.nanoTime()); // what is late belongs to earlier probes
        socket.ttl(ttl);
        outgoing.clear();
        payload.write(probes.size(), outgoing.add());
        TraceProbe probe = new TraceProbe(ttl, System.nanoTime());
        probes.add(probe);
        try {
            socket.send(outgoing); // 60 bytes are too long for no link
        } catch (HopRefusal e) {
            refusal = e;
        }
        return probe.sentNanos;
    }

    /** Takes in what comes until then, and at least what is there. */
    void receiveUntil(long deadline) throws IOException {
        do {
            socket.receive(deadline - System.nanoTime(), this);
        } while (System.nanoTime() < deadline);
    }

    /** Until none that matters is outstanding. */
    private void awaitAnswers(long deadline) throws IOException {
        for (; ; ) {
            long now = System.nanoTime();
            int end = end();
            long last = outstanding(now)
                    .filter(probe -> probe.ttl <= end)
                    .mapToLong(probe -> probe.sentNanos + timeoutNanos)
                    .max()
                    .orElse(now);
            long wait = Math.min(last, deadline) - now;
            if (wait <= 0) {
                return;
            }
            socket.receive(wait, this);
        }
    }

    private Stream<TraceProbe> outstanding(long nowNanos) {
        return probes.stream().filter(probe -> !probe.isAnswered() && nowNanos - probe.sentNanos < timeoutNanos);
    }

    // ---- what comes back

    @Override
    public void answer(Packet packet, long nanos) {
        long sequence = payload.read(packet);
        // It is of the target all the same, since the socket is connected: a service that answers in its own way.
        TraceProbe probe = isSent(sequence) ? probes.get((int) sequence) : onlyOutstanding(nanos);
        if (probe != null) {
            take(probe, HopAnswer.ofTarget(target), nanos);
        }
    }

    @Override
    public void error(SocketError error, long nanos) {
        HopAnswer answer = HopAnswer.of(error, target);
        if (answer.verdict() == HopVerdict.NONE) {
            return;
        }
        long sequence = payload.quoted(error.payload());
        TraceProbe probe = null;
        if (isSent(sequence)) {
            probe = probes.get((int) sequence);
        } else if (sequence == ProbePayload.TOO_SHORT) {
            probe = onlyOutstanding(nanos);
            unclear += probe == null ? 1 : 0;
        } else {
            forged++;
        }
        if (probe != null) {
            take(probe, answer, nanos);
        }
    }

    private boolean isSent(long sequence) {
        return sequence >= 0 && sequence < probes.size();
    }

    private TraceProbe onlyOutstanding(long nowNanos) {
        List<TraceProbe> outstanding = outstanding(nowNanos).limit(2).toList();
        return outstanding.size() == 1 ? outstanding.get(0) : null;
    }

    private void take(TraceProbe probe, HopAnswer answer, long nanos) {
        if (!probe.isAnswered()) {
            probe.answered(answer, nanos);
            longestRttNanos = Math.max(longestRttNanos, probe.rttNanos());
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
