package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server and a client do from open to close, on loopback. */
class TcpLifeTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1, false", "127.0.0.1, true", "::1, false", "::1, true"})
    void shouldLiveAWholeLife(String address, boolean direct) throws IOException {
        Assumptions.assumeTrue(!address.equals("::1") || Loopback.hasIpv6());
        try (TcpPair pair = TcpPair.open(address)) {
            assertThat(pair.client.getRemoteAddress()).isEqualTo(pair.listener.getLocalAddress());
            assertThat(pair.server.getRemoteAddress()).isEqualTo(pair.client.getLocalAddress());
            assertThat(pair.server.getLocalAddress()).isEqualTo(pair.client.getRemoteAddress());
            ByteBuffer source = direct ? ByteBuffer.allocateDirect(9) : ByteBuffer.allocate(9);
            source.put("..hello..".getBytes()).position(2).limit(7);
            assertThat(pair.client.write(source)).isEqualTo(5);
            assertThat(source.position()).isEqualTo(7);

            ByteBuffer target = direct ? ByteBuffer.allocateDirect(9) : ByteBuffer.allocate(9);
            target.position(3).limit(8);
            assertThat(pair.server.read(target)).isEqualTo(5);
            assertThat(target.position()).isEqualTo(8);
            assertThat(target.flip().position(3)).isEqualTo(TcpPair.bytes("hello"));

            pair.client.close();
            assertThat(pair.server.read(target.clear())).isEqualTo(-1);
            assertThat(pair.server.read(target, Duration.ZERO)).isEqualTo(-1);
            assertThat(pair.server.toString()).startsWith("TCP fd ");
        }
    }

    @Test
    void shouldServeBothFamiliesOnOneListener() throws IOException {
        Assumptions.assumeTrue(Loopback.hasIpv6());
        try (TcpListener listener = TcpListener.open(INET6).bind(null).listen(1)) {
            int port = listener.getLocalAddress().getPort();
            for (String address : new String[] {"127.0.0.1", "::1"}) {
                InetSocketAddress target = new InetSocketAddress(address, port);
                try (TcpSocket client = TcpSocket.open(INET6).connect(target);
                        TcpSocket server = listener.accept()) {
                    assertThat(client.getRemoteAddress()).isEqualTo(target);
                    assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
                    assertThat(server.getLocalAddress()).isEqualTo(target);
                    client.write(TcpPair.bytes("x"));
                    assertThat(TcpPair.read(server, 1)).isEqualTo("x");
                }
            }
        }
    }

    @Test
    void shouldConnectToAWildcardAddressOnThisHost() throws IOException {
        try (TcpListener listener = TcpListener.open(INET).bind(null).listen(1);
                TcpSocket client = TcpSocket.open(INET).connect(listener.getLocalAddress())) {
            assertThat(client.getRemoteAddress().getAddress().isLoopbackAddress())
                    .isTrue();
        }
    }

    @Test
    void shouldReadTheRestAfterTheClientEndedItsOutputAndAnswer() throws IOException {
        try (TcpPair pair = TcpPair.open()) {
            pair.client.write(TcpPair.bytes("question"));
            assertThat(pair.client.shutdownOutput()).isSameAs(pair.client);
            assertThatExceptionOfType(ClosedChannelException.class)
                    .isThrownBy(() -> pair.client.write(TcpPair.bytes("more")));
            assertThat(TcpPair.read(pair.server, 100)).isEqualTo("question");
            pair.server.write(TcpPair.bytes("answer"));
            pair.server.shutdownOutput();
            assertThat(TcpPair.read(pair.client, 100)).isEqualTo("answer");
            assertThat(pair.client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(pair.client.shutdownOutput().isOpen()).as("again").isTrue();
        }
    }

    @Test
    void shouldReadNothingMoreAfterItEndedItsInputAndStillWrite() throws IOException {
        try (TcpPair pair = TcpPair.open()) {
            pair.client.shutdownInput();
            pair.server.write(TcpPair.bytes("unwanted"));
            assertThat(pair.client.read(ByteBuffer.allocate(8))).isEqualTo(-1);
            pair.client.write(TcpPair.bytes("still here"));
            assertThat(TcpPair.read(pair.server, 10)).isEqualTo("still here");
            assertThat(pair.client.shutdownInput().read(ByteBuffer.allocate(8))).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteAllAndReadWhatThereIs(boolean direct) throws Exception {
        byte[] sent = new byte[3 << 20];
        new java.util.Random(7).nextBytes(sent);
        try (TcpPair pair = TcpPair.open()) {
            Thread writer = new Thread(() -> {
                ByteBuffer source = direct
                        ? ByteBuffer.allocateDirect(sent.length).put(sent).flip()
                        : ByteBuffer.wrap(sent).asReadOnlyBuffer();
                try {
                    assertThat(pair.client.write(source)).isEqualTo(sent.length);
                    assertThat(source.hasRemaining()).isFalse();
                    pair.client.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            ByteBuffer all = direct ? ByteBuffer.allocateDirect(sent.length + 1) : ByteBuffer.allocate(sent.length + 1);
            while (pair.server.read(all) >= 0) {}
            writer.join();
            assertThat(all.flip()).isEqualTo(ByteBuffer.wrap(sent));
        }
    }

    @Test
    void shouldNotWaitToReadOrWriteNothing() throws IOException {
        try (TcpPair pair = TcpPair.open()) {
            assertThat(pair.client.read(ByteBuffer.allocate(0))).isZero();
            assertThat(pair.client.write(ByteBuffer.allocate(0))).isZero();
            assertThat(pair.client.read(ByteBuffer.allocate(1), Duration.ofMillis(20)))
                    .isZero();
            assertThat(pair.client.read(ByteBuffer.allocate(1), Duration.ofSeconds(Long.MIN_VALUE)))
                    .isZero();
        }
    }

    @Test
    void shouldAcceptInTimeOrNot() throws IOException {
        try (TcpListener listener = TcpPair.listener("127.0.0.1")) {
            assertThat(listener.acceptNow()).isNull();
            assertThat(listener.accept(Duration.ofSeconds(-1))).isNull();
            long start = System.nanoTime();
            assertThat(listener.accept(Duration.ofMillis(50))).isNull();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000);
            try (TcpSocket first = TcpPair.connected(listener);
                    TcpSocket second = TcpPair.connected(listener);
                    TcpSocket third = TcpPair.connected(listener)) {
                for (TcpSocket client : new TcpSocket[] {first, second, third}) {
                    try (TcpSocket server = client == first
                            ? listener.acceptNow()
                            : client == second ? listener.accept(Duration.ofDays(100_000)) : listener.accept()) {
                        assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
                        assertThat(server.read(ByteBuffer.allocate(1), Duration.ofMillis(1)))
                                .isZero();
                    }
                }
            }
        }
    }

    @Test
    void shouldGiveItsOptionsToTheConnectionsItAccepts() throws IOException {
        try (TcpListener listener = TcpPair.listener("127.0.0.1")) {
            listener.setOption(StandardSocketOptions.TCP_NODELAY, true)
                    .setOption(StandardSocketOptions.SO_LINGER, 3)
                    .setOption(LinuxSocketOptions.TCP_USER_TIMEOUT, 4321);
            try (TcpSocket client = TcpPair.connected(listener);
                    TcpSocket server = listener.accept()) {
                assertThat(server.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
                assertThat(server.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(3);
                assertThat(server.getOption(LinuxSocketOptions.TCP_USER_TIMEOUT))
                        .isEqualTo(4321);
                assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
            }
        }
    }
}
