package dev.sockeye.lab;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Other JVMs on the same class path. */
final class ChildJvm {

    /** Turns a command into one that an ordinary user runs; only root can, and only outside a user namespace. */
    static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--");

    private ChildJvm() {}

    static List<String> command(String classPath, Class<?> main) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-cp", classPath, main.getName());
    }

    static ProcessBuilder builder(List<String> prefix, List<String> command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        // A JVM's notes about these would mix with the output.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        return builder;
    }

    /** The whole output of a process and its exit code, as `OUTPUT[exit CODE]`. */
    static String output(Process process) throws Exception {
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor(10, TimeUnit.SECONDS);
            return output + "[exit " + process.exitValue() + "]";
        } finally {
            process.destroyForcibly();
        }
    }

    static void assumeOrdinaryUserPossible() throws Exception {
        if (builder(AS_NOBODY, List.of("true")).start().waitFor() != 0) {
            abort("only root outside a user namespace can become an ordinary user");
        }
    }

    static void assumeUserNamespaces() throws Exception {
        List<String> unshare = List.of("unshare", "--user", "--map-root-user", "--net", "true");
        if (builder(AS_NOBODY, unshare).start().waitFor() != 0) {
            abort("an ordinary user may not make user namespaces here");
        }
    }

    /** A copy of this JVM's class path that every user may read, since a home directory may be closed to others. */
    static String readableClassPath(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(entry);
            if (!Files.exists(source)) {
                continue;
            }
            Path target = directory.resolve(copies.size() + "-" + source.getFileName());
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.toList()) {
                    Files.copy(file, target.resolve(source.relativize(file).toString()));
                }
            }
            copies.add(target.toString());
        }
        return String.join(File.pathSeparator, copies);
    }
}
