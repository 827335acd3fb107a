package dev.sockeye.tools;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Plans for tests: short, without a warm-up. */
final class LoadPlans {
    private LoadPlans() {}

    static LoadPlan closed(int window, int flows, String sizes, Duration duration, InetSocketAddress... targets) {
        return new LoadPlan(
                false,
                new LoadTargets(List.of(targets)),
                new LoadSizes.Converter().convert(sizes),
                flows,
                1,
                window,
                0,
                1,
                duration,
                Duration.ZERO,
                Duration.ofSeconds(5));
    }

    static LoadPlan open(int rate, int flows, String sizes, Duration duration, InetSocketAddress... targets) {
        return new LoadPlan(
                false,
                new LoadTargets(List.of(targets)),
                new LoadSizes.Converter().convert(sizes),
                flows,
                1,
                0,
                rate,
                1,
                duration,
                Duration.ZERO,
                Duration.ofSeconds(5));
    }

    /** For runs that lose something. */
    static LoadPlan impatient(LoadPlan plan) {
        return new LoadPlan(
                plan.tcp(),
                plan.targets(),
                plan.sizes(),
                plan.flows(),
                plan.threads(),
                plan.window(),
                plan.rate(),
                plan.burst(),
                plan.duration(),
                plan.warmup(),
                Duration.ofMillis(300));
    }

    static LoadResult run(LoadPlan plan) throws Exception {
        try (LoadRun run = new LoadRun(plan, second -> {})) {
            return isConserved(run.run());
        }
    }

    /** Every run: each datagram that was sent is answered or has one cause of its loss. */
    static LoadResult isConserved(LoadResult result) {
        long lost = result.loss().causes().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        org.assertj.core.api.Assertions.assertThat(result.count(LoadCount.SENT))
                .isEqualTo(result.count(LoadCount.RECEIVED) + lost);
        return result;
    }
}
