package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares the server CPU that Sockeye's echo loop takes for a packet with that of the C reference, in brackets of A B A
 * by the {@code bracket} generator, and prints a table. Servers share one CPU, the generator has another.
 */
public final class Compare {
    private static final int SERVER_CPU = 0;
    private static final int GENERATOR_CPU = 1;
    private static final String SLOTS = "64";
    /** Short, so that the machine stays as it is over a bracket of three. */
    private static final String SLICE_SECONDS = "0.35";

    private final int rounds;
    private final List<Path> jdks = Jdk.all();
    private final ObjectMapper json = new ObjectMapper();
    private boolean incomplete;

    private Compare(int rounds) throws IOException {
        this.rounds = rounds;
    }

    /**
     * Runs the comparison.
     *
     * @param arguments the number of brackets for each figure
     * @throws Exception when a program cannot be run
     */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            System.err.println("compare: needs two CPUs, one for the servers and one for the generator");
            System.exit(3);
        }
        if (arguments.length > 1 || arguments.length == 1 && !arguments[0].matches("[6-9]|[1-9][0-9]{1,2}")) {
            System.err.println("compare: " + String.join(" ", arguments) + ": give the number of brackets, 6 to 999");
            System.exit(2);
        }
        Compare compare = new Compare(arguments.length == 0 ? 24 : Integer.parseInt(arguments[0]));
        compare.run();
        System.exit(compare.incomplete ? 1 : 0);
    }

    private void run() throws IOException, InterruptedException {
        describeMachine();
        System.out.println(
                "| case | server B | B / C: CPU per packet | range | C, us | kept | RTT p50 B / C | B/packet |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (String size : List.of("64", "1200")) {
            measure(size + " B, 256 outstanding", "batch", size, "256");
        }
        measure("64 B, 1 outstanding", "single", "64", "1");
    }

    private static void describeMachine() throws IOException {
        String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse("unknown CPU");
        System.out.println(Runtime.getRuntime().availableProcessors() + " x " + cpu + ", Linux "
                + System.getProperty("os.version") + ", loopback, servers on CPU " + SERVER_CPU + ", generator on CPU "
                + GENERATOR_CPU);
        System.out.println();
    }

    /** One row for the C reference against itself, which shows the noise, and one for each JDK. */
    private void measure(String name, String mode, String size, String window)
            throws IOException, InterruptedException {
        String reference = Programs.find("reference-echo").toString();
        List<String> referenceCommand = List.of(reference, "--mode", mode);
        try (Server a = Server.start(SERVER_CPU, referenceCommand)) {
            try (Server b = Server.start(SERVER_CPU, referenceCommand)) {
                bracket(name, "C " + mode + " (itself)", a, b, size, window);
            }
            for (Path jdk : jdks) {
                try (Server b = Server.java(SERVER_CPU, jdk, EchoLoop.class.getName(), SLOTS)) {
                    bracket(name, "Sockeye, JDK " + Jdk.version(jdk), a, b, size, window);
                }
            }
        }
    }

    private void bracket(String name, String label, Server a, Server b, String size, String window)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Programs.find("bracket").toString(),
                "--a",
                a.address(),
                "--b",
                b.address(),
                "--size",
                size,
                "--window",
                window,
                "--rounds",
                String.valueOf(rounds),
                "--warmup",
                "6",
                "--spin",
                "yes",
                "--slice",
                SLICE_SECONDS,
                "--cpu",
                String.valueOf(GENERATOR_CPU)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode result = null;
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line; (line = output.readLine()) != null; ) {
                JsonNode event = json.readTree(line);
                if (event.path("event").asText().equals("result")) {
                    result = event;
                }
            }
        }
        if (process.waitFor() != 0 || result == null) {
            incomplete = true;
            System.out.println("| " + name + " | " + label + " | not measured: " + result + " |");
            return;
        }
        System.out.println(String.format(
                Locale.ROOT,
                "| %s | %s | %.3f | %.3f-%.3f | %.2f | %d of %d | %s | %s |",
                name,
                label,
                result.path("ratioMedian").asDouble(),
                result.path("ratioMin").asDouble(),
                result.path("ratioMax").asDouble(),
                result.path("aCpuPerPacketNs").asDouble() / 1000,
                result.path("kept").asInt(),
                result.path("rounds").asInt(),
                optional(result.path("rttRatioMedian").asDouble(Double.NaN), "%.3f"),
                optional(b.allocatedPerPacket(), "%.4f")));
    }

    private static String optional(double value, String format) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }
}
