package dev.sockeye.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures as cells of tables. */
final class Tables {
    static final List<String> SERVER_COLUMNS = List.of(
            "server",
            "CPU per packet, 64 B",
            "1200 B",
            "64 B, one at a time",
            "throughput, 64 B",
            "RTT, one at a time",
            "B allocated per packet",
            "answers from the address asked",
            "brackets kept",
            "lost, %");

    static final List<String> SOCKET_COLUMNS =
            List.of("sockets on one CPU", "CPU per packet, 64 B", "throughput, 64 B", "brackets kept", "lost, %");

    private Tables() {}

    static List<String> server(Map<Workload, Measurement> measured) {
        Measurement small = measured.get(Workload.SMALL);
        Measurement large = measured.get(Workload.LARGE);
        Measurement alone = measured.get(Workload.ALONE);
        return List.of(
                small.server(),
                small.ratio("cpuRatio"),
                large.ratio("cpuRatio"),
                alone.ratio("cpuRatio"),
                small.throughputRatio(),
                alone.ratio("rttRatio"),
                allocated(alone.allocatedPerPacket()),
                small.source(),
                small.kept() + ", " + large.kept() + ", " + alone.kept(),
                small.lost() + ", " + large.lost() + ", " + alone.lost());
    }

    static List<String> sockets(Measurement measured) {
        return List.of(
                measured.server(),
                measured.ratio("cpuRatio"),
                measured.throughputRatio(),
                measured.kept(),
                measured.lost());
    }

    /** The row of a server that failed. */
    static List<String> failed(String label, List<String> columns) {
        List<String> cells = new ArrayList<>(Collections.nCopies(columns.size(), "-"));
        cells.set(0, label + " (failed)");
        return cells;
    }

    static String markdownHead(List<String> columns) {
        return markdown(columns) + "\n|" + "---|".repeat(columns.size());
    }

    static String markdown(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String allocated(double bytes) {
        return rounded(bytes, 2);
    }

    /** What 1.00 is: the medians of the references, over all measurements. */
    static String references(List<Measurement> all) {
        return "1.00 is the C server in the same seconds, batch with many outstanding and single with one: "
                + rounded(reference(all, Workload.SMALL, "aCpuPerPacketNs") / 1000, 2)
                + " us of CPU per packet of 64 B, "
                + rounded(reference(all, Workload.LARGE, "aCpuPerPacketNs") / 1000, 2) + " us of 1200 B, "
                + rounded(reference(all, Workload.ALONE, "aCpuPerPacketNs") / 1000, 2) + " us one at a time; "
                + rounded(reference(all, Workload.SMALL, "aThroughputPps") / 1000, 0) + " k packets/s; RTT "
                + rounded(reference(all, Workload.ALONE, "aRttP50Us"), 1) + " us.";
    }

    private static String rounded(double value, int decimals) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static double reference(List<Measurement> all, Workload workload, String figure) {
        double[] values = all.stream()
                .filter(measured -> measured.workload() == workload)
                .mapToDouble(measured -> measured.median(figure))
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        return values.length == 0 ? Double.NaN : values[values.length / 2];
    }
}
