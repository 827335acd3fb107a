package dev.sockeye.tools;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A token bucket for each source address, in a table of fixed size. A bucket holds a second's worth of tokens. Addresses
 * whose hashes collide share one; the hash is seeded at random, so nobody can choose with whom. Safe for several threads.
 */
final class RateLimit {
    private static final int BUCKETS = 1 << 16;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long packetNanos;
    private final long burstNanos;
    private final long seedHigh = ThreadLocalRandom.current().nextLong();
    private final long seedLow = ThreadLocalRandom.current().nextLong();
    /** For each bucket when it would be full again: the later, the emptier. */
    private final AtomicLongArray fullAtNanos = new AtomicLongArray(BUCKETS);

    RateLimit(int packetsPerSecond, long nowNanos) {
        // Rounded up: at most that many.
        this.packetNanos = (SECOND_NANOS + packetsPerSecond - 1) / packetsPerSecond;
        this.burstNanos = packetNanos * packetsPerSecond;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            fullAtNanos.set(bucket, nowNanos);
        }
    }

    /** Takes a token of the address' bucket; false when there is none. */
    boolean take(long high, long low, long nowNanos) {
        int bucket = bucket(high, low);
        for (; ; ) {
            long before = fullAtNanos.get(bucket);
            long after = (before - nowNanos < 0 ? nowNanos : before) + packetNanos;
            if (after - nowNanos > burstNanos) {
                return false;
            }
            if (fullAtNanos.compareAndSet(bucket, before, after)) {
                return true;
            }
        }
    }

    /** The first half is mixed on its own, or whoever chooses the second could make up for it. */
    private int bucket(long high, long low) {
        return (int) (mix((mix(high ^ seedHigh) + low) ^ seedLow) >>> 48);
    }

    /** MurmurHash3's last step: every bit in changes half of the bits out. */
    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
