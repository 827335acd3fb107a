package dev.sockeye.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The JDKs on this machine. */
final class Jdk {
    private Jdk() {}

    /** The oldest from 17 on and the newest, or the one there is: of the one that runs this and those in /usr/lib/jvm. */
    static List<Path> oldestAndNewest() throws IOException {
        TreeMap<Integer, Path> byMajor = new TreeMap<>();
        Path own = Path.of(System.getProperty("java.home"));
        byMajor.put(major(own), own);
        Path folder = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> found = Files.list(folder)) {
                for (Path home : found.sorted().toList()) {
                    if (Files.isExecutable(home.resolve("bin/java")) && Files.isReadable(home.resolve("release"))) {
                        byMajor.putIfAbsent(major(home), home);
                    }
                }
            }
        }
        byMajor.keySet().removeIf(major -> major < 17);
        return Stream.of(byMajor.firstEntry(), byMajor.lastEntry())
                .map(Map.Entry::getValue)
                .distinct()
                .toList();
    }

    static int major(Path home) throws IOException {
        return Integer.parseInt(version(home).split("[.+-]")[0]);
    }

    static String version(Path home) throws IOException {
        Properties release = new Properties();
        try (Reader reader = Files.newBufferedReader(home.resolve("release"))) {
            release.load(reader);
        }
        return release.getProperty("JAVA_VERSION").replace("\"", "");
    }
}
