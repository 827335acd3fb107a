package dev.sockeye.tools;

import java.security.SecureRandom;
import java.time.Duration;

/** The time of a run: its beginning, which is 0 for all that is measured in it, and its end. Safe for all threads. */
final class LoadPhase {
    /** How often a waiting thread looks whether it is over. */
    static final Duration TICK = Duration.ofMillis(25);

    static final long TICK_NANOS = TICK.toNanos();

    /** How long a run that a signal ends still waits for answers. */
    private static final long LONGEST_END_NANOS = 1_000_000_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final long key = RANDOM.nextLong();
    private final long keyBefore;
    private long startNanos;
    private final long lengthNanos;
    private final long timeoutNanos;
    private volatile boolean stopped;
    /** Of System.nanoTime(); written before stopped is. */
    private long stopNanos;

    LoadPhase(long lengthNanos, long timeoutNanos) {
        this(lengthNanos, timeoutNanos, null);
    }

    /** @param before from the same sockets; null for none */
    LoadPhase(long lengthNanos, long timeoutNanos, LoadPhase before) {
        this.keyBefore = before == null ? key : before.key;
        this.lengthNanos = lengthNanos;
        this.timeoutNanos = timeoutNanos;
    }

    /** {@return of the first flow; the next one has the next} */
    long key() {
        return key;
    }

    /** {@return that of the phase before: answers to it may still come} */
    long keyBefore() {
        return keyBefore;
    }

    /** Sets the beginning: now. Once, before any other thread looks. */
    void begin() {
        startNanos = System.nanoTime();
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

    /** Whether the open loop gives up sending what was due before the end. */
    boolean isTooLate(long nowNanos) {
        return stopped || nowNanos - lengthNanos >= timeoutNanos;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Ends the sending now; only the first time counts. */
    synchronized void stop() {
        if (!stopped) {
            stopNanos = System.nanoTime();
            stopped = true;
        }
    }

    /** {@return how long there is sending in all, which nobody knows before it has ended} */
    long sendingNanos() {
        return stopped ? Math.max(0, Math.min(sinceStart(stopNanos), lengthNanos)) : lengthNanos;
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
