package dev.sockeye.tools;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each of the latest datagrams of a flow was due, until it is answered. One thread adds, one other may take; nothing
 * is allocated.
 */
final class LoadRing {
    /** Was answered before. */
    static final long ANSWERED = -1;

    /** So long ago that nobody knows. */
    static final long TOO_OLD = -2;

    static final long NEVER_SENT = -3;

    private final AtomicLongArray due;
    private final int mask;
    private final AtomicLong next = new AtomicLong();

    /** @param capacity how many it remembers at least */
    LoadRing(long capacity) {
        // Twice as many places, so that one which is written now is never looked at.
        int places = 1 << Long.SIZE - Long.numberOfLeadingZeros(2 * capacity - 1);
        this.due = new AtomicLongArray(places);
        this.mask = places - 1;
    }

    /** How many of the latest are remembered. */
    int capacity() {
        return due.length() / 2;
    }

    /** {@return the sequence number of the next one} */
    long next() {
        return next.getAcquire();
    }

    /** Remembers the next one. */
    void add(long dueNanos) {
        long sequence = next.getPlain();
        due.setRelease(place(sequence), dueNanos);
        next.setRelease(sequence + 1);
    }

    /** {@return when it was due, at least 0, or one of the constants; it is answered then} */
    long take(long sequence) {
        long result = look(sequence);
        if (result >= 0) {
            due.setRelease(place(sequence), ANSWERED);
        }
        return result;
    }

    /** As {@link #take}, and leaves it as it is. */
    long look(long sequence) {
        long latest = next();
        if (sequence < 0 || sequence >= latest) {
            return NEVER_SENT;
        }
        return latest - sequence > capacity() ? TOO_OLD : due.getAcquire(place(sequence));
    }

    private int place(long sequence) {
        return (int) sequence & mask;
    }
}
