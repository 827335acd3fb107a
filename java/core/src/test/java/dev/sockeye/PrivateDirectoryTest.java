package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the native libraries are while they are loaded, and what happens when they cannot be put there. */
class PrivateDirectoryTest {
    @TempDir
    Path directory;

    @Test
    void shouldUnpackBothLibrariesWhereOnlyThisUserCanAndLeaveNothing() throws Exception {
        ChildJvm.Result result = new ChildJvm(WatchedLoad.class, directory.toString())
                .option("-Djava.io.tmpdir=" + directory)
                .run();
        assertThat(result.output().lines())
                .contains("opened", "sockeye-* rwx------", "sockeye-*/libsockeye.so (deleted)")
                .anyMatch(line -> line.matches("sockeye-\\*/jffi.*\\.so \\(deleted\\)"))
                .allMatch(line -> line.equals("opened") || line.startsWith("sockeye-*"));
        assertThat(directory).isEmptyDirectory();
    }

    /** For a child JVM: loads the library; prints what was in a directory meanwhile and is loaded from there since. */
    public static final class WatchedLoad {
        private static volatile boolean loaded;

        public static void main(String[] arguments) throws Exception {
            Path watched = Path.of(arguments[0]);
            Set<String> seen = new ConcurrentSkipListSet<>();
            Thread watcher = new Thread(() -> {
                while (!loaded) {
                    look(watched, seen);
                }
            });
            watcher.start();
            OpenSocket.main(new String[0]);
            loaded = true;
            watcher.join();
            try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
                maps.filter(line -> line.contains(watched.toString()))
                        .map(line -> line.substring(line.indexOf(watched.toString())
                                + watched.toString().length()
                                + 1))
                        .forEach(file -> seen.add(generic(file)));
            }
            seen.forEach(System.out::println);
        }

        private static void look(Path watched, Set<String> seen) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(watched)) {
                for (Path entry : entries) {
                    seen.add(generic(entry.getFileName() + " "
                            + PosixFilePermissions.toString(Files.getPosixFilePermissions(entry))));
                }
            } catch (IOException | DirectoryIteratorException gone) {
                return; // removed while being looked at
            }
        }

        private static String generic(String text) {
            return text.replaceFirst("sockeye-\\d+", "sockeye-*");
        }
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsNotThere() throws Exception {
        ChildJvm.Result result = new ChildJvm(OpenSocket.class)
                .option("-Djava.io.tmpdir=" + directory.resolve("missing"))
                .run();
        String jvmsOwn = "WARNING: java.io.tmpdir directory does not exist\n"; // since JDK 21
        checkOneLine(
                result.output().replace(jvmsOwn, ""),
                directory.resolve("missing").toString(),
                "NoSuchFile");
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsReadOnly() throws Exception {
        checkOneLine(onTmpfs("ro"), "cannot make a directory in " + directory, "Read-only file system");
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsMountedNoexec() throws Exception {
        checkOneLine(onTmpfs("noexec"), "cannot load", "noexec");
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsFull() throws Exception {
        checkOneLine(onTmpfs("size=8k"), "cannot write", "the directory is full");
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsFullForTheSecondLibrary() throws Exception {
        checkOneLine(onTmpfs("size=64k"), "cannot load jnr-ffi's library", "the directory is full");
    }

    private static void checkOneLine(String output, String... parts) {
        assertThat(output)
                .startsWith("java.lang.UnsatisfiedLinkError: ")
                .contains(parts)
                .contains("point -Djava.io.tmpdir at a directory where libraries can be put");
        assertThat(output.strip()).as("one line").doesNotContain("\n");
    }

    /** Opens a socket with the directory on a tmpfs of its own, in a mount namespace that nobody else sees. */
    private String onTmpfs(String mountOptions) throws Exception {
        String script = "mount -t tmpfs -o \"$0\" none \"$1\" || exit 77; shift; \"$@\"; code=$?;"
                + " rest=$(ls -A \"$LEFT\"); [ -z \"$rest\" ] || echo \"left behind: $rest\"; exit $code";
        List<String> command = new ArrayList<>(List.of("env", "LEFT=" + directory, "unshare", "--mount"));
        if (!System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("--user", "--map-root-user"));
        }
        command.addAll(List.of("sh", "-c", script, mountOptions, directory.toString()));
        ChildJvm.Result result = new ChildJvm(OpenSocket.class)
                .through(command.toArray(new String[0]))
                .option("-Djava.io.tmpdir=" + directory, "-XX:-UsePerfData")
                .run();
        assumeTrue(
                !result.output().contains("unshare: ") && result.exitCode() != 77 && result.exitCode() != 127,
                "a mount namespace: " + result.output());
        assertThat(result.exitCode()).isEqualTo(1);
        return result.output();
    }
}
