package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.Steering;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PingTcpTest {
    /** Does something with each connection, which then ends. */
    private interface Peer {
        void meet(Socket socket) throws IOException;
    }

    private static ServerSocket server(Peer peer) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread thread = new Thread(() -> {
            for (; ; ) {
                try (Socket socket = server.accept()) {
                    peer.meet(socket);
                } catch (IOException e) {
                    if (server.isClosed()) {
                        return;
                    }
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static Cli ping(int port, String... options) {
        return pingEvery("1ms", port, options);
    }

    private static Cli pingEvery(String interval, int port, String... options) {
        List<String> all = new ArrayList<>(
                List.of("ping", "--tcp", "127.0.0.1", String.valueOf(port), "--json", "--interval", interval));
        all.addAll(List.of(options));
        return Cli.run(all.toArray(String[]::new));
    }

    private static List<Object> names(Cli cli) {
        return cli.events().stream().map(event -> event.get("event")).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 64, 65507})
    void shouldAskOverOneConnection(int size) throws Exception {
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, Steering.hash())) {
            Cli cli = ping(echo.port(), "--count", "20", "--size", String.valueOf(size), "--timeout", "20s");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            List<Map<String, Object>> events = cli.events();
            assertThat(events).hasSize(22);
            assertThat(events.get(0)).containsEntry("event", "connected");
            assertThat((Double) events.get(0).get("rttUs")).isPositive();
            for (int i = 0; i < 20; i++) {
                assertThat(events.get(i + 1))
                        .containsEntry("event", "reply")
                        .containsEntry("seq", (long) i)
                        .containsEntry("from", "127.0.0.1");
                assertThat((Double) events.get(i + 1).get("rttUs")).isPositive();
            }
            assertThat(cli.event("summary"))
                    .containsEntry("sent", 20L)
                    .containsEntry("received", 20L)
                    .containsEntry("errors", 0L)
                    .containsEntry("lost", 0L)
                    .containsEntry("connections", 1L);
            Await.until(() -> assertThat(echo.counts().toString()).endsWith("resets 0, still open 0"));
        }
    }

    @Test
    void shouldAskOverIpv6AndFromAnAddress() throws Exception {
        assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no ::1 on this host");
        try (EchoTcpRunning echo = EchoTcpRunning.start((InetAddress) null, 0)) {
            String port = String.valueOf(echo.port());

            Cli cli = Cli.run("ping", "--tcp", "::1", port, "--count", "2", "--interval", "1ms", "--from", "::1");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(cli.out())
                    .contains("ping tcp [::1]:" + port + ", 64 bytes, 2 times\n", "connected in ", "\nseq 1: ")
                    .contains("asked 2, answered 2, errors 0, no answer 0, connections 1\n", "rtt us: min ");
            assertThat(ping(echo.port(), "--from", "127.0.0.9", "--count", "1").exitCode())
                    .isZero();
            Cli wrong = ping(echo.port(), "--from", "192.0.2.77", "--count", "1");
            assertThat(wrong.exitCode()).isEqualTo(3);
            assertThat(wrong.err()).contains("--from 192.0.2.77: not an address of this host");
        }
    }

    @Test
    void shouldSayThatAPortIsClosed() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        Cli cli = ping(port, "--count", "3");

        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(names(cli)).containsExactly("error", "error", "error", "summary");
        assertThat(cli.event("error"))
                .containsEntry("seq", 2L)
                .containsEntry("description", "connection refused")
                .containsEntry("errno", "ECONNREFUSED");
        assertThat(cli.event("summary")).containsEntry("errors", 3L).containsEntry("connections", 0L);
    }

    @Test
    void shouldGiveASilentConnectionUp() throws Exception {
        try (ServerSocket silent = server(socket -> socket.getInputStream().readAllBytes())) {
            Cli cli = ping(silent.getLocalPort(), "--count", "2", "--timeout", "100ms");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(names(cli)).containsExactly("connected", "no-answer", "connected", "no-answer", "summary");
            assertThat(cli.event("summary")).containsEntry("lost", 2L).containsEntry("connections", 2L);
        }
    }

    @Test
    void shouldSayThatTheAnswerIsWrong() throws Exception {
        try (ServerSocket wrong = server(socket -> {
            byte[] question = socket.getInputStream().readNBytes(64);
            question[63]++;
            socket.getOutputStream().write(question);
            socket.getInputStream().read();
        })) {
            Cli cli = ping(wrong.getLocalPort(), "--count", "1", "--timeout", "20s");

            assertThat(cli.exitCode()).isEqualTo(1);
            assertThat(cli.event("error")).containsEntry("description", "the answer is not what was sent");
        }
    }

    @Test
    void shouldSayThatThePeerClosesOrResets() throws Exception {
        try (ServerSocket closing = server(socket -> socket.getInputStream().readNBytes(64));
                ServerSocket resetting = server(socket -> {
                    socket.getInputStream().readNBytes(64);
                    socket.setSoLinger(true, 0);
                })) {
            Cli closed = ping(closing.getLocalPort(), "--count", "1", "--timeout", "20s");
            assertThat(closed.event("error"))
                    .containsEntry("description", "the peer closed the connection")
                    .containsEntry("errno", null);
            Cli reset = ping(resetting.getLocalPort(), "--count", "1", "--timeout", "20s");
            assertThat(reset.event("error"))
                    .containsEntry("description", "the peer reset the connection")
                    .containsEntry("errno", "ECONNRESET");
        }
    }

    @Test
    void shouldConnectAgainWhenThePeerEndsBetweenTwoPings() throws Exception {
        try (ServerSocket once = server(socket -> {
            socket.getOutputStream().write(socket.getInputStream().readNBytes(64));
        })) {
            Cli cli = pingEvery("1s", once.getLocalPort(), "--count", "2", "--timeout", "20s");

            assertThat(cli.exitCode()).as(cli.toString()).isZero();
            assertThat(names(cli)).containsExactly("connected", "reply", "closed", "connected", "reply", "summary");
            assertThat(cli.event("closed")).containsEntry("description", "the peer closed the connection");
        }
    }

    @Test
    void shouldTellWhenAServerIsBack() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        EchoTcpRunning first = EchoTcpRunning.start(loopback, 0);
        int port = first.port();
        StringWriter text = new StringWriter();
        InetSocketAddress remote = new InetSocketAddress(loopback, port);
        PingTcpReport report = new PingTcpReport(new PrintWriter(text), true, remote, 1_000_000);
        PingTcp pinger = new PingTcp(remote, null, 64, Duration.ofSeconds(20), report);
        FutureTask<Void> run = new FutureTask<>(() -> {
            pinger.run(1_000_000, Duration.ofMillis(5));
            return null;
        });
        new Thread(run).start();
        Await.until(() -> assertThat(text.toString()).contains("\"reply\""));
        first.close();
        Await.until(() -> assertThat(text.toString()).contains("connection refused"));
        try (EchoTcpRunning second = EchoTcpRunning.start(loopback, port)) {
            Await.until(() -> assertThat(text.toString()).contains("\"recovered\""));
            assertThat(second.port()).isEqualTo(port);
            pinger.stop();
            run.get(20, TimeUnit.SECONDS);
        }
        assertThat(report.finish()).isZero();
        assertThat(Json.events(text.toString())).anySatisfy(event -> {
            assertThat(event).containsEntry("event", "recovered");
            assertThat(Json.number(event, "unanswered")).isPositive();
            assertThat((Double) event.get("afterMs")).isPositive();
        });
    }
}
