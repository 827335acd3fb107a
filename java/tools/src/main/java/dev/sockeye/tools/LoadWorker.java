package dev.sockeye.tools;

import dev.sockeye.UdpSocket;
import java.util.ArrayList;
import java.util.List;

/** A part of the flows in one run, and what its threads are to do: one in the closed loop, two in the open loop. */
final class LoadWorker {
    private final LoadTally tally = new LoadTally();
    private final List<LoadLoop> loops = new ArrayList<>();

    /** @param number from 0; it has every flow whose index modulo the number of threads is that */
    LoadWorker(LoadPlan plan, int number, List<UdpSocket> sockets, LoadPhase phase) {
        int largest = plan.sizes().largest();
        LoadPayload payload = new LoadPayload(largest);
        LoadClock clock = new LoadClock();
        List<LoadFlow> flows = new ArrayList<>();
        for (int flow = number; flow < plan.flows(); flow += plan.threads()) {
            flows.add(new LoadFlow(plan, flow, sockets.get(flow), phase, tally, payload, clock));
        }
        if (!plan.isOpenLoop()) {
            loops.add(new LoadClosedLoop(flows, phase, tally, clock, largest));
            return;
        }
        double burstNanos = 1e9 * plan.burst() * plan.flows() / flows.size() / plan.rate();
        // The workers' bursts take turns.
        LoadSchedule schedule = new LoadSchedule(burstNanos * number / plan.threads(), burstNanos, plan.burst());
        LoadOpenLoop loop = new LoadOpenLoop(flows, schedule, plan.burst(), phase, tally, clock, largest);
        loops.add(loop::send);
        loops.add(loop::receive);
    }

    LoadTally tally() {
        return tally;
    }

    /** Each wants a thread. */
    List<LoadLoop> loops() {
        return loops;
    }
}
