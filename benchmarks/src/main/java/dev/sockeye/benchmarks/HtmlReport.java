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

    static void write(Path file, Map<String, String> environment, Bracket bracket, Results results) throws IOException {
        Report report = Report.titled(
                        "UDP echo servers",
                        "over loopback, the servers on one CPU and the generator on another; medians, with their ranges")
                .environment(environment)
                .note(Tables.references(results.servers));
        addServers(report, results.servers, bracket.sliceSeconds());
        report.add(new Table("Servers", Tables.SERVER_COLUMNS, results.serverRows))
                .add(SliceCharts.answers(results.servers))
                .note("Sockets that share a port, their threads one CPU, beside one socket in the same seconds.")
                .add(bars(
                        "CPU per packet by sockets",
                        BESIDE_ONE_SOCKET,
                        results.sockets,
                        Workload.SMALL,
                        measured -> measured.bar("cpuRatio")))
                .add(new Table("Sockets on one CPU", Tables.SOCKET_COLUMNS, results.socketRows));
        results.missing().forEach(report::note);
        report.raw(RawData.json(environment, bracket, results)).write(file);
    }

    private static void addServers(Report report, List<Measurement> servers, double sliceSeconds) {
        for (Workload workload : Workload.values()) {
            report.add(bars(
                    "CPU per packet, " + workload.label(),
                    BESIDE_C,
                    servers,
                    workload,
                    measured -> measured.bar("cpuRatio")));
        }
        report.note("A server with less than 95 % of its CPU in use while many datagrams were outstanding is marked as"
                + " generator-bound: it could do more than its throughput says.");
        for (Workload workload : Workload.values()) {
            report.add(bars(
                    "Throughput, " + workload.label(),
                    "packets/s",
                    servers,
                    workload,
                    measured -> measured.throughputBar("bThroughputPps")));
        }
        report.add(bars(
                        "Throughput beside C, " + Workload.SMALL.label(),
                        BESIDE_C,
                        servers,
                        Workload.SMALL,
                        measured -> measured.throughputBar("throughputRatio")))
                .add(bars(
                        "Round-trip time beside C",
                        BESIDE_C,
                        servers,
                        Workload.ALONE,
                        measured -> measured.bar("rttRatio")));
        SliceCharts.rttPercentiles(servers).forEach(report::add);
        SliceCharts.rttOverTime(servers, sliceSeconds).forEach(report::add);
        for (Workload workload : Workload.values()) {
            report.add(SliceCharts.lost(servers, workload));
        }
        report.add(allocated(servers));
    }

    private static Chart allocated(List<Measurement> all) {
        return bars(
                "Allocated by the serving thread",
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
