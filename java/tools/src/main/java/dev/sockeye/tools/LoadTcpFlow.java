package dev.sockeye.tools;

import dev.sockeye.TcpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection with messages one behind the other, to one of the targets. When it breaks, what is not answered is lost,
 * and what is still to be sent is refused: there is no new connection.
 */
final class LoadTcpFlow extends LoadFlow {
    /** In messages. */
    private static final int LEAST_ROOM = 64;

    /** The thread that reads may still make room. */
    private static final long PAUSE_NANOS = 50_000;

    private final TcpSocket socket;
    private final int largest;
    private final int target;
    private final ByteBuffer outgoing;
    private final ByteBuffer incoming;
    private long expected;
    /** Set by the thread that sends, when there was no room until the end. */
    private boolean ended;

    private volatile boolean broken;

    LoadTcpFlow(LoadContext context, int index) throws IOException {
        super(context, index);
        this.largest = context.plan().sizes().largest();
        this.target = index % context.plan().targets().count();
        int bytes = Math.max(LEAST_ROOM, context.plan().burst()) * largest;
        this.outgoing = ByteBuffer.allocateDirect(bytes);
        this.incoming = ByteBuffer.allocateDirect(bytes);
        this.socket = connect(context.plan());
    }

    private TcpSocket connect(LoadPlan plan) throws IOException {
        InetSocketAddress remote = plan.targets().endpoints().get(target);
        TcpSocket connecting = TcpSocket.open(Host.familyOf(remote.getAddress()));
        try {
            connecting.setOption(StandardSocketOptions.TCP_NODELAY, true).connect(remote, plan.timeout());
            // A write that waited for the peer to read would wait for ever when the peer waits for us.
            connecting.selectable().configureBlocking(false);
            return connecting;
        } catch (IOException | RuntimeException | Error e) {
            connecting.close();
            throw e;
        }
    }

    @Override
    void add(long dueNanos) throws IOException {
        long sequence = ring.next();
        int size = size(sequence);
        ring.add(dueNanos);
        count(LoadCount.SENT, 1);
        if (!hasRoom(size)) {
            count(LoadCount.SEND_REFUSED, 1);
            return;
        }
        context.payload().write(outgoing, outgoing.position(), size, key, sequence, dueNanos);
        outgoing.position(outgoing.position() + size);
    }

    /**
     * Waits for it, which only the open loop ever has to: there another thread reads. When it is too late there
     * is none any more.
     */
    private boolean hasRoom(int size) throws IOException {
        if (outgoing.remaining() < size) {
            count(LoadCount.SEND_QUEUE_FULL, 1);
        }
        while (outgoing.remaining() < size && !broken && !ended) {
            flush();
            ended = context.phase().isTooLate(context.phase().now());
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return !broken && !ended;
    }

    @Override
    void flush() throws IOException {
        if (outgoing.position() == 0) {
            return;
        }
        outgoing.flip();
        try {
            socket.write(outgoing);
        } catch (IOException reset) {
            broken = true;
            outgoing.position(outgoing.limit());
        }
        outgoing.compact();
    }

    @Override
    boolean isFlushed() {
        return outgoing.position() == 0;
    }

    @Override
    int mostAtOnce() {
        return broken ? 0 : outgoing.remaining() / largest;
    }

    @Override
    boolean isBroken() {
        return broken;
    }

    @Override
    SelectableChannel selectable() throws IOException {
        return socket.selectable();
    }

    @Override
    boolean receive(boolean waits) throws IOException {
        if (broken) {
            LockSupport.parkNanos(LoadPhase.TICK_NANOS); // what was sent before can not be answered any more
            return false;
        }
        int count = read(waits);
        if (count > 0) {
            takeAll(context.phase().now());
        } else if (count < 0) {
            broken = true;
        }
        return count != 0;
    }

    private int read(boolean waits) {
        try {
            return waits ? socket.read(incoming, LoadPhase.TICK) : socket.read(incoming);
        } catch (IOException reset) {
            return -1;
        }
    }

    private void takeAll(long now) {
        incoming.flip();
        for (int size = size(expected); incoming.remaining() >= size && !broken; size = size(expected)) {
            take(incoming.position(), size, now);
            incoming.position(incoming.position() + size);
            expected++;
        }
        incoming.compact();
    }

    /** Answers come in the order of the questions; where one is not ours, nobody knows where the next one begins. */
    private void take(int at, int size, long now) {
        if (!LoadPayload.isOurs(incoming, at, key) || LoadPayload.sequence(incoming, at) != expected) {
            count(LoadCount.CORRUPTED, 1);
            broken = true;
            return;
        }
        long due = settle(expected, now);
        if (due >= 0) {
            check(incoming, at, size, expected, due, now);
        }
    }

    @Override
    public void close() throws IOException {
        if (broken) {
            count(LoadCount.BROKEN, 1);
        }
        socket.close();
    }
}
