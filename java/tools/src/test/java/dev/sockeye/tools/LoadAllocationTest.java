package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sockeye.SourcePolicy;
import dev.sockeye.UdpSocket;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadAllocationTest {
    private static final int DATAGRAMS = 128_000;

    /** Slow enough for a busy machine. */
    private static final int RATE = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({"false, 1, 64", "false, 4, imix", "true, 1, 64", "true, 4, imix"})
    @Timeout(90)
    void shouldAllocateNothingPerDatagram(boolean open, int flows, String sizes) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Duration length = Duration.ofMinutes(1);
            InetSocketAddress[] targets = {
                new InetSocketAddress("127.0.0.1", echo.port()), new InetSocketAddress("127.0.0.2", echo.port())
            };
            LoadPlan plan = open
                    ? LoadPlans.open(RATE, flows, sizes, length, targets)
                    : LoadPlans.closed(64, flows, sizes, length, targets);
            int datagrams = open ? DATAGRAMS / 2 : DATAGRAMS;
            List<UdpSocket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < flows; i++) {
                    sockets.add(LoadSocket.open(plan.targets()));
                }
                LoadPhase phase =
                        new LoadPhase(plan.duration().toNanos(), plan.timeout().toNanos());
                LoadWorker worker = new LoadWorker(plan, 0, sockets, phase);
                phase.begin();
                List<Measurement> measurements = new ArrayList<>();
                for (LoadLoop loop : worker.loops()) {
                    measurements.add(new Measurement(loop));
                }
                measurements.forEach(Thread::start);
                awaitSent(worker, datagrams / 4); // compiled by then
                long before = allocated(measurements);
                long sentBefore = sent(worker);
                awaitSent(worker, sentBefore + datagrams);
                long bytes = allocated(measurements) - before;
                long sent = sent(worker) - sentBefore;
                phase.stop();
                for (Measurement measurement : measurements) {
                    measurement.join();
                    assertThat(measurement.failure).isNull();
                }

                System.out.printf("%.4f bytes per datagram%n", (double) bytes / sent);
                assertThat((double) bytes / sent).isLessThanOrEqualTo(0.5);
            } finally {
                for (UdpSocket socket : sockets) {
                    socket.close();
                }
            }
        }
    }

    private long allocated(List<Measurement> measurements) {
        return measurements.stream()
                .mapToLong(measurement -> threads.getThreadAllocatedBytes(measurement.getId()))
                .sum();
    }

    private static void awaitSent(LoadWorker worker, long datagrams) throws InterruptedException {
        while (sent(worker) < datagrams) {
            Thread.sleep(5);
        }
    }

    private static long sent(LoadWorker worker) {
        return worker.tally().counters.get(LoadCount.SENT);
    }

    /** The loop in a thread that can be asked what it allocates. */
    private static final class Measurement extends Thread {
        private final LoadLoop loop;
        private Exception failure;

        Measurement(LoadLoop loop) {
            this.loop = loop;
        }

        @Override
        public void run() {
            try {
                loop.run(new LoadCpuMeter());
            } catch (Exception e) {
                failure = e;
            }
        }
    }
}
