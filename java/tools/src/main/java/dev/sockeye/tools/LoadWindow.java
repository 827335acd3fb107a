package dev.sockeye.tools;

/**
 * How many more datagrams a flow may have outstanding. One that is not answered in time gives up its place, and still
 * counts when it is answered later. One thread.
 */
final class LoadWindow {
    private final LoadRing ring;
    private final int places;
    private final long timeoutNanos;
    private int outstanding;
    /** Before this one all are answered or given up. */
    private long oldest;

    LoadWindow(LoadRing ring, int places, long timeoutNanos) {
        this.ring = ring;
        this.places = places;
        this.timeoutNanos = timeoutNanos;
    }

    int free() {
        return places - outstanding;
    }

    /** One more was added to the ring. */
    void sent() {
        outstanding++;
        if (ring.next() - oldest >= ring.capacity()) {
            giveUpOldest(); // while the ring still knows whether it was answered
        }
    }

    void answered(long sequence) {
        if (sequence >= oldest) {
            outstanding--;
        }
    }

    /** Gives up those whose time is over. */
    void expire(long nowNanos) {
        for (long next = ring.next(); oldest < next; ) {
            long due = ring.look(oldest);
            if (due != LoadRing.ANSWERED && nowNanos - due < timeoutNanos) {
                return;
            }
            giveUpOldest();
        }
    }

    private void giveUpOldest() {
        if (ring.look(oldest) != LoadRing.ANSWERED) {
            outstanding--;
        }
        oldest++;
    }
}
