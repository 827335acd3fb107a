package dev.sockeye.tools;

import dev.sockeye.NativeIOException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Put load on UDP echo servers: throughput, loss by cause, round-trip times.",
            "With --window each answer lets the next datagram go (closed loop). With --rate they go at fixed times,"
                    + " and round-trip times count from then (open loop)."
        },
        footer = {
            "",
            "Exit code 1 when nothing came back, or an answer had a wrong source or content.",
            "Ctrl-C or SIGTERM ends it with what there is."
        })
final class LoadCommand implements Callable<Integer> {
    private static final int DEFAULT_WINDOW = 64;
    private static final String NO_ROOM = "EMFILE";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private HopTarget target;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PORT",
            defaultValue = "7007",
            converter = Converters.RemotePort.class,
            description = "1 to 65535. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--also",
            paramLabel = "HOST[:PORT]",
            converter = LoadConverters.Destination.Converter.class,
            description = "Another server, asked in turn with the first; may be repeated.")
    private List<LoadConverters.Destination> also = List.of();

    @Option(names = "--tcp", description = "Ask over TCP connections, one for each flow.")
    private boolean tcp;

    @Option(
            names = "--window",
            paramLabel = "N",
            converter = LoadConverters.Window.class,
            description = "Closed loop: datagrams outstanding on all flows together, up to 1048576."
                    + " Default: 64, or one for each flow if that is more.")
    private Integer window;

    @Option(
            names = "--rate",
            paramLabel = "PPS",
            converter = LoadConverters.Rate.class,
            description = "Open loop: datagrams a second on all flows together.")
    private Integer rate;

    @Option(
            names = "--flows",
            paramLabel = "N",
            defaultValue = "1",
            converter = LoadConverters.Flows.class,
            description = "Source ports, up to 10000. Default: ${DEFAULT-VALUE}.")
    private int flows;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            converter = LoadConverters.Threads.class,
            description =
                    "Threads that share the flows, up to 256; twice as many with --rate. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "64",
            converter = LoadSizes.Converter.class,
            description = "Payload, 24 to 65507: one size, several in turn (64,512,1400), a range (64-1400), or imix."
                    + " Default: ${DEFAULT-VALUE}.")
    private LoadSizes sizes;

    @Option(
            names = "--burst",
            paramLabel = "N",
            defaultValue = "1",
            converter = LoadConverters.Burst.class,
            description = "Datagrams of a flow that go at once, up to 1024. Default: ${DEFAULT-VALUE}.")
    private int burst;

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            defaultValue = "10s",
            converter = Converters.Time.class,
            description = "How long to send: 500ms, 10 (seconds), 1m. Default: ${DEFAULT-VALUE}.")
    private Duration duration;

    @Option(
            names = "--warmup",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = LoadConverters.Warmup.class,
            description = "How long to send before that, without counting; 0 for not. Default: ${DEFAULT-VALUE}.")
    private Duration warmup;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = Converters.Time.class,
            description =
                    "After this a place of the window is free without an answer, and the run ends without the last"
                            + " ones. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            converter = LoadConverters.ReportFile.class,
            description = "Write an HTML file with charts, too.")
    private Path reportFile;

    private LoadResult result;

    @Override
    public Integer call() throws Exception {
        LoadPlan plan = plan();
        warnOfCongestion(plan);
        LoadReport report = new LoadReport(spec.commandLine().getOut(), common.json);
        ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), ProgressLine.isWatched());
        try (LoadRun run = new LoadRun(plan, second -> progress.show(() -> LoadReport.progress(second)))) {
            report.start(plan);
            return SignalEnd.after(spec.commandLine(), () -> result = run.run(), run::stop, () -> {
                progress.clear();
                return finish(report);
            });
        } catch (NativeIOException e) {
            if (!NO_ROOM.equals(e.errnoName())) {
                throw e;
            }
            Main.complain(
                    spec.commandLine(),
                    "--flows " + flows + " need more descriptors than the " + mostDescriptors()
                            + " that this process may have: see 'ulimit -n' [" + e.getMessage() + "]");
            return Main.REFUSED;
        } catch (ConnectException | NoRouteToHostException | SocketTimeoutException e) { // only TCP connects
            Main.complain(spec.commandLine(), e.getMessage());
            return Main.NEGATIVE;
        }
    }

    /** (proc(5), /proc/pid/limits: names and figures are two spaces apart) */
    private static String mostDescriptors() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split(" {2,}")[1])
                .findFirst()
                .orElseThrow();
    }

    private int finish(LoadReport report) throws IOException {
        if (result == null) {
            return Main.REFUSED; // the run failed, which is told
        }
        report.finish(result);
        if (reportFile != null) {
            LoadHtml.write(reportFile, result, LoadReport.json(result));
        }
        if (result.emptiness() != null) {
            Main.complain(spec.commandLine(), result.emptiness());
        }
        return result.isGood() ? 0 : Main.NEGATIVE;
    }

    // ---- what to do

    private LoadPlan plan() {
        if (window != null && rate != null) {
            throw wrong("--window is for the closed loop and --rate for the open one: give one of them");
        }
        if (threads > flows) {
            throw wrong("--threads " + threads + " are more than --flows " + flows + ": each wants a flow of its own");
        }
        if (rate == null && (long) flows * burst > LoadConverters.Window.MOST) {
            throw wrong("--flows " + flows + " with --burst " + burst + " want " + (long) flows * burst
                    + " places, and " + LoadConverters.Window.MOST + " are the most: give fewer, or --rate");
        }
        int places = window == null ? Math.max(DEFAULT_WINDOW, flows * burst) : window;
        if (rate == null && places / flows < burst) {
            throw wrong("--window " + places + " has no " + (burst == 1 ? "place" : "room for --burst " + burst)
                    + " for each of --flows " + flows + ": give " + flows * burst + " at least");
        }
        return new LoadPlan(
                tcp,
                targets(),
                sizes,
                flows,
                threads,
                rate == null ? places : 0,
                rate == null ? 0 : rate,
                burst,
                duration,
                warmup,
                timeout);
    }

    private LoadTargets targets() {
        List<InetSocketAddress> targets = new ArrayList<>();
        targets.add(target.at(port, common.family()));
        for (LoadConverters.Destination more : also) {
            int itsPort = more.port() == null ? port : more.port();
            InetAddress address = HopTarget.address(spec, more.host(), common.family(), "option '--also'");
            targets.add(new InetSocketAddress(address, itsPort));
        }
        return new LoadTargets(targets);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** RFC 8085 3.1: what does not control congestion should be limited in rate. */
    private void warnOfCongestion(LoadPlan plan) throws SocketException {
        if (plan.isOpenLoop() || plan.tcp()) {
            return;
        }
        for (InetSocketAddress target : plan.targets().endpoints()) {
            InetAddress address = target.getAddress();
            if (!address.isLoopbackAddress() && NetworkInterface.getByInetAddress(address) == null) {
                Main.complain(
                        spec.commandLine(),
                        "warning: " + Host.text(address) + " is another host, and nothing here gives way to others on"
                                + " the network between: give --rate where it is not your own (RFC 8085 3.1)");
                return;
            }
        }
    }
}
