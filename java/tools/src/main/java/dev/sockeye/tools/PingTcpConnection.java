package dev.sockeye.tools;

import dev.sockeye.TcpListener;
import dev.sockeye.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A connection to an echo server, for one question at a time. */
final class PingTcpConnection implements Closeable {
    /** What came back. */
    enum Outcome {
        RIGHT,
        WRONG,
        NOTHING,
        CLOSED
    }

    private static final int WARM_UPS = 3;
    private static final int WARM_UP_BYTES = 64;
    private static final Duration LONGEST_WARM_UP = Duration.ofMillis(50);

    /** How long an answer is waited for while a part of the question has no room on its way yet. */
    private static final long WRITE_AGAIN_NANOS = 5_000_000;

    private final TcpSocket socket;

    private PingTcpConnection(TcpSocket socket) {
        this.socket = socket;
    }

    /**
     * A connection to be: until {@link #connect} has returned it can only be closed.
     *
     * @param source the address to connect from, or null
     */
    static PingTcpConnection open(InetSocketAddress remote, InetAddress source) throws IOException {
        TcpSocket socket = TcpSocket.open(Host.familyOf(remote.getAddress()));
        try {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (source != null) {
                socket.bind(new InetSocketAddress(source, 0));
            }
            return new PingTcpConnection(socket);
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /** {@return how long it took, in nanoseconds} */
    long connect(InetSocketAddress remote, Duration timeout) throws IOException {
        long start = System.nanoTime();
        socket.connect(remote, timeout);
        long nanos = System.nanoTime() - start;
        if (socket.getRemoteAddress().equals(socket.getLocalAddress())) {
            // On loopback the kernel may pick the very port that nobody listens on, and TCP can be its own peer.
            throw new ConnectException("connect(" + remote + "): ECONNREFUSED, but for a connection to itself");
        }
        socket.selectable().configureBlocking(false); // write takes what there is room for
        return nanos;
    }

    /**
     * Sends a question and takes its answer in.
     *
     * @param question from its position to its limit
     * @param answer cleared; as long as the question
     */
    Outcome ask(ByteBuffer question, ByteBuffer answer, long timeoutNanos) throws IOException {
        ByteBuffer unsent = question.duplicate();
        long start = System.nanoTime();
        for (long left = timeoutNanos; left > 0; left = timeoutNanos - (System.nanoTime() - start)) {
            socket.write(unsent);
            long wait = unsent.hasRemaining() ? Math.min(left, WRITE_AGAIN_NANOS) : left;
            if (socket.read(answer, Duration.ofNanos(wait)) < 0) {
                return Outcome.CLOSED;
            }
            if (!answer.hasRemaining()) {
                return answer.flip().equals(question) ? Outcome.RIGHT : Outcome.WRONG;
            }
        }
        return Outcome.NOTHING;
    }

    /** Waits, when nothing is to come: {@link Outcome#WRONG} when something does, NOTHING when the time is over. */
    Outcome rest(Duration time) throws IOException {
        int count = socket.read(ByteBuffer.allocate(1), time);
        if (count < 0) {
            return Outcome.CLOSED;
        }
        return count == 0 ? Outcome.NOTHING : Outcome.WRONG;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Loads and links once what each measurement takes, on a connection of loopback, as ArrivalClock.warmUp does. */
    static void warmUp() {
        try (TcpListener listener = TcpListener.open(StandardProtocolFamily.INET)) {
            listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0))
                    .listen(1);
            InetSocketAddress address = listener.getLocalAddress();
            try (PingTcpConnection connection = open(address, null)) {
                connection.connect(address, LONGEST_WARM_UP);
                try (TcpSocket peer = listener.accept(LONGEST_WARM_UP)) {
                    ByteBuffer question = ByteBuffer.allocateDirect(WARM_UP_BYTES);
                    for (int i = 0; i < WARM_UPS && peer != null; i++) {
                        peer.write(question.duplicate()); // the answer is there before the question
                        ByteBuffer answer = ByteBuffer.allocateDirect(WARM_UP_BYTES);
                        connection.ask(question, answer, LONGEST_WARM_UP.toNanos());
                    }
                }
            }
        } catch (IOException | UnsupportedOperationException e) {
            return; // no loopback: then the first RTT is what it is
        }
    }
}
