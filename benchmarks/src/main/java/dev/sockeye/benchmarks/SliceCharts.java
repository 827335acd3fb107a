package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sockeye.report.Chart;
import dev.sockeye.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What the slices on the servers show beside the medians of the brackets: round-trip times and loss. */
final class SliceCharts {
    private static final int[] PERCENTILES = {50, 90, 99};

    /** More would share a colour. */
    private static final int MOST_LINES = 6;

    private SliceCharts() {}

    /** Each point is the median over the slices of kept brackets, of servers that have enough of them. */
    static List<Chart> rttPercentiles(List<Measurement> all) {
        List<Chart.Series> series = new ArrayList<>();
        for (Measurement measured : alone(all)) {
            if (!measured.isAccepted()) {
                continue;
            }
            List<Chart.Point> points = new ArrayList<>();
            for (int percentile : PERCENTILES) {
                String figure = "/rttUs/p" + percentile;
                points.add(new Chart.Point(percentile, Measurement.median(measured.keptSlices(), figure)));
            }
            series.add(new Chart.Series(measured.server(), points));
        }
        return split(series, lines -> Chart.percentiles("Round-trip time, " + Workload.ALONE.label(), "us", lines));
    }

    /** All slices, also of discarded brackets. Each server's time begins with its first bracket. */
    static List<Chart> rttOverTime(List<Measurement> all, double sliceSeconds) {
        List<Chart.Series> series = new ArrayList<>();
        for (Measurement measured : alone(all)) {
            List<Chart.Point> points = new ArrayList<>();
            for (JsonNode slice : measured.slices()) {
                int slicesBefore = 2 * slice.path("round").asInt() - 1; // A B A B A
                points.add(new Chart.Point(
                        slicesBefore * sliceSeconds, slice.at("/rttUs/p50").asDouble(Double.NaN)));
            }
            series.add(new Chart.Series(measured.server(), points));
        }
        return split(series, lines -> Chart.timeline("Round-trip time, median of each slice", "us", lines));
    }

    private static List<Chart> split(List<Chart.Series> series, Function<List<Chart.Series>, Chart> chart) {
        List<Chart> charts = new ArrayList<>();
        for (int i = 0; i < series.size(); i += MOST_LINES) {
            charts.add(chart.apply(series.subList(i, Math.min(i + MOST_LINES, series.size()))));
        }
        return charts;
    }

    static Chart lost(List<Measurement> all, Workload workload) {
        return Chart.bars(
                "Lost, " + workload.label(),
                "% of datagrams",
                all.stream()
                        .filter(measured -> measured.workload() == workload)
                        .map(measured -> new Chart.Bar(measured.server(), lostPercent(measured)))
                        .toList());
    }

    private static double lostPercent(Measurement measured) {
        long lost = sum(measured, "lost");
        return 100.0 * lost / (lost + sum(measured, "packets"));
    }

    /** What came back, and what did not: counts over all slices of the server. */
    static Table answers(List<Measurement> all) {
        return new Table(
                "Datagrams",
                List.of(
                        "server",
                        "workload",
                        "answered",
                        "not answered in 250 ms",
                        "damaged",
                        "from another address",
                        "late or twice"),
                all.stream()
                        .map(measured -> List.of(
                                measured.server(),
                                measured.workload().label(),
                                sum(measured, "packets"),
                                sum(measured, "lost"),
                                sum(measured, "damaged"),
                                sum(measured, "wrongSource"),
                                sum(measured, "unexpected")))
                        .toList());
    }

    private static long sum(Measurement measured, String figure) {
        return measured.slices().stream()
                .mapToLong(slice -> slice.path(figure).asLong())
                .sum();
    }

    private static List<Measurement> alone(List<Measurement> all) {
        return all.stream()
                .filter(measured -> measured.workload() == Workload.ALONE)
                .toList();
    }
}
