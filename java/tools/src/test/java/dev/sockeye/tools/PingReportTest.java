package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What ping says of a server that comes back, whatever the order in which it hears of its pings. */
class PingReportTest {
    private static final InetSocketAddress SERVER = new InetSocketAddress("192.0.2.1", 7007);
    private static final long TIMEOUT = 10;

    private final StringWriter out = new StringWriter();
    private final PingReport report = new PingReport(new PrintWriter(out), true, SERVER, 1000, TIMEOUT);

    private List<Map<String, Object>> recovered() {
        return Json.events(out.toString()).stream()
                .filter(event -> event.get("event").equals("recovered"))
                .toList();
    }

    /** The kernel's error about a datagram to a closed port of loopback. */
    private static SocketError error() throws Exception {
        try (DatagramSocket closed = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                UdpSocket socket = UdpSocket.open(StandardProtocolFamily.INET)) {
            closed.connect(closed.getLocalSocketAddress());
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            PacketBatch batch = PacketBatch.allocate(1, 16);
            batch.add()
                    .remote((InetSocketAddress) closed.getLocalSocketAddress())
                    .length(16);
            socket.send(batch);
            List<SocketError> errors = new ArrayList<>();
            Await.until(() -> {
                errors.addAll(socket.receiveErrors());
                assertThat(errors).hasSize(1);
            });
            return errors.get(0);
        }
    }

    private void answered(long sequence, long nanos) throws IOException {
        report.received(sequence, SERVER, nanos);
    }

    @Test
    void shouldCountAPingOnceThatHasNoAnswerAndThenAnError() throws Exception {
        for (int sequence = 0; sequence < 8; sequence++) {
            report.sent(sequence, sequence * 20);
            report.expire(sequence * 20 + TIMEOUT);
        }
        for (int sequence = 0; sequence < 6; sequence++) {
            report.error(sequence, error(), 170);
        }
        report.sent(8, 180);
        answered(8, 181);

        assertThat(recovered()).singleElement().satisfies(event -> assertThat(event)
                .containsEntry("seq", 8L)
                .containsEntry("unanswered", 8L)
                .containsEntry("afterMs", 181 / 1e6));
    }

    @Test
    void shouldNotTakeALateErrorForANewFailure() throws Exception {
        report.sent(0, 0);
        report.expire(TIMEOUT);
        report.sent(1, 20);
        report.sent(2, 21);
        answered(2, 22);
        report.error(0, error(), 23); // its time was over
        report.error(1, error(), 24); // its time was not, but a later one was answered
        report.sent(3, 30);
        answered(3, 31);

        assertThat(recovered()).singleElement().satisfies(event -> assertThat(event)
                .containsEntry("seq", 2L)
                .containsEntry("unanswered", 2L)); // 1 had not been answered then
    }

    @Test
    void shouldNotTakeAPingThatWasLostAmongOthersForAFailureOfTheServer() throws Exception {
        report.sent(0, 0);
        report.sent(1, 5);
        answered(1, 6);
        report.expire(TIMEOUT);
        report.sent(2, 12);
        answered(2, 13);

        assertThat(Json.events(out.toString()))
                .extracting(event -> event.get("event") + " " + event.get("seq"))
                .containsExactly("reply 1", "no-answer 0", "reply 2");
    }

    @Test
    void shouldTellOfEachRecovery() throws Exception {
        for (int sequence = 0; sequence < 8; sequence += 2) {
            report.sent(sequence, sequence * 20);
            report.expire(sequence * 20 + TIMEOUT);
            report.sent(sequence + 1, sequence * 20 + 20);
            answered(sequence + 1, sequence * 20 + 21);
        }

        assertThat(recovered()).hasSize(4).allSatisfy(event -> assertThat(event).containsEntry("unanswered", 1L));
    }

    @Test
    void shouldSayOnceInItsHeader() {
        StringWriter text = new StringWriter();
        new PingReport(new PrintWriter(text), false, SERVER, 1, TIMEOUT).start(64);
        new PingReport(new PrintWriter(text), false, SERVER, 2, TIMEOUT).start(64);

        assertThat(text.toString().lines())
                .containsExactly(
                        "ping udp 192.0.2.1:7007, 64 bytes, once", "ping udp 192.0.2.1:7007, 64 bytes, 2 times");
    }
}
