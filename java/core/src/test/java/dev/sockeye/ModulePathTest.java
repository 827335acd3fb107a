package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModulePathTest {
    @TempDir
    Path directory;

    @Test
    void shouldOpenASocketForAModularProgram() throws Exception {
        Files.writeString(directory.resolve("module-info.java"), "module user { requires dev.sockeye; }");
        Files.createDirectory(directory.resolve("user"));
        Files.writeString(
                directory.resolve("user/Main.java"),
                """
                package user;

                public class Main {
                    public static void main(String[] arguments) throws Exception {
                        try (var socket = dev.sockeye.UdpSocket.open(java.net.StandardProtocolFamily.INET).bind(null)) {
                            System.out.println(socket.getClass().getModule().getName() + " " + socket.isOpen());
                        }
                    }
                }
                """);
        Path classes = directory.resolve("classes");
        int compiled = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "--module-path",
                        modulePath(),
                        "-d",
                        classes.toString(),
                        directory.resolve("module-info.java").toString(),
                        directory.resolve("user/Main.java").toString());
        assertThat(compiled).isZero();
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                modulePath() + File.pathSeparator + classes,
                "-m",
                "user/user.Main");
        try (ChildJvm.Running child = ChildJvm.start(command)) {
            ChildJvm.Result result = child.result(25);
            assertThat(result.output().lines()).contains("dev.sockeye true");
            assertThat(result.exitCode()).isZero();
        }
    }

    /** The library and what it needs, without what the tests need. */
    private static String modulePath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.equals(ChildJvm.library().toString())
                        || Path.of(entry).getFileName().toString().matches("(jnr|jffi|asm).*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
