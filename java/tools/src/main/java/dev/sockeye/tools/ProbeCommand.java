package dev.sockeye.tools;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "probe",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Find out whether UDP ports are open, and what says so.",
        footer = {
            "",
            "Verdicts: open, closed, rejected, host-unreachable, no-route,"
                    + " local-firewall, too-big, no-answer (open or filtered).",
            "Exit code 0 when every port is open, else 1."
        })
final class ProbeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private HopTarget host;

    @Parameters(
            index = "1..*",
            arity = "1",
            paramLabel = "PORTS",
            converter = ProbeConverters.Ports.class,
            description = "53, 8000-8010 or 53,8000-8010; 1 to 65535.")
    private List<BitSet> ports;

    @Option(
            names = "--payload",
            paramLabel = "PAYLOAD",
            converter = ProbeConverters.Payload.class,
            description = "What to send: hex:0a0b, text:hello or @FILE. Default: a question in the protocol of"
                    + " ports 7, 53, 123, 161, 3478 and 7007, 16 random bytes to others.")
    private ProbeQuestion payload;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            defaultValue = "3",
            converter = ProbeConverters.Attempts.class,
            description = "How often to ask a silent port at least, 1 to 100. Default: ${DEFAULT-VALUE}.")
    private int attempts;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "3.5s",
            converter = Converters.Time.class,
            description = "How long to wait after the last one. A neighbour that is not there takes 3.1 s."
                    + " Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Override
    public Integer call() throws Exception {
        InetAddress target = host.address(common.family());
        BitSet all = new BitSet();
        ports.forEach(all::or);
        ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), !common.json && ProgressLine.isWatched());
        ProbeReport report = new ProbeReport(spec.commandLine().getOut(), progress, common.json, all);
        report.start(target);
        return SignalEnd.around(spec.commandLine(), () -> ask(target, all, report), report::finish);
    }

    private void ask(InetAddress target, BitSet all, ProbeReport report) throws IOException {
        ArrivalClock.warmUp(Host.familyOf(target));
        try (ProbeRun run = new ProbeRun(target, payload, attempts, timeout, report)) {
            run.ask(all);
        }
    }
}
