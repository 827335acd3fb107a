package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Echo over TCP in a JVM of its own, with as many connections as a busy server has. */
class EchoTcpLoadTest {
    private static final int CONNECTIONS = 1000;
    private static final int BYTES_EACH = (1 << 30) / CONNECTIONS + 1;

    /** How far apart the bytes of two connections begin among the random ones. */
    private static final int STRIDE = 997;

    /** What echo keeps at most for a peer that does not read. */
    private static final int ECHO_BUFFER = 16 << 10;

    /** Of each end here: the kernel would let a thousand of them grow to gigabytes. */
    private static final int SOCKET_BUFFER = 64 << 10;

    private static final int HEAP_MIB = 48;

    /** Of the whole process: the heap, of which some was in use before, and the code of a JVM that warms up. */
    private static final int MOST_GROWTH_MIB = 64;

    /** Two for each connection, and some for the JVM. */
    private static final int DESCRIPTORS = 2 * CONNECTIONS + 200;

    private static final ByteBuffer RANDOM = ByteBuffer.allocateDirect((CONNECTIONS + 1) * STRIDE + BYTES_EACH);

    static {
        byte[] bytes = new byte[RANDOM.capacity()];
        new Random(1).nextBytes(bytes);
        RANDOM.put(bytes).flip();
    }

    private static SocketChannel connected(InetSocketAddress server) throws IOException {
        SocketChannel channel = SocketChannel.open()
                .setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER)
                .setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
        channel.connect(server);
        return channel;
    }

    /** A connection with bytes of its own. */
    private static class Peer {
        final SocketChannel channel;
        final ByteBuffer unsent;
        final ByteBuffer expected;

        Peer(InetSocketAddress server, int number) throws IOException {
            channel = connected(server);
            channel.configureBlocking(false);
            unsent = RANDOM.slice(number * STRIDE, BYTES_EACH);
            expected = unsent.duplicate();
        }

        /** Sends what there is room for, and then ends its output; compares what came back. */
        void serve(SelectionKey key, ByteBuffer buffer) throws IOException {
            if (key.isWritable()) {
                channel.write(unsent);
                if (!unsent.hasRemaining()) {
                    channel.shutdownOutput();
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
            if (key.isReadable()) {
                int count = channel.read(buffer.clear());
                if (count < 0) {
                    assertThat(expected.remaining()).as("missing bytes").isZero();
                    channel.close();
                    return;
                }
                int from = expected.position();
                assertThat(count).isLessThanOrEqualTo(expected.remaining());
                assertThat(buffer.flip().mismatch(expected.slice(from, count)))
                        .as("where the bytes from %d on differ", from)
                        .isEqualTo(-1);
                expected.position(from + count);
            }
        }
    }

    /** Ends by a reset when the first bytes have come back, and others are on their way. */
    private static final class ResettingPeer extends Peer {
        ResettingPeer(InetSocketAddress server, int number) throws IOException {
            super(server, number);
        }

        @Override
        void serve(SelectionKey key, ByteBuffer buffer) throws IOException {
            super.serve(key, buffer);
            if (expected.position() > 0) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0).close();
            }
        }
    }

    /** All of them, with one thread. */
    private static final class Peers implements AutoCloseable {
        private final List<Peer> all = new ArrayList<>();
        private final Selector selector = Selector.open();
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(SOCKET_BUFFER);
        private int open;

        Peers(InetSocketAddress server) throws IOException {
            try {
                add(new ResettingPeer(server, CONNECTIONS));
                for (int number = 0; number < CONNECTIONS; number++) {
                    add(new Peer(server, number));
                }
            } catch (IOException | RuntimeException | Error e) {
                close();
                throw e;
            }
        }

        private void add(Peer peer) throws IOException {
            all.add(peer);
            open++;
            peer.channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, peer);
        }

        void serveUntilAllHaveEnded() throws IOException {
            while (open > 0) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    Peer peer = (Peer) key.attachment();
                    peer.serve(key, buffer);
                    open -= peer.channel.isOpen() ? 0 : 1;
                }
                selector.selectedKeys().clear();
            }
        }

        @Override
        public void close() throws IOException {
            for (Peer peer : all) {
                peer.channel.close();
            }
            selector.close();
        }
    }

    private static void assumeDescriptors() throws IOException {
        String limit = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .findFirst()
                .orElseThrow()
                .split(" {2,}")[2];
        assumeTrue(
                limit.equals("unlimited") || Long.parseLong(limit) >= DESCRIPTORS,
                "RLIMIT_NOFILE is " + limit + ", and " + CONNECTIONS + " connections need " + DESCRIPTORS
                        + ": see 'ulimit -Hn'");
    }

    private static long kib(EchoTcpChild echo, String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + echo.pid() + "/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    /** Sends for ever and reads nothing, until its connection is closed. */
    private static void flood(SocketChannel channel) {
        Thread thread = new Thread(() -> {
            try (channel) {
                for (; ; ) {
                    channel.write(RANDOM.duplicate());
                }
            } catch (IOException e) {
                return; // the end of the test
            }
        });
        thread.start();
    }

    /** Until its stats say twice the same, and that it keeps something that does not get away. */
    private static void awaitStandstill(EchoTcpChild echo) throws Exception {
        Map<String, Object> before;
        Map<String, Object> stats = echo.nextEvent();
        do {
            before = stats;
            stats = echo.nextEvent();
        } while (!stats.equals(before) || Json.number(stats, "bytes") == Json.number(stats, "sent"));
    }

    /** Beside a thousand connections there is one that ends by a reset, and one that never reads. */
    @ParameterizedTest(name = "{0} sockets")
    @ValueSource(ints = {1, 2})
    @Timeout(300)
    void shouldEchoAGibibyteByteForByteAndKeepNoMoreThanItsBuffers(int sockets) throws Exception {
        assumeDescriptors();
        List<String> heap = List.of("-Xmx" + HEAP_MIB + "m");
        String[] options = {"-4", "--bind", "127.0.0.1", "--stats", "100ms", "--sockets", String.valueOf(sockets)};
        try (EchoTcpChild echo = EchoTcpChild.start(List.of(), heap, 280, options)) {
            InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), echo.port());
            long residentKib = kib(echo, "VmRSS");
            try (SocketChannel deaf = connected(server);
                    Peers peers = new Peers(server)) {
                flood(deaf);
                awaitStandstill(echo);
                peers.serveUntilAllHaveEnded();
                assertThat(kib(echo, "VmHWM") - residentKib)
                        .as("KiB that it grew")
                        .isLessThan(1024 * MOST_GROWTH_MIB);
                Map<String, Object> totals = echo.terminate();

                assertThat(totals)
                        .containsEntry("connections", CONNECTIONS + 2L)
                        .containsEntry("resets", 1L)
                        .containsEntry("open", 1L);
                assertThat(Json.number(totals, "bytes") - Json.number(totals, "sent"))
                        .as("bytes kept for the one that never reads, and maybe for the one that reset")
                        .isBetween(1L, 2L * ECHO_BUFFER);
                assertThat((List<?>) totals.get("perSocket"))
                        .hasSize(sockets)
                        .allSatisfy(taken -> assertThat((Long) taken).isPositive());
            }
        }
    }
}
