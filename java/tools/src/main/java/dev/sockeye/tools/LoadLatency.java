package dev.sockeye.tools;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * One worker's round-trip times, by two clocks: when the program had the answer, and when the kernel had it. The
 * difference is what this host took to wake the program up. One thread records, another takes what was recorded: the
 * program's times at any time, the kernel's when the first one has ended.
 */
final class LoadLatency {
    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final SingleWriterRecorder user = new SingleWriterRecorder(1, LONGEST_NANOS, DIGITS);
    private final Histogram kernel = histogram();

    static Histogram histogram() {
        return new Histogram(1, LONGEST_NANOS, DIGITS);
    }

    static long clamp(long nanos) {
        return Math.max(0, Math.min(nanos, LONGEST_NANOS));
    }

    void record(long userNanos) {
        user.recordValue(clamp(userNanos));
    }

    void recordKernel(long kernelNanos) {
        kernel.recordValue(clamp(kernelNanos));
    }

    /** Adds the program's times since the last call. */
    void takeInto(Histogram target) {
        target.add(user.getIntervalHistogram());
    }

    Histogram kernel() {
        return kernel;
    }
}
