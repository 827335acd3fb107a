package dev.sockeye.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An echo server in a process of its own. It says "ready PORT PID" first. */
final class EchoProcess implements AutoCloseable {
    /** No such server on this machine; the message says why. */
    static final class UnavailableException extends IOException {
        private static final long serialVersionUID = 1;

        UnavailableException(String reason) {
            super(reason);
        }
    }

    private static final String LONGEST_SECONDS = "3600";

    private final ChildProcess child;
    private final int port;
    private final long pid;
    private volatile double allocatedPerPacket = Double.NaN;

    private EchoProcess(List<String> command) throws IOException {
        child = new ChildProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        BufferedReader output = child.process().inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null || !line.startsWith("ready ")) {
            close();
            throw line != null && line.startsWith("unavailable ")
                    ? new UnavailableException(line.substring("unavailable ".length()))
                    : new IOException(String.join(" ", command) + " did not become ready: " + line);
        }
        String[] words = line.split(" ");
        port = Integer.parseInt(words[1]);
        pid = Long.parseLong(words[2]);
        Thread reader = new Thread(() -> read(output), "output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts one of the C references.
     *
     * @param prefix the words of a command that starts it, as for taskset(1)
     * @param mode batch, single or plain
     */
    static EchoProcess reference(List<String> prefix, String mode) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Programs.find("reference-echo").toString(),
                "--mode",
                mode,
                "--duration",
                LONGEST_SECONDS,
                "--end-with-stdin"));
        return new EchoProcess(command);
    }

    /**
     * Starts a server in Java, with the JVM's default flags but for what keeps it quiet and on IPv4.
     *
     * @param prefix the words of a command that starts it, as for taskset(1)
     * @param name as {@link EchoServers#open} takes it
     */
    static EchoProcess java(List<String> prefix, Path javaHome, String name) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(javaHome.resolve("bin/java").toString(), "-Xlog:disable", EchoBenchmark.IPV4_ONLY));
        if (Jdk.major(javaHome) >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), EchoServers.class.getName(), name));
        return new EchoProcess(command);
    }

    private void read(BufferedReader output) {
        try {
            for (String line; (line = output.readLine()) != null; ) {
                if (line.startsWith("allocated ")) {
                    allocatedPerPacket = Double.parseDouble(line.substring("allocated ".length()));
                }
            }
        } catch (IOException e) {
            return; // the process has ended
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return pid;
    }

    /** Forgets what was allocated for the packets of an earlier workload. */
    void forgetAllocated() {
        allocatedPerPacket = Double.NaN;
    }

    /** Bytes per packet among the last of them; NaN for a server that did not say since it was to forget. */
    double allocatedPerPacket() {
        return allocatedPerPacket;
    }

    @Override
    public void close() {
        child.close();
    }
}
