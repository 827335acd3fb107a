package dev.sockeye.tools;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a run found out.
 *
 * @param counters of all workers together
 * @param loss where the unanswered ones are
 * @param peer what the servers counted meanwhile; null when none of them says
 * @param seconds how long it sent
 * @param rttNanos from when each datagram was due until the program had its answer
 * @param kernelRttNanos from then until the kernel had its answer
 * @param latenessNanos open loop: from when each datagram was due until it was sent
 * @param cpuShare of one CPU that the busiest thread used while it sent
 * @param cpuWaitShare of the time that a thread could have run and had no CPU, of the one that waited longest
 * @param timeline second by second
 */
record LoadResult(
        LoadPlan plan,
        LoadCounters counters,
        LoadLoss loss,
        EchoCounts peer,
        double seconds,
        Histogram rttNanos,
        Histogram kernelRttNanos,
        Histogram latenessNanos,
        double cpuShare,
        double cpuWaitShare,
        List<LoadSecond> timeline) {
    long count(LoadCount what) {
        return counters.get(what);
    }

    /** Answers that came later are the end of the run, where the load goes down. */
    double throughputPps() {
        return seconds > 0 ? count(LoadCount.RECEIVED_IN_TIME) / seconds : 0;
    }

    /** {@return in words why there is nothing to show; null when there is something} */
    String emptiness() {
        if (count(LoadCount.RECEIVED) > 0) {
            return null;
        }
        return count(LoadCount.SENT) > 0 ? "no answer at all" : "ended before anything was sent";
    }

    /** Whether everything that came back came from where it was asked, as it was sent, and anything came back. */
    boolean isGood() {
        return count(LoadCount.RECEIVED) > 0 && count(LoadCount.WRONG_SOURCE) == 0 && count(LoadCount.CORRUPTED) == 0;
    }
}
