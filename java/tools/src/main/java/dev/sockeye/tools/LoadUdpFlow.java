package dev.sockeye.tools;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/** A flow of datagrams, to each target in turn. */
final class LoadUdpFlow extends LoadFlow {
    /** Of all flows together, as long as each has the least. */
    private static final int SLOTS_OF_ALL = 1024;

    private static final int MOST_SLOTS = 64;
    private static final int LEAST_SLOTS = 4;

    private final UdpSocket socket;
    private final LoadTargets targets;
    private final PacketBatch outgoing;
    private final PacketBatch incoming;

    /** @param incoming of the thread that takes answers */
    LoadUdpFlow(LoadContext context, int index, UdpSocket socket, PacketBatch incoming) {
        super(context, index);
        this.socket = socket;
        this.targets = context.plan().targets();
        this.incoming = incoming;
        int slots = Math.max(
                LEAST_SLOTS, Math.min(MOST_SLOTS, SLOTS_OF_ALL / context.plan().flows()));
        this.outgoing = PacketBatch.allocate(slots, context.plan().sizes().largest());
    }

    static PacketBatch incoming(LoadPlan plan) {
        return PacketBatch.allocate(MOST_SLOTS, plan.sizes().largest());
    }

    @Override
    void add(long dueNanos) throws IOException {
        if (outgoing.size() == outgoing.capacity()) {
            flush();
        }
        long sequence = ring.next();
        int size = size(sequence);
        Packet packet = outgoing.add();
        targets.aim(targets.indexOf(sequence), packet);
        packet.length(size);
        context.payload().write(packet.payload(), 0, size, key, sequence, dueNanos);
        ring.add(dueNanos);
    }

    @Override
    void flush() throws IOException {
        int count = outgoing.size();
        if (count == 0) {
            return;
        }
        count(LoadCount.SENT, count);
        int sent = socket.sendNow(outgoing);
        int refused = outgoing.refused();
        if (sent + refused < count) {
            count(LoadCount.SEND_QUEUE_FULL, 1);
            socket.send(outgoing);
            refused += outgoing.refused();
        }
        if (refused > 0) {
            count(LoadCount.SEND_REFUSED, refused);
        }
        outgoing.clear();
    }

    @Override
    int mostAtOnce() {
        return Math.max(outgoing.capacity(), context.plan().burst());
    }

    @Override
    SelectableChannel selectable() throws IOException {
        return socket.selectable();
    }

    @Override
    boolean receive(boolean waits) throws IOException {
        int count = waits ? socket.receive(incoming, LoadPhase.TICK) : socket.receiveNow(incoming);
        long now = context.phase().now();
        for (int slot = 0; slot < count; slot++) {
            take(incoming.get(slot), now);
        }
        return count > 0;
    }

    private void take(Packet packet, long now) {
        ByteBuffer answer = packet.payload();
        if (!LoadPayload.isOurs(answer, 0, key)) {
            if (!LoadPayload.isOurs(answer, 0, keyBefore)) {
                count(LoadCount.STRANGERS, 1);
            }
            return;
        }
        long sequence = LoadPayload.sequence(answer, 0);
        long due = settle(sequence, now);
        if (due == LoadRing.NEVER_SENT) {
            return;
        }
        int target = targets.indexOf(sequence);
        if (!targets.isFrom(target, packet)) {
            count(LoadCount.WRONG_SOURCE, 1);
        }
        if (due < 0) {
            return;
        }
        checkOrder(target, sequence);
        if (check(answer, 0, packet.isTruncated() ? 0 : packet.length(), sequence, due, now)) {
            takeKernelTime(packet.timestampNanos(), due, now);
        }
    }

    private void takeKernelTime(long timestampNanos, long due, long now) {
        if (timestampNanos >= 0) {
            long arrival = context.phase().sinceStart(context.clock().nanoTime(timestampNanos));
            if (arrival >= due && arrival <= now + LoadPhase.TICK_NANOS) { // else somebody has set the clock
                context.tally().latency.recordKernel(arrival - due);
            }
        }
    }

    /** The socket is the run's. */
    @Override
    public void close() {
        outgoing.clear();
    }
}
