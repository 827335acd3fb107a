package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An echo in a JVM of its own that has said that it is ready. */
final class EchoChild implements AutoCloseable {
    private static final int LIMIT_SECONDS = 120;

    final Process process;
    final Map<String, Object> ready;
    private final BufferedReader out;

    private EchoChild(Process process) throws IOException {
        this.process = process;
        // An interrupt does not end a read from a process, its death does.
        CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        this.out = process.inputReader();
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError(
                    "not ready: " + process.errorReader().lines().toList());
        }
        this.ready = Json.object(line);
    }

    static List<String> command(String... options) {
        List<String> arguments = new ArrayList<>(List.of("echo", "--json"));
        arguments.addAll(List.of(options));
        return Child.command(List.of(), arguments.toArray(String[]::new));
    }

    static EchoChild start(String... options) throws IOException {
        return start(command(options));
    }

    static EchoChild start(List<String> command) throws IOException {
        return new EchoChild(Child.builder(command).start());
    }

    int port() {
        return (int) Json.number(ready, "port");
    }

    void terminate() throws Exception {
        // Not Process.destroy(), which closes what the process prints.
        new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    /** Waits until it ends by itself, well, and says nothing on stderr. */
    Map<String, Object> totals() throws Exception {
        Map<String, Object> last = null;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            last = Json.object(line);
        }
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.errorReader().lines()).isEmpty();
        assertThat(process.exitValue()).isZero();
        assertThat(last).containsEntry("event", "totals");
        return last;
    }

    @Override
    public void close() throws Exception {
        process.destroyForcibly().waitFor();
    }
}
