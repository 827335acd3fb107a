package dev.sockeye.benchmarks;

import dev.sockeye.report.Chart;
import dev.sockeye.report.Report;
import dev.sockeye.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The file of --report. */
final class HtmlReport {
    private static final String BESIDE_C = "x C";
    private static final String BESIDE_ONE_SOCKET = "x one socket";

    private HtmlReport() {}

    static void write(Path file, Map<String, String> environment, Results results, String rawJson) throws IOException {
        Report report = Report.titled(
                        "UDP echo servers",
                        "over loopback, the servers on one CPU and the generator on another; medians, with their ranges")
                .environment(environment)
                .note(Tables.references(results.servers));
        for (Workload workload : Workload.values()) {
            report.add(ratios("CPU per packet, " + workload.label(), BESIDE_C, results.servers, workload, "cpuRatio"));
        }
        report.add(ratios(
                        "Throughput, " + Workload.SMALL.label(),
                        BESIDE_C,
                        results.servers,
                        Workload.SMALL,
                        "throughputRatio"))
                .add(ratios("Round-trip time", BESIDE_C, results.servers, Workload.ALONE, "rttRatio"))
                .add(allocated(results.servers))
                .add(new Table("Servers", Tables.SERVER_COLUMNS, results.serverRows))
                .note("Sockets that share a port, their threads one CPU, beside one socket in the same seconds.")
                .add(ratios(
                        "CPU per packet by sockets", BESIDE_ONE_SOCKET, results.sockets, Workload.SMALL, "cpuRatio"))
                .add(new Table("Sockets on one CPU", Tables.SOCKET_COLUMNS, results.socketRows));
        results.missing().forEach(report::note);
        report.raw(rawJson).write(file);
    }

    private static Chart ratios(String title, String unit, List<Measurement> all, Workload workload, String figure) {
        return bars(title, unit, all, workload, measured -> measured.bar(figure));
    }

    private static Chart allocated(List<Measurement> all) {
        return bars(
                "Allocated by the JVM",
                "B/packet",
                all,
                Workload.ALONE,
                measured -> new Chart.Bar(measured.server(), measured.allocatedPerPacket()));
    }

    private static Chart bars(
            String title, String unit, List<Measurement> all, Workload workload, Function<Measurement, Chart.Bar> bar) {
        return Chart.bars(
                title,
                unit,
                all.stream()
                        .filter(measured -> measured.workload() == workload)
                        .map(bar)
                        .toList());
    }
}
