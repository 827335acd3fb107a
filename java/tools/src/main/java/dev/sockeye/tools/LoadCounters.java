package dev.sockeye.tools;

import java.util.concurrent.atomic.AtomicLongArray;

/** What one worker counts. Each count has one thread that writes, any thread reads. */
final class LoadCounters {
    private final AtomicLongArray counts = new AtomicLongArray(LoadCount.values().length);

    void add(LoadCount what, long more) {
        counts.setRelease(what.ordinal(), counts.getPlain(what.ordinal()) + more);
    }

    long get(LoadCount what) {
        return counts.getAcquire(what.ordinal());
    }

    /** Adds another one's. */
    void add(LoadCounters other) {
        for (LoadCount what : LoadCount.values()) {
            add(what, other.get(what));
        }
    }
}
