package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.UdpSocket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoadCpuMeterTest {
    @Test
    void shouldNotCountWhatComesAfterItsEnd() throws Exception {
        LoadCpuMeter cpu = new LoadCpuMeter();
        cpu.end();
        long nanos = cpu.nanos();
        double share = cpu.share();
        Thread.sleep(50);

        cpu.end();

        assertThat(cpu.nanos()).isPositive().isEqualTo(nanos);
        assertThat(cpu.share()).isEqualTo(share);
    }

    /** Or a thread that is too busy to take all answers would look idle, since it waits for the lost ones. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLeaveOutTheWaitForLostAnswers(boolean open) throws Exception {
        Duration length = Duration.ofMillis(100);
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            InetSocketAddress target = (InetSocketAddress) silent.getLocalSocketAddress();
            LoadPlan plan =
                    open ? LoadPlans.open(100, 1, "64", length, target) : LoadPlans.closed(1, 1, "64", length, target);
            long timeoutNanos = plan.timeout().toNanos();
            LoadPhase phase = new LoadPhase(length.toNanos(), timeoutNanos);
            try (UdpSocket socket = LoadSocket.open(plan.targets());
                    LoadWorker worker = new LoadWorker(plan, 0, List.of(socket), phase)) {
                phase.begin();
                Thread sender = open ? sender(worker.loops().get(0)) : null;
                LoadCpuMeter cpu = new LoadCpuMeter();
                worker.loops().get(worker.loops().size() - 1).run(cpu);
                if (sender != null) {
                    sender.join();
                }

                assertThat(phase.now()).isGreaterThan(timeoutNanos);
                assertThat(cpu.nanos()).isLessThan(phase.now() - timeoutNanos / 2);
            }
        }
    }

    private static Thread sender(LoadLoop loop) {
        Thread sender = new Thread(
                () -> {
                    try {
                        loop.run(new LoadCpuMeter());
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                "test-sender");
        sender.start();
        return sender;
    }
}
