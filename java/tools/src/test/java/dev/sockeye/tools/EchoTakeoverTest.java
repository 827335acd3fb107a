package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One echo after the other on the same sockets. */
@Timeout(180)
class EchoTakeoverTest {
    private static final int RESTARTS = 5;
    private static final int PATIENCE_MILLIS = 60_000;

    @TempDir
    Path directory;

    private String path;

    @org.junit.jupiter.api.BeforeEach
    void choosePath() {
        path = directory.resolve("takeover").toString();
    }

    private static InetSocketAddress at(EchoChild echo) throws IOException {
        return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), echo.port());
    }

    /** Asks one question after the other until it is told to stop; each must be answered. Returns how many. */
    private static FutureTask<Long> asking(InetSocketAddress server, AtomicBoolean done) {
        FutureTask<Long> task = new FutureTask<>(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout(PATIENCE_MILLIS);
                for (long asked = 0; ; asked++) {
                    if (done.get()) {
                        return asked;
                    }
                    byte[] question = ByteBuffer.allocate(8).putLong(asked).array();
                    socket.send(new DatagramPacket(question, question.length, server));
                    DatagramPacket answer = new DatagramPacket(new byte[8], 8);
                    socket.receive(answer);
                    assertThat(answer.getData()).isEqualTo(question);
                }
            }
        });
        new Thread(task, "client").start();
        return task;
    }

    private static void ask(EchoChild echo) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(new byte[] {7}, 1, at(echo)));
            DatagramPacket answer = new DatagramPacket(new byte[1], 1);
            socket.receive(answer);
            assertThat(answer.getData()[0]).isEqualTo((byte) 7);
        }
    }

    private static Child.Result refused(String... options) throws Exception {
        return Child.result(Child.builder(EchoChild.command(options)).start());
    }

    @ParameterizedTest
    @CsvSource({"1, hash", "2, flow"})
    void shouldAnswerAllWhileOneEchoTakesOverFromTheOther(int sockets, String steering) throws Exception {
        String[] options = {
            "--takeover", path, "--port", "0", "--bind", "127.0.0.1", "--sockets", "" + sockets, "--steer", steering
        };
        EchoChild running = EchoChild.start(options);
        AtomicBoolean done = new AtomicBoolean();
        try {
            assertThat(running.ready).containsEntry("takenOver", false);
            int port = running.port();
            List<FutureTask<Long>> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                clients.add(asking(at(running), done));
            }
            long received = 0;
            for (int i = 0; i < RESTARTS; i++) {
                EchoChild successor = EchoChild.start(options);
                Map<String, Object> totals = running.totals(); // it ends by itself
                received += Json.number(totals, "received");
                assertThat(totals)
                        .containsEntry("sent", Json.number(totals, "received"))
                        .containsEntry("dropped", Map.of());
                running = successor;
                assertThat(running.ready)
                        .containsEntry("takenOver", true)
                        .containsEntry("sockets", (long) sockets)
                        .containsEntry("port", (long) port);
            }
            done.set(true);
            long asked = 0;
            for (FutureTask<Long> client : clients) {
                asked += client.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            }
            running.terminate();
            received += Json.number(running.totals(), "received");
            assertThat(received).isEqualTo(asked).isGreaterThan(RESTARTS);
            assertThat(Path.of(path)).doesNotExist();
        } finally {
            done.set(true);
            running.close();
        }
    }

    @Test
    void shouldServeOpenConnectionsToTheirEndAndLeaveNewOnesToTheNext() throws Exception {
        String[] options = {"--takeover", path, "--tcp", "--port", "0", "--bind", "127.0.0.1", "--sockets", "2"};
        try (EchoChild old = EchoChild.start(options);
                Socket open = connect(old)) {
            assertThat(echoed(open, 1)).isEqualTo(1);
            try (EchoChild successor = EchoChild.start(options)) {
                assertThat(successor.ready).containsEntry("takenOver", true).containsEntry("protocol", "tcp");
                for (int i = 0; i < 20; i++) {
                    try (Socket next = connect(successor)) {
                        assertThat(echoed(next, i)).isEqualTo(i);
                    }
                    assertThat(echoed(open, i)).isEqualTo(i);
                }
                assertThat(old.process.isAlive()).isTrue();
                open.shutdownOutput();
                assertThat(open.getInputStream().read()).isEqualTo(-1);
                Map<String, Object> totals = old.totals();
                assertThat(totals).containsEntry("open", 0L).containsEntry("resets", 0L);
                successor.terminate();
                assertThat(Json.number(totals, "connections") + Json.number(successor.totals(), "connections"))
                        .isEqualTo(21);
            }
        }
    }

    private static Socket connect(EchoChild echo) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(at(echo), PATIENCE_MILLIS);
        return socket;
    }

    private static int echoed(Socket socket, int value) throws IOException {
        socket.getOutputStream().write(value);
        return socket.getInputStream().read();
    }

    @ParameterizedTest
    @CsvSource({
        "--port 1, '--port 1'",
        "--sockets 3, '--sockets 3'",
        "--tcp, '--tcp'",
        "--bind 127.0.0.2, '--bind'",
        "-6, '-6'",
        "--steer cpu, --sockets",
    })
    void shouldRefuseOptionsThatContradictWhatItTakes(String options, String named) throws Exception {
        try (EchoChild old = EchoChild.start("--takeover", path, "--port", "0", "--bind", "127.0.0.1")) {
            List<String> line = new ArrayList<>(List.of("--takeover", path));
            line.addAll(List.of(options.split(" ")));

            Child.Result result = refused(line.toArray(String[]::new));

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
            assertThat(result.out()).isEmpty();
            assertThat(result.err().lines()).singleElement().asString().contains(named);
            ask(old);
            try (EchoChild next = EchoChild.start("--takeover", path)) { // and is still to be had
                assertThat(next.ready).containsEntry("takenOver", true);
                old.totals();
                ask(next);
            }
        }
    }

    @Test
    void shouldRefuseUdpWhenTheSocketsAreOfTcp() throws Exception {
        try (EchoChild old = EchoChild.start("--takeover", path, "--tcp", "--port", "0", "--bind", "127.0.0.1");
                Socket client = connect(old)) {
            Child.Result result = refused("--takeover", path);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
            assertThat(result.err().lines()).singleElement().asString().contains("of TCP", "--tcp");
            assertThat(echoed(client, 7)).isEqualTo(7);
        }
    }

    @Test
    void shouldBeginAnewWhereTheOneBeforeWasKilled() throws Exception {
        try (EchoChild killed = EchoChild.start("--takeover", path, "--port", "0", "--bind", "127.0.0.1")) {
            killed.close();
            assertThat(Path.of(path)).exists();
            try (EchoChild next = EchoChild.start("--takeover", path, "--port", "0", "--bind", "127.0.0.1")) {
                assertThat(next.ready).containsEntry("takenOver", false);
                ask(next);
                next.terminate();
                next.totals();
                assertThat(Path.of(path)).doesNotExist();
            }
        }
    }

    @Test
    void shouldRefuseAnotherUser() throws Exception {
        Path open = Files.createDirectory(directory.resolve("open"));
        try (EchoChild old = EchoChild.start(
                "--takeover", open.resolve("takeover").toString(), "--port", "0", "--bind", "127.0.0.1")) {
            Files.setPosixFilePermissions(
                    directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));

            Child.Result result = Child.runAsNobody(
                    open,
                    List.of(),
                    "echo",
                    "--takeover",
                    open.resolve("takeover").toString());

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
            assertThat(result.out()).isEmpty();
            assertThat(result.err().lines()).singleElement().asString().contains("another user's");
            ask(old);
        }
    }
}
