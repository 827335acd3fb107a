package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SourcePolicy;
import java.io.BufferedReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Asking an echo server for its counts. */
class EchoQuestionTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static byte[] ask(InetSocketAddress server, byte[] question) throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(question, question.length, server));
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            socket.receive(answer);
            byte[] bytes = new byte[answer.getLength()];
            System.arraycopy(answer.getData(), 0, bytes, 0, bytes.length);
            return bytes;
        }
    }

    private static byte[] question(int length) {
        return ByteBuffer.allocate(length)
                .put("sockeye counts ?".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .array();
    }

    private static EchoCounts counts(InetSocketAddress server) throws Exception {
        try (LoadPeers peers = new LoadPeers(new LoadTargets(List.of(server)))) {
            return peers.ask(List.of(server), () -> false).values().iterator().next();
        }
    }

    @Test
    void shouldAnswerWithItsCountsAndNoMoreBytesThanWereAsked() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            InetSocketAddress server = new InetSocketAddress(LOOPBACK, echo.port());
            ask(server, new byte[10]);
            ask(server, new byte[20]);

            byte[] answer = ask(server, question(150));

            assertThat(answer).hasSize(150).startsWith("sockeye counts =".getBytes());
            assertThat(counts(server))
                    .returns(2L, EchoCounts::received)
                    .returns(2L, EchoCounts::sent)
                    .returns(true, EchoCounts::isSettled);
        }
    }

    @Test
    void shouldSendBackAQuestionThatIsTooShortForTheAnswer() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            byte[] question = question(EchoQuestion.BYTES - 1);

            assertThat(ask(new InetSocketAddress(LOOPBACK, echo.port()), question))
                    .isEqualTo(question);
        }
    }

    /** Or the one who asks for counts could be made to answer with them. */
    @Test
    void shouldSendBackAnAnswerAsAnyOtherDatagram() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            InetSocketAddress server = new InetSocketAddress(LOOPBACK, echo.port());
            byte[] answer = ask(server, question(EchoQuestion.BYTES));

            assertThat(ask(server, answer)).isEqualTo(answer);
        }
    }

    @Test
    void shouldCountQuestionsAsReceivedAndSent() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false).run()) {
            InetSocketAddress server = new InetSocketAddress(LOOPBACK, echo.port());
            ask(server, new byte[10]);
            for (int i = 0; i < 3; i++) {
                ask(server, question(EchoQuestion.BYTES));
            }
            Await.until(() -> assertThat(echo.received()).isEqualTo(4));
            echo.stop();

            java.io.StringWriter line = new java.io.StringWriter();
            new JsonLines(new java.io.PrintWriter(line)).event("totals", echo.server.counters()::write);
            assertThat(Json.object(line.toString().strip()))
                    .containsEntry("received", 4L)
                    .containsEntry("sent", 4L)
                    .containsEntry("asked", 3L)
                    .containsEntry("dropped", Map.of());
        }
    }

    /** Whatever it is asked, it asks the kernel for its sockets' drops no more than a thousand times a second. */
    @Test
    void shouldGiveTheSameCountsForAMoment() throws Exception {
        try (Echo echo = Echo.start(0, SourcePolicy.ADDRESS, false)) {
            EchoQuestion question = new EchoQuestion(0, List.of(echo.server));
            long start = Long.MAX_VALUE - 5; // System.nanoTime() may pass the end of a long
            assertThat(receivedSaid(question, start)).isZero();
            echo.server.counters().received(3, 30);

            assertThat(receivedSaid(question, start + EchoQuestion.FRESH_NANOS - 1))
                    .isZero();
            assertThat(receivedSaid(question, start + EchoQuestion.FRESH_NANOS)).isEqualTo(3);
        }
    }

    private static long receivedSaid(EchoQuestion question, long now) {
        PacketBatch batch = PacketBatch.allocate(1, EchoQuestion.BYTES);
        Packet packet = batch.add();
        EchoQuestion.ask(packet, 1);
        question.answer(packet, now);
        int serversNumber = 24;
        return EchoCounts.read(packet.payload().position(serversNumber)).received();
    }

    @Test
    void shouldTellWhatAllOfItsSocketsCounted() throws Exception {
        Process process = Child.builder(Child.command(
                        List.of(),
                        "echo",
                        "--json",
                        "--port",
                        "0",
                        "--bind",
                        "127.0.0.1",
                        "--sockets",
                        "3",
                        "--steer",
                        "bytes:0:1"))
                .start();
        try (BufferedReader out = process.inputReader()) {
            InetSocketAddress server =
                    new InetSocketAddress(LOOPBACK, (int) Json.number(Json.object(out.readLine()), "port"));
            for (byte i = 0; i < 9; i++) {
                ask(server, new byte[] {i, 1, 2});
            }

            assertThat(counts(server)).returns(9L, EchoCounts::received).returns(9L, EchoCounts::sent);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
