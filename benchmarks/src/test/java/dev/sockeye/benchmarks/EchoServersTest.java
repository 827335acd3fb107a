package dev.sockeye.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EchoServersTest {
    @ParameterizedTest
    @ValueSource(strings = {"sockeye-1", "sockeye-64", "sockeye-64x4"})
    void shouldAnswerFromTheAddressThatWasAsked(String name) throws Exception {
        try (EchoServer server = EchoServers.open(name, bytes -> {})) {
            assertThat(sourcesOfAnswers(server.port())).containsExactly("127.0.0.2", "127.0.0.3");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk-channel", "jdk-socket", "netty-epoll", "netty-recvmmsg", "netty-io_uring"})
    void shouldAnswerFromWhereTheKernelPicks(String name) throws Exception {
        try (EchoServer server = EchoServers.open(name, bytes -> {})) {
            assertThat(sourcesOfAnswers(server.port())).containsExactly("127.0.0.1", "127.0.0.1");
        } catch (UnsatisfiedLinkError e) {
            abort(name + " cannot run here: " + e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "single"})
    void shouldAnswerInCFromTheAddressThatWasAsked(String mode) throws Exception {
        try (EchoProcess server = EchoProcess.reference(List.of(), mode)) {
            assertThat(sourcesOfAnswers(server.port())).containsExactly("127.0.0.2", "127.0.0.3");
        }
    }

    @Test
    void shouldAnswerInPlainCFromWhereTheKernelPicks() throws Exception {
        try (EchoProcess server = EchoProcess.reference(List.of(), "plain")) {
            assertThat(sourcesOfAnswers(server.port())).containsExactly("127.0.0.1", "127.0.0.1");
        }
    }

    @Test
    void shouldEndInCWithStandardInput() throws Exception {
        Process server = new ProcessBuilder(Programs.find("reference-echo").toString(), "--end-with-stdin").start();
        try {
            assertThat(server.inputReader().readLine()).startsWith("ready ");
            assertThat(server.isAlive()).isTrue();

            server.getOutputStream().close();

            assertThat(server.waitFor()).isZero();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void shouldRefuseAnUnknownName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EchoServers.open("apache", bytes -> {}))
                .withMessageContaining("apache");
    }

    private static List<String> sourcesOfAnswers(int port) throws IOException {
        return List.of(sourceOfAnswer("127.0.0.2", port), sourceOfAnswer("127.0.0.3", port));
    }

    /** Asks, and checks that the answer is what was sent. */
    private static String sourceOfAnswer(String address, int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            socket.setSoTimeout(20_000);
            byte[] question = ("for " + address).getBytes(StandardCharsets.UTF_8);
            socket.send(new DatagramPacket(question, question.length, InetAddress.getByName(address), port));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8))
                    .isEqualTo("for " + address);
            assertThat(answer.getPort()).isEqualTo(port);
            return answer.getAddress().getHostAddress();
        }
    }
}
