package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostileCallsTest {
    private static final long SEED = 20240817;

    @Test
    void shouldNotCrashTheJvm() throws Exception {
        System.out.println("seed " + SEED);
        ChildJvm.Result result = new ChildJvm(HostileCalls.class, Long.toString(SEED), "200000")
                .option("-Xcheck:jni", "-Xmx64m", "-XX:MaxDirectMemorySize=512m")
                .run();
        assertThat(result.output()).contains("all calls returned").doesNotContain("CRASH");
        assertThat(result.exitCode()).isZero();
    }
}
