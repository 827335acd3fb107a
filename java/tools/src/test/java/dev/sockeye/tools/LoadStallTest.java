package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server in a process of its own that is held up, or killed, in the middle of a run. */
@Timeout(60)
class LoadStallTest {
    private static final int RATE = 2000;

    /** The trouble begins after the first second; on a busy machine a good deal later. */
    private static final Duration LENGTH = Duration.ofSeconds(4);

    private Process process;
    private BufferedReader out;
    private InetSocketAddress server;

    @BeforeEach
    void start() throws Exception {
        process = Child.builder(Child.command(java.util.List.of(), "echo", "--json", "--port=0", "--bind=127.0.0.1"))
                .start();
        CompletableFuture.delayedExecutor(50, TimeUnit.SECONDS).execute(process::destroyForcibly);
        out = process.inputReader();
        server = new InetSocketAddress("127.0.0.1", (int) Json.number(Json.object(out.readLine()), "port"));
    }

    @AfterEach
    void kill() throws Exception {
        process.destroyForcibly().waitFor();
        out.close();
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    /** What to do once the first second of a run is over. */
    private interface Trouble {
        void make() throws Exception;
    }

    private LoadResult run(LoadPlan plan, Trouble trouble) throws Exception {
        CountDownLatch firstSecond = new CountDownLatch(1);
        try (LoadRun run = new LoadRun(plan, second -> firstSecond.countDown())) {
            CompletableFuture<LoadResult> result = CompletableFuture.supplyAsync(() -> {
                try {
                    return run.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(firstSecond.await(20, TimeUnit.SECONDS)).isTrue();
            trouble.make();
            return LoadPlans.isConserved(result.get(30, TimeUnit.SECONDS));
        }
    }

    /** No coordinated omission: whoever would have asked meanwhile had to wait, and each of them counts. */
    @Test
    void shouldGiveAStallItsFullWeightInTheOpenLoop() throws Exception {
        long[] stall = new long[2];
        LoadPlan plan = LoadPlans.open(RATE, 1, "64", LENGTH, server);

        LoadResult result = run(plan, () -> {
            stall[0] = System.nanoTime();
            signal("STOP");
            Thread.sleep(200);
            signal("CONT");
            stall[1] = System.nanoTime();
        });

        assertThat(result.loss().total()).isZero();
        assertThat(result.count(LoadCount.SENT) + result.count(LoadCount.NOT_SENT))
                .isEqualTo(LENGTH.toSeconds() * RATE);
        long longest = stall[1] - stall[0]; // at most; 200 ms at least
        assertThat(result.rttNanos().getMaxValue()).isGreaterThan(190_000_000);
        for (long latency : new long[] {50_000_000, 100_000_000, 150_000_000}) {
            long slower = result.rttNanos().getTotalCount() - result.rttNanos().getCountBetweenValues(0, latency);
            assertThat(slower)
                    .as("asked so early in the stall that it took over %d ms", latency / 1_000_000)
                    .isGreaterThanOrEqualTo((long) (0.9 * RATE * (200_000_000 - latency) / 1e9));
            if (result.latenessNanos().getMaxValue() < 20_000_000 && longest < 400_000_000) { // the machine was quiet
                assertThat(slower).isLessThanOrEqualTo((long) (1.1 * RATE * (longest + 50_000_000 - latency) / 1e9));
            }
        }
    }

    @Test
    void shouldBlameAStalledServersFullBufferByItsCounts() throws Exception {
        LoadPlan plan = LoadPlans.open(1000, 1, "30000", LENGTH, server);

        LoadResult result = run(plan, () -> {
            signal("STOP");
            Thread.sleep(1200);
            signal("CONT");
        });

        assertThat(result.peer()).isNotNull();
        assertThat(result.peer().kernelDropped()).isPositive();
        assertThat(result.loss().causes())
                .containsEntry("peer-buffer", result.peer().kernelDropped())
                .containsEntry("path", 0L)
                .containsEntry("send-refused", 0L);
        assertThat(result.peer().received() + result.peer().kernelDropped()).isEqualTo(result.count(LoadCount.SENT));
    }

    @Test
    void shouldBlameThePathWhenTheServerIsGone() throws Exception {
        LoadPlan plan = LoadPlans.impatient(LoadPlans.open(1000, 1, "64", LENGTH, server));

        LoadResult result = run(plan, () -> process.destroyForcibly().waitFor());

        assertThat(result.peer()).isNull();
        assertThat(result.count(LoadCount.RECEIVED)).isPositive();
        assertThat(result.loss().total()).isPositive();
        assertThat(result.loss().causes()).containsEntry("path", result.loss().total());
    }
}
