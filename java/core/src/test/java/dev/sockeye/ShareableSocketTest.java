package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A socket that two processes have: closing it in one is none of the other's business. The other one is a second
 * descriptor here. Alone in its JVM, since it counts the descriptors of the whole process.
 */
@Isolated
class ShareableSocketTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private final PacketBatch batch = PacketBatch.allocate(4, 100);

    private static UdpSocket shareable() throws IOException {
        return UdpSocket.openShareable(Loopback.INET).bind(new InetSocketAddress("127.0.0.1", 0));
    }

    /** What another process would have. */
    private static UdpSocket other(UdpSocket socket) throws IOException {
        socket.lend();
        return (UdpSocket) Handover.adopt(socket.descriptor.call(Native.CALLS::sockeye_duplicate, () -> "dup"));
    }

    private FutureTask<Integer> receiving(UdpSocket socket, boolean timed) throws InterruptedException {
        FutureTask<Integer> task = new FutureTask<>(() -> timed ? socket.receive(batch, LONG) : socket.receive(batch));
        Thread thread = new Thread(task, "receiver");
        thread.start();
        Loopback.awaitCall(thread, "sockeye_receive");
        Thread.sleep(5); // and then to block
        return task;
    }

    private static Throwable failure(FutureTask<?> task) throws Exception {
        try {
            throw new AssertionError("returned " + task.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWakeABlockedReceiveAndLeaveTheSocketToTheOtherProcess(boolean timed) throws Exception {
        UdpSocket socket = shareable();
        try (UdpSocket other = other(socket)) {
            FutureTask<Integer> receiver = receiving(socket, timed);
            socket.close();
            assertThat(failure(receiver)).isExactlyInstanceOf(AsynchronousCloseException.class);
            FutureTask<Integer> otherReceiver = receiving(other, timed);
            Loopback.send(other, Loopback.at(other), "still here");
            assertThat(otherReceiver.get(10, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(Loopback.text(batch.get(0))).isEqualTo("still here");
        }
    }

    @Test
    void shouldCloseForThisProcessWhenAReceivingThreadIsInterrupted() throws Exception {
        UdpSocket socket = shareable();
        try (UdpSocket other = other(socket)) {
            FutureTask<Integer> task = new FutureTask<>(() -> socket.receive(batch));
            Thread thread = new Thread(task);
            thread.start();
            Loopback.awaitCall(thread, "sockeye_receive");
            thread.interrupt();
            assertThat(failure(task)).isExactlyInstanceOf(ClosedByInterruptException.class);
            Loopback.send(other, Loopback.at(other), "x");
            assertThat(Loopback.receiveAll(other)).containsExactly("x");
        }
    }

    @Test
    void shouldReceiveAndSendAsAnyOther() throws Exception {
        try (UdpSocket socket = shareable()) {
            FutureTask<Integer> receiver = receiving(socket, false);
            Loopback.send(socket, Loopback.at(socket), "one");
            assertThat(receiver.get(10, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(socket.receive(batch, Duration.ofMillis(20))).isZero();
            assertThat(socket.receiveNow(batch)).isZero();
        }
    }

    @Test
    void shouldFreeBothDescriptorsAtOnce() throws Exception {
        shareable().close();
        int before = descriptors();
        for (int i = 0; i < 50; i++) {
            UdpSocket socket = shareable();
            FutureTask<Integer> receiver = i % 2 == 0 ? receiving(socket, false) : null;
            socket.close();
            if (receiver != null) {
                assertThat(failure(receiver)).isInstanceOf(AsynchronousCloseException.class);
            }
            assertThat(descriptors()).isEqualTo(before);
        }
    }

    /** epoll(7) watches a socket until its last descriptor is closed, in whatever process that is. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotKeepASelectorBusyAfterItsClose(boolean channelAlone) throws Exception {
        UdpSocket socket = shareable();
        try (UdpSocket other = other(socket);
                Selector selector = Selector.open()) {
            socket.selectable().configureBlocking(false);
            socket.selectable().register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            if (channelAlone) {
                socket.selectable().close();
            } else {
                socket.close();
            }
            selector.selectNow();
            Loopback.send(other, Loopback.at(other), "for the other process");
            long start = System.nanoTime();
            assertThat(selector.select(200)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThan(150_000_000);
            assertThat(Loopback.receiveAll(other)).hasSize(1);
        }
        socket.close();
    }

    // ---- listeners

    private static TcpListener shareableListener() throws IOException {
        return TcpListener.openShareable(Loopback.INET)
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .listen(7);
    }

    private static TcpListener other(TcpListener listener) throws IOException {
        return (TcpListener) Handover.adopt(listener.descriptor.call(Native.CALLS::sockeye_duplicate, () -> "dup"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWakeABlockedAcceptAndLeaveTheConnectionsToTheOtherProcess(boolean timed) throws Exception {
        TcpListener listener = shareableListener();
        try (TcpListener other = other(listener)) {
            FutureTask<TcpSocket> task = new FutureTask<>(() -> timed ? listener.accept(LONG) : listener.accept());
            Thread thread = new Thread(task, "acceptor");
            thread.start();
            Loopback.awaitCall(thread, "sockeye_accept");
            Thread.sleep(5); // and then to block
            listener.close();
            assertThat(failure(task)).isExactlyInstanceOf(AsynchronousCloseException.class);
            try (TcpSocket client = TcpPair.connected(other);
                    TcpSocket server = other.accept()) {
                client.write(TcpPair.bytes("hello"));
                assertThat(TcpPair.read(server, 5)).isEqualTo("hello");
            }
        }
    }

    @Test
    void shouldKeepTheQueueOfAListenerThatIsClosedHereAlone() throws Exception {
        TcpListener listener = shareableListener();
        try (TcpListener other = other(listener);
                TcpSocket client = TcpPair.connected(other)) {
            client.write(TcpPair.bytes("queued"));
            listener.close();
            assertThat(other.backlog()).isEqualTo(7);
            try (TcpSocket server = other.acceptNow()) {
                assertThat(TcpPair.read(server, 6)).isEqualTo("queued");
            }
            assertThat(other.acceptNow()).isNull();
        }
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }
}
