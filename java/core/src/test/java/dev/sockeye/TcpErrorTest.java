package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails, and how it says so. */
class TcpErrorTest {
    @Test
    void shouldOpenOnlyInternetSockets() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> TcpSocket.open(StandardProtocolFamily.UNIX));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> TcpListener.open(StandardProtocolFamily.UNIX));
    }

    @Test
    void shouldSayThatAPeerRefusesAndBeAbleToTryAgain() throws IOException {
        try (TcpSocket holder = TcpPair.holder("127.0.0.1");
                TcpSocket socket = TcpSocket.open(INET).bind(new InetSocketAddress("127.0.0.1", 0))) {
            InetSocketAddress closed = holder.getLocalAddress();
            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(ConnectException.class)
                        .isThrownBy(() -> socket.connect(closed))
                        .withMessageContaining("ECONNREFUSED")
                        .withMessageContaining(closed.toString());
                assertThatExceptionOfType(ConnectException.class)
                        .isThrownBy(() -> socket.connect(closed, Duration.ofSeconds(10)));
                assertThat(socket.getRemoteAddress()).isNull();
            }
            try (TcpListener listener = TcpPair.listener("127.0.0.1")) {
                socket.connect(listener.getLocalAddress());
                assertThat(socket.getRemoteAddress()).isEqualTo(listener.getLocalAddress());
            }
        }
    }

    @Test
    void shouldGiveUpInTimeAndBeAbleToTryAgain() throws IOException {
        try (TcpCloseTest.FullListener full = new TcpCloseTest.FullListener();
                TcpListener listener = TcpPair.listener("127.0.0.1");
                TcpSocket socket = TcpSocket.open(INET)) {
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                assertThatExceptionOfType(SocketTimeoutException.class)
                        .isThrownBy(() -> socket.connect(full.address(), Duration.ofMillis(30)))
                        .withMessageContaining("0.03 s");
                assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
            }
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> socket.connect(full.address(), Duration.ZERO));
            assertThat(socket.info().state()).isEqualTo(TcpInfo.State.CLOSE);
            socket.connect(listener.getLocalAddress());
            assertThat(socket.info().state()).isEqualTo(TcpInfo.State.ESTABLISHED);
        }
    }

    @Test
    void shouldConnectToAPeerOnThisHostWithoutWaiting() throws IOException {
        try (TcpListener listener = TcpPair.listener("127.0.0.1");
                TcpSocket socket = TcpSocket.open(INET)) {
            socket.connect(listener.getLocalAddress(), Duration.ZERO);
            assertThat(socket.info().state()).isEqualTo(TcpInfo.State.ESTABLISHED);
        }
    }

    @Test
    void shouldRefuseToReadAndWriteBeforeItIsConnected() throws IOException {
        try (TcpSocket socket = TcpSocket.open(INET)) {
            assertThat(socket.getRemoteAddress()).isNull();
            assertThat(socket.getLocalAddress()).isNull();
            assertThat(socket.info().state()).isEqualTo(TcpInfo.State.CLOSE);
            assertThatExceptionOfType(NotYetConnectedException.class)
                    .isThrownBy(() -> socket.read(ByteBuffer.allocate(1)));
            assertThatExceptionOfType(NotYetConnectedException.class)
                    .isThrownBy(() -> socket.write(ByteBuffer.allocate(1)));
            assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(socket::shutdownInput);
            assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(socket::shutdownOutput);
        }
    }

    @Test
    void shouldConnectOnce() throws Exception {
        try (TcpPair pair = TcpPair.open();
                TcpCloseTest.FullListener full = new TcpCloseTest.FullListener();
                TcpSocket pending = TcpSocket.open(INET)) {
            assertThatExceptionOfType(AlreadyConnectedException.class)
                    .isThrownBy(() -> pair.client.connect(full.address()));
            assertThatExceptionOfType(AlreadyConnectedException.class)
                    .isThrownBy(() -> pair.server.connect(full.address()));
            Thread thread = new Thread(() -> {
                try {
                    pending.connect(full.address());
                } catch (IOException closed) {
                    return;
                }
            });
            thread.start();
            Loopback.awaitCall(thread, "sockeye_connect_stream");
            assertThatExceptionOfType(ConnectionPendingException.class)
                    .isThrownBy(() -> pending.connect(pair.listener.getLocalAddress()));
            pending.close();
            thread.join();
        }
    }

    @Test
    void shouldRefusePortZero() throws IOException {
        try (TcpSocket socket = TcpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", 0)))
                    .withMessageContaining("port 0");
        }
    }

    @Test
    void shouldRefuseAddressesThatAreNone() throws IOException {
        try (TcpSocket socket = TcpSocket.open(INET);
                TcpListener listener = TcpListener.open(INET)) {
            for (SocketAddress address :
                    new SocketAddress[] {new InetSocketAddress("::1", 9), UnixDomainSocketAddress.of("x")}) {
                assertThatExceptionOfType(UnsupportedAddressTypeException.class)
                        .isThrownBy(() -> socket.connect(address))
                        .withMessageContaining(address.toString());
                assertThatExceptionOfType(UnsupportedAddressTypeException.class)
                        .isThrownBy(() -> listener.bind(address));
            }
            SocketAddress name = InetSocketAddress.createUnresolved("some.name", 9);
            assertThatExceptionOfType(UnresolvedAddressException.class).isThrownBy(() -> socket.connect(name));
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> listener.bind(new InetSocketAddress("203.0.113.9", 0)))
                    .withMessageContaining("EADDRNOTAVAIL");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void shouldRefuseANegativeBacklog(int backlog) throws IOException {
        try (TcpListener listener = TcpListener.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> listener.listen(backlog))
                    .withMessageContaining("backlog " + backlog);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, Integer.MAX_VALUE})
    void shouldTakeConnectionsWithBacklog(int backlog) throws IOException {
        try (TcpListener listener = TcpListener.open(INET).listen(backlog)) { // where the kernel likes
            try (TcpSocket client = TcpPair.connected(listener);
                    TcpSocket server = listener.accept(TcpPair.SECONDS)) {
                assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
            }
        }
    }

    @Test
    void shouldSayThatListenMustComeBeforeAccept() throws IOException {
        try (TcpListener listener = TcpListener.open(INET).bind(null)) {
            for (Duration timeout : new Duration[] {Duration.ofSeconds(-1), Duration.ZERO, TcpPair.SECONDS}) {
                assertThatExceptionOfType(IllegalStateException.class)
                        .isThrownBy(() -> listener.accept(timeout))
                        .withMessageContaining("listen");
            }
            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(listener::accept);
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @Test
    void shouldRefuseAReadOnlyBufferToReadInto() throws IOException {
        try (TcpPair pair = TcpPair.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pair.client.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .withMessageContaining("read-only");
        }
    }
}
