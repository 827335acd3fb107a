package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import jnr.constants.platform.Shutdown;
import jnr.constants.platform.Sock;

/**
 * A TCP connection.
 *
 * <pre>{@code
 * try (TcpSocket socket = TcpSocket.open(StandardProtocolFamily.INET)) {
 *     socket.setOption(StandardSocketOptions.TCP_NODELAY, true)
 *             .connect(new InetSocketAddress("192.0.2.1", 7007), Duration.ofSeconds(3));
 *     socket.write(request);
 *     socket.shutdownOutput();                        // the peer reads an end, and can still answer
 *     while (socket.read(answer) >= 0) {
 *     }
 * }
 * }</pre>
 *
 * <p><b>Buffers.</b> A direct buffer is read and written in place. What is on the heap is copied through 64 KiB of the
 * thread's own memory outside it.
 *
 * <p><b>Threads.</b> Every method may be called by any thread at any time. A reader and a writer do not wait for each
 * other; a second reader waits until the first has returned, and so does a second writer, so that what two threads write
 * is never mixed.
 *
 * <p><b>Closing.</b> {@link #close()} wakes every thread that is blocked in the socket: it gets an
 * AsynchronousCloseException. Interrupting such a thread closes the socket and gives it a ClosedByInterruptException.
 * Later calls throw ClosedChannelException. The kernel goes on sending what was written, unless SO_LINGER is 0, which
 * resets the connection: the peer then gets ECONNRESET, and what was on its way is lost. A close while received bytes are
 * unread resets the connection as well (RFC 2525 section 2.17).
 *
 * <p><b>Virtual threads</b> that wait here hold their carrier thread meanwhile.
 *
 * <p><b>Errors.</b> Java's own exceptions where it has one, else {@link NativeIOException}: ECONNRESET when the peer has
 * reset the connection, ETIMEDOUT when it does not answer any more (TCP_USER_TIMEOUT, SO_KEEPALIVE), EPIPE when something
 * is written to a connection that has ended. None of them closes the socket.
 */
public final class TcpSocket extends LinuxSocket<TcpSocket> implements ByteChannel {
    private static final int SHUT_RD = Shutdown.SHUT_RD.intValue();
    private static final int SHUT_WR = Shutdown.SHUT_WR.intValue();

    private enum State {
        UNCONNECTED,
        CONNECTING,
        CONNECTED
    }

    private final AtomicReference<State> state;
    private final TcpStream stream;
    /** Kept here: the kernel forgets it when the connection is reset. */
    private volatile InetSocketAddress remote;

    private TcpSocket(boolean ipv6, Descriptor descriptor) {
        super(Protocol.TCP, "TCP", ipv6, descriptor);
        this.state = new AtomicReference<>(State.UNCONNECTED);
        this.stream = new TcpStream(this);
    }

    /** One that a listener accepted. */
    TcpSocket(boolean ipv6, Descriptor descriptor, InetSocketAddress remote) {
        this(ipv6, descriptor);
        this.remote = remote;
        this.state.set(State.CONNECTED);
    }

    /** A descriptor whose close resets a connection with SO_LINGER 0 also under a blocked call. */
    static Descriptor descriptorOf(int fd) {
        return new Descriptor(fd, Native.CALLS::sockeye_end_stream);
    }

    /**
     * Opens a socket, not yet bound or connected.
     *
     * @param family INET for IPv4; INET6 for IPv6 and, unless IPV6_V6ONLY is set, IPv4
     * @return the socket
     * @throws UnsupportedOperationException for another family, or one that this kernel lacks
     * @throws IOException when there is no descriptor left (EMFILE, ENFILE)
     */
    public static TcpSocket open(ProtocolFamily family) throws IOException {
        return new TcpSocket(isIpv6(family), descriptorOf(openDescriptor(family, Sock.SOCK_STREAM)));
    }

    // ---- the connection

    /**
     * Connects, and waits until the peer answers or the kernel gives up: after about two minutes
     * (net.ipv4.tcp_syn_retries). It waits also when {@link #selectable()} is non-blocking. A socket that was not bound
     * gets the address that the route to the peer has.
     *
     * <p>After a failure the socket is open, and may try again. It keeps an address and a port that it was bound to; a
     * port that the kernel picked may become another one.
     *
     * @param remote the peer
     * @return this socket
     * @throws IllegalArgumentException for port 0, which no peer has
     * @throws java.nio.channels.UnsupportedAddressTypeException for an IPv6 address on an INET socket
     * @throws java.nio.channels.UnresolvedAddressException for a host name that was not resolved
     * @throws AlreadyConnectedException when it is connected already
     * @throws ConnectionPendingException when another thread is connecting it
     * @throws java.net.ConnectException when the peer refuses (ECONNREFUSED), or the kernel gave up (ETIMEDOUT)
     * @throws java.net.NoRouteToHostException when a router or the own host says that the peer is unreachable
     *     (EHOSTUNREACH)
     * @throws java.net.BindException when no port is left for this peer
     * @throws java.nio.channels.AsynchronousCloseException when another thread closes the socket meanwhile
     * @throws java.nio.channels.ClosedByInterruptException when this thread is interrupted, which closes the socket
     * @throws ClosedChannelException when it is closed
     * @throws IOException when the kernel refuses, such as ENETUNREACH without a route
     */
    public TcpSocket connect(SocketAddress remote) throws IOException {
        return connect(remote, WAIT);
    }

    /**
     * Connects as {@link #connect(SocketAddress)} does, and waits no longer than a timeout.
     *
     * @param remote the peer
     * @param timeout how long to wait; zero or less does not wait, which is enough for a peer on this host
     * @return this socket
     * @throws SocketTimeoutException when the peer did not answer in time; the attempt has ended
     * @throws IOException as {@link #connect(SocketAddress)}
     */
    public TcpSocket connect(SocketAddress remote, Duration timeout) throws IOException {
        return connect(remote, nanos(timeout));
    }

    private TcpSocket connect(SocketAddress wanted, long timeoutNanos) throws IOException {
        ByteBuffer address = Addresses.forSocket(wanted, ipv6);
        if (Addresses.readPort(address, 0) == 0) {
            throw new IllegalArgumentException("connect(" + wanted + "): no peer has port 0");
        }
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        State before = state.compareAndExchange(State.UNCONNECTED, State.CONNECTING);
        if (before == State.CONNECTING) {
            throw new ConnectionPendingException();
        }
        if (before == State.CONNECTED) {
            throw new AlreadyConnectedException();
        }
        State after = State.UNCONNECTED;
        try {
            long start = System.nanoTime();
            int result = tryConnect(address, timeoutNanos);
            if (result == -Errors.ETIMEDOUT && timeoutNanos != WAIT && System.nanoTime() - start >= timeoutNanos) {
                throw new SocketTimeoutException("connect(" + wanted + "): no answer in " + timeoutNanos / 1e9 + " s");
            }
            if (result < 0) {
                throw Errors.ofConnect(result, "connect(" + wanted + ")");
            }
            remote = peerOr((InetSocketAddress) wanted);
            after = State.CONNECTED;
        } finally {
            state.set(after);
            Reference.reachabilityFence(address);
        }
        return this;
    }

    private int tryConnect(ByteBuffer address, long timeoutNanos) throws IOException {
        int result = -1;
        beginWaiting(timeoutNanos);
        try {
            int fd = descriptor.acquire();
            try {
                result = Native.CALLS.sockeye_connect_stream(fd, family, Native.address(address), timeoutNanos);
            } finally {
                descriptor.release();
            }
        } finally {
            endWaiting(timeoutNanos, result == 0 || isOpen());
        }
        return result;
    }

    /** The peer as the kernel has it: 0.0.0.0 was this host. */
    private InetSocketAddress peerOr(InetSocketAddress wanted) throws IOException {
        ByteBuffer address = Native.allocate(Layout.ADDRESS_BYTES);
        int result = descriptor.tryCall(fd -> Native.CALLS.sockeye_peer_name(fd, Native.address(address)));
        return result == 0 ? Addresses.read(address, 0) : wanted; // reset already
    }

    /**
     * {@return the peer, also when the connection has ended; null before there is one}
     *
     * @throws ClosedChannelException when the socket is closed
     */
    public InetSocketAddress getRemoteAddress() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        return remote;
    }

    /**
     * {@return what the kernel knows of the connection now: its state, round-trip time, losses}
     *
     * @throws ClosedChannelException when the socket is closed
     * @throws UnsupportedOperationException when the kernel does not tell
     */
    public TcpInfo info() throws IOException {
        return TcpInfo.of(options.getRaw(OptionTable.SOL_TCP, TcpInfo.TCP_INFO, TcpInfo.MAX_BYTES));
    }

    private void checkConnected() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (state.get() != State.CONNECTED) {
            throw new NotYetConnectedException();
        }
    }

    // ---- reading and writing

    /**
     * Reads what is there, and waits until there is something, as a SocketChannel does: when {@link #selectable()} is
     * non-blocking it does not wait.
     *
     * @param target gets at least one byte and at most what it has room for
     * @return how many bytes; 0 when the buffer has no room, or when nothing is there and it does not wait; -1 when the
     *     peer has ended its output, or after {@link #shutdownInput()}
     * @throws IllegalArgumentException when the buffer is read-only
     * @throws NotYetConnectedException when the socket is not connected
     * @throws java.nio.channels.AsynchronousCloseException when another thread closes the socket meanwhile
     * @throws java.nio.channels.ClosedByInterruptException when this thread is interrupted, which closes the socket
     * @throws ClosedChannelException when it is closed
     * @throws NativeIOException ECONNRESET when the peer has reset the connection, ETIMEDOUT when it does not answer any
     *     more; every later read says so again, and none pretends an end
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, isNonBlocking() ? DO_NOT_WAIT : WAIT);
    }

    /**
     * Reads as {@link #read(ByteBuffer)} does, and waits no longer than a timeout, whether or not {@link #selectable()}
     * is non-blocking.
     *
     * @param target gets what is there
     * @param timeout how long to wait; zero or less does not wait. A read of another thread is waited for in any case.
     * @return how many bytes; 0 when nothing came in time; -1 at the end
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        return read(target, nanos(timeout));
    }

    private int read(ByteBuffer target, long timeoutNanos) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("read(" + this + "): the buffer is read-only");
        }
        checkConnected();
        return stream.read(target, timeoutNanos);
    }

    /**
     * Writes all bytes of a buffer, waiting for room in the socket's buffer; when {@link #selectable()} is non-blocking,
     * as many as there is room for. The buffer's position tells what the kernel took also when this throws.
     *
     * @param source the bytes from its position to its limit
     * @return how many the kernel took
     * @throws NotYetConnectedException when the socket is not connected
     * @throws java.nio.channels.AsynchronousCloseException when another thread closes the socket meanwhile
     * @throws java.nio.channels.ClosedByInterruptException when this thread is interrupted, which closes the socket
     * @throws ClosedChannelException when it is closed, and after {@link #shutdownOutput()}
     * @throws NativeIOException EPIPE or ECONNRESET when the peer has reset the connection, ETIMEDOUT when it does not
     *     answer any more
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        checkConnected();
        return stream.write(source, isNonBlocking() ? DO_NOT_WAIT : WAIT);
    }

    /**
     * Reads no more: every later read returns -1, and so does one that is blocked now. The peer is not told, and what it
     * sends is still acknowledged. (shutdown(2) SHUT_RD)
     *
     * @return this socket
     * @throws NotYetConnectedException when the socket is not connected
     * @throws ClosedChannelException when it is closed
     * @throws IOException when the kernel refuses
     */
    public TcpSocket shutdownInput() throws IOException {
        checkConnected();
        stream.endInput();
        return shutdown(SHUT_RD);
    }

    /**
     * Ends this side's output: the peer reads an end after what was written, and reading goes on here. Later writes throw
     * ClosedChannelException, and so does one that is blocked now. (shutdown(2) SHUT_WR)
     *
     * @return this socket
     * @throws NotYetConnectedException when the socket is not connected
     * @throws ClosedChannelException when it is closed
     * @throws IOException when the kernel refuses
     */
    public TcpSocket shutdownOutput() throws IOException {
        checkConnected();
        stream.endOutput();
        return shutdown(SHUT_WR);
    }

    private TcpSocket shutdown(int how) throws IOException {
        int result = descriptor.tryCall(fd -> Native.CALLS.sockeye_shutdown_side(fd, how));
        if (result < 0 && result != -Errors.ENOTCONN) { // the connection has ended on its own
            throw Errors.of(result, "shutdown(" + this + ")");
        }
        return this;
    }

    /**
     * The channel by which a stock JDK Selector waits for this socket: OP_READ when there are bytes, an end or an error to
     * read, OP_WRITE when there is room to write. It knows no OP_CONNECT; {@link #connect} waits.
     *
     * <pre>{@code
     * socket.selectable().configureBlocking(false);              // read and write do not wait any more
     * socket.selectable().register(selector, SelectionKey.OP_READ, socket);
     * ...
     * int count = ((TcpSocket) key.attachment()).read(buffer);   // 0: nothing there after all; -1: close it
     * }</pre>
     *
     * <p>Closing the socket closes the channel and cancels its keys; closing only the channel leaves the socket open and
     * makes its calls wait again, and the next call of this method gives a new one.
     *
     * @return always the same channel, as long as it is open
     * @throws UnsupportedOperationException when the JVM lets this library load no native code
     * @throws ClosedChannelException when the socket is closed
     * @throws IOException when there is no descriptor left
     */
    @Override
    public SelectableChannel selectable() throws IOException {
        return super.selectable();
    }
}
