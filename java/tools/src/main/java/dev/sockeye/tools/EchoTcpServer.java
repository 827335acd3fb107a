package dev.sockeye.tools;

import dev.sockeye.Cpus;
import dev.sockeye.NativeIOException;
import dev.sockeye.TcpListener;
import dev.sockeye.TcpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One TCP listener, its connections, and the loop that sends back what comes on each, with a stock selector. */
final class EchoTcpServer implements EchoLoop {
    /** The most that is kept for a peer that does not read. */
    private static final int BUFFER_BYTES = 16 << 10;

    /** So that those that are there get their turn, too. */
    private static final int ACCEPTS_IN_A_TURN = 64;

    /** How long no connection is accepted when there is no room for more. */
    private static final long PAUSE_MILLIS = 100;

    private static final long PAUSE_NANOS = PAUSE_MILLIS * 1_000_000;

    private static final List<String> NO_ROOM = List.of("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM");

    private final TcpListener listener;
    private final Consumer<String> complain;
    private final Selector selector;
    private final SelectionKey accepting;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final EchoTcpCounters counters = new EchoTcpCounters();
    private final AtomicBoolean started = new AtomicBoolean();
    /** Accepted, while there is no descriptor left for its channel. */
    private TcpSocket waiting;

    private boolean paused;
    private long pausedNanos;

    private volatile boolean leaving;
    private volatile boolean closing;
    private volatile Throwable failure;

    /**
     * @param listener that listens; closed with this server
     * @param complain is told each time that connections have to wait
     */
    EchoTcpServer(TcpListener listener, Consumer<String> complain) throws IOException {
        this.listener = listener;
        this.complain = complain;
        this.selector = Selector.open();
        try {
            listener.selectable().configureBlocking(false);
            this.accepting = listener.selectable().register(selector, SelectionKey.OP_READ);
        } catch (IOException | RuntimeException | Error e) {
            selector.close();
            throw e;
        }
    }

    @Override
    public InetSocketAddress address() throws IOException {
        return listener.getLocalAddress();
    }

    @Override
    public TcpListener socket() {
        return listener;
    }

    EchoTcpCounters counters() {
        return counters;
    }

    @Override
    public long taken() {
        return counters.connections();
    }

    @Override
    public Throwable failure() {
        return failure;
    }

    @Override
    public void run(Integer cpu) {
        if (!started.compareAndSet(false, true)) {
            return; // closed before
        }
        try {
            if (cpu != null) {
                Cpus.pinThread(cpu);
            }
            while (!closing && !(leaving && counters.open() == 0)) {
                turn();
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            end();
        }
    }

    private void turn() throws IOException {
        if (leaving) {
            listener.close(); // for this process; its connections stay
        }
        selector.select(paused ? PAUSE_MILLIS : 0);
        for (SelectionKey key : selector.selectedKeys()) {
            if (key != accepting) {
                serve(key);
            }
        }
        boolean connections = selector.selectedKeys().contains(accepting);
        selector.selectedKeys().clear();
        if (paused ? System.nanoTime() - pausedNanos >= PAUSE_NANOS : connections) {
            accept();
        }
    }

    private void serve(SelectionKey key) {
        EchoTcpConnection connection = (EchoTcpConnection) key.attachment();
        try {
            connection.serve(key, buffer);
        } catch (IOException e) { // the peer's doing: the others go on
            counters.closed(true);
            connection.close(key);
        }
    }

    private void accept() throws IOException {
        try {
            for (int i = 0; i < ACCEPTS_IN_A_TURN; i++) {
                if (waiting == null) {
                    waiting = listener.isOpen() ? listener.acceptNow() : null;
                    if (waiting == null) {
                        break;
                    }
                    counters.opened();
                }
                waiting.selectable().configureBlocking(false);
                waiting.selectable().register(selector, SelectionKey.OP_READ, new EchoTcpConnection(waiting, counters));
                waiting = null;
            }
            paused = false;
            setAccepting(SelectionKey.OP_READ);
        } catch (NativeIOException e) {
            if (!NO_ROOM.contains(e.errnoName())) {
                throw e;
            }
            paused = true;
            pausedNanos = System.nanoTime();
            setAccepting(0);
            complain.accept("no room for more connections, the next ones wait until others end: see 'ulimit -n' ["
                    + e.getMessage() + "]");
        }
    }

    private void setAccepting(int operations) {
        if (accepting.isValid()) { // else it is leaving
            accepting.interestOps(operations);
        }
    }

    /** Takes no further connection, and ends when those that there are have ended. */
    @Override
    public void leave() {
        leaving = true;
        selector.wakeup();
    }

    /** What is still open stays counted so. */
    private void end() {
        try (listener; // after the selector, which would hold a shareable one
                selector;
                TcpSocket accepted = waiting) {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof EchoTcpConnection connection) {
                    connection.close(key);
                }
            }
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
    }

    /** Ends the loop; what it counts is final when its thread has ended. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        if (started.compareAndSet(false, true)) {
            end(); // it never ran
        }
    }
}
