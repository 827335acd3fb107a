package dev.sockeye.tools;

import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A part of the flows in one run, and what its threads are to do: one in the closed loop, two in the open loop. */
final class LoadWorker implements Closeable {
    private final LoadContext context;
    private final List<LoadFlow> flows = new ArrayList<>();
    private final List<LoadLoop> loops = new ArrayList<>();

    /**
     * @param number from 0; it has every flow whose index modulo the number of threads is that
     * @param sockets one for each flow; none for TCP
     */
    LoadWorker(LoadPlan plan, int number, List<UdpSocket> sockets, LoadPhase phase) throws IOException {
        LoadPayload payload = new LoadPayload(plan.sizes().largest());
        context = new LoadContext(plan, phase, new LoadTally(), payload, new LoadClock());
        try {
            openFlows(plan, number, sockets);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
        if (!plan.isOpenLoop()) {
            loops.add(new LoadClosedLoop(flows, context));
            return;
        }
        double burstNanos = 1e9 * plan.burst() * plan.flows() / flows.size() / plan.rate();
        // The workers' bursts take turns.
        LoadSchedule schedule = new LoadSchedule(burstNanos * number / plan.threads(), burstNanos, plan.burst());
        LoadOpenLoop loop = new LoadOpenLoop(flows, schedule, context);
        loops.add(loop::send);
        loops.add(loop::receive);
    }

    private void openFlows(LoadPlan plan, int number, List<UdpSocket> sockets) throws IOException {
        PacketBatch incoming = plan.tcp() ? null : LoadUdpFlow.incoming(plan);
        // A stop does not wait until each of many silent targets was tried.
        for (int index = number; index < plan.flows() && !context.phase().isStopped(); index += plan.threads()) {
            flows.add(
                    plan.tcp()
                            ? new LoadTcpFlow(context, index)
                            : new LoadUdpFlow(context, index, sockets.get(index), incoming));
        }
    }

    LoadTally tally() {
        return context.tally();
    }

    /** Each wants a thread. */
    List<LoadLoop> loops() {
        return loops;
    }

    /** When the loops have ended. */
    @Override
    public void close() throws IOException {
        for (LoadFlow flow : flows) {
            flow.close();
        }
    }
}
