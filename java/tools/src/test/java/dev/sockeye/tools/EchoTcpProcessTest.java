package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Echo over TCP in a JVM of its own, as its user starts and ends it. */
@Timeout(60)
class EchoTcpProcessTest {
    private static final int LIMIT_SECONDS = 40;

    @Test
    void shouldEndWithTotalsOnSigterm() throws Exception {
        try (EchoTcpChild echo = EchoTcpChild.start(
                        List.of(), List.of(), LIMIT_SECONDS, "-4", "--bind", "127.0.0.1", "--sockets", "2", "--pin");
                Socket closed = echo.ask();
                Socket open = echo.ask()) {
            assertThat(echo.ready)
                    .containsEntry("event", "ready")
                    .containsEntry("protocol", "tcp")
                    .containsEntry("address", "127.0.0.1")
                    .containsEntry("sockets", 2L);
            assertThat(closed.getInputStream().read()).isEqualTo(7);
            closed.shutdownOutput();
            assertThat(closed.getInputStream().read()).isEqualTo(-1);
            assertThat(open.getInputStream().read()).isEqualTo(7);
            Map<String, Object> totals = echo.terminate();

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
            assertThat(echo.err().lines()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayOnceThatThereIsNoRoomAndGoOnWhenThereIs(boolean reset) throws Exception {
        List<String> fewDescriptors = List.of("prlimit", "--nofile=60:60", "--");
        try (EchoTcpChild echo =
                        EchoTcpChild.start(fewDescriptors, List.of(), LIMIT_SECONDS, "-4", "--stats", "100ms");
                Socket first = echo.ask()) { // loads what an echo takes, while there are descriptors for it
            assertThat(first.getInputStream().read()).isEqualTo(7);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                sockets.add(echo.ask());
            }
            BufferedReader err = echo.err();
            assertThat(err.readLine()).contains("no room for more connections", "EMFILE");
            for (Socket socket : sockets) { // each close makes room for others
                assertThat(socket.getInputStream().read()).isEqualTo(7);
                socket.setSoLinger(reset, 0);
                socket.close();
            }
            first.getOutputStream().write(8);
            assertThat(first.getInputStream().read()).isEqualTo(8);
            while (Json.number(echo.nextEvent(), "open") != 1) { // its stats; when that never comes, its limit ends it
                continue;
            }
            assertThat(echo.terminate())
                    .containsEntry("connections", 61L)
                    .containsEntry("sent", 62L)
                    .containsEntry("resets", reset ? 60L : 0L)
                    .containsEntry("open", 1L);
            assertThat(err.readLine()).isNull();
        }
    }
}
