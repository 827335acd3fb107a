package dev.sockeye.tools;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/**
 * One source port in one run: numbers and sends its datagrams or messages, and checks each answer. One thread sends and
 * one takes answers, which are the same in the closed loop. Nothing is allocated for a datagram.
 */
abstract class LoadFlow implements Closeable {
    final LoadContext context;
    final LoadRing ring;
    final long key;
    /** What answers to the warm-up have. */
    final long keyBefore;
    /** Null in the open loop. */
    private final LoadWindow window;
    /** Datagrams that go out one after the other to different targets. */
    private final int round;
    /** Of each target's answers the highest sequence number. */
    private final long[] latest;

    /** @param index which of the plan's flows */
    LoadFlow(LoadContext context, int index) {
        LoadPlan plan = context.plan();
        this.context = context;
        this.key = context.phase().key() + index;
        this.keyBefore = context.phase().keyBefore() + index;
        this.ring = new LoadRing(plan.remembered());
        this.window = plan.isOpenLoop()
                ? null
                : new LoadWindow(ring, plan.share(index), plan.timeout().toNanos());
        this.round = plan.tcp() ? 1 : plan.targets().count();
        this.latest = new long[plan.targets().count()];
    }

    /** {@return the payload's} A whole round has the same, or some targets would never get some sizes. */
    final int size(long sequence) {
        return context.plan().sizes().of(sequence / round);
    }

    // ---- sending

    /** One more, sent with the next {@link #flush} at the latest. */
    abstract void add(long dueNanos) throws IOException;

    /** Sends what was added, as far as there is room. */
    abstract void flush() throws IOException;

    /** Whether nothing is left to send. */
    boolean isFlushed() {
        return true;
    }

    /** Whether nothing more can come. */
    boolean isBroken() {
        return false;
    }

    /** {@return how many it takes now, few enough that answers get their turn; at least a burst, or none} */
    abstract int mostAtOnce();

    /**
     * Closed loop: sends for the free places of the window. What the kernel refused keeps its place until its time is
     * over, or this would never rest.
     */
    final void fill() throws IOException {
        int burst = context.plan().burst();
        int count = Math.min(window.free(), mostAtOnce()) / burst * burst;
        long now = context.phase().now(); // for all: they go at once
        for (int i = 0; i < count; i++) {
            add(now);
            window.sent();
        }
        flush();
    }

    /** Closed loop: gives up what was not answered in time. */
    final void expire() {
        window.expire(context.phase().now());
    }

    // ---- taking answers

    /** {@return what to wait for} */
    abstract SelectableChannel selectable() throws IOException;

    /**
     * Takes answers that are there.
     *
     * @param waits for the first one, no longer than a tick; else the channel is ready
     * @return whether anything came
     */
    abstract boolean receive(boolean waits) throws IOException;

    final void count(LoadCount what, long more) {
        context.tally().counters.add(what, more);
    }

    /** Takes an answer with our key. {@return when what it answers was due; less than 0 when it answers nothing} */
    final long settle(long sequence, long now) {
        long due = ring.take(sequence);
        if (due >= 0) {
            count(LoadCount.RECEIVED, 1);
            if (context.phase().isSending(now)) {
                count(LoadCount.RECEIVED_IN_TIME, 1);
            }
            context.tally().answeredAt(now);
            if (window != null) {
                window.answered(sequence);
            }
        } else if (due == LoadRing.ANSWERED) {
            count(LoadCount.DUPLICATES, 1);
        } else {
            count(due == LoadRing.TOO_OLD ? LoadCount.TOO_LATE : LoadCount.CORRUPTED, 1);
        }
        return due;
    }

    final void checkOrder(int target, long sequence) {
        if (sequence < latest[target]) {
            count(LoadCount.REORDERED, 1);
        } else {
            latest[target] = sequence;
        }
    }

    /**
     * Compares an answer with what was sent, and takes its time if it is right.
     *
     * @param answer holds it from `at` on
     * @param length that it had before it was cut
     */
    final boolean check(ByteBuffer answer, int at, int length, long sequence, long due, long now) {
        int size = size(sequence);
        if (length != size || !context.payload().isRight(answer, at, size, sequence, due)) {
            count(LoadCount.CORRUPTED, 1);
            return false;
        }
        context.tally().latency.record(now - due);
        return true;
    }
}
