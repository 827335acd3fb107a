package dev.sockeye.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What figures depend on besides the program: the machine, the kernel, the JDK. */
public final class Environment {
    private static final String UNKNOWN = "unknown";
    /** Those that change what a packet costs, by ethtool's names. */
    private static final Set<String> OFFLOADS = Set.of(
            "rx-checksumming",
            "tx-checksumming",
            "generic-segmentation-offload",
            "generic-receive-offload",
            "tx-udp-segmentation",
            "rx-udp-gro-forwarding",
            "rx-gro-list");

    /** Where distributions put it, which is not on every user's path. */
    private static final Path ETHTOOL = Path.of("/usr/sbin/ethtool");

    private Environment() {}

    /**
     * Describes the machine as far as this user may see it; what cannot be read is "unknown".
     *
     * @param interfaces network interfaces whose offloads to tell, as "eth0"
     * @return names and values, in the order in which to show them; the caller's to change
     */
    public static Map<String, String> describe(String... interfaces) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("Date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        entries.put("CPU", cpuInfo("model name").orElse(UNKNOWN));
        entries.put(
                "CPUs",
                Runtime.getRuntime().availableProcessors() + " for this process, online: "
                        + read("/sys/devices/system/cpu/online").orElse(UNKNOWN));
        entries.put("Governor", governors());
        entries.put(
                "Clock source",
                read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
                        .orElse(UNKNOWN));
        entries.put("Virtualisation", virtualisation());
        entries.put("Kernel", "Linux " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        entries.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        for (String name : interfaces) {
            entries.put("Offloads of " + name, offloads(name));
        }
        return entries;
    }

    /** Of all CPUs, each once. A virtual machine often has none. */
    private static String governors() {
        Set<String> found = new TreeSet<>();
        try (DirectoryStream<Path> cpus = Files.newDirectoryStream(Path.of("/sys/devices/system/cpu"), "cpu[0-9]*")) {
            for (Path cpu : cpus) {
                read(cpu + "/cpufreq/scaling_governor").ifPresent(found::add);
            }
        } catch (IOException e) {
            return UNKNOWN;
        }
        return found.isEmpty() ? UNKNOWN : String.join(", ", found);
    }

    private static String virtualisation() {
        String machine = Stream.of("sys_vendor", "product_name")
                .flatMap(name -> read("/sys/class/dmi/id/" + name).stream())
                .collect(Collectors.joining(" "));
        Optional<String> flags = cpuInfo("flags"); // x86 alone has them
        String seen = flags.isEmpty()
                ? UNKNOWN
                : (" " + flags.get() + " ").contains(" hypervisor ") ? "virtual machine" : "no hypervisor seen";
        return machine.isEmpty() ? seen : seen + " (" + machine + ")";
    }

    private static String offloads(String name) {
        List<String> on = new ArrayList<>();
        List<String> off = new ArrayList<>();
        try {
            String command = Files.isExecutable(ETHTOOL) ? ETHTOOL.toString() : "ethtool";
            Process ethtool = new ProcessBuilder(command, "-k", name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader output = ethtool.inputReader()) {
                output.lines().map(line -> line.strip().split("[: ]+")).forEach(words -> {
                    if (words.length > 1 && OFFLOADS.contains(words[0])) {
                        (words[1].equals("on") ? on : off).add(words[0]);
                    }
                });
            }
        } catch (IOException | UncheckedIOException e) {
            return UNKNOWN + " (no ethtool)";
        }
        if (on.isEmpty() && off.isEmpty()) {
            return UNKNOWN;
        }
        return "on: " + String.join(", ", on) + "; off: " + String.join(", ", off);
    }

    private static Optional<String> cpuInfo(String name) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
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
