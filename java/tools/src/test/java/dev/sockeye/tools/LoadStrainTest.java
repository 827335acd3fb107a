package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** When the generator says that it was itself what held the run back. */
class LoadStrainTest {
    private static final InetSocketAddress ANYWHERE = new InetSocketAddress("127.0.0.1", 7007);
    private static final LoadPlan CLOSED = LoadPlans.closed(1, 1, "64", Duration.ofSeconds(1), ANYWHERE);
    private static final LoadPlan OPEN = LoadPlans.open(1, 1, "64", Duration.ofSeconds(1), ANYWHERE);

    private final LoadCounters counters = new LoadCounters();
    private final Histogram lateness = LoadLatency.histogram();

    private LoadResult result(LoadPlan plan, double cpuShare, double cpuWaitShare) {
        Histogram none = LoadLatency.histogram();
        LoadLoss loss = new LoadLoss(0, 0, 0, 0, null);
        return new LoadResult(plan, counters, loss, null, 1, none, none, lateness, cpuShare, cpuWaitShare, List.of());
    }

    @Test
    void shouldSayNothingWhenItHadRoomToSpare() {
        lateness.recordValueWithCount(1_000, 1000);
        lateness.recordValueWithCount(5_000_000, 10); // 1 %

        assertThat(LoadStrain.of(result(CLOSED, 0.9, 0.01))).isEmpty();
        assertThat(LoadStrain.of(result(OPEN, 1, 0.01)))
                .as("awake, as its sender has to be")
                .isEmpty();
    }

    @Test
    void shouldSayWhatWasAtItsLimit() {
        assertThat(LoadStrain.of(result(CLOSED, 0.96, 0))).containsOnlyKeys("cpu");
        assertThat(LoadStrain.of(result(OPEN, 0.5, 0.06))).containsOnlyKeys("no-cpu");
        counters.add(LoadCount.NOT_SENT, 1);
        counters.add(LoadCount.SEND_QUEUE_FULL, 1);
        lateness.recordValueWithCount(1_000, 900);
        lateness.recordValueWithCount(5_000_000, 100);
        assertThat(LoadStrain.of(result(OPEN, 0.5, 0)))
                .containsOnlyKeys("not-sent", "late", "send-queue")
                .containsEntry(
                        "late", "10.0 % of the datagrams were sent over 1 ms later than they were due, at most 5.0 ms");
    }
}
