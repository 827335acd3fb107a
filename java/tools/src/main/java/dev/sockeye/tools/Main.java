package dev.sockeye.tools;

import dev.sockeye.lab.LabException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MaxValuesExceededException;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Starts the command line. Exit codes: 0 done, 1 the answer is negative, 2 wrong usage, 3 the system refused. */
public final class Main {
    static final int NEGATIVE = 1;
    static final int REFUSED = 3;

    /** An argument may be as long as it likes, the line that repeats it may not. */
    private static final int LONGEST_LINE = 1000;

    private Main() {}

    /**
     * Runs one command and exits.
     *
     * @param arguments the command and its options
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().setOut(new PrintWriter(new Stdout(), true)).execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new SockeyeCommand())
                .setCaseInsensitiveEnumValuesAllowed(false)
                .setOverwrittenOptionsAllowed(false)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Main::wrongUsage)
                .setExecutionStrategy(Main::run);
    }

    /** picocli's own handler gets no errors, nor what goes wrong when it prints the help. */
    private static int run(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (ParameterException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            List<CommandLine> commands = parsed.asCommandLineList();
            return refused(commands.get(commands.size() - 1), e);
        }
    }

    private static int wrongUsage(ParameterException e, String[] arguments) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        complain(e.getCommandLine(), wording(e), " (see " + command + " --help)");
        return ExitCode.USAGE;
    }

    /** picocli's words, but where they would not tell what is right. */
    private static String wording(ParameterException e) {
        if (e instanceof MutuallyExclusiveArgsException || e instanceof MaxValuesExceededException) {
            return "give one of -4 and -6, once";
        }
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            String argument = "'" + unmatched.getUnmatched().get(0) + "'";
            String commands = commands(e.getCommandLine());
            return argument + (commands.isEmpty() ? " is one argument too many" : " is no command: give " + commands);
        }
        return e.getMessage();
    }

    /** The names of a command's subcommands, for an error. */
    static String commands(CommandLine command) {
        return String.join(", ", command.getSubcommands().keySet()).replaceAll(", ([^,]*)$", " or $1");
    }

    /** The system's refusals are one line; anything else is a defect of this program and shows where. */
    private static int refused(CommandLine command, Throwable e) {
        Throwable cause = e;
        while (isWrapper(cause) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        boolean refusal = cause instanceof IOException
                || cause instanceof UnsupportedOperationException
                || cause instanceof LabException
                || cause instanceof LinkageError
                || cause instanceof OutOfMemoryError;
        if (refusal) {
            complain(command, cause.getMessage() == null ? cause.toString() : cause.getMessage());
        } else {
            e.printStackTrace(command.getErr());
            command.getErr().flush();
        }
        return REFUSED;
    }

    private static boolean isWrapper(Throwable thrown) {
        return thrown instanceof CommandLine.ExecutionException
                || thrown instanceof UncheckedIOException
                || thrown instanceof LinkageError;
    }

    static void complain(CommandLine command, String message) {
        complain(command, message, "");
    }

    private static void complain(CommandLine command, String message, String hint) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + Host.withoutSlashes(oneLine(message)) + hint);
        err.flush();
    }

    /** Arguments may hold anything: a line break or an escape sequence in one must not reach the terminal. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(LONGEST_LINE).map(c -> isPrintable(c) ? c : '?').forEach(line::appendCodePoint);
        return text.codePointCount(0, text.length()) > LONGEST_LINE ? line + "..." : line.toString();
    }

    private static boolean isPrintable(int c) {
        switch (Character.getType(c)) {
            case Character.CONTROL:
            case Character.FORMAT: // such as those that turn the direction of writing
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
            case Character.SURROGATE:
                return false;
            default:
                return true;
        }
    }
}
