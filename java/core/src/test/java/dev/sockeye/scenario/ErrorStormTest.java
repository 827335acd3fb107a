package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.QuotedDatagram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A host floods an echo server with made-up ICMP errors while a client goes on asking it. */
@ExtendWith(LabExtension.class)
class ErrorStormTest {
    private static final int ERRORS = 100_000;
    /** So many that the least receive buffer of an ordinary user holds them; the next come once these were taken. */
    private static final int AT_A_TIME = 100;

    private static final int QUESTIONS_AT_A_TIME = 16;
    private static final InetSocketAddress NEVER_ASKED = new InetSocketAddress("198.51.100.7", 4000);

    /** The echo server's loop, and what it counts. */
    private static final class Server {
        final UdpSocket socket;
        volatile long answered;
        volatile long errors;
        volatile long empty;
        volatile int mostErrorsAtOnce;

        Server(UdpSocket socket) {
            this.socket = socket;
        }

        Void run() throws IOException {
            PacketBatch batch = PacketBatch.allocate(64, 100);
            try {
                for (; ; ) {
                    if (socket.receive(batch) > 0) {
                        batch.forEach(Packet::reply);
                        answered += socket.send(batch);
                        continue;
                    }
                    empty++;
                    List<SocketError> some = socket.receiveErrors();
                    mostErrorsAtOnce = Math.max(mostErrorsAtOnce, some.size());
                    errors += some.stream()
                            .filter(error -> error.origin() == SocketError.Origin.ICMP)
                            .count();
                }
            } catch (ClosedChannelException end) {
                return null;
            }
        }
    }

    @ParameterizedTest(name = "ICMP {0}/{1}")
    @CsvSource({"3, 3", "3, 1"}) // one that is never a packet's own error, and one that may be
    @Timeout(60)
    void shouldAnswerEveryQuestion(int type, int code, Lab lab) throws Exception {
        Host victim = lab.host("victim");
        Host attacker = lab.host("attacker");
        lab.link(victim, "e0", attacker, "e0");
        victim.address("e0", "192.0.2.1/24");
        attacker.address("e0", "192.0.2.2/24");
        ExecutorService threads = Executors.newCachedThreadPool();
        try (UdpSocket socket = victim.call(() -> UdpSocket.open(StandardProtocolFamily.INET));
                UdpSocket client = attacker.call(() -> UdpSocket.open(StandardProtocolFamily.INET))) {
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true).setOption(LinuxSocketOptions.IP_PKTINFO, true);
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20).bind(null);
            InetSocketAddress port =
                    new InetSocketAddress("192.0.2.1", socket.getLocalAddress().getPort());
            client.connect(port);
            Server server = new Server(socket);
            Future<Void> serving = threads.submit(server::run);
            Future<Void> storm = threads.submit(storm(attacker, server, type, code, port));
            int asked = 0;
            int answers = 0;
            while (!storm.isDone() || asked < 1000) {
                asked += QUESTIONS_AT_A_TIME;
                answers += ask(client);
            }
            storm.get();
            socket.close();
            serving.get();

            System.out.printf(
                    "ICMP %d/%d: %d errors, %d seen, %d given up by the queue, %d questions, %d answers, %d empty receives%n",
                    type, code, ERRORS, server.errors, socket.droppedErrors(), asked, answers, server.empty);
            assertThat(asked - answers).as("lost").isLessThanOrEqualTo(asked / 1000);
            assertThat(server.answered).isGreaterThanOrEqualTo(answers);
            assertThat(server.errors + socket.droppedErrors()).isGreaterThan(ERRORS / 2);
            assertThat(server.empty).as("receives that returned nothing").isLessThanOrEqualTo(ERRORS + 1000);
            assertThat(server.mostErrorsAtOnce).isLessThanOrEqualTo(288);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<Void> storm(Host attacker, Server server, int type, int code, InetSocketAddress port) {
        return () -> {
            InetAddress victim = port.getAddress();
            IcmpError error = IcmpError.of(type, code, QuotedDatagram.of(port, NEVER_ASKED, new byte[64]));
            try (IcmpForger forger = IcmpForger.open(attacker, StandardProtocolFamily.INET)) {
                for (int sent = 0; sent < ERRORS; ) {
                    sent += forger.send(victim, error, AT_A_TIME);
                    long deadline = System.nanoTime() + 100_000_000;
                    while (server.errors + server.socket.droppedErrors() < sent - AT_A_TIME
                            && System.nanoTime() < deadline) {
                        Thread.onSpinWait();
                    }
                }
            }
            return null;
        };
    }

    /** Asks some questions and counts the answers. */
    private static int ask(UdpSocket client) throws IOException, ExecutionException {
        PacketBatch questions = PacketBatch.allocate(QUESTIONS_AT_A_TIME, 100);
        for (int i = 0; i < QUESTIONS_AT_A_TIME; i++) {
            questions.add().length(64);
        }
        client.send(questions);
        PacketBatch answers = PacketBatch.allocate(QUESTIONS_AT_A_TIME, 100);
        int count = 0;
        while (count < QUESTIONS_AT_A_TIME) {
            int more = client.receive(answers, Duration.ofSeconds(1));
            if (more == 0) {
                break;
            }
            count += more;
        }
        return count;
    }
}
