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

    /** Sent without a look at the clock, when it is behind: as many as a flow sends at once. */
    private static final int MOST_AT_ONCE = 64;

    private final List<LoadFlow> flows;
    private final LoadSchedule schedule;
    private final int burst;
    private final LoadPhase phase;
    private final LoadTally tally;
    private final LoadClock clock;
    private volatile long sentAllNanos = Long.MAX_VALUE;

    LoadOpenLoop(List<LoadFlow> flows, LoadSchedule schedule, LoadContext context) {
        this.flows = flows;
        this.schedule = schedule;
        this.burst = context.plan().burst();
        this.phase = context.phase();
        this.tally = context.tally();
        this.clock = context.clock();
    }

    /** One thread's part. */
    void send(LoadCpuMeter cpu) throws IOException {
        try {
            // What is late at the end is still sent: left out, it would be missing in the latencies.
            long count = schedule.dueBefore(phase.lengthNanos());
            long next = 0;
            for (long now = phase.now(); next < count && !phase.isTooLate(now); now = phase.now()) {
                long due = schedule.due(next);
                if (due <= now) {
                    next = sendDue(next, Math.min(next + MOST_AT_ONCE, count), now);
                } else {
                    pause(due - now);
                }
            }
            long wanted = schedule.dueBefore(phase.sendingNanos());
            if (next < wanted) { // a stop may come between a datagram's time and its sending
                next = sendDue(next, Math.min(next + MOST_AT_ONCE, wanted), phase.now());
            }
            tally.counters.add(LoadCount.NOT_SENT, Math.max(0, wanted - next));
            cpu.end();
            flushAll();
        } finally {
            sentAllNanos = phase.now();
        }
    }

    private void flushAll() throws IOException {
        long end = phase.now();
        for (LoadFlow flow : flows) {
            for (flow.flush(); !flow.isFlushed() && !phase.isOver(phase.now(), end, tally); flow.flush()) {
                LockSupport.parkNanos(AWAKE_NANOS);
            }
        }
    }

    /** {@return the number of the next one} */
    private long sendDue(long first, long end, long now) throws IOException {
        long next = first;
        long flushed = first;
        LoadFlow flow = null;
        for (long due = schedule.due(next); next < end && due <= now; due = schedule.due(next)) {
            LoadFlow another = flows.get((int) (next / burst % flows.size()));
            if (flow != another && flow != null) {
                flush(flow, flushed, next);
                flushed = next;
            }
            flow = another;
            flow.add(due);
            next++;
        }
        flush(flow, flushed, next);
        return next;
    }

    /** @param first of what was added to it, up to next */
    private void flush(LoadFlow flow, long first, long next) throws IOException {
        flow.flush();
        long now = phase.now(); // after it: a full socket makes it wait
        for (long index = first; index < next; index++) {
            tally.lateness.recordValue(LoadLatency.clamp(now - schedule.due(index)));
        }
    }

    private static void pause(long nanos) {
        if (nanos > AWAKE_NANOS) {
            LockSupport.parkNanos(Math.min(nanos - AWAKE_NANOS, LoadPhase.TICK_NANOS));
        } else {
            Thread.onSpinWait();
        }
    }

    /** The other thread's part. */
    void receive(LoadCpuMeter cpu) throws IOException {
        try (LoadReceiver receiver = new LoadReceiver(flows, flow -> {})) {
            long nextTick = 0;
            for (long now = phase.now(); !phase.isOver(now, sentAllNanos, tally); now = phase.now()) {
                if (now >= nextTick) {
                    clock.tick();
                    nextTick = now + LoadPhase.TICK_NANOS;
                }
                if (now >= sentAllNanos) {
                    cpu.end();
                }
                receiver.receive();
            }
        }
    }
}
