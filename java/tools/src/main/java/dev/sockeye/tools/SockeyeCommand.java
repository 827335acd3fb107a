package dev.sockeye.tools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "sockeye",
        description = "UDP on Linux: answer from the right address, and measure packet paths.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            EchoCommand.class,
            PingCommand.class,
            ProbeCommand.class,
            TraceCommand.class,
            MtuCommand.class,
            LoadCommand.class,
            DoctorCommand.class
        },
        footer = {"", "Exit codes: 0 done, 1 the network's answer is negative, 2 wrong usage, 3 the system refused."})
final class SockeyeCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is missing: give " + Main.commands(spec.commandLine()));
    }
}
