package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A close, an interrupt and a shutdown wake whatever waits. */
class TcpCloseTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    /** A call that blocks until something wakes it. */
    enum Blocked {
        ACCEPT("sockeye_accept"),
        TIMED_ACCEPT("sockeye_accept"),
        READ("sockeye_read"),
        TIMED_READ("sockeye_read"),
        WRITE("sockeye_write"),
        WRITE_DIRECT("sockeye_write"),
        CONNECT("sockeye_connect_stream"),
        TIMED_CONNECT("sockeye_connect_stream");

        final String function;

        Blocked(String function) {
            this.function = function;
        }

        LinuxSocket<?> socket(TcpPair pair, TcpSocket unconnected) {
            return switch (this) {
                case ACCEPT, TIMED_ACCEPT -> pair.listener;
                case CONNECT, TIMED_CONNECT -> unconnected;
                default -> pair.client;
            };
        }

        Callable<Object> call(TcpPair pair, TcpSocket unconnected, InetSocketAddress full) {
            ByteBuffer large =
                    this == WRITE_DIRECT ? ByteBuffer.allocateDirect(64 << 20) : ByteBuffer.allocate(64 << 20);
            return switch (this) {
                case ACCEPT -> pair.listener::accept;
                case TIMED_ACCEPT -> () -> pair.listener.accept(LONG);
                case READ -> () -> pair.client.read(ByteBuffer.allocate(10));
                case TIMED_READ -> () -> pair.client.read(ByteBuffer.allocateDirect(10), LONG);
                case WRITE, WRITE_DIRECT -> () -> pair.client.write(large);
                case CONNECT -> () -> unconnected.connect(full);
                case TIMED_CONNECT -> () -> unconnected.connect(full, LONG);
            };
        }
    }

    /** Where a connect waits: nobody accepts, and the backlog is full, so that a SYN gets no answer. */
    static final class FullListener implements AutoCloseable {
        private final TcpListener listener = TcpPair.listener("127.0.0.1").listen(0);
        private final List<TcpSocket> waiting = new ArrayList<>();

        FullListener() throws IOException {
            waiting.add(TcpPair.connected(listener));
            for (; ; ) { // how many more get in is the kernel's business
                TcpSocket next = TcpSocket.open(Loopback.INET);
                try {
                    waiting.add(next.connect(address(), Duration.ofMillis(100)));
                } catch (java.net.SocketTimeoutException full) {
                    next.close();
                    return;
                }
            }
        }

        InetSocketAddress address() throws IOException {
            return listener.getLocalAddress();
        }

        @Override
        public void close() throws IOException {
            for (TcpSocket socket : waiting) {
                socket.close();
            }
            listener.close();
        }
    }

    private static FutureTask<Object> start(Callable<Object> call, String function) throws InterruptedException {
        return start(call, function, new Thread[1]);
    }

    private static FutureTask<Object> start(Callable<Object> call, String function, Thread[] thread)
            throws InterruptedException {
        FutureTask<Object> result = new FutureTask<>(call);
        thread[0] = new Thread(result);
        thread[0].start();
        Loopback.awaitCall(thread[0], function);
        Thread.sleep(30); // and then to block
        assertThat(result.isDone()).isFalse();
        return result;
    }

    private static Throwable failure(FutureTask<Object> call) throws Exception {
        try {
            throw new AssertionError("returned " + call.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWakeWithAClose(Blocked blocked) throws Exception {
        try (TcpPair pair = TcpPair.open();
                FullListener full = new FullListener();
                TcpSocket unconnected = TcpSocket.open(Loopback.INET)) {
            FutureTask<Object> call = start(blocked.call(pair, unconnected, full.address()), blocked.function);
            blocked.socket(pair, unconnected).close();
            assertThat(failure(call)).isExactlyInstanceOf(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWakeWithAnInterruptWhichCloses(Blocked blocked) throws Exception {
        try (TcpPair pair = TcpPair.open();
                FullListener full = new FullListener();
                TcpSocket unconnected = TcpSocket.open(Loopback.INET)) {
            Thread[] thread = new Thread[1];
            FutureTask<Object> call = start(blocked.call(pair, unconnected, full.address()), blocked.function, thread);
            thread[0].interrupt();
            assertThat(failure(call)).isExactlyInstanceOf(ClosedByInterruptException.class);
            assertThat(blocked.socket(pair, unconnected).isOpen()).isFalse();
        }
    }

    @Test
    void shouldWakeCallsOfAnAcceptedSocket() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            FutureTask<Object> reading = start(() -> pair.server.read(ByteBuffer.allocate(1)), "sockeye_read");
            FutureTask<Object> writing = start(() -> pair.server.write(ByteBuffer.allocate(64 << 20)), "sockeye_write");
            pair.server.close();
            assertThat(failure(reading)).isExactlyInstanceOf(AsynchronousCloseException.class);
            assertThat(failure(writing)).isExactlyInstanceOf(AsynchronousCloseException.class);
        }
    }

    @Test
    void shouldWakeManyAccepters() throws Exception {
        TcpListener listener = TcpPair.listener("127.0.0.1");
        List<FutureTask<Object>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            calls.add(start(i % 2 == 0 ? listener::accept : () -> listener.accept(LONG), "sockeye_accept"));
        }
        listener.close();
        for (FutureTask<Object> call : calls) {
            assertThat(failure(call)).isExactlyInstanceOf(AsynchronousCloseException.class);
        }
    }

    @Test
    void shouldWakeAReaderThatWaitsForAnother() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            FutureTask<Object> first = start(() -> pair.client.read(ByteBuffer.allocate(1)), "sockeye_read");
            FutureTask<Object> second = start(() -> pair.client.read(ByteBuffer.allocate(1)), "lock");
            pair.client.close();
            assertThat(failure(first)).isExactlyInstanceOf(AsynchronousCloseException.class);
            assertThat(failure(second)).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldEndOneDirectionUnderABlockedCall() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            FutureTask<Object> reading = start(() -> pair.client.read(ByteBuffer.allocate(1)), "sockeye_read");
            FutureTask<Object> writing = start(() -> pair.client.write(ByteBuffer.allocate(64 << 20)), "sockeye_write");
            pair.client.shutdownInput();
            assertThat(reading.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
            assertThat(writing.isDone()).isFalse();
            pair.client.shutdownOutput();
            assertThat(failure(writing)).isExactlyInstanceOf(ClosedChannelException.class);
            assertThat(pair.client.isOpen()).isTrue();
        }
    }

    @Test
    void shouldTellByThePositionWhatWasWrittenBeforeAClose() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            ByteBuffer large = ByteBuffer.allocateDirect(64 << 20);
            FutureTask<Object> writing = start(() -> pair.client.write(large), "sockeye_write");
            pair.client.close();
            assertThat(failure(writing)).isExactlyInstanceOf(AsynchronousCloseException.class);
            ByteBuffer target = ByteBuffer.allocate(1 << 16);
            long received = 0;
            for (int count; (count = pair.server.read(target.clear())) >= 0; ) {
                received += count;
            }
            assertThat(received).isEqualTo(large.position()).isPositive();
        }
    }

    /** Linux 6.4 to 6.6 cannot do it under a blocked call. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldResetWithLingerZero(boolean blocked) throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            pair.server.setOption(StandardSocketOptions.SO_LINGER, 0);
            FutureTask<Object> peer = start(() -> pair.client.read(ByteBuffer.allocate(1)), "sockeye_read");
            if (blocked) {
                FutureTask<Object> call = start(() -> pair.server.read(ByteBuffer.allocate(1)), "sockeye_read");
                pair.server.close();
                assertThat(failure(call)).isExactlyInstanceOf(AsynchronousCloseException.class);
            }
            pair.server.close();
            assertThat(failure(peer)).isInstanceOfSatisfying(NativeIOException.class, e -> assertThat(e.errnoName())
                    .isEqualTo("ECONNRESET"));
            assertThat(pair.client.isOpen()).isTrue();
            for (int i = 0; i < 3; i++) { // and no end is seen where there was none
                assertThatExceptionOfType(NativeIOException.class)
                        .isThrownBy(() -> pair.client.read(ByteBuffer.allocate(1)))
                        .withMessageContaining("ECONNRESET");
                assertThatExceptionOfType(NativeIOException.class)
                        .isThrownBy(() -> pair.client.write(TcpPair.bytes("x")))
                        .withMessageContaining("EPIPE");
            }
            assertThat(pair.client.getRemoteAddress()).isNotNull();
            assertThat(pair.client.info().state()).isEqualTo(TcpInfo.State.CLOSE);
            pair.client.shutdownInput().shutdownOutput();
        }
    }

    @Test
    void shouldKeepAResetThatAWriteMetFromLookingLikeAnEnd() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            pair.server.setOption(StandardSocketOptions.SO_LINGER, 0).close();
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> {
                        for (; ; ) {
                            pair.client.write(TcpPair.bytes("x"));
                        }
                    })
                    .withMessageContaining("ECONNRESET");
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> pair.client.read(ByteBuffer.allocate(1)))
                    .withMessageContaining("ECONNRESET");
        }
    }

    @Test
    void shouldResetAPeerWhoseBytesNobodyRead() throws Exception {
        try (TcpPair pair = TcpPair.open()) {
            pair.client.write(TcpPair.bytes("unread"));
            FutureTask<Object> peer = start(() -> pair.client.read(ByteBuffer.allocate(1)), "sockeye_read");
            pair.server.close();
            assertThat(failure(peer)).hasMessageContaining("ECONNRESET");
        }
    }

    @Test
    void shouldResetConnectionsThatNobodyAccepted() throws Exception {
        TcpListener listener = TcpPair.listener("127.0.0.1");
        try (TcpSocket client = TcpPair.connected(listener)) {
            listener.close();
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> client.read(ByteBuffer.allocate(1)))
                    .withMessageContaining("ECONNRESET");
        }
    }

    @Test
    void shouldCloseUnderConnectsAtAnyMoment() throws Exception {
        try (FullListener full = new FullListener()) {
            for (int i = 0; i < 300; i++) {
                TcpSocket socket = TcpSocket.open(Loopback.INET);
                FutureTask<Object> connecting = new FutureTask<>(() -> socket.connect(full.address()));
                new Thread(connecting).start();
                for (int spin = 0; spin < i * 100; spin++) {
                    Thread.onSpinWait();
                }
                socket.close();
                assertThat(failure(connecting)).isInstanceOf(ClosedChannelException.class);
            }
        }
    }
}
