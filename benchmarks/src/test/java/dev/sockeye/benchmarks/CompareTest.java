package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(400)
class CompareTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    /** One bracket is too few for a figure: the tables have none, and the raw data has all that was measured. */
    @Test
    void shouldMeasureEveryServerAndWriteTheRawData() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two CPUs");
        Path file = directory.resolve("raw.json");
        Path report = directory.resolve("report.html");

        int code = compare(
                "--quick", "--rounds=1", "--slice=0.05", "--warmup=0.1", "--json=" + file, "--report=" + report);

        assertThat(err.toString()).isEmpty();
        assertThat(code).isEqualTo(1);
        JsonNode raw = new ObjectMapper().readTree(file.toFile());
        assertThat(raw.path("environment").path("Netty").asText()).isNotEmpty();
        int skipped = raw.path("skipped").size();
        int servers = 3 + Server.values().length - skipped;
        int groups = 4;
        assertThat(raw.path("measurements")).hasSize(servers * Workload.values().length + groups);
        for (JsonNode measured : raw.path("measurements")) {
            assertThat(measured.path("server").asText()).isNotEmpty();
            assertThat(measured.path("rounds").asInt()).isEqualTo(1);
            assertThat(measured.path("roundsRun")).hasSize(1);
            assertThat(measured.path("slices"))
                    .extracting(slice -> slice.path("server").asText())
                    .containsExactly("A", "B", "A");
            assertThat(measured.path("bDamaged").asInt(-1)).isZero();
            assertThat(measured.path("accepted").asBoolean(true)).isFalse();
            assertThat(measured.path("bWrongSource").asLong(-1))
                    .as(measured.path("server").asText())
                    .isEqualTo(
                            answersFromTheAddressAsked(measured)
                                    ? 0
                                    : measured.path("bPackets").asLong());
        }
        assertThat(report).content().contains("Sockeye, batch of 64, JDK ", "DatagramSocket, JDK ", "roundsRun");
        assertThat(rows("| C ")).hasSize(3).allMatch(row -> row.contains("/1, "));
        assertThat(rows("| Sockeye, batch of 64, JDK ")).hasSize(1);
        assertThat(rows("| 8 |")).hasSize(1);
    }

    private static boolean answersFromTheAddressAsked(JsonNode measured) {
        return Stream.of("Sockeye", "C batch", "C single", "1", "2", "4", "8")
                .anyMatch(measured.path("server").asText()::startsWith);
    }

    private Stream<String> rows(String start) {
        return out.toString().lines().filter(line -> line.startsWith(start));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--bogus",
                "extra",
                "--rounds=0",
                "--rounds=1001",
                "--rounds=x",
                "--slice=0.01",
                "--slice=NaN",
                "--warmup=-1",
                "--json",
                "--quick --quick"
            })
    void shouldRefuseWrongUsageInOneLine(String arguments) {
        int code = compare(arguments.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1).allMatch(line -> line.startsWith("compare: "));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldRefuseAReportThatCannotBeWrittenBeforeItMeasures() {
        Path file = directory.resolve("missing/report.html");

        assertThat(compare("--report=" + file)).isEqualTo(3);

        assertThat(err.toString().lines()).hasSize(1).allMatch(line -> line.contains(file.toString()));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldRefuseAFileThatCannotBeWrittenBeforeItMeasures() {
        Path file = directory.resolve("missing/raw.json");

        assertThat(compare("--json=" + file)).isEqualTo(3);

        assertThat(err.toString().strip())
                .isEqualTo("compare: cannot write " + file + ": its directory does not exist");
        assertThat(out.toString()).isEmpty();
    }

    private int compare(String... arguments) {
        CommandLine command = Compare.commandLine();
        return command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
