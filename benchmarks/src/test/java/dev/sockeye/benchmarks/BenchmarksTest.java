package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each benchmark does what it measures, once. */
@Timeout(60)
class BenchmarksTest {
    @ParameterizedTest
    @ValueSource(strings = {"sockeye-256", "jdk-channel", "netty-recvmmsg", "c-batch", "c-plain"})
    void shouldExchangeWithServers(String server) throws Exception {
        EchoBenchmark benchmark = new EchoBenchmark();
        benchmark.server = server;
        benchmark.start();
        try {
            assertThat(benchmark.throughput()).isEqualTo(64);
            assertThat(benchmark.roundTrip()).isEqualTo(1);
        } finally {
            benchmark.stop();
        }
    }

    @ParameterizedTest
    @CsvSource({"INET, none", "INET, IP_RECVERR", "INET, all", "INET6, IP_PKTINFO", "INET6, all"})
    void shouldExchangeWithOptions(StandardProtocolFamily family, String option) throws Exception {
        SocketOptionBenchmark benchmark = new SocketOptionBenchmark();
        benchmark.family = family;
        benchmark.option = option;
        benchmark.start();
        try {
            assertThat(benchmark.throughput()).isEqualTo(64);
        } finally {
            benchmark.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "flow", "bytes", "cpu", "random"})
    void shouldExchangeWithGroups(String steering) throws Exception {
        SteeringBenchmark benchmark = new SteeringBenchmark();
        benchmark.steering = steering;
        benchmark.start();
        try {
            assertThat(benchmark.throughput()).isEqualTo(64);
        } finally {
            benchmark.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32, 256})
    void shouldDrainAllErrors(int entries) throws Exception {
        ErrorQueueBenchmark benchmark = new ErrorQueueBenchmark();
        benchmark.entries = entries;
        benchmark.open();
        try {
            benchmark.fill();
            assertThat(benchmark.drain()).isEqualTo(entries);
            benchmark.fill();
            assertThat(benchmark.drain()).isEqualTo(entries);
        } finally {
            benchmark.close();
        }
    }

    @Test
    void shouldCallTheSameFunctionEachWay() throws Throwable {
        NativeCallBenchmark benchmark = new NativeCallBenchmark();

        assertThat(benchmark.jnrFfi()).isEqualTo(7 + 4096 - 1);
        assertThat(benchmark.jni()).isEqualTo(benchmark.jnrFfi());
        if (Runtime.version().feature() >= ForeignCall.FIRST_JDK) {
            assertThat(benchmark.foreign()).isEqualTo(benchmark.jnrFfi());
        } else {
            assertThatIllegalStateException().isThrownBy(benchmark::foreign).withMessageContaining("JDK 22");
        }
    }
}
