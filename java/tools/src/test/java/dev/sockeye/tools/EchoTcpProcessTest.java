package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Echo over TCP in a JVM of its own, as its user starts and ends it. */
@Timeout(60)
class EchoTcpProcessTest {
    private Process process;
    private BufferedReader out;
    private int port;

    @AfterEach
    void kill() throws Exception {
        process.destroyForcibly().waitFor();
    }

    private Map<String, Object> start(ProcessBuilder builder) throws Exception {
        process = builder.start();
        CompletableFuture.delayedExecutor(40, TimeUnit.SECONDS).execute(process::destroyForcibly);
        out = process.inputReader();
        Map<String, Object> ready = Json.object(out.readLine());
        port = (int) Json.number(ready, "port");
        return ready;
    }

    private static List<String> echo(String... options) {
        List<String> arguments = new ArrayList<>(List.of("echo", "--tcp", "--json", "--port", "0"));
        arguments.addAll(List.of(options));
        return Child.command(List.of(), arguments.toArray(String[]::new));
    }

    private Socket ask(String host) throws Exception {
        Socket socket = new Socket(InetAddress.getByName(host), port);
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(7);
        return socket;
    }

    private Map<String, Object> terminate() throws Exception {
        // Not Process.destroy(), which closes what the process prints.
        new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid()))
                .start()
                .waitFor();
        Map<String, Object> totals = null;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            totals = Json.object(line);
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(totals).containsEntry("event", "totals");
        return totals;
    }

    @Test
    void shouldEndWithTotalsOnSigterm() throws Exception {
        Map<String, Object> ready = start(Child.builder(echo("-4", "--bind", "127.0.0.1", "--sockets", "2", "--pin")));
        assertThat(ready)
                .containsEntry("event", "ready")
                .containsEntry("protocol", "tcp")
                .containsEntry("address", "127.0.0.1")
                .containsEntry("sockets", 2L);
        try (Socket closed = ask("127.0.0.1");
                Socket open = ask("127.0.0.1")) {
            assertThat(closed.getInputStream().read()).isEqualTo(7);
            closed.shutdownOutput();
            assertThat(closed.getInputStream().read()).isEqualTo(-1);
            assertThat(open.getInputStream().read()).isEqualTo(7);
            Map<String, Object> totals = terminate();

            assertThat(totals)
                    .containsEntry("connections", 2L)
                    .containsEntry("bytes", 2L)
                    .containsEntry("sent", 2L)
                    .containsEntry("resets", 0L)
                    .containsEntry("open", 1L);
            assertThat(((List<?>) totals.get("perSocket"))
                            .stream().mapToLong(Long.class::cast).sum())
                    .isEqualTo(2);
            assertThat(open.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(process.errorReader().lines()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayOnceThatThereIsNoRoomAndGoOnWhenThereIs(boolean reset) throws Exception {
        List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=60:60", "--"));
        command.addAll(echo("-4", "--stats", "100ms"));
        start(Child.builder(command));
        try (Socket first = ask("127.0.0.1")) { // loads what an echo takes, while there are descriptors for it
            assertThat(first.getInputStream().read()).isEqualTo(7);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                sockets.add(ask("127.0.0.1"));
            }
            BufferedReader err = process.errorReader();
            assertThat(err.readLine()).contains("no room for more connections", "EMFILE");
            for (Socket socket : sockets) { // each close makes room for others
                assertThat(socket.getInputStream().read()).isEqualTo(7);
                socket.setSoLinger(reset, 0);
                socket.close();
            }
            first.getOutputStream().write(8);
            assertThat(first.getInputStream().read()).isEqualTo(8);
            awaitOpen(1);
            assertThat(terminate())
                    .containsEntry("connections", 61L)
                    .containsEntry("sent", 62L)
                    .containsEntry("resets", reset ? 60L : 0L)
                    .containsEntry("open", 1L);
            assertThat(err.readLine()).isNull();
        }
    }

    /** Until its stats say so; when that never comes, what {@link #start} does ends it. */
    private void awaitOpen(long connections) throws Exception {
        while (Json.number(Json.object(out.readLine()), "open") != connections) {
            continue;
        }
    }
}
