package dev.sockeye.tools;

import java.util.concurrent.locks.LockSupport;

/** The time of a run: its beginning, which is 0 for all that is measured in it, and its end. Safe for all threads. */
final class LoadPhase {
    /** How often a waiting thread looks whether it is over. */
    static final long TICK_MILLIS = 25;

    static final long TICK_NANOS = TICK_MILLIS * 1_000_000;

    /** How long a run that a signal ends still waits for answers. */
    private static final long LONGEST_END_NANOS = 1_000_000_000;

    /** So that every thread is there when it begins. */
    private static final long LEAD_NANOS = 5_000_000;

    private long startNanos;
    private final long lengthNanos;
    private final long timeoutNanos;
    private volatile boolean stopped;

    LoadPhase(long lengthNanos, long timeoutNanos) {
        this.lengthNanos = lengthNanos;
        this.timeoutNanos = timeoutNanos;
    }

    /** Sets the beginning, a moment from now. Before the threads start. */
    void begin() {
        startNanos = System.nanoTime() + LEAD_NANOS;
    }

    /** Waits for the beginning. */
    void awaitStart() {
        for (long left = -now(); left > 0; left = -now()) {
            LockSupport.parkNanos(left);
        }
    }

    /** {@return the time since the beginning} */
    long now() {
        return System.nanoTime() - startNanos;
    }

    /** A time of System.nanoTime() as one since the beginning. */
    long sinceStart(long nanoTime) {
        return nanoTime - startNanos;
    }

    long lengthNanos() {
        return lengthNanos;
    }

    boolean isSending(long nowNanos) {
        return nowNanos < lengthNanos && !stopped;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Ends the sending now. */
    void stop() {
        stopped = true;
    }

    /**
     * Whether nothing more is waited for. A tick after the last answer is enough where none is missing: it may come twice.
     *
     * @param sentNanos when the last datagram was sent
     */
    boolean isOver(long nowNanos, long sentNanos, LoadTally tally) {
        if (tally.outstanding() == 0) {
            return nowNanos - Math.max(sentNanos, tally.lastAnswerNanos()) >= TICK_NANOS;
        }
        return nowNanos - sentNanos >= (stopped ? Math.min(timeoutNanos, LONGEST_END_NANOS) : timeoutNanos);
    }
}
