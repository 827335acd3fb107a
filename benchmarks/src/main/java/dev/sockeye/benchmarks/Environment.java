package dev.sockeye.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What the figures depend on beside the servers. */
final class Environment {
    private Environment() {}

    static Map<String, String> describe(List<Path> jdks) throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("CPU", Runtime.getRuntime().availableProcessors() + " x " + cpuModel());
        all.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        List<String> versions = new ArrayList<>();
        for (Path jdk : jdks) {
            versions.add(Jdk.version(jdk));
        }
        all.put("JDKs", String.join(", ", versions));
        all.put("jnr-ffi", version("com.github.jnr", "jnr-ffi"));
        all.put("Netty", version("io.netty", "netty-common"));
        all.put(
                "governor",
                read(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"), "none in this system"));
        all.put("clock source", read(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource"), "?"));
        all.put("offloads of lo", offloads());
        all.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return all;
    }

    private static String cpuModel() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse("unknown model");
    }

    private static String version(String group, String artifact) throws IOException {
        String file = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream stream = Environment.class.getResourceAsStream(file)) {
            if (stream == null) {
                return "unknown version";
            }
            Properties properties = new Properties();
            properties.load(stream);
            return properties.getProperty("version");
        }
    }

    private static String read(Path file, String otherwise) throws IOException {
        return Files.isReadable(file) ? Files.readString(file).strip() : otherwise;
    }

    /** The short names of those that are on. */
    private static String offloads() throws IOException {
        Process ethtool;
        try {
            ethtool = new ProcessBuilder("ethtool", "-k", "lo")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return "not known: ethtool is not installed";
        }
        String output = new String(ethtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        List<String> on = output.lines()
                .filter(line -> !line.startsWith("\t") && line.matches("[a-z-]+: on.*"))
                .map(line -> line.substring(0, line.indexOf(':')))
                .toList();
        return on.isEmpty() ? "none" : String.join(", ", on);
    }
}
