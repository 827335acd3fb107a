package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sockeye.SourcePolicy;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The line that somebody at a terminal sees while a load runs. */
class LoadProgressTest {
    private static List<String> command(Echo echo) throws Exception {
        return Child.command(
                List.of(),
                "load",
                "127.0.0.1",
                "" + echo.port(),
                "--rate",
                "100",
                "--warmup",
                "0",
                "--duration",
                "2500ms",
                "--json");
    }

    @Test
    void shouldShowEachSecondOnATerminal() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Child.Result child = Child.result(onATerminal(command(echo)));

            assertThat(child.exitCode()).as(child.toString()).isZero();
            assertThat(child.out())
                    .containsPattern("1 s: sent [0-9]+, received [0-9]+, rtt us p50 [0-9.]+")
                    .contains("2 s: sent ")
                    .contains("{\"event\":\"result\"");
        }
    }

    /** Standard output is the terminal's, too. */
    private static Process onATerminal(List<String> command) {
        try {
            return Child.builder(List.of("script", "-qec", String.join(" ", command), "/dev/null"))
                    .start();
        } catch (IOException e) {
            return abort("no script(1) here: " + e.getMessage());
        }
    }

    @Test
    void shouldWriteNothingWhereThereIsNoTerminal() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            Child.Result child = Child.result(Child.builder(command(echo)).start());

            assertThat(child.exitCode()).as(child.toString()).isZero();
            assertThat(child.err()).isEmpty();
        }
    }
}
