package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.QuotedDatagram;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
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
    private static final int QUESTIONS_AT_A_TIME = 16;
    /** The echo server's loop, and what it counts. */
    private static final class Server {
        final UdpSocket socket;
        volatile long answered;
        volatile long errors;
        volatile long empty;
        volatile int mostErrorsAtOnce;
        volatile Thread thread;

        Server(UdpSocket socket) {
            this.socket = socket;
        }

        /** An error queue that nobody empties would keep it awake. */
        void checkThatItRests() throws InterruptedException {
            Thread.sleep(50); // the last errors are dealt with
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long before = threads.getThreadCpuTime(thread.getId());
            Thread.sleep(200);
            assertThat(threads.getThreadCpuTime(thread.getId()) - before)
                    .as("CPU time of an idle server within 200 ms")
                    .isLessThan(100_000_000);
        }

        Void run() throws IOException {
            thread = Thread.currentThread();
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
                    errors += some.stream().filter(error -> error.isIcmp()).count();
                }
            } catch (ClosedChannelException end) {
                return null;
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}/{2}, {3} sockets")
    @CsvSource({
        "INET,  3, 3, 1", // one that is never a packet's own error
        "INET,  3, 1, 1", // one that may be
        "INET6, 1, 4, 1",
        "INET,  3, 3, 4", // a group, which also looks for whose error it is
    })
    @Timeout(60)
    void shouldAnswerTheClientAllTheSame(StandardProtocolFamily family, int type, int code, int sockets, Lab lab)
            throws Exception {
        Host victim = lab.host("victim");
        Host attacker = lab.host("attacker");
        assumeTrue(family == StandardProtocolFamily.INET || victim.hasIpv6(), "no IPv6 here");
        lab.link(victim, "e0", attacker, "e0");
        boolean ipv6 = family == StandardProtocolFamily.INET6;
        victim.address("e0", ipv6 ? "2001:db8::1/64" : "192.0.2.1/24");
        attacker.address("e0", ipv6 ? "2001:db8::2/64" : "192.0.2.2/24");
        InetAddress address = InetAddress.getByName(ipv6 ? "2001:db8::1" : "192.0.2.1");
        double lost = 1;
        // Where other programs keep the server from its CPU the kernel drops what it cannot take: then once more.
        for (int attempt = 0; attempt < 3 && lost > 0.001; attempt++) {
            lost = storm(victim, attacker, address, type, code, sockets);
        }
        assertThat(lost).as("share of the questions that were lost").isLessThanOrEqualTo(0.001);
    }

    private static double storm(Host victim, Host attacker, InetAddress address, int type, int code, int sockets)
            throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        StandardProtocolFamily family =
                address.getAddress().length == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try (ReuseportGroup<UdpSocket> group = victim.call(
                        () -> ReuseportGroup.open(() -> open(family), new InetSocketAddress(address, 0), sockets));
                UdpSocket client = attacker.call(() -> UdpSocket.open(family))) {
            client.connect(group.localAddress());
            List<Server> servers = group.members().stream().map(Server::new).toList();
            List<Future<Void>> serving =
                    servers.stream().map(server -> threads.submit(server::run)).toList();
            Future<Integer> storm = threads.submit(() -> flood(attacker, type, code, group.localAddress()));
            int asked = 0;
            int answers = 0;
            while (!storm.isDone() || asked < 1000) {
                asked += QUESTIONS_AT_A_TIME;
                answers += ask(client);
            }
            assertThat(storm.get()).isEqualTo(ERRORS);
            for (Server server : servers) {
                server.checkThatItRests();
            }
            group.close();
            for (Future<Void> each : serving) {
                each.get();
            }
            report(family + " " + type + "/" + code + ", " + sockets + " sockets", servers, asked, answers);
            return (asked - answers) / (double) asked;
        } finally {
            threads.shutdownNow();
        }
    }

    private static UdpSocket open(StandardProtocolFamily family) throws IOException {
        UdpSocket socket = UdpSocket.open(family)
                .setOption(LinuxSocketOptions.IP_RECVERR, true)
                .setOption(LinuxSocketOptions.IP_PKTINFO, true);
        try {
            return socket.setOption(LinuxSocketOptions.SO_RCVBUFFORCE, 4 << 20);
        } catch (IOException notPrivileged) {
            return socket.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
        }
    }

    private static int flood(Host attacker, int type, int code, InetSocketAddress port) {
        InetAddress victim = port.getAddress();
        boolean ipv6 = victim.getAddress().length == 16;
        InetSocketAddress neverAsked = new InetSocketAddress(ipv6 ? "2001:db8:7::7" : "198.51.100.7", 4000);
        IcmpError error = IcmpError.of(type, code, QuotedDatagram.of(port, neverAsked, new byte[64]));
        try (IcmpForger forger =
                IcmpForger.open(attacker, ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
            return forger.send(victim, error, ERRORS);
        }
    }

    private static void report(String what, List<Server> servers, int asked, int answers) {
        long errors = servers.stream().mapToLong(server -> server.errors).sum();
        long givenUp = servers.stream()
                .mapToLong(server -> server.socket.droppedErrors())
                .sum();
        long empty = servers.stream().mapToLong(server -> server.empty).sum();
        System.out.printf(
                "%s: %d errors, %d seen, %d given up, %d questions, %d answers, %d empty receives%n",
                what, ERRORS, errors, givenUp, asked, answers, empty);
        assertThat(servers.stream().mapToLong(server -> server.answered).sum()).isGreaterThanOrEqualTo(answers);
        assertThat(errors + givenUp).isPositive();
        assertThat(empty).as("receives that returned nothing").isLessThanOrEqualTo(ERRORS);
        // What a socket keeps of a storm does not grow with it.
        assertThat(servers)
                .allSatisfy(server -> assertThat(server.mostErrorsAtOnce).isLessThanOrEqualTo(256));
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
