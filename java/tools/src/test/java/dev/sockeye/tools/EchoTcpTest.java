package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.Steering;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop of echo over TCP, asked by the JDK's own sockets. */
@Timeout(60)
class EchoTcpTest {
    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** Writes in another thread, then ends the output. */
    private static CompletableFuture<Void> write(Socket socket, byte[] bytes) {
        return CompletableFuture.runAsync(() -> {
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16384, 16385, 1 << 20, 3 << 20})
    void shouldEchoAllUntilThePeerEndsAndThenEnd(int size) throws Exception {
        byte[] bytes = random(size);
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, Steering.hash())) {
            try (Socket socket = echo.connect()) {
                CompletableFuture<Void> writing = write(socket, bytes);
                assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes); // to the server's own end
                writing.get(20, TimeUnit.SECONDS);
            }
            echo.stop();
            assertThat(echo.counts()).hasToString(totals(1, size, size, 0, 0));
        }
    }

    private static String totals(int connections, long received, long sent, int resets, int open) {
        return "connections " + connections + ", bytes received " + received + ", bytes sent " + sent + ", resets "
                + resets + ", still open " + open;
    }

    @Test
    void shouldEchoWhatIsLeftToAPeerThatReadsOnlyAfterItsEnd() throws Exception {
        byte[] bytes = random(200_000);
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, Steering.hash());
                Socket socket = echo.connect()) {
            write(socket, bytes).get(20, TimeUnit.SECONDS);
            Await.until(() -> assertThat(echo.counts().toString()).contains("bytes received 200000"));
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void shouldCountAResetAndGoOn() throws Exception {
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, Steering.hash())) {
            Socket first = echo.connect();
            first.getOutputStream().write(7);
            assertThat(first.getInputStream().read()).isEqualTo(7);
            first.setSoLinger(true, 0);
            first.close();
            Await.until(() -> assertThat(echo.counts()).hasToString(totals(1, 1, 1, 1, 0)));
            try (Socket second = echo.connect()) {
                second.getOutputStream().write(8);
                assertThat(second.getInputStream().read()).isEqualTo(8);
                echo.stop();
                assertThat(echo.counts()).hasToString(totals(2, 2, 2, 1, 1));
                assertThat(second.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hash", "flow", "cpu", "random"})
    void shouldSpreadConnectionsOverItsSockets(String how) throws Exception {
        Steering steering = new EchoConverters.Steer().convert(how);
        try (EchoTcpRunning echo = EchoTcpRunning.start(3, steering)) {
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                sockets.add(echo.connect());
                sockets.get(i).getOutputStream().write(random(i + 1));
            }
            for (int i = 0; i < 200; i++) {
                assertThat(sockets.get(i).getInputStream().readNBytes(i + 1)).isEqualTo(random(i + 1));
            }
            for (Socket socket : sockets) {
                socket.shutdownOutput();
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
                socket.close();
            }
            echo.stop();
            assertThat(echo.counts()).hasToString(totals(200, 20100, 20100, 0, 0));
            List<Long> perSocket =
                    echo.opened.loops().stream().map(EchoLoop::taken).toList();
            assertThat(perSocket).hasSize(3);
            assertThat(perSocket.stream().mapToLong(Long::longValue).sum()).isEqualTo(200);
            if (!how.equals("cpu")) { // which CPUs there are is the machine's
                assertThat(perSocket).allSatisfy(count -> assertThat(count).isPositive());
            }
            assertThat(echo.complaints()).isEmpty();
        }
    }

    @Test
    void shouldServeOthersWhileOnePeerNeverReads() throws Exception {
        try (EchoTcpRunning echo = EchoTcpRunning.start(1, Steering.hash());
                Socket deaf = echo.connect()) {
            Thread flood = new Thread(() -> {
                try (OutputStream out = deaf.getOutputStream()) {
                    for (byte[] bytes = new byte[1 << 16]; ; ) {
                        out.write(bytes);
                    }
                } catch (IOException e) {
                    return; // the end of the test
                }
            });
            flood.start();
            awaitStandstill(echo);
            byte[] bytes = random(1 << 20);
            try (Socket socket = echo.connect()) {
                CompletableFuture<Void> writing = write(socket, bytes);
                assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes);
                writing.get(20, TimeUnit.SECONDS);
            }
            echo.stop();
            assertThat(received(echo) - sent(echo)).isBetween(1L, 16384L); // one buffer of the one that is stuck
            assertThat(echo.counts().toString()).startsWith("connections 2,").endsWith("resets 0, still open 1");
            flood.join();
        }
    }

    /** Until the peer's data stays in the peer. */
    private static void awaitStandstill(EchoTcpRunning echo) throws Exception {
        for (long before = -1, now = received(echo); now == 0 || now != before; now = received(echo)) {
            before = now;
            Thread.sleep(300);
        }
    }

    private static long received(EchoTcpRunning echo) throws IOException {
        return field(echo, "bytes");
    }

    private static long sent(EchoTcpRunning echo) throws IOException {
        return field(echo, "sent");
    }

    private static long field(EchoTcpRunning echo, String name) throws IOException {
        StringWriter line = new StringWriter();
        new JsonLines(new java.io.PrintWriter(line)).event("totals", echo.counts()::write);
        return Json.number(Json.object(line.toString().strip()), name);
    }
}
