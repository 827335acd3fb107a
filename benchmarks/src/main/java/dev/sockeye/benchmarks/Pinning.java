package dev.sockeye.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The CPUs of a comparison: the first two that this process may use.
 *
 * @param server what all servers share, since only one of them has work at a time
 * @param generator what the generator has to itself
 */
record Pinning(int server, int generator) {
    static Pinning choose() throws IOException {
        String allowed = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
        int[] cpus = Stream.of(allowed.split(","))
                .map(range -> range.split("-"))
                .flatMapToInt(ends ->
                        IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
                .limit(2)
                .toArray();
        if (cpus.length < 2) {
            throw new IOException(
                    "needs two CPUs, one for the servers and one for the generator, and may use: " + allowed);
        }
        return new Pinning(cpus[0], cpus[1]);
    }

    /** The words before a command that starts a server. */
    List<String> serverPrefix() {
        return List.of("taskset", "-c", String.valueOf(server));
    }
}
