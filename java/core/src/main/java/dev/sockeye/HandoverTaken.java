package dev.sockeye;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Sockets that were taken from another process, by {@link Handover#take}. Until {@link #ready()} that process serves them
 * as before, and this one must not receive from them yet: what it has received when it fails is lost.
 *
 * <p>Every method may be called by any thread.
 */
public final class HandoverTaken implements AutoCloseable {
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private final Path path;
    private final Descriptor connection;
    private final List<NetworkChannel> sockets;
    private boolean ready;
    private boolean closed;

    private HandoverTaken(Path path, Descriptor connection, List<NetworkChannel> sockets) {
        this.path = path;
        this.connection = connection;
        this.sockets = List.copyOf(sockets);
        connection.closeWith(this);
    }

    static Optional<HandoverTaken> from(Path path, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + Math.min(LinuxSocket.nanos(timeout), Long.MAX_VALUE / 4);
        int fd = UnixPath.call(Objects.requireNonNull(path, "path"), Native.CALLS::sockeye_unix_connect);
        if (fd == -Errors.ENOENT || fd == -Errors.ECONNREFUSED) {
            return Optional.empty();
        }
        if (fd < 0) {
            throw UnixPath.failure(fd, path);
        }
        Descriptor connection = new Descriptor(fd);
        List<NetworkChannel> sockets = new ArrayList<>();
        try {
            receive(path, connection, deadline, sockets);
            return Optional.of(new HandoverTaken(path, connection, sockets));
        } catch (IOException | RuntimeException | Error e) {
            closeAll(sockets, e);
            connection.close();
            throw e;
        }
    }

    private static void receive(Path path, Descriptor connection, long deadline, List<NetworkChannel> sockets)
            throws IOException {
        HandoverMessage message = new HandoverMessage();
        do {
            long left = Math.max(0, deadline - System.nanoTime());
            int result = connection.tryCall(fd -> message.receive(fd, left, -1));
            if (result == -Errors.ETIMEDOUT) {
                throw new SocketTimeoutException("the offer at " + path + " gave no sockets in time");
            }
            if (result == -Errors.EPIPE || result >= 0 && message.kind() == HandoverMessage.WITHDRAWN) {
                throw new SocketException("the offer at " + path
                        + " ended before it gave its sockets: another process took them, or it was withdrawn");
            }
            if (result < 0) {
                throw HandoverMessage.failure(result, path);
            }
            adopt(path, message, sockets);
        } while (message.left() != 0);
    }

    /** All of a message become sockets, or are closed. */
    private static void adopt(Path path, HandoverMessage message, List<NetworkChannel> sockets) throws IOException {
        int at = 0;
        try {
            if (message.kind() != HandoverMessage.SOCKETS
                    || message.count() == 0
                    || sockets.size() + message.count() > HandoverMessage.MOST_SOCKETS) {
                throw HandoverMessage.failure(-Errors.EPROTO, path);
            }
            for (; at < message.count(); at++) {
                sockets.add(Handover.adopt(message.number(at)));
            }
        } finally {
            message.closeFrom(at);
        }
    }

    private static void closeAll(List<NetworkChannel> sockets, Throwable cause) {
        for (NetworkChannel socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }

    /** {@return the sockets, in the order in which they were offered} */
    public List<NetworkChannel> sockets() {
        return sockets;
    }

    /**
     * {@return the sockets, as what they are}
     *
     * @param type the class of all of them
     * @param <S> the kind of socket
     * @throws ClassCastException when one is something else
     */
    public <S extends NetworkChannel> List<S> sockets(Class<S> type) {
        return sockets.stream().map(type::cast).toList();
    }

    /**
     * Tells the other process that this one serves from now on, and waits until it knows. Its offer is gone when this
     * returns, so that this process may make one at the same path. Receive from the sockets after this: what comes
     * meanwhile is queued in them. A second call does nothing.
     *
     * @throws ClosedChannelException when this was closed
     * @throws IOException when the other process has withdrawn its offer, and serves on: the sockets are closed
     */
    public synchronized void ready() throws IOException {
        if (ready) {
            return;
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        HandoverMessage message = new HandoverMessage();
        // It may have said WITHDRAWN before; then, and when it has ended, this cannot be sent.
        connection.tryCall(fd -> message.begin(HandoverMessage.READY, 0).send(fd));
        int answer = connection.tryCall(fd -> message.receiveKind(fd, LONGEST_ANSWER.toNanos(), -1));
        if (answer != HandoverMessage.YOURS
                && answer != -Errors.EPIPE) { // EPIPE: it ended, and only this one can serve
            close();
            throw answer == HandoverMessage.WITHDRAWN
                    ? new SocketException("the offer at " + path + " was withdrawn")
                    : HandoverMessage.failure(answer < 0 ? answer : -Errors.EPROTO, path);
        }
        ready = true;
        connection.close();
    }

    /** Gives the sockets back: closes them, unless {@link #ready()} was called. The other process goes on serving. */
    @Override
    public synchronized void close() throws IOException {
        if (ready || closed) {
            return;
        }
        closed = true;
        IOException failure = new IOException("close");
        closeAll(sockets, failure);
        connection.close();
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    /** For people: where from, and what. */
    @Override
    public String toString() {
        return sockets.size() + " sockets taken from " + path;
    }
}
