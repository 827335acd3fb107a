package dev.sockeye.tools;

import dev.sockeye.report.Chart;
import dev.sockeye.report.Chart.Bar;
import dev.sockeye.report.Chart.Point;
import dev.sockeye.report.Chart.Series;
import dev.sockeye.report.Environment;
import dev.sockeye.report.Report;
import dev.sockeye.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** What a run found out as an HTML file. */
final class LoadHtml {
    /** Points of a percentile curve for each halving of what is left to 100 %. */
    private static final int POINTS_PER_HALF = 5;

    private LoadHtml() {}

    /** @param json the event of the result */
    static void write(Path file, LoadResult result, String json) throws IOException {
        Report report = Report.titled("sockeye load", LoadReport.describe(result.plan()))
                .environment(Environment.describe());
        if (result.emptiness() != null) {
            report.note("No figures: " + result.emptiness() + ".");
        }
        LoadStrain.of(result).values().forEach(limit -> report.note("The generator was at its limit: " + limit + "."));
        report.add(totals(result))
                .add(Chart.percentiles("Round-trip time", "us", percentiles(result)))
                .add(Chart.bars("Lost, by cause", "datagrams", causes(result)))
                .add(Chart.timeline(
                        "Throughput",
                        "a second",
                        List.of(
                                line(result, "sent", LoadSecond::sentPps),
                                line(result, "received", LoadSecond::receivedPps))))
                .add(Chart.timeline(
                        "Round-trip time of each second",
                        "us",
                        List.of(line(result, "p50", 50), line(result, "p99", 99), line(result, "max", 100))))
                .raw(json)
                .write(file);
    }

    private static Table totals(LoadResult result) {
        List<List<?>> rows = new ArrayList<>();
        rows.add(List.of("sent", result.count(LoadCount.SENT)));
        rows.add(List.of("received", result.count(LoadCount.RECEIVED)));
        rows.add(List.of("received a second", Math.round(result.throughputPps())));
        rows.add(List.of("lost", result.loss().total()));
        rows.add(List.of("wrong source", result.count(LoadCount.WRONG_SOURCE)));
        rows.add(List.of("corrupted", result.count(LoadCount.CORRUPTED)));
        rows.add(List.of("duplicates", result.count(LoadCount.DUPLICATES)));
        rows.add(List.of("reordered", result.count(LoadCount.REORDERED)));
        rows.add(List.of("too late", result.count(LoadCount.TOO_LATE)));
        rows.add(List.of("of strangers", result.count(LoadCount.STRANGERS)));
        rows.add(List.of("due and not sent", result.count(LoadCount.NOT_SENT)));
        if (result.plan().tcp()) {
            rows.add(List.of("connections that broke", result.count(LoadCount.BROKEN)));
        }
        if (result.plan().isOpenLoop()) {
            rows.add(List.of("sent late, p99 in us", result.latenessNanos().getValueAtPercentile(99) / 1000));
        }
        return new Table("Totals", List.of("", ""), rows);
    }

    private static List<Bar> causes(LoadResult result) {
        return result.loss().causes().entrySet().stream()
                .map(cause -> new Bar(cause.getKey(), cause.getValue()))
                .toList();
    }

    private static List<Series> percentiles(LoadResult result) {
        List<Series> series = new ArrayList<>();
        series.add(curve("until the program had the answer", result.rttNanos()));
        if (result.kernelRttNanos().getTotalCount() > 0) {
            series.add(curve("until the kernel had it", result.kernelRttNanos()));
        }
        return series;
    }

    private static Series curve(String name, Histogram nanos) {
        List<Point> points = new ArrayList<>();
        for (HistogramIterationValue value : nanos.percentiles(POINTS_PER_HALF)) {
            points.add(new Point(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo() / 1e3));
        }
        return new Series(name, points);
    }

    private static Series line(LoadResult result, String name, double percentile) {
        return line(result, name, second -> second.rttMicros(percentile));
    }

    private static Series line(LoadResult result, String name, ToDoubleFunction<LoadSecond> figure) {
        return new Series(
                name,
                result.timeline().stream()
                        .map(second -> new Point(second.seconds(), figure.applyAsDouble(second)))
                        .toList());
    }
}
