package dev.sockeye.tools;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Collects what the workers of a run find out, second by second. One thread. */
final class LoadTimeline {
    private final List<LoadTally> tallies;
    private final LoadPhase phase;
    private final List<LoadSecond> seconds = new ArrayList<>();
    private final Histogram rtt = LoadLatency.histogram();
    private double secondsBefore;
    private long sent;
    private long received;

    LoadTimeline(List<LoadTally> tallies, LoadPhase phase) {
        this.tallies = tallies;
        this.phase = phase;
    }

    /** Ends a second. */
    LoadSecond sample() {
        // Small, and grows: there may be many.
        Histogram interval = new Histogram(2);
        Histogram user = LoadLatency.histogram();
        long allSent = 0;
        long allReceived = 0;
        for (LoadTally tally : tallies) {
            tally.latency.takeInto(user);
            allReceived += tally.counters.get(LoadCount.RECEIVED); // first: none is received before it is sent
            allSent += tally.counters.get(LoadCount.SENT);
        }
        rtt.add(user);
        interval.add(user);
        double now = phase.now() / 1e9;
        LoadSecond second = new LoadSecond(now, now - secondsBefore, allSent - sent, allReceived - received, interval);
        secondsBefore = now;
        sent = allSent;
        received = allReceived;
        seconds.add(second);
        return second;
    }

    List<LoadSecond> seconds() {
        return seconds;
    }

    Histogram rtt() {
        return rtt;
    }
}
