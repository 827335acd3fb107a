package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.ffi.SockeyeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that cannot be right, and the one line that says what to do. */
class NativeLoaderTest {
    @TempDir
    Path directory;

    private static Path nativeLibrary() throws IOException {
        assumeTrue(Files.isDirectory(ChildJvm.library()), "the library's classes in a directory");
        try (Stream<Path> files = Files.walk(ChildJvm.library())) {
            return files.filter(file -> file.endsWith("libsockeye.so"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void check(ChildJvm child, String... parts) throws Exception {
        ChildJvm.Result result = child.run();
        assertThat(result.output())
                .startsWith("java.lang.UnsatisfiedLinkError: ")
                .contains(parts);
        assertThat(result.output().strip()).as("one line").doesNotContain("\n");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    private void checkPath(String path, String... parts) throws Exception {
        check(new ChildJvm(OpenSocket.class).option("-Dsockeye.library.path=" + path), parts);
    }

    @Test
    void shouldLoadTheLibraryThatAPropertyNames() throws Exception {
        Path copy = Files.copy(nativeLibrary(), directory.resolve("other name.so"));
        ChildJvm.Result result = new ChildJvm(OpenSocket.class)
                .option("-Dsockeye.library.path=" + copy, "-Dos.arch=" + System.getProperty("os.arch"))
                .run();
        assertThat(result.output()).isEqualTo("opened\n");
    }

    @Test
    void shouldRefuseARelativePath() throws Exception {
        checkPath("libsockeye.so", "sockeye.library.path=libsockeye.so", "no absolute path", "whole path");
    }

    @Test
    void shouldRefuseAnEmptyPath() throws Exception {
        checkPath("", "no absolute path");
    }

    @Test
    void shouldRefuseAPathWhereNothingIs() throws Exception {
        checkPath(
                directory.resolve("missing.so").toString(), "missing.so is no readable file", "leave the property out");
    }

    @Test
    void shouldRefuseADirectory() throws Exception {
        checkPath(directory.toString(), "is no readable file", "leave the property out");
    }

    @Test
    void shouldRefuseATextFile() throws Exception {
        Path text =
                Files.writeString(directory.resolve("text.so"), "no library, but a text of some length\n".repeat(99));
        checkPath(text.toString(), "text.so: invalid ELF header", "name one for this machine");
    }

    @Test
    void shouldRefuseALibraryOfAnotherMachine() throws Exception {
        byte[] elf = Files.readAllBytes(nativeLibrary());
        elf[18] = (byte) (elf[18] == 40 ? 62 : 40); // e_machine: ARM of 32 bits, which this is not
        Path other = Files.write(directory.resolve("other.so"), elf);
        checkPath(other.toString(), "other.so: ", "name one for this machine", "leave -Dsockeye.library.path out");
    }

    @Test
    void shouldRefuseALibraryThatLacksAFunction() throws Exception {
        Path old = compile("int sockeye_abi_version(void) { return 1; }");
        checkPath(old.toString(), "lacks sockeye_", "another version", "build both from one source");
    }

    @Test
    void shouldRefuseALibraryOfAnotherVersion() throws Exception {
        List<String> lines = new ArrayList<>();
        for (Method function : SockeyeLibrary.class.getMethods()) {
            lines.add("long " + function.getName() + "(void) { return 999; }");
        }
        Path newer = compile(String.join("\n", lines));
        checkPath(newer.toString(), "ABI version 999", "build both from one source", "sockeye.library.path");
    }

    private Path compile(String source) throws Exception {
        Path file = Files.writeString(directory.resolve("stub.c"), source);
        Path library = directory.resolve("stub.so");
        try {
            Process cc = new ProcessBuilder("cc", "-w", "-shared", "-fPIC", "-o", library.toString(), file.toString())
                    .inheritIO()
                    .start();
            assertThat(cc.waitFor()).isZero();
        } catch (IOException e) {
            assumeTrue(false, "a C compiler: " + e.getMessage());
        }
        return library;
    }

    @Test
    void shouldRefuseADamagedLibraryInTheJar() throws Exception {
        Path copy = copyOfTheLibrary();
        Path library =
                copy.resolve(ChildJvm.library().relativize(nativeLibrary()).toString());
        byte[] bytes = Files.readAllBytes(library);
        bytes[bytes.length / 2] ^= 1;
        Files.write(library, bytes);
        check(new ChildJvm(OpenSocket.class).withLibraryAt(copy), "SHA-256", "damaged");
    }

    @Test
    void shouldRefuseALibraryWhoseHashIsGone() throws Exception {
        Path copy = copyOfTheLibrary();
        Files.delete(copy.resolve(ChildJvm.library().relativize(nativeLibrary()) + ".sha256"));
        check(new ChildJvm(OpenSocket.class).withLibraryAt(copy), "no native library for linux-");
    }

    private Path copyOfTheLibrary() throws IOException {
        nativeLibrary();
        Path copy = directory.resolve("classes");
        try (Stream<Path> files = Files.walk(ChildJvm.library())) {
            files.forEach(file -> {
                try {
                    Files.copy(
                            file,
                            copy.resolve(ChildJvm.library().relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return copy;
    }

    @Test
    void shouldNameAMachineThatItWasNotBuiltFor() throws Exception {
        check(
                new ChildJvm(OpenSocket.class).option("-Dos.arch=pdp11"),
                "no native library for linux-pdp11",
                "build Sockeye on such a machine");
    }

    @Test
    void shouldNameASystemThatItIsNotFor() throws Exception {
        check(new ChildJvm(OpenSocket.class).option("-Dos.name=Plan 9"), "needs Linux", "Plan 9");
    }

    @Test
    void shouldSayWhyAtEveryLaterCallToo() throws Exception {
        ChildJvm.Result result =
                new ChildJvm(OpenTwice.class).option("-Dos.arch=pdp11").run();
        assertThat(result.output().lines().filter(line -> line.contains("no native library for linux-pdp11")))
                .hasSize(2);
    }

    /** For a child JVM: fails, and tries again. */
    public static final class OpenTwice {
        public static void main(String[] arguments) throws IOException {
            for (int i = 0; i < 2; i++) {
                try {
                    UdpSocket.open(Loopback.INET).close();
                } catch (LinkageError e) {
                    System.out.println(e + " " + Arrays.asList(String.valueOf(e.getCause())));
                }
            }
        }
    }

    @Test
    void shouldLoadOnceForManyThreads() throws Exception {
        ChildJvm.Result result = new ChildJvm(OpenSocket.class, "8").run();
        assertThat(result.output()).isEqualTo("opened\n".repeat(8));
    }

    @Test
    void shouldLoadInManyJvmsAtOnce() throws Exception {
        List<ChildJvm.Running> children = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                children.add(new ChildJvm(OpenSocket.class)
                        .option("-Djava.io.tmpdir=" + directory, "-Xmx32m")
                        .start());
            }
            for (ChildJvm.Running child : children) {
                assertThat(child.result(25).output()).isEqualTo("opened\n");
            }
            assertThat(directory).isEmptyDirectory();
        } finally {
            for (ChildJvm.Running child : children) {
                child.close();
            }
        }
    }
}
