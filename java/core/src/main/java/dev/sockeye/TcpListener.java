package dev.sockeye;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import jnr.constants.platform.Sock;

/**
 * A TCP socket that takes connections.
 *
 * <pre>{@code
 * try (TcpListener listener = TcpListener.open(StandardProtocolFamily.INET6)) {       // dual-stack
 *     listener.bind(new InetSocketAddress(7007)).listen(128);
 *     for (;;) {                                        // until close(): AsynchronousCloseException
 *         TcpSocket socket = listener.accept();
 *         new Thread(() -> serve(socket)).start();
 *     }
 * }
 * }</pre>
 *
 * <p><b>Options</b> that are set here before a connection comes are those of the accepted sockets as well: Linux copies
 * all of them.
 *
 * <p><b>Threads.</b> Every method may be called by any thread at any time; any number of threads may accept.
 *
 * <p><b>Closing</b> is as in {@link UdpSocket}: {@link #close()} wakes every thread that waits for a connection, with an
 * AsynchronousCloseException. Connections that nobody accepted are reset; accepted ones go on.
 */
public final class TcpListener extends LinuxSocket<TcpListener> {
    private TcpListener(boolean ipv6, Descriptor descriptor) {
        super(Protocol.TCP, "TCP listener", ipv6, descriptor);
    }

    /**
     * Opens a listener, not yet bound. SO_REUSEADDR is set, as the JDK does it, so that a server that starts again gets
     * its port although connections of its predecessor are in TIME_WAIT.
     *
     * @param family INET for IPv4; INET6 for IPv6 and, unless IPV6_V6ONLY is set, IPv4
     * @return the listener
     * @throws UnsupportedOperationException for another family, or one that this kernel lacks
     * @throws IOException when there is no descriptor left (EMFILE, ENFILE)
     */
    public static TcpListener open(ProtocolFamily family) throws IOException {
        int fd = openDescriptor(family, Sock.SOCK_STREAM);
        return reusing(new TcpListener(isIpv6(family), TcpSocket.descriptorOf(fd)));
    }

    /**
     * Opens a listener that other processes may have as well, so that it can be {@linkplain Handover#offer offered} to a
     * successor, with the connections that wait in it. Closing an ordinary listener ends it for every process that has
     * it, and resets those connections; closing this one ends only the calls of this process. It costs one more
     * descriptor, and an accept that waits is four system calls in place of one. A selector that knows the listener holds
     * it, and its port, until its next selection after the close.
     *
     * @param family as for {@link #open}
     * @return the listener
     * @throws UnsupportedOperationException as {@link #open}
     * @throws IOException when there is no descriptor left (EMFILE, ENFILE)
     */
    public static TcpListener openShareable(ProtocolFamily family) throws IOException {
        return reusing(new TcpListener(isIpv6(family), openShared(family, Sock.SOCK_STREAM)));
    }

    /** A listener that exists already. */
    static TcpListener of(boolean ipv6, Descriptor descriptor) {
        return new TcpListener(ipv6, descriptor);
    }

    private static TcpListener reusing(TcpListener listener) throws IOException {
        try {
            return listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    /**
     * Begins to take connections. The kernel completes them and keeps them until they are accepted. A listener that was
     * not bound gets a wildcard address and a port that the kernel picks. Calling it again changes the backlog.
     *
     * @param backlog how many connections may wait to be accepted, at least 0 and at most net.core.somaxconn, which the
     *     kernel puts in the place of a larger number. The kernel lets one more wait, so that 0 is of use; further peers
     *     are not answered, and try again. (listen(2))
     * @return this listener
     * @throws IllegalArgumentException when the backlog is negative
     * @throws java.net.BindException when another socket listens on the port (both had SO_REUSEADDR when they were bound)
     * @throws IOException when the listener is closed
     */
    public TcpListener listen(int backlog) throws IOException {
        if (backlog < 0) {
            throw new IllegalArgumentException("backlog " + backlog + " is negative");
        }
        descriptor.call(fd -> Native.CALLS.sockeye_listen(fd, backlog), () -> "listen(" + this + ", " + backlog + ")");
        return this;
    }

    /** {@return how many connections may wait, as {@link #listen} was told} */
    int backlog() throws IOException {
        return TcpInfo.backlog(options.getRaw(OptionTable.SOL_TCP, TcpInfo.TCP_INFO, TcpInfo.MAX_BYTES));
    }

    /**
     * Takes the next connection, and waits until there is one, also when {@link #selectable()} is non-blocking.
     *
     * <p>An exception that is no ClosedChannelException leaves the listener open. When there are no descriptors left
     * (EMFILE, ENFILE) the connection stays where it is: a server waits a moment before it accepts again. A connection
     * that failed before it was taken is passed over.
     *
     * @return the connection, of this listener's family
     * @throws IllegalStateException when the listener does not {@link #listen} yet
     * @throws java.nio.channels.AsynchronousCloseException when another thread closes the listener meanwhile
     * @throws java.nio.channels.ClosedByInterruptException when this thread is interrupted, which closes the listener
     * @throws ClosedChannelException when it is closed
     * @throws IOException when the kernel refuses
     */
    public TcpSocket accept() throws IOException {
        return accept(WAIT);
    }

    /**
     * Takes the next connection as {@link #accept()} does, and waits no longer than a timeout.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return the connection; null when none came in time
     * @throws IOException as {@link #accept()}
     */
    public TcpSocket accept(Duration timeout) throws IOException {
        return accept(nanos(timeout));
    }

    /**
     * Takes a connection that is there, without waiting.
     *
     * @return the connection; null when none was there
     * @throws IOException as {@link #accept()}
     */
    public TcpSocket acceptNow() throws IOException {
        return accept(DO_NOT_WAIT);
    }

    private TcpSocket accept(long timeoutNanos) throws IOException {
        Scratch scratch = Scratch.get(); // gets the peer's address
        int result = tryAccept(scratch.address, timeoutNanos);
        if (result == -Errors.EAGAIN) {
            return null;
        }
        if (result == -Errors.EINVAL) {
            throw new IllegalStateException("accept(" + this + "): listen(backlog) must come first");
        }
        if (result < 0) {
            throw Errors.of(result, "accept(" + this + ")");
        }
        return new TcpSocket(ipv6, TcpSocket.descriptorOf(result), Addresses.read(scratch.memory, 0));
    }

    private int tryAccept(long address, long timeoutNanos) throws IOException {
        int result = -1;
        boolean returned = false;
        try {
            beginWaiting(timeoutNanos);
            try {
                int fd = descriptor.acquire();
                try {
                    result = Native.CALLS.sockeye_accept(fd, address, timeoutNanos, descriptor.wakeFd());
                } finally {
                    descriptor.release();
                }
            } finally {
                endWaiting(timeoutNanos, result >= 0 || isOpen()); // what came before the close is not lost
            }
            returned = true;
            return result;
        } finally {
            if (!returned && result >= 0) { // interrupted in the same moment
                Native.CALLS.sockeye_close(result);
            }
        }
    }

    /**
     * The channel by which a stock JDK Selector waits for connections. It knows no OP_ACCEPT: a connection makes the
     * listener <em>readable</em>.
     *
     * <pre>{@code
     * listener.selectable().configureBlocking(false);
     * listener.selectable().register(selector, SelectionKey.OP_READ, listener);
     * ...
     * for (TcpSocket socket; (socket = listener.acceptNow()) != null; ) {
     *     serve(socket);
     * }
     * }</pre>
     *
     * <p>Closing the listener closes the channel and cancels its keys; closing only the channel leaves the listener open,
     * and the next call of this method gives a new one.
     *
     * @return always the same channel, as long as it is open
     * @throws UnsupportedOperationException when the JVM lets this library load no native code
     * @throws ClosedChannelException when the listener is closed
     * @throws IOException when there is no descriptor left
     */
    @Override
    public SelectableChannel selectable() throws IOException {
        return super.selectable();
    }
}
