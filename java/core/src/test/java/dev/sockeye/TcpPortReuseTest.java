package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Alone in its JVM, and on addresses that no other test binds, as {@link PortReuseTest}. */
@Isolated
class TcpPortReuseTest {
    @Test
    void shouldFreeThePortBeforeCloseReturns() throws Exception {
        InetSocketAddress address;
        try (TcpListener first = TcpPair.listener("127.0.0.13")) {
            address = first.getLocalAddress();
        }
        for (int i = 0; i < 100; i++) {
            TcpListener listener = TcpListener.open(INET).bind(address).listen(1);
            FutureTask<TcpSocket> accepting =
                    new FutureTask<>(i % 2 == 0 ? listener::accept : () -> listener.accept(TcpPair.SECONDS));
            Thread thread = new Thread(accepting);
            thread.start();
            Thread.sleep(i % 5);
            listener.close();
            TcpListener.open(INET).bind(address).listen(1).close();
            thread.join();
            assertThatThrownBy(accepting::get).hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldConnectFromTheAddressAndPortItWasBoundTo() throws IOException {
        int port;
        try (TcpSocket free = TcpPair.holder("127.0.0.11")) {
            port = free.getLocalAddress().getPort();
        }
        InetSocketAddress local = new InetSocketAddress("127.0.0.11", port);
        try (TcpListener listener = TcpPair.listener("127.0.0.1");
                TcpSocket client = TcpSocket.open(INET).bind(local)) {
            assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> client.bind(null));
            client.connect(listener.getLocalAddress());
            assertThat(client.getLocalAddress()).isEqualTo(local);
            try (TcpSocket server = listener.accept()) {
                assertThat(server.getRemoteAddress()).isEqualTo(local);
            }
        }
    }

    @Test
    void shouldListenAgainWhereAnotherJustClosed() throws IOException {
        InetSocketAddress address;
        try (TcpPair pair = TcpPair.open("127.0.0.12")) {
            address = pair.listener.getLocalAddress();
            pair.server.close(); // the server ends first: its end stays in TIME_WAIT
            assertThat(pair.client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        try (TcpListener next = TcpListener.open(INET).bind(address).listen(1);
                TcpSocket client = TcpPair.connected(next)) {
            assertThat(client.isOpen()).isTrue();
            try (TcpListener third = TcpListener.open(INET)) {
                assertThatExceptionOfType(BindException.class)
                        .isThrownBy(() -> third.bind(address).listen(1));
            }
        }
    }
}
