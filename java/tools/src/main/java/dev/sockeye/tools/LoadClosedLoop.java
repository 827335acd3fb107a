package dev.sockeye.tools;

import java.io.IOException;
import java.util.List;

/** Keeps a window of datagrams outstanding: each answer lets the next one go. */
final class LoadClosedLoop implements LoadLoop {
    private final List<LoadFlow> flows;
    private final LoadPhase phase;
    private final LoadTally tally;
    private final LoadClock clock;
    private final int largest;

    LoadClosedLoop(List<LoadFlow> flows, LoadPhase phase, LoadTally tally, LoadClock clock, int largest) {
        this.flows = flows;
        this.phase = phase;
        this.tally = tally;
        this.clock = clock;
        this.largest = largest;
    }

    @Override
    public void run() throws IOException {
        try (LoadReceiver receiver = new LoadReceiver(flows, largest, this::answered)) {
            long nextTick = 0;
            long lastNanos = 0;
            for (long now = phase.now(); ; now = phase.now()) {
                boolean sending = phase.isSending(now);
                if (sending) {
                    lastNanos = now;
                } else if (phase.isOver(now, lastNanos, tally)) {
                    return;
                }
                if (now >= nextTick) {
                    tick(sending);
                    nextTick = now + LoadPhase.TICK_NANOS;
                }
                receiver.receive();
            }
        }
    }

    private void tick(boolean sending) throws IOException {
        clock.adjust();
        for (LoadFlow flow : flows) {
            flow.expire();
            if (sending) {
                flow.fill();
            }
        }
    }

    private void answered(LoadFlow flow) throws IOException {
        if (phase.isSending(phase.now())) {
            flow.fill();
        }
    }
}
