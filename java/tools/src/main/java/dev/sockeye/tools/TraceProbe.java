package dev.sockeye.tools;

/** One datagram that was sent to look for a hop. */
final class TraceProbe {
    final int ttl;
    final long sentNanos;
    /** Null as long as nothing came. */
    private HopAnswer answer;

    private long rttNanos;

    TraceProbe(int ttl, long sentNanos) {
        this.ttl = ttl;
        this.sentNanos = sentNanos;
    }

    /** The first answer counts. */
    void answered(HopAnswer first, long nanos) {
        if (answer == null) {
            answer = first;
            rttNanos = Math.max(nanos - sentNanos, 0);
        }
    }

    boolean isAnswered() {
        return answer != null;
    }

    HopAnswer answer() {
        return answer;
    }

    long rttNanos() {
        return rttNanos;
    }
}
