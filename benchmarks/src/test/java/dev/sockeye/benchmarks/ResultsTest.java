package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ResultsTest {
    private final Results results = new Results();

    @TempDir
    private Path directory;

    @Test
    void shouldBeIncompleteWithAServerThatFailedButNotWithOneThatCannotRunHere() {
        results.skipped.add("Netty io_uring: not permitted");
        assertThat(results.areComplete()).isTrue();

        results.failed.add("C plain: no process 7");

        assertThat(results.areComplete()).isFalse();
        assertThat(results.missing())
                .containsExactly("skipped Netty io_uring: not permitted", "failed C plain: no process 7");
    }

    @Test
    void shouldSayWhyThereIsNoFigure() {
        var result = new ObjectMapper().createObjectNode();
        result.put("accepted", false).put("complaint", "2 of 8 rounds kept");
        results.servers.add(new Measurement("C plain", "C single", Workload.ALONE, result, Double.NaN));

        assertThat(results.areComplete()).isFalse();
        assertThat(results.missing())
                .containsExactly("no figure for C plain (64 B, 1 outstanding, beside C single): 2 of 8 rounds kept");
    }

    @Test
    void shouldKeepTheOldFileUntilTheNewOneIsWhole() throws Exception {
        Path file = Files.writeString(directory.resolve("raw.json"), "old");

        RawData.checkWritable(file);
        assertThat(file).hasContent("old");

        results.failed.add("C plain: no process 7");
        RawData.write(file, RawData.json(Map.of(), new Bracket(1, 8, 6, 0.1), results));
        assertThat(new ObjectMapper()
                        .readTree(file.toFile())
                        .path("failed")
                        .path(0)
                        .asText())
                .isEqualTo("C plain: no process 7");
        assertThat(directory.toFile().list()).containsExactly("raw.json");
    }
}
