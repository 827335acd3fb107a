package dev.sockeye.tools;

import java.time.Instant;

/**
 * Kernel timestamps as System.nanoTime(). Both clocks run at the same rate, and only setting the time of day changes
 * what is between them.
 */
final class LoadClock {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final int READINGS = 8;

    private long offsetNanos;
    private long adjustedNanos;

    LoadClock() {
        adjust();
    }

    /** Compares the clocks again, once a second. */
    void tick() {
        if (System.nanoTime() - adjustedNanos >= SECOND_NANOS) {
            adjust();
        }
    }

    private void adjust() {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < READINGS; i++) {
            long before = System.nanoTime();
            Instant now = Instant.now();
            long after = System.nanoTime();
            if (after - before < shortest) { // the less between the readings, the truer
                shortest = after - before;
                offsetNanos = now.getEpochSecond() * SECOND_NANOS + now.getNano() - before - shortest / 2;
                adjustedNanos = after;
            }
        }
    }

    /** @param timestampNanos since 1970 */
    long nanoTime(long timestampNanos) {
        return timestampNanos - offsetNanos;
    }
}
