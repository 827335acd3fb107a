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

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({"1, 64", "4, imix"})
    @Timeout(90)
    void shouldAllocateNothingPerDatagram(int flows, String sizes) throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            LoadPlan plan = LoadPlans.closed(
                    64,
                    flows,
                    sizes,
                    Duration.ofMinutes(1),
                    new InetSocketAddress("127.0.0.1", echo.port()),
                    new InetSocketAddress("127.0.0.2", echo.port()));
            List<UdpSocket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < flows; i++) {
                    sockets.add(LoadSocket.open(plan.targets()));
                }
                LoadPhase phase =
                        new LoadPhase(plan.duration().toNanos(), plan.timeout().toNanos());
                LoadWorker worker = new LoadWorker(plan, 0, sockets, phase);
                Measurement measurement = new Measurement(worker.loops().get(0), phase);
                measurement.start();
                awaitSent(worker, DATAGRAMS / 4); // compiled by then
                long before = threads.getThreadAllocatedBytes(measurement.getId());
                long sentBefore = sent(worker);
                awaitSent(worker, sentBefore + DATAGRAMS);
                long bytes = threads.getThreadAllocatedBytes(measurement.getId()) - before;
                long datagrams = sent(worker) - sentBefore;
                phase.stop();
                measurement.join();

                assertThat(measurement.failure).isNull();
                System.out.printf("%.4f bytes per datagram%n", (double) bytes / datagrams);
                assertThat((double) bytes / datagrams).isLessThanOrEqualTo(0.5);
            } finally {
                for (UdpSocket socket : sockets) {
                    socket.close();
                }
            }
        }
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
        private final LoadPhase phase;
        private Exception failure;

        Measurement(LoadLoop loop, LoadPhase phase) {
            this.loop = loop;
            this.phase = phase;
        }

        @Override
        public void run() {
            phase.begin();
            try {
                loop.run(new LoadCpuMeter());
            } catch (Exception e) {
                failure = e;
            }
        }
    }
}
