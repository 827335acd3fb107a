package dev.sockeye.tools;

import org.HdrHistogram.Histogram;

/**
 * One second of a run; the last one lasts until the last answer was waited for.
 *
 * @param seconds since the beginning, at its end
 * @param sent in it
 * @param received in it
 * @param rttNanos of the answers that came in it
 */
record LoadSecond(double seconds, long sent, long received, Histogram rttNanos) {}
