package dev.sockeye.tools;

import dev.sockeye.UdpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** Does what a plan says: a warm-up, and the run that counts. A second thread may stop it. */
final class LoadRun implements Closeable {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long LONGEST_END_SECONDS = 3;

    /** How long to ask servers for their counts after a stop: the process has to end soon. */
    private static final long LONGEST_ASKING_NANOS = SECOND_NANOS;

    /** Sees each second of the run that counts as it ends. */
    interface Watcher {
        void second(LoadSecond second);
    }

    private final LoadPlan plan;
    private final Watcher watcher;
    private final List<UdpSocket> sockets = new ArrayList<>();
    private LoadPhase phase;
    private boolean stopped;

    LoadRun(LoadPlan plan, Watcher watcher) throws IOException {
        this.plan = plan;
        this.watcher = watcher;
        try {
            for (int flow = 0; flow < plan.flows() && !plan.tcp(); flow++) {
                sockets.add(LoadSocket.open(plan.targets()));
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** One for each flow; none for TCP. */
    List<UdpSocket> sockets() {
        return sockets;
    }

    /** Ends the sending; the run still waits a while for answers. */
    synchronized void stop() {
        stopped = true;
        if (phase != null) {
            phase.stop();
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private synchronized LoadPhase phase(long lengthNanos) {
        phase = new LoadPhase(lengthNanos, plan.timeout().toNanos(), phase);
        if (stopped) {
            phase.stop();
        }
        return phase;
    }

    LoadResult run() throws IOException, InterruptedException {
        if (!plan.warmup().isZero()) {
            exchange(phase(plan.warmup().toNanos()), second -> {});
        }
        try (LoadPeers peers = new LoadPeers(plan.targets())) {
            Map<InetSocketAddress, EchoCounts> before =
                    plan.tcp() ? Map.of() : peers.ask(plan.targets().endpoints(), this::isStopped);
            long[] dropsBefore = drops();
            Exchange exchange = exchange(phase(plan.duration().toNanos()), watcher);
            long end = System.nanoTime();
            Map<InetSocketAddress, EchoCounts> after =
                    peers.ask(before.keySet(), () -> isStopped() && System.nanoTime() - end >= LONGEST_ASKING_NANOS);
            EchoCounts peer = EchoCounts.between(before.values(), after.values());
            return result(exchange, peer, sum(drops(), dropsBefore));
        }
    }

    // ---- one run of all workers

    /** What the workers of a run leave. */
    private record Exchange(
            long sendingNanos, List<LoadTally> tallies, LoadTimeline timeline, List<LoadCpuMeter> cpus) {}

    private Exchange exchange(LoadPhase now, Watcher seconds) throws IOException, InterruptedException {
        List<LoadWorker> workers = new ArrayList<>();
        try {
            for (int number = 0; number < plan.threads(); number++) {
                workers.add(new LoadWorker(plan, number, sockets, now));
            }
            return exchange(workers, now, seconds);
        } finally {
            for (LoadWorker worker : workers) {
                worker.close();
            }
        }
    }

    private Exchange exchange(List<LoadWorker> workers, LoadPhase now, Watcher seconds)
            throws IOException, InterruptedException {
        List<LoadTally> tallies = workers.stream().map(LoadWorker::tally).toList();
        LoadTimeline timeline = new LoadTimeline(tallies, now);
        ExecutorService threads = Executors.newCachedThreadPool(body -> new Thread(body, "sockeye-load"));
        try {
            int loops =
                    workers.stream().mapToInt(worker -> worker.loops().size()).sum();
            CyclicBarrier start = new CyclicBarrier(loops + 1, now::begin); // when every thread is there
            List<Future<LoadCpuMeter>> running = new ArrayList<>();
            for (LoadWorker worker : workers) {
                for (LoadLoop loop : worker.loops()) {
                    running.add(threads.submit(() -> run(loop, start, now)));
                }
            }
            start.await();
            List<LoadCpuMeter> cpus = new ArrayList<>();
            for (long next = SECOND_NANOS; cpus.size() < running.size(); ) {
                if (waitFor(running.get(cpus.size()), next - now.now())) {
                    cpus.add(result(running.get(cpus.size())));
                } else {
                    seconds.second(timeline.sample());
                    long missed = Math.max(0, now.now() - next) / SECOND_NANOS;
                    next += (missed + 1) * SECOND_NANOS; // a missed turn is left out
                }
            }
            timeline.sample();
            return new Exchange(now.sendingNanos(), tallies, timeline, cpus);
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException(e); // nobody breaks it
        } finally {
            now.stop(); // when one thread failed
            threads.shutdown();
            threads.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static LoadCpuMeter run(LoadLoop loop, CyclicBarrier start, LoadPhase now) throws Exception {
        start.await();
        try {
            LoadCpuMeter cpu = new LoadCpuMeter();
            loop.run(cpu);
            cpu.end();
            return cpu;
        } catch (IOException | RuntimeException | Error e) {
            now.stop();
            throw e;
        }
    }

    /** False when the time is over before. */
    private static boolean waitFor(Future<?> thread, long nanos) throws InterruptedException {
        try {
            thread.get(Math.max(nanos, 0), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // result() tells
        }
        return true;
    }

    private static LoadCpuMeter result(Future<LoadCpuMeter> thread) throws IOException, InterruptedException {
        try {
            return thread.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw (RuntimeException) e.getCause(); // there is no other kind
        }
    }

    // ---- what came out

    private LoadResult result(Exchange exchange, EchoCounts peer, long ownDrops) {
        LoadCounters all = new LoadCounters();
        Histogram kernelRtt = LoadLatency.histogram();
        Histogram lateness = LoadLatency.histogram();
        for (LoadTally tally : exchange.tallies) {
            all.add(tally.counters);
            kernelRtt.add(tally.latency.kernel());
            lateness.add(tally.lateness);
        }
        LoadLoss loss = new LoadLoss(
                all.get(LoadCount.SENT), all.get(LoadCount.RECEIVED), all.get(LoadCount.SEND_REFUSED), ownDrops, peer);
        return new LoadResult(
                plan,
                all,
                loss,
                peer,
                exchange.sendingNanos / 1e9,
                exchange.timeline.rtt(),
                kernelRtt,
                lateness,
                exchange.cpus.stream().mapToDouble(LoadCpuMeter::share).max().orElseThrow(),
                exchange.cpus.stream()
                        .mapToDouble(LoadCpuMeter::waitShare)
                        .max()
                        .orElseThrow(),
                exchange.timeline.seconds());
    }

    /** Of each socket. */
    private long[] drops() throws IOException {
        long[] drops = new long[sockets.size()];
        for (int i = 0; i < drops.length; i++) {
            drops[i] = SocketDrops.of(sockets.get(i));
        }
        return drops;
    }

    private static long sum(long[] after, long... before) {
        return IntStream.range(0, after.length)
                .mapToLong(i -> after[i] - before[i] & 0xffff_ffffL) // they count modulo 2^32
                .sum();
    }

    @Override
    public void close() throws IOException {
        for (UdpSocket socket : sockets) {
            socket.close();
        }
    }
}
