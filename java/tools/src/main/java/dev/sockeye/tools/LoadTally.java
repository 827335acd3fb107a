package dev.sockeye.tools;

import org.HdrHistogram.Histogram;

/** What one worker finds out in a run. Its threads write, each its own part; others read. */
final class LoadTally {
    final LoadCounters counters = new LoadCounters();
    final LoadLatency latency = new LoadLatency();
    /** Open loop: how long after its time each datagram was sent. To be read when the sender has ended. */
    final Histogram lateness = LoadLatency.histogram();

    private volatile long lastAnswerNanos;

    /** {@return when the last answer came, since the beginning} */
    long lastAnswerNanos() {
        return lastAnswerNanos;
    }

    void answeredAt(long nowNanos) {
        lastAnswerNanos = nowNanos;
    }

    /** {@return how many are neither answered nor refused; when the sender has ended only less} */
    long outstanding() {
        return counters.get(LoadCount.SENT) - counters.get(LoadCount.SEND_REFUSED) - counters.get(LoadCount.RECEIVED);
    }
}
