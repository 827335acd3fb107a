package dev.sockeye.tools;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends at times that were set before, whatever is answered. A second thread takes the answers, so that neither makes the
 * other late.
 */
final class LoadOpenLoop {
    /** The last part of each pause is spent awake: a sleeper is woken up about this late. */
    private static final long AWAKE_NANOS = 60_000;

    /** Sent without a look at the clock, when it is behind. */
    private static final int MOST_AT_ONCE = 256;

    private final List<LoadFlow> flows;
    private final LoadSchedule schedule;
    private final int burst;
    private final LoadPhase phase;
    private final LoadTally tally;
    private final LoadClock clock;
    private final int largest;
    private volatile long sentAllNanos = Long.MAX_VALUE;

    LoadOpenLoop(
            List<LoadFlow> flows,
            LoadSchedule schedule,
            int burst,
            LoadPhase phase,
            LoadTally tally,
            LoadClock clock,
            int largest) {
        this.flows = flows;
        this.schedule = schedule;
        this.burst = burst;
        this.phase = phase;
        this.tally = tally;
        this.clock = clock;
        this.largest = largest;
    }

    /** One thread's part. */
    void send() throws IOException {
        try {
            long next = 0;
            for (long now = phase.now(); phase.isSending(now); now = phase.now()) {
                long due = schedule.due(next);
                if (due <= now) {
                    next = sendDue(next, now);
                } else {
                    pause(Math.min(due, phase.lengthNanos()) - now);
                }
            }
            if (!phase.isStopped()) {
                tally.counters.add(LoadCount.NOT_SENT, schedule.dueBefore(phase.lengthNanos()) - next);
            }
        } finally {
            sentAllNanos = phase.now();
        }
    }

    /** {@return the number of the next one} */
    private long sendDue(long first, long now) throws IOException {
        long next = first;
        LoadFlow flow = null;
        for (long due = schedule.due(next); due <= now && next < first + MOST_AT_ONCE; due = schedule.due(next)) {
            LoadFlow another = flows.get((int) (next / burst % flows.size()));
            if (flow != another && flow != null) {
                flow.flush();
            }
            flow = another;
            flow.add(due);
            tally.lateness.recordValue(LoadLatency.clamp(now - due));
            next++;
        }
        flow.flush();
        return next;
    }

    private static void pause(long nanos) {
        if (nanos > AWAKE_NANOS) {
            LockSupport.parkNanos(Math.min(nanos - AWAKE_NANOS, LoadPhase.TICK_NANOS));
        } else {
            Thread.onSpinWait();
        }
    }

    /** The other thread's part. */
    void receive() throws IOException {
        try (LoadReceiver receiver = new LoadReceiver(flows, largest, flow -> {})) {
            long nextTick = 0;
            for (long now = phase.now(); !phase.isOver(now, sentAllNanos, tally); now = phase.now()) {
                if (now >= nextTick) {
                    clock.adjust();
                    nextTick = now + LoadPhase.TICK_NANOS;
                }
                receiver.receive();
            }
        }
    }
}
