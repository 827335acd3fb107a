package dev.sockeye.tools;

import org.HdrHistogram.Histogram;

/**
 * One second of a run; the last one may be shorter, or wait longer for the last answers.
 *
 * @param seconds since the beginning, at its end
 * @param length in seconds
 * @param sent in it
 * @param received in it
 * @param rttNanos of the answers that came in it
 */
record LoadSecond(double seconds, double length, long sent, long received, Histogram rttNanos) {
    double sentPps() {
        return sent / length;
    }

    double receivedPps() {
        return received / length;
    }

    /** {@return NaN when nothing came} */
    double rttMicros(double percentile) {
        return rttNanos.getTotalCount() == 0 ? Double.NaN : rttNanos.getValueAtPercentile(percentile) / 1e3;
    }
}
