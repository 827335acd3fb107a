package dev.sockeye.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An echo server in a process of its own, on one CPU. It says "ready PORT PID" first. */
final class Server implements AutoCloseable {
    private final Process process;
    private final String address;
    private volatile double allocatedPerPacket = Double.NaN;

    private Server(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    static Server start(int cpu, List<String> command) throws IOException {
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", String.valueOf(cpu)));
        pinned.addAll(command);
        Process process = new ProcessBuilder(pinned)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // Ctrl-C must not leave it running
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException(command + " did not become ready: " + line);
        }
        String[] words = line.split(" ");
        Server server = new Server(process, words[1] + ":" + words[2]);
        Thread reader = new Thread(() -> server.read(output), "output");
        reader.setDaemon(true);
        reader.start();
        return server;
    }

    static Server java(int cpu, Path javaHome, String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                javaHome.resolve("bin/java").toString(),
                "-Xshare:auto",
                "-Xlog:disable",
                "-cp",
                Programs.target().resolve("benchmarks.jar").toString(),
                mainClass));
        if (Jdk.major(javaHome) >= 24) {
            command.add(1, "--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(arguments));
        return start(cpu, command);
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

    /** PORT:PID, as bracket wants it. */
    String address() {
        return address;
    }

    /** Bytes per packet in the last million of them; NaN for a server that does not say. */
    double allocatedPerPacket() {
        return allocatedPerPacket;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
