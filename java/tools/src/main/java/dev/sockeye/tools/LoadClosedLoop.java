package dev.sockeye.tools;

import java.io.IOException;
import java.util.List;

/** Keeps a window of datagrams outstanding: each answer lets the next one go. */
final class LoadClosedLoop implements LoadLoop {
    private final List<LoadFlow> flows;
    private final LoadPhase phase;
    private final LoadTally tally;
    private final LoadClock clock;

    LoadClosedLoop(List<LoadFlow> flows, LoadContext context) {
        this.flows = flows;
        this.phase = context.phase();
        this.tally = context.tally();
        this.clock = context.clock();
    }

    @Override
    public void run(LoadCpuMeter cpu) throws IOException {
        try (LoadReceiver receiver = new LoadReceiver(flows, this::answered)) {
            long nextTick = 0;
            long lastNanos = 0;
            for (long now = phase.now(); ; now = phase.now()) {
                boolean first = nextTick == 0 && !phase.isStopped(); // however late this thread is
                boolean sending = first || phase.isSending(now);
                if (sending) {
                    lastNanos = now;
                } else {
                    cpu.end();
                    if (phase.isOver(now, lastNanos, tally)) {
                        return;
                    }
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
        clock.tick();
        for (LoadFlow flow : flows) {
            flow.expire();
            send(flow, sending);
        }
    }

    private void answered(LoadFlow flow) throws IOException {
        send(flow, phase.isSending(phase.now()));
    }

    private static void send(LoadFlow flow, boolean more) throws IOException {
        if (more) {
            flow.fill();
        } else {
            flow.flush();
        }
    }
}
