package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock selector waits for our sockets. Alone in its JVM, since it counts descriptors and binds ports again. */
@Isolated
class SelectorTest {
    private static SelectionKey register(UdpSocket socket, Selector selector, int operations) throws IOException {
        socket.selectable().configureBlocking(false);
        return socket.selectable().register(selector, operations, socket);
    }

    @Test
    void shouldFindASocketReadyWhenADatagramIsThere() throws Exception {
        try (Selector selector = Selector.open();
                UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket quiet = Loopback.bound("127.0.0.1");
                UdpSocket socket = Loopback.bound("127.0.0.1")) {
            SelectionKey key = register(socket, selector, SelectionKey.OP_READ);
            register(quiet, selector, SelectionKey.OP_READ);
            assertThat(selector.selectNow()).isZero();

            Loopback.send(peer, Loopback.at(socket), "hello");

            assertThat(selector.select(5000)).isEqualTo(1);
            assertThat(selector.selectedKeys()).containsExactly(key);
            assertThat(key.isReadable()).isTrue();
            PacketBatch batch = PacketBatch.allocate(4, 100);
            assertThat(((UdpSocket) key.attachment()).receiveNow(batch)).isEqualTo(1);
            assertThat(Loopback.text(batch.get(0))).isEqualTo("hello");
            selector.selectedKeys().clear();
            assertThat(selector.selectNow()).isZero();
            key.interestOps(SelectionKey.OP_WRITE);
            assertThat(selector.select(5000)).isEqualTo(1);
        }
    }

    /** One that sets the socket's error, and one that does not: the refusal of a datagram that is too long. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWaitAgainAfterAnErrorThatNobodyReads(boolean tooLong) throws Exception {
        try (Selector selector = Selector.open();
                UdpSocket closed = Loopback.bound("::1");
                UdpSocket socket = Loopback.bound("::1")) {
            closed.connect(Loopback.at(closed));
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.DO);
            register(socket, selector, SelectionKey.OP_READ);
            PacketBatch outgoing = PacketBatch.allocate(1, 65535);
            outgoing.add().remote(Loopback.at(closed)).length(tooLong ? 65500 : 1);
            socket.send(outgoing);

            assertThat(selector.select(5000)).isEqualTo(1);
            assertThat(socket.receiveNow(PacketBatch.allocate(1, 10))).isZero();

            selector.selectedKeys().clear();
            assertThat(selector.selectNow()).isZero();
            assertThat(socket.receiveErrors()).hasSize(1);
        }
    }

    @Test
    void shouldLetCallsWaitAlthoughTheChannelIsNonBlocking() throws Exception {
        try (Selector selector = Selector.open();
                UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket socket = Loopback.bound("127.0.0.1")) {
            register(socket, selector, SelectionKey.OP_READ);
            AtomicReference<Object> result = new AtomicReference<>();
            Thread receiver = new Thread(() -> {
                try {
                    result.set(socket.receive(PacketBatch.allocate(1, 10)));
                } catch (Throwable e) {
                    result.set(e);
                }
            });
            receiver.start();
            Loopback.awaitCall(receiver, "sockeye_receive");
            Thread.sleep(20);
            assertThat(result.get()).isNull();

            Loopback.send(peer, Loopback.at(socket), "x");
            receiver.join();

            assertThat(result.get()).isEqualTo(1);
            long start = System.nanoTime();
            assertThat(socket.receive(PacketBatch.allocate(1, 10), Duration.ofMillis(30)))
                    .isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
        }
    }

    @Test
    void shouldFreeThePortAtOnceAndTheDescriptorsWithTheNextSelection() throws Exception {
        try (Selector selector = Selector.open()) {
            selector.selectNow();
            long before = openDescriptors();
            for (int i = 0; i < 100; i++) {
                UdpSocket socket = Loopback.bound("127.0.0.11"); // no other test binds here
                InetSocketAddress address = Loopback.at(socket);
                SelectionKey key = register(socket, selector, SelectionKey.OP_READ);

                socket.close();

                assertThat(key.isValid()).isFalse();
                assertThatExceptionOfType(CancelledKeyException.class).isThrownBy(key::interestOps);
                UdpSocket.open(Loopback.INET).bind(address).close();
                selector.selectNow();
                assertThat(selector.keys()).isEmpty();
            }
            assertThat(openDescriptors()).isLessThan(before + 50);
        }
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    @Test
    void shouldEndABlockedReceiveOfASocketThatIsRegistered() throws Exception {
        try (Selector selector = Selector.open()) {
            UdpSocket socket = Loopback.bound("127.0.0.1");
            register(socket, selector, SelectionKey.OP_READ);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread receiver = new Thread(() -> {
                try {
                    socket.receive(PacketBatch.allocate(1, 10));
                } catch (Throwable e) {
                    thrown.set(e);
                }
            });
            receiver.start();
            Loopback.awaitCall(receiver, "sockeye_receive");

            socket.close();
            receiver.join();

            assertThat(thrown.get()).isInstanceOf(AsynchronousCloseException.class);
            selector.selectNow();
        }
    }

    @Test
    void shouldStayOpenWhenOnlyItsChannelIsClosed() throws Exception {
        try (Selector selector = Selector.open();
                UdpSocket socket = Loopback.bound("127.0.0.1")) {
            var first = socket.selectable();
            assertThat(socket.selectable()).isSameAs(first);
            first.close();

            assertThat(socket.isOpen()).isTrue();
            register(socket, selector, SelectionKey.OP_READ);
            Loopback.send(socket, Loopback.at(socket), "x");
            assertThat(selector.select(5000)).isEqualTo(1);
        }
    }

    @Test
    void shouldLetTheSelectorRestAfterOnlyTheChannelWasClosed() throws Exception {
        try (Selector selector = Selector.open();
                UdpSocket socket = Loopback.bound("127.0.0.1")) {
            register(socket, selector, SelectionKey.OP_READ);
            Loopback.send(socket, Loopback.at(socket), "x"); // ready, and nobody takes it
            socket.selectable().close();
            selector.selectNow();

            long start = System.nanoTime();
            assertThat(selector.select(100)).isZero();

            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(90_000_000);
        }
    }

    @Test
    void shouldGiveNoChannelOfAClosedSocket() throws Exception {
        UdpSocket socket = Loopback.bound("127.0.0.1");
        socket.close();
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(socket::selectable);
    }
}
