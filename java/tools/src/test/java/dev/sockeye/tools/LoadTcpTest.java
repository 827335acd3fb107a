package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The load generator over TCP. */
class LoadTcpTest {
    private static Cli load(int port, String options) {
        return Cli.run(
                ("load 127.0.0.1 " + port + " --tcp --json --duration 300ms --timeout 2s " + options).split(" "));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> lost(Map<String, Object> result) {
        return (Map<String, Object>) result.get("lost");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--warmup 0 --window 1",
                "--warmup 50ms --window 100 --flows 3",
                "--warmup 50ms --window 64 --flows 8 --threads 2 --burst 4",
                "--warmup 50ms --rate 2000",
                "--warmup 50ms --rate 3000 --flows 5 --threads 2 --size imix",
                "--warmup 0 --size 65507 --window 200",
                "--warmup 0 --size 65507 --rate 2000",
                "--warmup 0 --size 30-3000 --flows 2 --window 300",
            })
    void shouldGetAnAnswerToEachMessage(String options) throws Exception {
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, dev.sockeye.Steering.hash())) {
            Cli cli = load(echo.port(), options);

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.err()).isEmpty();
            Map<String, Object> result = cli.event("result");
            assertThat(result)
                    .containsEntry("protocol", "tcp")
                    .containsEntry("corrupted", 0L)
                    .containsEntry("brokenConnections", 0L)
                    .containsEntry("kernelRttUs", null);
            assertThat(Json.number(result, "received")).isPositive().isEqualTo(Json.number(result, "sent"));
            assertThat(lost(result)).containsEntry("total", 0L);
        }
    }

    @Test
    void shouldSayThatNobodyListens() throws Exception {
        int port;
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = listener.getLocalPort();
        }

        Cli cli = load(port, "--warmup 0");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.err().lines())
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("sockeye load: ").contains("ECONNREFUSED"));
    }

    private interface Server {
        void serve(Socket connection) throws Exception;
    }

    /** Runs a load of one connection against a server of its own. */
    private static Cli loadOn(Server server) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Callable<Void> serving = () -> {
                try (Socket connection = listener.accept()) {
                    server.serve(connection);
                }
                return null;
            };
            FutureTask<Void> task = new FutureTask<>(serving);
            new Thread(task, "test-tcp-server").start();
            Cli cli = load(listener.getLocalPort(), "--warmup 0 --window 4 --size 64");
            task.get();
            return cli;
        }
    }

    private static void echo(Socket connection, int messages) throws IOException {
        for (int i = 0; i < messages; i++) {
            connection.getOutputStream().write(connection.getInputStream().readNBytes(64));
        }
    }

    @Test
    void shouldCountWhatABrokenConnectionDidNotAnswer() throws Exception {
        Cli cli = loadOn(connection -> {
            echo(connection, 10);
            connection.setSoLinger(true, 0); // a reset
        });

        Map<String, Object> result = cli.event("result");
        assertThat(cli.exitCode()).as(cli.toString()).isZero();
        assertThat(result).containsEntry("brokenConnections", 1L);
        long received = Json.number(result, "received");
        assertThat(received).isLessThanOrEqualTo(10); // a reset takes what was not read with it
        assertThat(lost(result)).containsEntry("total", Json.number(result, "sent") - received);
    }

    @Test
    void shouldSayThatAnswersAreNotWhatWasSent() throws Exception {
        Cli cli = loadOn(connection -> {
            byte[] message = connection.getInputStream().readNBytes(64);
            message[60]++;
            connection.getOutputStream().write(message);
            while (connection.getInputStream().read(message) >= 0) {
                continue;
            }
        });

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.event("result")).containsEntry("corrupted", 1L).containsEntry("received", 1L);
    }

    @Test
    void shouldGiveUpAConnectionWhoseAnswersHaveNoBeginning() throws Exception {
        Cli cli = loadOn(connection -> {
            connection.getOutputStream().write(new byte[640]);
            byte[] message = new byte[64];
            try {
                while (connection.getInputStream().read(message) >= 0) {
                    continue;
                }
            } catch (IOException reset) {
                return;
            }
        });

        assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.event("result"))
                .containsEntry("corrupted", 1L)
                .containsEntry("received", 0L)
                .containsEntry("brokenConnections", 1L);
        assertThat(List.of(cli.err())).containsExactly("sockeye load: no answer at all\n");
    }
}
