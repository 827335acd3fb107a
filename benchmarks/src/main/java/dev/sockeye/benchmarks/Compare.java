package dev.sockeye.benchmarks;

import dev.sockeye.report.Environment;
import dev.sockeye.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Compares echo servers of Sockeye, the JDK, Netty and C with C references: CPU time per packet, throughput and
 * round-trip time, in brackets of A B A. Servers share one CPU, the generator has another.
 */
@Command(
        name = "compare",
        description = {
            "Compares UDP echo servers of Sockeye, the JDK, Netty and C: CPU time per packet, throughput, round-trip"
                    + " time and allocation, beside a C server in the same seconds. Prints Markdown tables.",
            "Takes at most 15 minutes, with --quick 3. Leave the machine alone meanwhile."
        },
        footer =
                "Exit codes: 0 measured; 1 some server failed, or too few brackets were kept for some figure; 2 wrong usage; 3 the system"
                        + " refused.")
public final class Compare implements Callable<Integer> {
    private static final int NEGATIVE = 1;
    private static final int REFUSED = 3;
    private static final double LONGEST_C_WARMUP_SECONDS = 0.3;
    private static final int MOST_ROUNDS = 1000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "The newest JDK only, shorter and fewer brackets.")
    private boolean quick;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Brackets for a figure at most, instead of 16 (quick 8).")
    private Integer rounds;

    @Option(
            names = "--slice",
            paramLabel = "SECONDS",
            description = "Time on one server, instead of 0.35 (quick 0.15).")
    private Double slice;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            description = "Time on a server in Java before its first figure, instead of 5 (quick 1.5).")
    private Double warmup;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes all that was measured, each slice included.")
    private Path jsonFile;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Writes tables and charts as one HTML file.")
    private Path reportFile;

    @Option(names = "--help", usageHelp = true, description = "Shows this.")
    private boolean help;

    private final Results results = new Results();
    private List<String> serverPrefix;
    private Bracket bracket;
    private double warmupSeconds;
    private double cWarmupSeconds;
    private Map<String, String> environment;
    private PrintWriter out;

    /**
     * Compares, and exits.
     *
     * @param arguments see --help
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Compare())
                .setOverwrittenOptionsAllowed(false)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler((e, arguments) -> {
                    e.getCommandLine().getErr().println("compare: " + e.getMessage() + " (see compare --help)");
                    return ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("compare: " + e.getMessage());
                    return REFUSED;
                });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Pinning pinning = Pinning.choose();
        serverPrefix = pinning.serverPrefix();
        bracket = new Bracket(
                pinning.generator(),
                inRange("--rounds", rounds, 1, MOST_ROUNDS, quick ? 8 : 16).intValue(),
                quick ? Bracket.LEAST_KEPT : 10,
                inRange("--slice", slice, 0.05, 10, quick ? 0.15 : 0.35).doubleValue());
        warmupSeconds = inRange("--warmup", warmup, 0, 60, quick ? 1.5 : 5).doubleValue();
        cWarmupSeconds = Math.min(LONGEST_C_WARMUP_SECONDS, warmupSeconds);
        out = spec.commandLine().getOut();
        List<Path> found = Jdk.oldestAndNewest();
        List<Path> jdks = quick ? found.subList(found.size() - 1, found.size()) : found;
        checkWritable();
        environment = Environment.describe("lo");
        environment.putAll(Software.versions(jdks));
        environment.forEach((name, value) -> out.println("- " + name + ": " + value));
        compareServers(jdks);
        compareSockets(jdks.get(0));
        results.missing().forEach(out::println);
        save();
        if (reportFile != null) {
            HtmlReport.write(reportFile, environment, bracket, results);
        }
        return results.areComplete() ? ExitCode.OK : NEGATIVE;
    }

    /** Before minutes of measuring, not after them. */
    private void checkWritable() throws IOException {
        if (reportFile != null) {
            Report.checkWritable(reportFile);
        }
        if (jsonFile != null) {
            RawData.checkWritable(jsonFile);
        }
    }

    private Number inRange(String option, Number value, Number least, Number most, Number otherwise) {
        if (value == null) {
            return otherwise;
        }
        double number = value.doubleValue();
        if (!(number >= least.doubleValue() && number <= most.doubleValue())) {
            throw new ParameterException(
                    spec.commandLine(), option + " takes " + least + " to " + most + ", not " + value);
        }
        return value;
    }

    private void compareServers(List<Path> jdks) throws IOException, InterruptedException {
        out.println();
        out.println(Tables.markdownHead(Tables.SERVER_COLUMNS));
        out.flush();
        for (String mode : List.of("batch", "single", "plain")) {
            compareServer("C " + mode, () -> reference(mode), cWarmupSeconds);
        }
        for (Server server : Server.values()) {
            for (Path jdk : jdks) {
                compareServer(
                        server.label() + ", JDK " + Jdk.version(jdk),
                        () -> EchoProcess.java(serverPrefix, jdk, server.serverName()),
                        warmupSeconds);
            }
        }
        out.println();
        out.println(Tables.references(results.servers));
    }

    private EchoProcess reference(String mode) throws IOException {
        return EchoProcess.reference(serverPrefix, mode);
    }

    private record Reference(String label, EchoProcess process) {}

    private interface Starter {
        EchoProcess start() throws IOException;
    }

    /** With references of its own, so that one that fails costs this server's figures and no others. */
    private void compareServer(String label, Starter starter, double serverWarmupSeconds)
            throws IOException, InterruptedException {
        Map<Workload, Measurement> measured = new EnumMap<>(Workload.class);
        List<String> row;
        try (EchoProcess server = starter.start();
                EchoProcess batch = reference("batch");
                EchoProcess single = reference("single")) {
            double bWarmupSeconds = serverWarmupSeconds;
            for (Workload workload : Workload.values()) {
                Reference reference = workload == Workload.ALONE
                        ? new Reference("C single", single)
                        : new Reference("C batch", batch);
                Measurement one = measure(label, server, bWarmupSeconds, reference, cWarmupSeconds, workload);
                measured.put(workload, one);
                results.servers.add(one);
                bWarmupSeconds = serverWarmupSeconds / 5; // it is warm, but for what differs
            }
            row = Tables.server(measured);
        } catch (EchoProcess.UnavailableException e) {
            results.skipped.add(label + ": " + e.getMessage());
            return;
        } catch (IOException e) {
            results.failed.add(label + ": " + e.getMessage());
            row = Tables.failed(label, Tables.SERVER_COLUMNS);
        }
        results.serverRows.add(row);
        show(row);
    }

    /** What more sockets cost when there are no more CPUs for them: threads and smaller batches. */
    private void compareSockets(Path jdk) throws IOException, InterruptedException {
        out.println();
        out.println("Sockeye, JDK " + Jdk.version(jdk)
                + ": sockets that share a port, their threads one CPU. 1.00 is one socket in the same seconds.");
        out.println();
        out.println(Tables.markdownHead(Tables.SOCKET_COLUMNS));
        out.flush();
        EchoProcess started;
        try {
            started = EchoProcess.java(serverPrefix, jdk, "sockeye-64");
        } catch (IOException e) {
            results.failed.add("the reference of the sockets: " + e.getMessage());
            return;
        }
        try (EchoProcess one = started) {
            double aWarmupSeconds = warmupSeconds;
            for (int sockets : new int[] {1, 2, 4, 8}) {
                List<String> row = compareSockets(jdk, sockets, new Reference("1", one), aWarmupSeconds);
                results.socketRows.add(row);
                show(row);
                aWarmupSeconds = cWarmupSeconds;
            }
        }
    }

    private List<String> compareSockets(Path jdk, int sockets, Reference reference, double referenceWarmupSeconds)
            throws InterruptedException {
        String label = String.valueOf(sockets);
        try (EchoProcess several = EchoProcess.java(serverPrefix, jdk, "sockeye-64x" + sockets)) {
            Measurement measured =
                    measure(label, several, warmupSeconds, reference, referenceWarmupSeconds, Workload.SMALL);
            results.sockets.add(measured);
            return Tables.sockets(measured);
        } catch (IOException e) {
            results.failed.add(label + " sockets: " + e.getMessage());
            return Tables.failed(label, Tables.SOCKET_COLUMNS);
        }
    }

    private Measurement measure(
            String label,
            EchoProcess server,
            double serverWarmupSeconds,
            Reference reference,
            double referenceWarmupSeconds,
            Workload workload)
            throws IOException, InterruptedException {
        server.forgetAllocated();
        return new Measurement(
                label,
                reference.label(),
                workload,
                bracket.measure(reference.process(), referenceWarmupSeconds, server, serverWarmupSeconds, workload),
                server.allocatedPerPacket());
    }

    private void show(List<String> row) throws IOException {
        out.println(Tables.markdown(row));
        out.flush();
        save(); // so that Ctrl-C keeps what was measured
    }

    private void save() throws IOException {
        if (jsonFile != null) {
            RawData.write(jsonFile, RawData.json(environment, bracket, results));
        }
    }
}
