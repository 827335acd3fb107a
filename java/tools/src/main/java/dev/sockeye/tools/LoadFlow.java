package dev.sockeye.tools;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.security.SecureRandom;

/**
 * One source port in one run: numbers and sends its datagrams, and checks each answer. One thread sends and one takes
 * answers, which are the same in the closed loop. Nothing is allocated for a datagram.
 */
final class LoadFlow {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Of all flows together, as long as each has the least. */
    private static final int SLOTS_OF_ALL = 1024;

    private static final int MOST_SLOTS = 64;
    private static final int LEAST_SLOTS = 4;

    private final UdpSocket socket;
    private final LoadTargets targets;
    private final LoadSizes sizes;
    private final int burst;
    private final LoadPhase phase;
    private final LoadTally tally;
    private final LoadPayload payload;
    private final LoadClock clock;
    private final PacketBatch outgoing;
    private final long key = RANDOM.nextLong();
    private final LoadRing ring;
    /** Null in the open loop. */
    private final LoadWindow window;
    /** Of each target's answers the highest sequence number. */
    private final long[] latest;

    /**
     * @param index which of the plan's flows
     * @param clock of the thread that takes answers, as the payload is
     */
    LoadFlow(
            LoadPlan plan,
            int index,
            UdpSocket socket,
            LoadPhase phase,
            LoadTally tally,
            LoadPayload payload,
            LoadClock clock) {
        this.socket = socket;
        this.targets = plan.targets();
        this.sizes = plan.sizes();
        this.burst = plan.burst();
        this.phase = phase;
        this.tally = tally;
        this.payload = payload;
        this.clock = clock;
        int slots = Math.max(LEAST_SLOTS, Math.min(MOST_SLOTS, SLOTS_OF_ALL / plan.flows()));
        this.outgoing = PacketBatch.allocate(slots, sizes.largest());
        this.ring = new LoadRing(plan.remembered());
        this.window = plan.isOpenLoop()
                ? null
                : new LoadWindow(ring, plan.share(index), plan.timeout().toNanos());
        this.latest = new long[targets.count()];
    }

    UdpSocket socket() {
        return socket;
    }

    // ---- sending

    /** One more datagram, sent with the next {@link #flush}. */
    void add(long dueNanos) throws IOException {
        if (outgoing.size() == outgoing.capacity()) {
            flush();
        }
        long sequence = ring.next();
        Packet packet = outgoing.add();
        targets.aim(targets.indexOf(sequence), packet);
        payload.write(packet, sizes.of(sequence), key, sequence, dueNanos);
        ring.add(dueNanos);
    }

    void flush() throws IOException {
        int count = outgoing.size();
        if (count == 0) {
            return;
        }
        tally.counters.add(LoadCount.SENT, count);
        int sent = socket.sendNow(outgoing);
        int refused = outgoing.refused();
        if (sent + refused < count) {
            tally.counters.add(LoadCount.SEND_QUEUE_FULL, 1);
            socket.send(outgoing);
            refused += outgoing.refused();
        }
        if (refused > 0) {
            tally.counters.add(LoadCount.SEND_REFUSED, refused);
        }
        outgoing.clear();
    }

    /**
     * Closed loop: sends for the free places of the window, at most a batch, so that answers get their turn. What the
     * kernel refused keeps its place until its time is over, or this would never rest.
     */
    void fill() throws IOException {
        int most = Math.max(burst, outgoing.capacity());
        int count = Math.min(window.free(), most) / burst * burst;
        for (int i = 0; i < count; i++) {
            add(phase.now());
            window.sent();
        }
        flush();
    }

    /** Closed loop: gives up what was not answered in time. */
    void expire() {
        window.expire(phase.now());
    }

    // ---- taking answers

    /** Takes what a receive brought. */
    void take(PacketBatch batch) {
        long now = phase.now();
        for (int slot = 0, size = batch.size(); slot < size; slot++) {
            take(batch.get(slot), now);
        }
    }

    private void take(Packet packet, long now) {
        if (!LoadPayload.isOurs(packet, key)) {
            tally.counters.add(LoadCount.STRANGERS, 1);
            return;
        }
        long sequence = LoadPayload.sequence(packet);
        long due = ring.take(sequence);
        if (due < 0) {
            tally.counters.add(unasked(due), 1);
            return;
        }
        tally.counters.add(LoadCount.RECEIVED, 1);
        tally.answeredAt(now);
        if (window != null) {
            window.answered(sequence);
        }
        int target = targets.indexOf(sequence);
        if (!targets.isFrom(target, packet)) {
            tally.counters.add(LoadCount.WRONG_SOURCE, 1);
        }
        if (sequence < latest[target]) {
            tally.counters.add(LoadCount.REORDERED, 1);
        } else {
            latest[target] = sequence;
        }
        if (payload.isRight(packet, sizes.of(sequence), sequence, due)) {
            record(packet, now, due);
        } else {
            tally.counters.add(LoadCount.CORRUPTED, 1);
        }
    }

    private static LoadCount unasked(long reason) {
        if (reason == LoadRing.ANSWERED) {
            return LoadCount.DUPLICATES;
        }
        return reason == LoadRing.TOO_OLD ? LoadCount.TOO_LATE : LoadCount.CORRUPTED;
    }

    private void record(Packet packet, long now, long due) {
        tally.latency.record(now - due);
        long timestamp = packet.timestampNanos();
        if (timestamp >= 0) {
            long arrival = phase.sinceStart(clock.nanoTime(timestamp));
            if (arrival >= due && arrival <= now + LoadPhase.TICK_NANOS) { // else somebody has set the clock
                tally.latency.recordKernel(arrival - due);
            }
        }
    }
}
