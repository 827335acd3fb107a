package dev.sockeye;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Sockets that this process offers to its successor, made by {@link Handover#offer}.
 *
 * <p>Every method may be called by any thread. Closing the offer wakes the thread that awaits a successor, with an
 * AsynchronousCloseException, and removes the file; so does interrupting that thread, with a ClosedByInterruptException.
 * A successor that was not ready yet is told, and gives up. The sockets stay open.
 */
public final class HandoverOffer extends AbstractInterruptibleChannel {
    private static final long NO_LIMIT = -1;

    private final Path path;
    private final List<LinuxSocket<?>> sockets;
    private final Descriptor listener;
    private final Object file;
    private final Object awaiting = new Object();
    private volatile boolean taken;
    /** Guarded by awaiting: the file is gone, and nobody has taken anything. */
    private boolean over;

    private HandoverOffer(Path path, List<LinuxSocket<?>> sockets, Descriptor listener) throws IOException {
        this.path = path;
        this.sockets = sockets;
        this.listener = listener;
        this.file = fileKey(path);
        listener.closeWith(this);
    }

    static HandoverOffer open(Path path, List<? extends NetworkChannel> sockets) throws IOException {
        Objects.requireNonNull(path, "path");
        List<LinuxSocket<?>> checked = check(sockets);
        int fd = UnixPath.call(path, Native.CALLS::sockeye_unix_listen);
        if (fd < 0) {
            throw UnixPath.failure(fd, path);
        }
        Descriptor listener = listener(fd);
        try {
            return new HandoverOffer(path.toAbsolutePath(), checked, listener);
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    /** Shared not with other processes, but so that a close wakes what waits for a successor's answer. */
    private static Descriptor listener(int fd) throws IOException {
        try {
            return Descriptor.shared(fd);
        } catch (IOException e) {
            Native.CALLS.sockeye_close(fd);
            throw e;
        }
    }

    private static List<LinuxSocket<?>> check(List<? extends NetworkChannel> sockets) throws IOException {
        if (sockets.isEmpty() || sockets.size() > HandoverMessage.MOST_SOCKETS) {
            throw new IllegalArgumentException(sockets.size() + " sockets are not 1.." + HandoverMessage.MOST_SOCKETS);
        }
        List<LinuxSocket<?>> checked = new ArrayList<>();
        for (NetworkChannel socket : sockets) {
            if (!(Objects.requireNonNull(socket, "socket") instanceof LinuxSocket<?> own)
                    || !own.descriptor.isShared()) {
                throw new IllegalArgumentException(
                        socket + " is not shareable: open it by UdpSocket.openShareable or TcpListener.openShareable");
            }
            if (!own.isOpen()) {
                throw new ClosedChannelException();
            }
            checked.add(own);
        }
        checked.forEach(LinuxSocket::lend);
        return List.copyOf(checked);
    }

    /** Which file it is, whatever its name. */
    private static Object fileKey(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /**
     * Waits until a successor has taken the sockets and says that it is ready. One that ends before that is forgotten, and
     * the next is waited for; a further one that comes meanwhile waits its turn. When this returns the offer is closed,
     * and the successor may make one at the same path.
     *
     * <p>After an exception {@link #isTaken()} tells whether a successor has the sockets all the same: an interrupt can
     * come as late as that. One that dies after it was told that they are its own is not noticed.
     *
     * @throws ClosedChannelException when the offer is or becomes closed without a successor, or one of the sockets is
     * @throws IOException when the system refuses, or a successor that was ready ended before it could be told: then the
     *     offer is closed, and another may be made
     */
    public void await() throws IOException {
        synchronized (awaiting) {
            if (taken) {
                return;
            }
            begin();
            try {
                int fd = listener.acquire();
                try {
                    while (!serve(accept(fd))) {
                        continue; // that one is gone
                    }
                } finally {
                    listener.release();
                }
            } finally {
                end(taken || isOpen());
                if (over) {
                    close();
                }
            }
        }
        close();
    }

    private int accept(int fd) throws IOException {
        int connection = Native.CALLS.sockeye_unix_accept(fd, listener.wakeFd());
        if (connection < 0) {
            throw Errors.of(connection, "accept(" + path + ")");
        }
        return connection;
    }

    /** Serves one successor; false when it ended before it was ready. */
    private boolean serve(int connection) throws IOException {
        HandoverMessage message = new HandoverMessage();
        try {
            int result = sendSockets(connection, message);
            if (result >= 0) {
                result = message.receiveKind(connection, NO_LIMIT, listener.wakeFd());
            }
            if (result == -Errors.ESHUTDOWN) {
                message.begin(HandoverMessage.WITHDRAWN, 0).send(connection);
                throw Errors.of(result, "offer at " + path);
            }
            if (result != HandoverMessage.READY) {
                return false;
            }
            removeFile(); // before the successor knows: it may make its own offer here
            result = message.begin(HandoverMessage.YOURS, 0).send(connection);
            if (result < 0) { // it was ready and is gone: this process must go on
                over = true;
                throw Errors.of(result, "the successor ended while it took over from " + path);
            }
            sockets.forEach(LinuxSocket::handOver);
            taken = true;
            return true;
        } finally {
            Native.CALLS.sockeye_close(connection);
        }
    }

    /** Returns at least 0, or -errno when the successor is gone. */
    private int sendSockets(int connection, HandoverMessage message) throws IOException {
        for (int from = 0; from < sockets.size(); from += HandoverMessage.MOST_DESCRIPTORS) {
            int to = Math.min(sockets.size(), from + HandoverMessage.MOST_DESCRIPTORS);
            int result = sendSome(connection, message.begin(HandoverMessage.SOCKETS, sockets.size() - to), from, to);
            if (result == -Errors.EPIPE) {
                return result;
            }
            if (result < 0) {
                throw Errors.of(result, "sendmsg(SCM_RIGHTS, " + (to - from) + " sockets)");
            }
        }
        return 0;
    }

    /** The descriptors are held until the message is on its way: no number can become another's before. */
    private int sendSome(int connection, HandoverMessage message, int from, int to) throws IOException {
        int held = from;
        try {
            for (; held < to; held++) {
                message.add(sockets.get(held).descriptor.acquire());
            }
            return message.send(connection);
        } finally {
            while (--held >= from) {
                sockets.get(held).descriptor.release();
            }
        }
    }

    /**
     * {@return whether a successor has taken the sockets and is ready} From then on this process need not receive any
     * more. It is true before {@link #await()} returns.
     */
    public boolean isTaken() {
        return taken;
    }

    /** Only what this offer made: somebody else may have replaced it. */
    private void removeFile() {
        try {
            if (Objects.equals(fileKey(path), file)) {
                Files.delete(path);
            }
        } catch (IOException alreadyGone) {
            return; // or the directory is read-only by now: the next offer replaces it
        }
    }

    @Override
    protected void implCloseChannel() throws IOException {
        if (!taken) {
            removeFile();
        }
        listener.close();
    }

    /** For people: where, and what. */
    @Override
    public String toString() {
        return sockets.size() + " sockets offered at " + path + (taken ? ", taken" : isOpen() ? "" : ", closed");
    }
}
