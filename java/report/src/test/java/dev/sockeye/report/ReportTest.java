package dev.sockeye.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ReportTest {
    @TempDir
    private Path directory;

    private static Report report() {
        return Report.titled("t", "s");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The JSON in the page. */
    private static JsonNode data(String html) throws IOException {
        String begin = "<script type=\"application/json\" id=\"data\">";
        int from = html.indexOf(begin) + begin.length();
        return new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    private String written(Report report) throws IOException {
        Path file = directory.resolve("report.html");
        report.write(file);
        return Files.readString(file);
    }

    @Test
    void shouldReplaceTheFileThatWasThere() throws IOException {
        Path file = directory.resolve("report.html");
        Files.writeString(file, "old");

        report().write(file);

        assertThat(file).content().startsWith("<!DOCTYPE html>").endsWith("</html>\n");
        assertThat(files()).containsExactly("report.html");
    }

    @Test
    void shouldBeReadableByWhomTheUmaskLets() throws IOException {
        Path other = Files.writeString(directory.resolve("other"), "");
        Path file = directory.resolve("report.html");

        report().write(file);

        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(other));
    }

    @Test
    void shouldKeepTheOldFileWhenTheNewOneCannotBeWritten() throws IOException {
        Path file = directory.resolve("report.html");
        Files.writeString(file, "old");
        // Where the temporary file has to go.
        Path taken = directory.resolve(".report.html." + ProcessHandle.current().pid() + ".tmp");
        Files.createDirectory(taken);

        assertThatIOException()
                .isThrownBy(() -> report().write(file))
                .withMessageStartingWith("cannot write the report " + file + ": ");

        assertThat(file).hasContent("old");
        assertThat(taken).isEmptyDirectory();
    }

    @Test
    void shouldRefuseADirectoryThatIsNotThere() {
        Path file = directory.resolve("missing/report.html");
        String message = "cannot write the report " + file + ": there is no directory " + directory.resolve("missing");

        assertThatIOException().isThrownBy(() -> Report.checkWritable(file)).withMessage(message);
        assertThatIOException().isThrownBy(() -> report().write(file)).withMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/dev/null", "/"})
    void shouldRefuseWhatIsNoFile(String name) {
        Path file = directory.resolve(name);

        assertThatIOException()
                .isThrownBy(() -> Report.checkWritable(file))
                .withMessage("cannot write the report " + file + ": it is there and is no regular file");
    }

    /** Not even root makes files there. */
    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/report.html", "/sys/report.html"})
    void shouldRefuseADirectoryThatMayNotBeWritten(Path file) {
        assertThatIOException()
                .isThrownBy(() -> Report.checkWritable(file))
                .withMessageMatching("cannot write the report " + file
                        + ": (permission denied|no such file|Read-only file system|Operation not permitted)");
    }

    @Test
    void shouldLeaveNothingBehindWhenItOnlyLooks() throws IOException {
        Path file = directory.resolve("report.html");
        Report.checkWritable(file);
        assertThat(files()).isEmpty();

        Files.writeString(file, "old");
        Report.checkWritable(file);
        assertThat(file).hasContent("old");
        assertThat(files()).containsExactly("report.html");
    }

    @Test
    void shouldAcceptAFileNameAlone() throws IOException {
        Report.checkWritable(Path.of("sockeye-report-test.html"));

        assertThat(Path.of("sockeye-report-test.html")).doesNotExist();
    }

    @Test
    void shouldShowWhatIsAbsentAsADashAndNeverAsZero() throws IOException {
        String html = written(report().add(
                        new Table("table", List.of("a", "b", "c"), List.of(Arrays.asList(null, Double.NaN, 1.5))))
                .add(Chart.bars("bars", "us", List.of(new Chart.Bar("known", 2), new Chart.Bar("absent", Double.NaN))))
                .add(Chart.timeline(
                        "lines",
                        "us",
                        List.of(
                                new Chart.Series("one", List.of(new Chart.Point(0, 1), new Chart.Point(1, 3))),
                                new Chart.Series("two", List.of(new Chart.Point(0, Double.POSITIVE_INFINITY)))))));

        assertThat(html)
                .contains("<tr><th scope=\"row\" class=\"number\">-</th><td class=\"number\">-</td>")
                .contains("<tr><th scope=\"row\">absent</th><td class=\"number\">-</td></tr>")
                .contains("<tr><th scope=\"row\" class=\"number\">1</th><td class=\"number\">3</td>"
                        + "<td class=\"number\">-</td></tr>");
        JsonNode items = data(html).path("items");
        assertThat(items.get(0).path("rows").toString()).isEqualTo("[[null,null,1.5]]");
        assertThat(items.get(1).path("bars").get(1).path("value").isNull()).isTrue();
        assertThat(items.get(2).path("series").get(1).path("points").toString()).isEqualTo("[[0.0,null]]");
    }

    @Test
    void shouldShowFourDigitsAndKeepAllInTheData() throws IOException {
        assertThat(Page.shown(0)).isEqualTo("0");
        assertThat(Page.shown(0.0)).isEqualTo("0");
        assertThat(Page.shown(-0.00012347)).isEqualTo("-0.0001235");
        assertThat(Page.shown(0.99996)).isEqualTo("1.000");
        assertThat(Page.shown(1.5)).isEqualTo("1.500");
        assertThat(Page.shown(12.346)).isEqualTo("12.35");
        assertThat(Page.shown(999.96)).isEqualTo("1,000");
        assertThat(Page.shown(123456.7)).isEqualTo("123,457");
        assertThat(Page.shown(1e15)).isEqualTo("1,000,000,000,000,000");
        assertThat(Page.shown(Long.MAX_VALUE)).isEqualTo("9,223,372,036,854,775,807");
        assertThat(Page.shown(new BigDecimal("99.999"))).isEqualTo("99.999");
        assertThat(Page.shown(new BigDecimal("1.50"))).isEqualTo("1.50");
        assertThat(Page.shown("7 of 20")).isEqualTo("7 of 20");

        String html = written(report().add(new Table("t", List.of("x"), List.of(List.of(123456.789)))));
        assertThat(html).contains(">123,457<");
        assertThat(data(html).path("items").get(0).path("rows").get(0).get(0).asDouble())
                .isEqualTo(123456.789);
    }

    @Test
    void shouldKeepTheDigitsOfRawData() throws IOException {
        String html = written(
                report().raw("{\"a\": 1.500, \"b\": [18446744073709551615]}").raw("[]"));

        assertThat(html).contains("\"raw\":[{\"a\": 1.500, \"b\": [18446744073709551615]},[]]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{} {}", "{\"a\":1}]", "NaN", "text", "{\"a\":1,\"a\":2}"})
    void shouldRefuseRawDataThatIsNotOneJsonValue(String json) {
        assertThatIllegalArgumentException().isThrownBy(() -> report().raw(json));
    }

    @Test
    void shouldSayThatThereAreNoFigures() throws IOException {
        String html = written(report().add(Chart.bars("empty", "us", List.of()))
                .add(Chart.percentiles("empty", "us", List.of()))
                .add(Chart.timeline("empty", "us", List.of(new Chart.Series("s", List.of())))));

        assertThat(html.split("no figures", -1)).hasSize(1 + 3);
        assertThat(html).doesNotContain("data-item=\"");
    }

    @Test
    void shouldRefuseWhatIsNoPercentile() {
        List<Chart.Series> series = List.of(new Chart.Series("curve", List.of(new Chart.Point(100.1, 1))));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Chart.percentiles("t", "us", series))
                .withMessage("curve: 100.1 is no percentile: give 0 to 100");
    }

    @Test
    void shouldRefuseARowOfAnotherLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Table("t", List.of("a", "b"), List.of(List.of(1, 2), List.of(1))))
                .withMessage("1 cells [1] in a row of 2 columns [a, b]");
    }

    @Test
    void shouldCarryTheLicenceOfItsLibrary() throws IOException {
        assertThat(written(report())).contains("Copyright 2010-2023 Mike Bostock", "this permission notice appear");
    }

    @Test
    void shouldDescribeTheMachine() {
        Map<String, String> described = Environment.describe("lo", "no such interface");

        assertThat(described)
                .allSatisfy((name, value) -> assertThat(value).as(name).isNotBlank());
        assertThat(described.keySet())
                .containsExactly(
                        "Date",
                        "CPU",
                        "CPUs",
                        "Governor",
                        "Clock source",
                        "Virtualisation",
                        "Kernel",
                        "JDK",
                        "Offloads of lo",
                        "Offloads of no such interface");
        assertThat(described.get("Kernel")).contains(System.getProperty("os.version"));
        assertThat(described.get("JDK")).contains(Runtime.version().toString());
        assertThat(described.get("Offloads of no such interface")).startsWith("unknown");
    }
}
