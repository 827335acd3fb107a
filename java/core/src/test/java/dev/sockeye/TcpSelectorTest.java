package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock selector waits for listeners and connections. */
class TcpSelectorTest {
    private static final int CONNECTIONS = 200;
    private static final int BYTES_EACH = (64 << 20) / CONNECTIONS;

    private static SelectionKey register(LinuxSocket<?> socket, Selector selector, int operations) throws IOException {
        socket.selectable().configureBlocking(false);
        return socket.selectable().register(selector, operations, socket);
    }

    @Test
    void shouldFindAListenerReadableWhenAConnectionIsThere() throws IOException {
        try (Selector selector = Selector.open();
                TcpListener listener = TcpPair.listener("127.0.0.1")) {
            register(listener, selector, SelectionKey.OP_READ);
            assertThat(selector.selectNow()).isZero();
            assertThat(listener.acceptNow()).isNull();
            try (TcpSocket client = TcpPair.connected(listener)) {
                assertThat(selector.select(20_000)).isEqualTo(1);
                try (TcpSocket server = listener.acceptNow()) {
                    assertThat(server.getRemoteAddress()).isEqualTo(client.getLocalAddress());
                    selector.selectedKeys().clear();
                    assertThat(selector.selectNow()).isZero();
                    assertThat(listener.accept(Duration.ofMillis(20))).isNull();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReadAndWriteAsASocketChannelThatIsNonBlocking(boolean direct) throws Exception {
        try (Selector selector = Selector.open();
                TcpPair pair = TcpPair.open()) {
            SelectionKey key = register(pair.client, selector, SelectionKey.OP_READ);
            ByteBuffer target = direct ? ByteBuffer.allocateDirect(10) : ByteBuffer.allocate(10);
            assertThat(pair.client.read(target)).isZero();
            ByteBuffer large = direct ? ByteBuffer.allocateDirect(1 << 20) : ByteBuffer.allocate(1 << 20);
            long written = 0;
            for (int count; (count = pair.client.write(large.clear())) > 0; ) {
                assertThat(large.position()).isEqualTo(count);
                written += count;
            }
            assertThat(written).isPositive();
            key.interestOps(SelectionKey.OP_WRITE);
            assertThat(selector.selectNow()).isZero();
            FutureTask<Long> reading = readAll(pair.server);
            assertThat(selector.select(20_000)).isEqualTo(1);
            pair.client.shutdownOutput();
            assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(written);

            pair.server.write(TcpPair.bytes("x"));
            key.interestOps(SelectionKey.OP_READ);
            selector.selectedKeys().clear();
            assertThat(selector.select(20_000)).isEqualTo(1);
            assertThat(pair.client.read(target)).isEqualTo(1);
            // And with a time limit, or on a channel that blocks again, it waits.
            assertThat(pair.client.read(target, Duration.ofMillis(20))).isZero();
            pair.client.selectable().close();
            pair.server.shutdownOutput();
            assertThat(pair.client.read(target)).isEqualTo(-1);
        }
    }

    private static FutureTask<Long> readAll(TcpSocket socket) {
        FutureTask<Long> reading = new FutureTask<>(() -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            long all = 0;
            for (int count; (count = socket.read(buffer.clear())) >= 0; ) {
                all += count;
            }
            return all;
        });
        new Thread(reading).start();
        return reading;
    }

    /** What the echo server keeps of one connection: one buffer, whatever the peer does. */
    private static final class Echo {
        final TcpSocket socket;
        final ByteBuffer buffer;

        Echo(TcpSocket socket, boolean direct) {
            this.socket = socket;
            this.buffer = direct ? ByteBuffer.allocateDirect(1 << 14) : ByteBuffer.allocate(1 << 14);
        }

        /** Takes no more in than went out: a peer that does not read stops its own sending. */
        void serve(SelectionKey key) throws IOException {
            if (socket.read(buffer) < 0 && buffer.position() == 0) {
                socket.close();
                return;
            }
            buffer.flip();
            socket.write(buffer);
            buffer.compact();
            key.interestOps((buffer.hasRemaining() ? SelectionKey.OP_READ : 0)
                    | (buffer.position() > 0 ? SelectionKey.OP_WRITE : 0));
        }
    }

    private static void serve(TcpListener listener, Selector selector, int connections) throws IOException {
        int accepted = 0;
        int closed = 0;
        while (closed < connections) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.attachment() == listener) {
                    for (TcpSocket socket; (socket = listener.acceptNow()) != null; accepted++) {
                        SelectionKey added = register(socket, selector, SelectionKey.OP_READ);
                        added.attach(new Echo(socket, accepted % 2 == 0));
                    }
                } else if (key.isValid()) {
                    Echo echo = (Echo) key.attachment();
                    echo.serve(key);
                    closed += echo.socket.isOpen() ? 0 : 1;
                }
            }
            selector.selectedKeys().clear();
        }
    }

    @Test
    @Timeout(120)
    void shouldEchoManyConnectionsByteForByteBesideOneThatNeverReads() throws Exception {
        try (TcpListener listener = TcpPair.listener("127.0.0.1").listen(CONNECTIONS);
                Selector selector = Selector.open();
                TcpSocket deaf = TcpPair.connected(listener)) {
            register(listener, selector, SelectionKey.OP_READ);
            FutureTask<Void> serving = new FutureTask<>(() -> {
                serve(listener, selector, CONNECTIONS);
                return null;
            });
            new Thread(serving).start();
            deaf.selectable().configureBlocking(false);
            ByteBuffer junk = ByteBuffer.allocateDirect(1 << 16);
            long taken = 0;
            for (long idle = System.nanoTime(); System.nanoTime() - idle < 300_000_000; ) {
                int count = deaf.write(junk.clear());
                taken += count;
                idle = count > 0 ? System.nanoTime() : idle;
            }
            // Whatever the buffers of both ends hold, and one buffer of the server; then it stops.
            assertThat(taken).isBetween(1L << 14, 64L << 20);

            List<FutureTask<Void>> clients = new ArrayList<>();
            for (int group = 0; group < 4; group++) {
                int seed = group;
                FutureTask<Void> client = new FutureTask<>(() -> {
                    for (int i = 0; i < CONNECTIONS / 4; i += 10) {
                        echoTen(listener, 1000 * seed + i);
                    }
                    return null;
                });
                clients.add(client);
                new Thread(client).start();
            }
            for (FutureTask<Void> client : clients) {
                client.get(100, TimeUnit.SECONDS);
            }
            serving.get(20, TimeUnit.SECONDS);
            assertThat(deaf.write(junk.clear())).as("still full").isZero();
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Echo echo) {
                    echo.socket.close();
                }
            }
        }
    }

    /** Ten connections at once, each with bytes of its own. */
    private static void echoTen(TcpListener listener, int seed) throws Exception {
        List<TcpSocket> sockets = new ArrayList<>();
        List<FutureTask<byte[]>> readers = new ArrayList<>();
        List<FutureTask<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TcpSocket socket = TcpPair.connected(listener);
            FutureTask<byte[]> reader = new FutureTask<>(() -> {
                ByteBuffer all = ByteBuffer.allocate(BYTES_EACH + 1);
                while (socket.read(all) >= 0) {}
                return Arrays.copyOf(all.array(), all.position());
            });
            byte[] sent = random(seed + i);
            FutureTask<Integer> writer = new FutureTask<>(() -> {
                int count = socket.write(ByteBuffer.wrap(sent));
                socket.shutdownOutput();
                return count;
            });
            new Thread(reader).start();
            new Thread(writer).start();
            sockets.add(socket);
            readers.add(reader);
            writers.add(writer);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(writers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(BYTES_EACH);
            assertThat(readers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(random(seed + i));
            sockets.get(i).close();
        }
    }

    private static byte[] random(int seed) {
        byte[] bytes = new byte[BYTES_EACH];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }
}
