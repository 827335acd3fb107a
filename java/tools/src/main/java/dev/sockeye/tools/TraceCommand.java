package dev.sockeye.tools;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Find the routers on the way to a host, without being root.",
            "All probes of a flow have the same ports, so that they all go the same way."
        },
        footer = {"", "Exit code 1 when the host was not reached, by all flows."})
final class TraceCommand implements Callable<Integer> {
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
            defaultValue = "33434",
            converter = Converters.RemotePort.class,
            description = "1 to 65535. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--max-hops",
            paramLabel = "N",
            defaultValue = "30",
            converter = HopConverters.MaxHops.class,
            description = "How far to look, 1 to 255. Default: ${DEFAULT-VALUE}.")
    private int maxHops;

    @Option(
            names = "--probes",
            paramLabel = "N",
            defaultValue = "3",
            converter = HopConverters.Probes.class,
            description = "How often to ask each hop, 1 to 10. Default: ${DEFAULT-VALUE}.")
    private int probes;

    @Option(
            names = "--flows",
            paramLabel = "N",
            defaultValue = "1",
            converter = HopConverters.Flows.class,
            description = "How many source ports, 1 to 64: several show the ways among which routers choose by ports."
                    + " Default: ${DEFAULT-VALUE}.")
    private int flows;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = Converters.Time.class,
            description = "How long to wait for each answer. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Override
    public Integer call() throws Exception {
        InetSocketAddress remote = target.at(port, common.family());
        List<TraceFlow> opened = new ArrayList<>();
        TraceReport report = new TraceReport(spec.commandLine().getOut(), common.json, remote, maxHops, opened);
        report.start(probes, flows);
        try {
            while (opened.size() < flows) {
                opened.add(TraceFlow.open(remote, timeout.toNanos()));
            }
            ArrivalClock.warmUp(Host.familyOf(remote.getAddress()));
            Tracer tracer = new Tracer(opened, maxHops, probes);
            return SignalEnd.after(
                    spec.commandLine(),
                    () -> {
                        tracer.run(report);
                        report.complete();
                    },
                    () -> close(opened),
                    () -> report.finish() ? 0 : Main.NEGATIVE);
        } catch (HopRefusal e) {
            report.finish(false, 0, e.getMessage(), 0);
            return Main.NEGATIVE;
        } finally {
            close(opened);
        }
    }

    private static void close(List<TraceFlow> opened) throws IOException {
        for (TraceFlow flow : opened) {
            flow.close();
        }
    }
}
