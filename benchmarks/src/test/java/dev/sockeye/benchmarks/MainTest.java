package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As a process of its own, as its users run it. */
@Timeout(200)
class MainTest {
    @TempDir
    private Path directory;

    @Test
    void shouldListAllBenchmarks() throws Exception {
        assertThat(run())
                .contains(
                        "benchmarks.jar quick",
                        "benchmarks.jar full",
                        EchoBenchmark.class.getName() + ".roundTrip",
                        SocketOptionBenchmark.class.getName() + ".throughput",
                        SteeringBenchmark.class.getName() + ".throughput",
                        ErrorQueueBenchmark.class.getName() + ".drain",
                        NativeCallBenchmark.class.getName() + ".foreign",
                        "param \"server\" = {sockeye-1, ");
    }

    /** Without foreign, which needs a newer JDK than the oldest. */
    @Test
    void shouldHandArgumentsOnToJmh() throws Exception {
        String output = run("-f", "1", "-wi", "0", "-i", "1", "-r", "100ms", "NativeCallBenchmark.j");

        assertThat(output)
                .containsPattern("NativeCallBenchmark\\.jni +avgt +\\S+ +ns/op")
                .containsPattern("NativeCallBenchmark\\.jnrFfi +avgt +\\S+ +ns/op")
                .doesNotContain("NativeCallBenchmark.foreign");
    }

    @Test
    void shouldGiveEveryServerIpv4Sockets() throws Exception {
        String output =
                run("-f", "1", "-wi", "0", "-i", "1", "-r", "100ms", "-p", "server=jdk-socket", "Echo.*throughput");

        assertThat(output)
                .containsPattern("# VM options: .*" + EchoBenchmark.IPV4_ONLY)
                .containsPattern("EchoBenchmark\\.throughput +jdk-socket +thrpt +\\S+ +ops/s");
    }

    private String run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djmh.ignoreLock=true", // others may measure at the same time
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor()).as(Files.readString(output)).isZero();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(output);
    }
}
