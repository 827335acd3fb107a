package dev.sockeye.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What figures depend on besides the program: the machine, the kernel, the JDK. */
public final class Environment {
    private static final String UNKNOWN = "unknown";

    private Environment() {}

    /**
     * Describes the machine as far as this user may see it; what cannot be read is "unknown".
     *
     * @return names and values, in the order in which to show them; the caller's to change
     */
    public static Map<String, String> describe() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("Date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        entries.put("CPU", cpuInfo("model name").orElse(UNKNOWN));
        entries.put(
                "CPUs for this process", Integer.toString(Runtime.getRuntime().availableProcessors()));
        entries.put(
                "Governor",
                read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").orElse(UNKNOWN));
        entries.put(
                "Clock source",
                read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
                        .orElse(UNKNOWN));
        entries.put("Kernel", "Linux " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        entries.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        return entries;
    }

    private static Optional<String> cpuInfo(String name) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(String file) {
        try {
            return Optional.of(Files.readString(Path.of(file)).strip()).filter(text -> !text.isEmpty());
        } catch (IOException e) {
            return Optional.empty(); // not on this kernel, or not for this user
        }
    }
}
