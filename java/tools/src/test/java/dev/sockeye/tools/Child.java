package dev.sockeye.tools;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The command in a JVM of its own. */
final class Child {
    /** What turns a command into one that an ordinary user runs; only root can, outside a user namespace. */
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--");

    private static final int LIMIT_SECONDS = 20;

    private Child() {}

    /** A JVM that ended. */
    record Result(int exitCode, String out, String err) {}

    static List<String> command(List<String> jvmOptions, String... arguments) {
        return command(System.getProperty("java.class.path"), jvmOptions, arguments);
    }

    private static List<String> command(String classPath, List<String> jvmOptions, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED"); // as in the jar's manifest
        }
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        // A JVM's notes about these would mix with the output.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        return builder;
    }

    static Result run(String... arguments) throws Exception {
        return result(builder(command(List.of(), arguments)).start());
    }

    /** Waits for the end of a process, and kills it when it does not come. */
    static Result result(Process process) throws Exception {
        try {
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
            CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the process does not end");
            }
            return new Result(process.exitValue(), out.get(), err.get());
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(java.io.InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static Result runAsNobody(Path directory, List<String> jvmOptions, String... arguments) throws Exception {
        return result(startAsNobody(directory, jvmOptions, arguments));
    }

    static Process startAsNobody(Path directory, List<String> jvmOptions, String... arguments) throws Exception {
        assumeOrdinaryUserPossible();
        List<String> command = new ArrayList<>(AS_NOBODY);
        command.addAll(command(readableClassPath(directory), jvmOptions, arguments));
        return builder(command).directory(directory.toFile()).start();
    }

    private static void assumeOrdinaryUserPossible() throws Exception {
        List<String> command = new ArrayList<>(AS_NOBODY);
        command.add("true");
        if (builder(command).start().waitFor() != 0) {
            abort("only root outside a user namespace can become an ordinary user");
        }
    }

    /** A copy of this JVM's class path that every user may read, since a home directory may be closed to others. */
    private static String readableClassPath(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(entry);
            if (!Files.exists(source)) {
                continue;
            }
            Path target = directory.resolve(copies.size() + "-" + source.getFileName());
            if (!Files.exists(target)) {
                try (Stream<Path> files = Files.walk(source)) {
                    for (Path file : files.toList()) {
                        Files.copy(file, target.resolve(source.relativize(file).toString()));
                    }
                }
            }
            copies.add(target.toString());
        }
        return String.join(File.pathSeparator, copies);
    }
}
