package dev.sockeye;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for what would end this one, or must happen while a library is loaded. */
final class ChildJvm {
    /** How it ended, and all it wrote. */
    record Result(int exitCode, String output) {}

    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<String> main = new ArrayList<>();
    private String classPath = System.getProperty("java.class.path");

    ChildJvm(Class<?> mainClass, String... arguments) {
        options.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        if (Runtime.version().feature() >= 22) { // younger ones warn of every class that loads a native library
            options.add("--enable-native-access=ALL-UNNAMED");
        }
        main.add(mainClass.getName());
        main.addAll(List.of(arguments));
    }

    /** Starts it through another program, such as unshare(1). */
    ChildJvm through(String... command) {
        prefix.addAll(List.of(command));
        return this;
    }

    ChildJvm option(String... jvmOptions) {
        options.addAll(List.of(jvmOptions));
        return this;
    }

    /** Replaces the library's classes. */
    ChildJvm withLibraryAt(Path classes) {
        classPath = classPath.replace(library().toString(), classes.toString());
        return this;
    }

    /** Where the library's classes are: a directory, or a jar. */
    static Path library() {
        try {
            return Path.of(UdpSocket.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    Running start() throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath));
        command.addAll(main);
        return start(command);
    }

    static Running start(List<String> command) throws IOException {
        Path directory = Files.createTempDirectory("child-jvm-");
        File output = directory.resolve("output").toFile();
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        return new Running(process, directory, output);
    }

    Result run() throws Exception {
        try (Running child = start()) {
            return child.result(25);
        }
    }

    /** A child at work, killed when this is closed. */
    record Running(Process process, Path directory, File output) implements AutoCloseable {
        Result result(int limitSeconds) throws Exception {
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                throw new AssertionError("no end after " + limitSeconds + " s: " + Files.readString(output.toPath()));
            }
            StringBuilder text = new StringBuilder(Files.readString(output.toPath()));
            try (var files = Files.newDirectoryStream(directory, "hs_err*")) {
                for (Path crash : files) {
                    text.append("\nCRASH\n").append(Files.readString(crash), 0, 2000);
                }
            }
            return new Result(process.exitValue(), text.toString());
        }

        @Override
        public void close() throws IOException {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
            try (var files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }
}
