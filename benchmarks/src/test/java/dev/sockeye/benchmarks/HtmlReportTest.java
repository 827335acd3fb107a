package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each figure stands where it belongs: all of them differ, by workload and by name. */
@Timeout(20)
class HtmlReportTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Bracket BRACKET = new Bracket(1, 2, 1, 0.5);

    private final Results results = new Results();

    @TempDir
    private Path directory;

    private JsonNode report;

    @BeforeEach
    void writeAndReadBack() throws Exception {
        Measurement small = measurement(Workload.SMALL, 1, 0.99);
        Measurement large = measurement(Workload.LARGE, 2, 0.5);
        Measurement alone = measurement(Workload.ALONE, 3, 0.4);
        Map<Workload, Measurement> measured =
                Map.of(Workload.SMALL, small, Workload.LARGE, large, Workload.ALONE, alone);
        results.servers.addAll(List.of(small, large, alone));
        results.serverRows.add(Tables.server(measured));
        Path file = directory.resolve("report.html");
        HtmlReport.write(file, Map.of(), BRACKET, results);
        String html = Files.readString(file);
        int start = html.indexOf('>', html.indexOf("id=\"data\"")) + 1;
        report = JSON.readTree(html.substring(start, html.indexOf("</script>", start)));
    }

    /** Figures with the workload's number in front: its CPU ratio is 1.1, 2.1 or 3.1 and so on. */
    private static Measurement measurement(Workload workload, int number, double serverShare) throws Exception {
        ObjectNode result = (ObjectNode) JSON.readTree(
                """
                {"accepted": true, "complaint": "", "rounds": 2, "kept": 1,
                 "cpuRatio": {"median": N.1, "min": N.01, "max": N.19},
                 "throughputRatio": {"median": N.2, "min": N.11, "max": N.29},
                 "rttRatio": {"median": N.3, "min": N.21, "max": N.39},
                 "bThroughputPps": {"median": N000, "min": N001, "max": N002},
                 "aPackets": 900, "aLost": 100, "bPackets": 99, "bLost": N, "bWrongSource": 0,
                 "roundsRun": [{"round": 1, "kept": true}, {"round": 2, "kept": false}],
                 "slices": [
                  {"round": 0, "server": "A", "packets": 5, "rttUs": {"p50": 7, "p90": 8, "p99": 9}},
                  {"round": 1, "server": "B", "packets": 99, "lost": N, "damaged": 4, "wrongSource": 5,
                   "unexpected": 6, "serverShare": SHARE, "rttUs": {"p50": N1, "p90": N2, "p99": N3}},
                  {"round": 1, "server": "A", "packets": 5, "rttUs": {"p50": 7, "p90": 8, "p99": 9}},
                  {"round": 2, "server": "B", "packets": 0, "lost": 0, "serverShare": 0.1, "rttUs": {"p50": N4}}]}"""
                        .replace("N", String.valueOf(number))
                        .replace("SHARE", String.valueOf(serverShare)));
        return new Measurement("S", "C batch", workload, result, number + 0.4);
    }

    @Test
    void shouldTakeEachColumnFromItsWorkload() {
        assertThat(item("Servers").at("/rows/0"))
                .extracting(JsonNode::asText)
                .containsExactly(
                        "S",
                        "1.10 (1.01-1.19)",
                        "2.10 (2.01-2.19)",
                        "3.10 (3.01-3.19)",
                        "1.20 (1.11-1.29)",
                        "3.30 (3.21-3.39)",
                        "3.40",
                        "yes",
                        "1/2, 1/2, 1/2",
                        "10.000/1.000, 10.000/1.980, 10.000/2.941");
    }

    @Test
    void shouldDrawEachBarFromItsFigure() {
        assertThat(bar("CPU per packet, 64 B, 256 outstanding")).isEqualTo("S 1.1 1.01 1.19");
        assertThat(bar("CPU per packet, 1200 B, 256 outstanding")).isEqualTo("S 2.1 2.01 2.19");
        assertThat(bar("CPU per packet, 64 B, 1 outstanding")).isEqualTo("S 3.1 3.01 3.19");
        assertThat(bar("Throughput, 64 B, 256 outstanding")).isEqualTo("S 1000.0 1001.0 1002.0");
        assertThat(bar("Throughput, 1200 B, 256 outstanding")).isEqualTo("S, generator-bound 2000.0 2001.0 2002.0");
        assertThat(bar("Throughput, 64 B, 1 outstanding")).isEqualTo("S 3000.0 3001.0 3002.0");
        assertThat(bar("Throughput beside C, 64 B, 256 outstanding")).isEqualTo("S 1.2 1.11 1.29");
        assertThat(bar("Round-trip time beside C")).isEqualTo("S 3.3 3.21 3.39");
        assertThat(bar("Lost, 64 B, 256 outstanding")).isEqualTo("S 1.0 null null");
        assertThat(bar("Allocated by the serving thread")).isEqualTo("S 3.4 null null");
    }

    @Test
    void shouldDrawTheRoundTripTimesOfTheServerWithOneOutstanding() {
        assertThat(item("Round-trip time, 64 B, 1 outstanding").at("/series/0/points"))
                .hasToString("[[50.0,31.0],[90.0,32.0],[99.0,33.0]]");
        assertThat(item("Round-trip time, median of each slice").at("/series/0/points"))
                .hasToString("[[0.5,31.0],[1.5,34.0]]");
    }

    @Test
    void shouldDrawNoMoreLinesInAChartThanThereAreColours() {
        List<Measurement> many = Collections.nCopies(7, results.servers.get(2));

        assertThat(SliceCharts.rttPercentiles(many)).hasSize(2);
        assertThat(SliceCharts.rttOverTime(many, 0.5)).hasSize(2);
    }

    @Test
    void shouldCountWhatCameBack() {
        assertThat(item("Datagrams").path("rows"))
                .hasToString("[[\"S\",\"64 B, 256 outstanding\",99,1,4,5,6],"
                        + "[\"S\",\"1200 B, 256 outstanding\",99,2,4,5,6],"
                        + "[\"S\",\"64 B, 1 outstanding\",99,3,4,5,6]]");
    }

    @Test
    void shouldEmbedAllThatWasMeasured() throws Exception {
        assertThat(report.at("/raw/0")).isEqualTo(JSON.readTree(RawData.json(Map.of(), BRACKET, results)));
    }

    private JsonNode item(String title) {
        for (JsonNode item : report.path("items")) {
            if (item.path("title").asText().equals(title)) {
                return item;
            }
        }
        throw new AssertionError("no " + title);
    }

    private String bar(String chart) {
        JsonNode bars = item(chart).path("bars");
        assertThat(bars).hasSize(1);
        JsonNode bar = bars.get(0);
        return bar.path("label").asText() + " " + bar.path("value") + " " + bar.path("low") + " " + bar.path("high");
    }
}
