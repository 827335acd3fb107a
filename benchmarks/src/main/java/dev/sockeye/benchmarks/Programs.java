package dev.sockeye.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where the build put the C programs: beside the benchmarks' jar or classes. */
final class Programs {
    private Programs() {}

    static Path find(String name) {
        Path folder = target().resolve("native");
        try (Stream<Path> files =
                Files.find(folder, 4, (path, attributes) -> path.endsWith(name) && attributes.isRegularFile())) {
            return files.findFirst()
                    .orElseThrow(() ->
                            new IllegalStateException("no " + name + " in " + folder + ": run benchmarks/compare"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The module's build directory. */
    static Path target() {
        try {
            return Path.of(Programs.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
