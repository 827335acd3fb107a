package dev.sockeye.tools;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "mtu",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Find the largest packet that reaches a host in one piece, without being root.",
            "What routers say is confirmed by packets that arrive. An echo server at PORT is best, a closed port will do."
        },
        footer = {"", "Exit code 1 when it could not be confirmed."})
final class MtuCommand implements Callable<Integer> {
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
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = Converters.Time.class,
            description = "How long to wait for each answer. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            defaultValue = "3",
            converter = HopConverters.Attempts.class,
            description = "How often to try a size that nobody answers, 1 to 10. Default: ${DEFAULT-VALUE}.")
    private int attempts;

    @Override
    public Integer call() throws Exception {
        InetSocketAddress remote = target.at(port, common.family());
        MtuReport report = new MtuReport(spec.commandLine().getOut(), common.json, remote);
        report.start();
        MtuProber prober;
        try {
            prober = MtuProber.open(remote, attempts, timeout.toNanos());
        } catch (HopRefusal e) {
            report.finish(0, null, false, e.getMessage(), 0);
            return Main.NEGATIVE;
        }
        MtuFinder finder = new MtuFinder(prober, report, remote.getAddress());
        return SignalEnd.after(spec.commandLine(), finder::run, prober::close, finder::finish);
    }
}
