package dev.sockeye.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Whether this process may build labs, and how it gets there. A JVM cannot move into a user namespace, as it has several
 * threads from the start; so it takes a new process, made by unshare(1).
 */
final class Rights {

    private static final String RELAUNCHED = "SOCKEYE_LAB_RELAUNCHED";
    private static final int PROBE_LIMIT_SECONDS = 10;

    private Rights() {}

    static Optional<String> unavailableReason() {
        return Optional.ofNullable(Probe.REASON);
    }

    static Optional<List<String>> relaunchCommand(List<String> command) {
        Optional<String> unshare = Programs.find("unshare");
        Optional<String> ip = Programs.find("ip");
        if (unshare.isEmpty() || ip.isEmpty()) {
            return Optional.empty();
        }
        // `lo` comes up first, since a JVM that sees no IPv6 address when it starts does without IPv6.
        // A new network namespace too: from a host, a thread may return only to a network that its user owns.
        List<String> prefix = new ArrayList<>(List.of(unshare.get(), "--user", "--map-root-user", "--net", "--"));
        prefix.addAll(List.of("/bin/sh", "-c", ip.get() + " link set lo up && exec \"$@\"", "sh"));
        if (!succeeds(concat(prefix, List.of("true")))) {
            return Optional.empty();
        }
        return Optional.of(concat(prefix, command));
    }

    static OptionalInt relaunch() {
        if (unavailableReason().isEmpty() || System.getenv(RELAUNCHED) != null) {
            return OptionalInt.empty();
        }
        List<String> mortal = List.of(Programs.need("setpriv"), "--pdeathsig", "TERM", "--");
        Optional<List<String>> command = relaunchCommand(concat(mortal, ownCommand()));
        if (command.isEmpty()) {
            return OptionalInt.empty();
        }
        ProcessBuilder builder = new ProcessBuilder(command.get()).inheritIO();
        builder.environment().put(RELAUNCHED, "1");
        try {
            return OptionalInt.of(runAndForwardTheEnd(builder));
        } catch (IOException e) {
            throw new LabException("cannot run " + command.get(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while the program's second run was under way", e);
        }
    }

    /** SIGTERM and SIGINT reach the second run too, which has its last word before this process ends. */
    private static int runAndForwardTheEnd(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.start();
        Thread forward = new Thread(() -> {
            process.destroy();
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(forward);
        try {
            return process.waitFor();
        } finally {
            if (process.isAlive()) {
                process.destroy();
            }
            unhook(forward);
        }
    }

    private static void unhook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This process is about to end: the hook is at work.
        }
    }

    /** From /proc, where it is complete, with the JVM's own options; ProcessHandle cuts it at a page's size. */
    private static List<String> ownCommand() {
        try {
            String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
            List<String> command = new ArrayList<>(Arrays.asList(line.split("\0", -1)));
            command.remove(command.size() - 1);
            command.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
            return command;
        } catch (IOException e) {
            throw new LabException("cannot read this program's command line", e);
        }
    }

    private static boolean succeeds(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PROBE_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static List<String> concat(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private static String tryLab() {
        try (Lab lab = Lab.create()) {
            lab.host("probe");
            return null;
        } catch (LinkageError e) {
            return "the native part of labs does not load: " + e;
        } catch (LabException | Error e) {
            return "this process may not build labs (" + e.getMessage()
                    + "); root may, and others in a user namespace: unshare --user --map-root-user --net COMMAND";
        }
    }

    /** Tries once per JVM: rights do not come later. */
    private static final class Probe {

        static final String REASON = find();

        private static String find() {
            if (!System.getProperty("os.name").equals("Linux")) {
                return "labs need Linux, and this is " + System.getProperty("os.name");
            }
            for (String program : List.of("ip", "nft", "nsenter", "setpriv")) {
                if (Programs.find(program).isEmpty()) {
                    return "labs need the program `" + program + "`, which is not on this machine";
                }
            }
            return onAnotherThread();
        }

        /** The attempt may end with a thread that cannot go back. (It must not touch this class, whose lock we hold.) */
        private static String onAnotherThread() {
            FutureTask<String> attempt = new FutureTask<>(Rights::tryLab);
            new Thread(attempt, "sockeye-lab-probe").start();
            return Processes.await(attempt);
        }
    }
}
