package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.NativeIOException;
import dev.sockeye.TcpInfo;
import dev.sockeye.TcpListener;
import dev.sockeye.TcpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.RoutedLab;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** TCP between a client and a server with two routers between them that lose, refuse and hide. */
@ExtendWith(LabExtension.class)
class TcpLabTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final StandardProtocolFamily INET6 = StandardProtocolFamily.INET6;
    private static final int PORT = 7007;
    private static final Duration LONG = Duration.ofSeconds(20);

    private static TcpListener listener(RoutedLab hosts) throws Exception {
        return hosts.server().call(() -> TcpListener.open(hosts.server().hasIpv6() ? INET6 : INET)
                .bind(new InetSocketAddress(PORT))
                .listen(16));
    }

    private static TcpSocket client(RoutedLab hosts, StandardProtocolFamily family) throws Exception {
        return hosts.client().call(() -> TcpSocket.open(family));
    }

    private static InetSocketAddress server(RoutedLab hosts, StandardProtocolFamily family) {
        return new InetSocketAddress(hosts.serverAddress(family), PORT);
    }

    private static List<StandardProtocolFamily> families(RoutedLab hosts) {
        return hosts.client().hasIpv6() ? List.of(INET, INET6) : List.of(INET);
    }

    private static void firewall(Host host, String hook, String rule) {
        host.nft("table inet fw { chain " + hook + " { type filter hook " + hook + " priority 0; " + rule + "; }; }");
    }

    @Test
    void shouldTellWhatTheKernelKnowsOfAConnection(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.r1().ip("link set s0 mtu 1300");
        hosts.r2().ip("link set c0 mtu 1300");
        try (TcpListener listener = listener(hosts)) {
            for (StandardProtocolFamily family : families(hosts)) {
                try (TcpSocket client = client(hosts, family).connect(server(hosts, family), LONG);
                        TcpSocket server = listener.accept(LONG)) {
                    assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
                    client.write(ByteBuffer.allocate(100_000));
                    ByteBuffer all = ByteBuffer.allocate(100_000);
                    while (all.hasRemaining()) {
                        assertThat(server.read(all, LONG)).isPositive();
                    }
                    TcpInfo info = client.info();
                    assertThat(info.state()).isEqualTo(TcpInfo.State.ESTABLISHED);
                    assertThat(info.rtt()).isBetween(Duration.ofNanos(1000), Duration.ofSeconds(5));
                    assertThat(info.rttVariance()).isBetween(Duration.ZERO, Duration.ofSeconds(5));
                    assertThat(info.retransmissionTimeout()).isGreaterThan(info.rtt());
                    assertThat(info.congestionWindow()).isBetween(1L, 100_000L);
                    assertThat(info.pathMtu()).isEqualTo(1300);
                    assertThat(info.sendMss()).isBetween(1300L - 100, 1300L - 40);
                    client.shutdownOutput();
                    assertThat(server.read(ByteBuffer.allocate(1), LONG)).isEqualTo(-1);
                    assertThat(server.info().state()).isEqualTo(TcpInfo.State.CLOSE_WAIT);
                }
            }
        }
    }

    @Test
    void shouldSendAgainWhatIsLost(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        try (TcpListener listener = listener(hosts);
                TcpSocket client = client(hosts, INET).connect(server(hosts, INET), LONG);
                TcpSocket server = listener.accept(LONG)) {
            assertThat(client.info().totalRetransmits()).isZero();
            // The first window is lost, in whatever pieces it comes here; so that no chance decides.
            firewall(hosts.r1(), "forward", "tcp dport 7007 meta length > 500 quota 15000 bytes drop");
            FutureTask<Integer> writing = new FutureTask<>(() -> client.write(ByteBuffer.allocate(200_000)));
            new Thread(writing).start();
            ByteBuffer all = ByteBuffer.allocate(200_000);
            while (all.hasRemaining()) {
                assertThat(server.read(all, LONG)).isPositive();
            }
            assertThat(writing.get(20, TimeUnit.SECONDS)).isEqualTo(200_000);
            TcpInfo info = client.info();
            assertThat(info.totalRetransmits()).isPositive();
            assertThat(info.retransmits()).isZero();
        }
    }

    @Test
    @Timeout(60)
    void shouldEndAConnectionWhosePeerIsGone(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        try (TcpListener listener = listener(hosts);
                TcpSocket client = client(hosts, INET)) {
            client.setOption(LinuxSocketOptions.TCP_USER_TIMEOUT, 1000).connect(server(hosts, INET), LONG);
            try (TcpSocket server = listener.accept(LONG)) {
                firewall(hosts.r1(), "forward", "drop");
                long start = System.nanoTime();
                client.write(ByteBuffer.allocate(1000));
                long limit = start + LONG.toNanos();
                for (TcpInfo info = client.info(); info.retransmits() == 0; info = client.info()) {
                    assertThat(System.nanoTime()).isLessThan(limit);
                    assertThat(info.unacked()).isPositive();
                    Thread.sleep(5);
                }
                for (int i = 0; i < 2; i++) {
                    assertThatExceptionOfType(NativeIOException.class)
                            .isThrownBy(() -> client.read(ByteBuffer.allocate(1)))
                            .withMessageContaining("ETIMEDOUT");
                }
                // The kernel counts in ticks of up to 10 ms, and would wait for a quarter of an hour by itself.
                assertThat(System.nanoTime() - start).isBetween(980_000_000L, LONG.toNanos());
                assertThatExceptionOfType(NativeIOException.class)
                        .isThrownBy(() -> client.write(ByteBuffer.allocate(1)))
                        .withMessageContaining("EPIPE");
                assertThat(server.info().state()).isEqualTo(TcpInfo.State.ESTABLISHED); // it cannot know
            }
        }
    }

    @Test
    void shouldTellWhyAConnectFails(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        for (StandardProtocolFamily family : families(hosts)) {
            try (TcpSocket client = client(hosts, family)) { // nobody listens
                assertThatExceptionOfType(ConnectException.class)
                        .isThrownBy(() -> client.connect(server(hosts, family), LONG))
                        .withMessageContaining("ECONNREFUSED");
            }
        }
        firewall(hosts.r1(), "forward", "drop");
        for (StandardProtocolFamily family : families(hosts)) {
            try (TcpSocket client = client(hosts, family)) {
                assertThatExceptionOfType(SocketTimeoutException.class)
                        .isThrownBy(() -> client.connect(server(hosts, family), Duration.ofMillis(100)));
                // Neither does the kernel wait for ever: 1 s for the first SYN, the next takes twice as long.
                client.setRawOption(6, 7, 1); // TCP_SYNCNT
                if (family == INET) {
                    assertThatExceptionOfType(ConnectException.class)
                            .isThrownBy(() -> client.connect(server(hosts, family), Duration.ofMinutes(2)))
                            .withMessageContaining("ETIMEDOUT");
                }
            }
        }
        hosts.r1().nft("flush ruleset");
        hosts.client().route("unreachable 203.0.113.0/24");
        try (TcpSocket client = client(hosts, INET)) {
            assertThatExceptionOfType(NoRouteToHostException.class)
                    .isThrownBy(() -> client.connect(new InetSocketAddress("203.0.113.1", PORT), LONG))
                    .withMessageContaining("EHOSTUNREACH");
        }
        hosts.client().ip("route delete default via 10.0.0.1");
        try (TcpSocket client = client(hosts, INET)) {
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> client.connect(server(hosts, INET), LONG))
                    .withMessageContaining("ENETUNREACH");
        }
    }

    @Test
    void shouldConnectFromAChosenAddressAndPort(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        hosts.client().address("e0", "10.0.0.3/24");
        InetSocketAddress local = new InetSocketAddress("10.0.0.3", 4321);
        try (TcpListener listener = listener(hosts);
                TcpSocket client = client(hosts, INET).bind(local).connect(server(hosts, INET), LONG);
                TcpSocket server = listener.accept(LONG)) {
            assertThat(server.getRemoteAddress()).isEqualTo(local);
        }
    }

    /** Both SYNs must be on their way before one arrives: the first of each is lost at a router. */
    @Test
    @Timeout(60)
    void shouldOpenSimultaneously(Lab lab) throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        firewall(hosts.r1(), "forward", "tcp flags syn / syn,ack drop");
        InetSocketAddress a = new InetSocketAddress(hosts.clientAddress(INET), PORT);
        InetSocketAddress b = server(hosts, INET);
        try (TcpSocket first = client(hosts, INET).bind(a);
                TcpSocket second =
                        hosts.server().call(() -> TcpSocket.open(INET).bind(b))) {
            FutureTask<TcpSocket> one = start(() -> first.connect(b, Duration.ofSeconds(40)));
            FutureTask<TcpSocket> two = start(() -> second.connect(a, Duration.ofSeconds(40)));
            awaitState(first, TcpInfo.State.SYN_SENT);
            awaitState(second, TcpInfo.State.SYN_SENT);
            hosts.r1().nft("flush ruleset");
            one.get(45, TimeUnit.SECONDS);
            two.get(45, TimeUnit.SECONDS);
            first.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertThat(second.read(ByteBuffer.allocate(3), LONG)).isEqualTo(3);
            assertThat(second.getRemoteAddress()).isEqualTo(a);
            assertThat(second.info().state()).isEqualTo(TcpInfo.State.ESTABLISHED);
        }
    }

    private static FutureTask<TcpSocket> start(java.util.concurrent.Callable<TcpSocket> call) {
        FutureTask<TcpSocket> task = new FutureTask<>(call);
        new Thread(task).start();
        return task;
    }

    private static void awaitState(TcpSocket socket, TcpInfo.State state) throws IOException, InterruptedException {
        long limit = System.nanoTime() + LONG.toNanos();
        while (socket.info().state() != state) {
            assertThat(System.nanoTime()).isLessThan(limit);
            Thread.sleep(2);
        }
    }
}
