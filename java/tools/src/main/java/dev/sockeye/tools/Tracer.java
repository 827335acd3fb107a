package dev.sockeye.tools;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Finds the hops of some flows: all at once first, then, one at a time, those that kept silent. */
final class Tracer {
    /** So many silent hops beyond the last one that answers are taken for a path that is silent from there on. */
    private static final int SILENT_ENOUGH = 4;

    /** Linux lets a host send one error a second to each peer once the first six are used up. */
    private static final long ICMP_LIMIT_NANOS = 1_050_000_000;

    private final List<TraceFlow> flows;
    private final int maxHops;
    private final int probes;
    /** When each hop was last asked, whichever flow did. */
    private final long[] askedNanos;

    /** Is told of each hop once nothing more is to come of it. */
    interface Listener {
        void hop(int ttl) throws IOException;
    }

    Tracer(List<TraceFlow> flows, int maxHops, int probes) {
        this.flows = flows;
        this.maxHops = maxHops;
        this.probes = probes;
        this.askedNanos = new long[maxHops + 1];
    }

    void run(Listener listener) throws IOException, InterruptedException {
        askAllAtOnce();
        Arrays.fill(askedNanos, System.nanoTime());
        for (int ttl = 1; ttl <= maxHops; ttl++) {
            for (TraceFlow flow : flows) {
                flow.receiveUntil(System.nanoTime()); // what came late, while others were asked
            }
            int hop = ttl;
            List<TraceFlow> going =
                    flows.stream().filter(flow -> hop <= flow.end()).toList();
            if (going.isEmpty()) {
                return;
            }
            for (TraceFlow flow : going) {
                if (flow.isSilent(ttl) && flow.refusal() == null && ttl <= flow.furthest() + SILENT_ENOUGH) {
                    askAgain(flow, ttl);
                }
            }
            listener.hop(ttl);
        }
    }

    private void askAllAtOnce() throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(flows.size(), task -> {
            Thread thread = new Thread(task, "sockeye-trace");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (TraceFlow flow : flows) {
                tasks.add(() -> {
                    flow.askAll(maxHops, probes);
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private void askAgain(TraceFlow flow, int ttl) throws IOException {
        boolean talks = flows.stream().anyMatch(other -> !other.isSilent(ttl));
        int attempts = talks || ttl < flow.furthest() ? 2 : 1;
        for (int attempt = 0; attempt < attempts && flow.isSilent(ttl); attempt++) {
            if (talks) { // it said something to another flow, so it may have said as much as it is let
                flow.receiveUntil(askedNanos[ttl] + ICMP_LIMIT_NANOS);
                if (!flow.isSilent(ttl)) {
                    return;
                }
            }
            askedNanos[ttl] = System.nanoTime();
            flow.ask(ttl);
        }
        // Where only this way works, the other probes of the hop have to go it too.
        boolean goesOn = flow.isUnclear() && !flow.isSilent(ttl);
        for (int more = 1; goesOn && more < probes; more++) {
            askedNanos[ttl] = System.nanoTime();
            goesOn = flow.ask(ttl);
        }
    }
}
