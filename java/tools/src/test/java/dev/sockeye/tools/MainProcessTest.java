package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and streams as a shell sees them. */
class MainProcessTest {
    private static void isOneLine(Child.Result result, int exitCode, String... named) {
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
        assertThat(result.err()).startsWith("sockeye").contains(named);
        assertThat(result.err().chars().filter(Character::isISOControl)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "echo --port 65536", "ping 127.0.0.1 --size 2a", "demo -4 -6", "doctor more"})
    void shouldExitWithTwoAndOneLineForWrongUsage(String line) throws Exception {
        Child.Result result = Child.run(line.split(" "));

        isOneLine(result, 2, "--help");
        assertThat(result.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void shouldTakeBytesThatAreNoText(String locale) throws Exception {
        String bytes = "$(printf '\\377\\376\\033[31m\\n\\300\\200x')";
        for (String arguments : List.of("ping " + "\"" + bytes + "\"", "echo --port \"" + bytes + "\"")) {
            List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" " + arguments, "sh"));
            command.addAll(Child.command(List.of()));
            ProcessBuilder builder = Child.builder(command);
            builder.environment().put("LC_ALL", locale);

            Child.Result result = Child.result(builder.start());

            isOneLine(result, 2, arguments.startsWith("ping") ? "HOST" : "--port");
            assertThat(result.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "doctor --json"})
    void shouldExitWithThreeWhenTheOutputCannotBeWritten(String line) throws Exception {
        Process process = Child.builder(Child.command(List.of(), line.split(" ")))
                .redirectOutput(new File("/dev/full"))
                .start();

        isOneLine(Child.result(process), 3, "standard output");
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo --duration 1", "ping 127.0.0.1", "demo"})
    void shouldExitWithThreeWithoutTheNativeLibrary(String line) throws Exception {
        List<String> options = List.of("-Dsockeye.library.path=/nosuch");
        Process process = Child.builder(Child.command(options, line.split(" "))).start();

        isOneLine(Child.result(process), 3, "-Dsockeye.library.path=/nosuch");
    }

    @Test
    void shouldExitWithThreeWithoutMemory() throws Exception {
        List<String> options = List.of("-XX:MaxDirectMemorySize=1m");
        Process process = Child.builder(Child.command(options, "echo", "--port", "0", "--duration", "1"))
                .start();

        isOneLine(Child.result(process), 3, "memory");
    }
}
