package dev.sockeye.tools;

/**
 * How fast to send to one host whose ICMP errors are limited in rate: a closed port that is asked too fast says nothing.
 *
 * <p>Linux lets each peer have 6 errors at once and then one a second (IPv4) or about ten and more (IPv6). So ports are
 * asked in rounds. Errors that came in a round in which other ports stayed silent tell the rate; the next round keeps to
 * it. When a round brings no error at all, those that are left are asked so slowly that an error would have come.
 */
final class ProbePace {
    /** A bucket that refills once a second holds a token again, whatever was sent before. */
    static final long QUIET_NANOS = 1_050_000_000;

    private static final long FIRST_SPACING_NANOS = 1_000_000;
    private static final long LEAST_PATIENCE_NANOS = 100_000_000;

    private final int attempts;
    private long spacingNanos = FIRST_SPACING_NANOS;
    private long slowestNanos = -1;
    private long fastestNanos = -1;
    private long lastRoundEnd = -1;
    private int rounds;
    private int errors;

    /** @param attempts how often each port is asked at least */
    ProbePace(int attempts) {
        this.attempts = attempts;
    }

    /** {@return the time from one datagram to the next; it never falls} */
    long spacingNanos() {
        return spacingNanos == QUIET_NANOS ? quietNanos() : spacingNanos;
    }

    /** {@return the time without a datagram after which a silent port has surely not been told to be silent} */
    long quietNanos() {
        // Datagrams that were sent a second apart may arrive closer together.
        return QUIET_NANOS + (slowestNanos - fastestNanos);
    }

    /** {@return how long to wait for the answers to a round} */
    long patienceNanos() {
        return slowestNanos < 0 ? QUIET_NANOS : Math.min(QUIET_NANOS, LEAST_PATIENCE_NANOS + 2 * slowestNanos);
    }

    /** Something came back; when it is an error, one of those whose rate may be limited. */
    void heard(long rttNanos, boolean error) {
        if (error) {
            errors++;
        }
        if (rttNanos >= 0 && rttNanos < QUIET_NANOS) { // not a neighbour that was waited for
            slowestNanos = Math.max(slowestNanos, rttNanos);
            fastestNanos = fastestNanos < 0 ? rttNanos : Math.min(fastestNanos, rttNanos);
        }
    }

    /**
     * All ports that were left have been asked once more, and ports are still left.
     *
     * @param firstNanos when the first was
     * @param lastNanos when the last was
     */
    void roundEnded(long firstNanos, long lastNanos) {
        rounds++;
        long took = lastNanos - (rounds == 1 ? firstNanos : lastRoundEnd);
        lastRoundEnd = lastNanos;
        if (errors > 0) {
            spacingNanos = Math.max(spacingNanos, took / errors);
        } else if (rounds >= attempts - 1) {
            spacingNanos = QUIET_NANOS;
        }
        if (spacingNanos > QUIET_NANOS / 2) { // a little more, and each is an attempt that proves something
            spacingNanos = QUIET_NANOS;
        }
        errors = 0;
    }
}
