package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.lab.Lab;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    private static List<Map<String, Object>> answers(List<Map<String, Object>> events, String place, String server) {
        return events.stream()
                .filter(event -> place.equals(event.get("place")) && server.equals(event.get("server")))
                .toList();
    }

    @Test
    void shouldShowWhoAnswersFromAWrongAddress() {
        Cli cli = Cli.run("demo", "-4");

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains("asked at JDK answers from Sockeye answers from")
                .contains("127.0.0.1 127.0.0.1 ok 127.0.0.1 ok")
                .contains("127.0.0.2 127.0.0.1 WRONG 127.0.0.2 ok")
                .contains("127.0.0.3 127.0.0.1 WRONG 127.0.0.3 ok");
        assertThat(cli.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    @Test
    void shouldPrintEventsAlone() {
        Cli cli = Cli.run("demo", "--json");

        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(answers(cli.events(), "loopback", "sockeye"))
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(answer -> assertThat(answer).containsEntry("sourceCorrect", true));
        assertThat(answers(cli.events(), "loopback", "jdk").get(1))
                .containsEntry("asked", "127.0.0.2")
                .containsEntry("from", "127.0.0.1")
                .containsEntry("sourceCorrect", false);
        if (Lab.unavailableReason().isEmpty()) {
            assertThat(answers(cli.events(), "lab", "sockeye"))
                    .hasSizeGreaterThanOrEqualTo(4)
                    .allSatisfy(answer -> assertThat(answer).containsEntry("sourceCorrect", true));
            assertThat(answers(cli.events(), "lab", "jdk"))
                    .anySatisfy(answer -> assertThat(answer).containsEntry("sourceCorrect", false));
        } else {
            assertThat(cli.event("skipped")).containsEntry("place", "lab").containsKey("reason");
        }
    }

    @Test
    void shouldKeepToTheFamily() {
        assertThat(Cli.run("demo", "-4", "--json").events())
                .allSatisfy(event -> assertThat((String) event.get("asked")).doesNotContain(":"));
        assertThat(Cli.run("demo", "-6", "--json").events().stream()
                        .filter(event -> event.get("event").equals("answer")))
                .allSatisfy(event -> assertThat((String) event.get("asked")).contains(":"));
    }

    @Test
    void shouldWorkForAnOrdinaryUser(@TempDir Path directory) throws Exception {
        Child.Result result = Child.runAsNobody(directory, List.of(), "demo", "--json");

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.err()).isEmpty();
        List<Map<String, Object>> events = Json.events(result.out());
        assertThat(answers(events, "loopback", "sockeye"))
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(answer -> assertThat(answer).containsEntry("sourceCorrect", true));
        assertThat(events)
                .anySatisfy(event -> assertThat(event).containsEntry("place", "lab")); // or that it is skipped
    }
}
