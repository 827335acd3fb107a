package dev.sockeye.report;

import dev.sockeye.report.Chart.Bar;
import dev.sockeye.report.Chart.Point;
import dev.sockeye.report.Chart.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A report with all there is, absent figures among it. */
final class Sample {
    private static final double[] PERCENTILES = {0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100};

    private Sample() {}

    static Report report() {
        return Report.titled("Echo servers", "64 bytes, 256 outstanding, loopback, 24 brackets")
                .note("The whiskers span the kept brackets.")
                .add(Chart.bars(
                        "CPU per packet",
                        "us/packet",
                        List.of(
                                new Bar("C, recvmmsg", 3.612, 3.5, 3.9),
                                new Bar("Sockeye, JDK 17", 3.65, 3.55, 4.01),
                                new Bar("DatagramChannel", 6.9, 6.71, 7.4),
                                new Bar("half of a digit", 1.0125, 1.0105, 1.0345),
                                new Bar("not measured", Double.NaN))))
                .add(Chart.percentiles(
                        "Round-trip time",
                        "us",
                        List.of(
                                new Series("C, recvmmsg", percentiles(18)),
                                new Series("Sockeye, JDK 17", percentiles(19.5)))))
                .add(Chart.timeline(
                        "Round-trip time over the run",
                        "us",
                        List.of(new Series("p50", seconds(24, 120)), new Series("p99", seconds(61, 120)))))
                .add(Chart.timeline("Throughput over the run", "packets/s", List.of(new Series("", seconds(240e3, 9)))))
                .add(Chart.bars(
                        "Drops by cause",
                        "packets",
                        List.of(
                                new Bar("receive buffer full", 1203),
                                new Bar("no reply in time", 12),
                                new Bar("mean of all", 999.96),
                                new Bar("wrong source", 0))))
                .add(new Table(
                        "Totals",
                        List.of("server", "sent", "lost", "ratio"),
                        List.of(
                                Arrays.asList("C, recvmmsg", 3_456_789L, 9, 1.0163),
                                Arrays.asList("Sockeye, JDK 17", 3_456_712L, null, 0.99712))))
                .environment(Map.of("CPU", "AMD EPYC"))
                .raw("{\"event\":\"result\",\"ratioMedian\":1.50}");
    }

    private static List<Point> percentiles(double least) {
        List<Point> points = new ArrayList<>();
        for (double percentile : PERCENTILES) {
            double nines = percentile == 100 ? 6 : -Math.log10(1 - percentile / 100);
            points.add(new Point(percentile, least + 9 * nines + Math.pow(nines, 4)));
        }
        return points;
    }

    /** With a gap from the 4th to the 5th second. */
    private static List<Point> seconds(double level, int count) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(new Point(i, i == 4 || i == 5 ? Double.NaN : level * (1 + 0.1 * Math.sin(i))));
        }
        return points;
    }
}
