package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import jnr.constants.platform.AddressFamily;
import jnr.constants.platform.Sock;

/**
 * What all sockets of this library have in common: a descriptor, a family, a name, options, a channel for selectors, and
 * how they are closed.
 *
 * @param <S> the kind of socket
 */
abstract class LinuxSocket<S extends LinuxSocket<S>> extends AbstractInterruptibleChannel implements NetworkChannel {
    static final int AF_INET = AddressFamily.AF_INET.intValue();
    static final int AF_INET6 = AddressFamily.AF_INET6.intValue();
    static final long WAIT = -1;
    static final long DO_NOT_WAIT = 0;

    /** What a close does. */
    interface Closing {
        void run() throws IOException;
    }

    /** Somebody who has a say in how this socket is closed: a group. */
    interface Closer {
        void close(Closing closing) throws IOException;
    }

    final boolean ipv6;
    final int family;
    final Descriptor descriptor;
    final Options options;
    private final Protocol protocol;
    private final String kind;
    private final Object lock = new Object();
    private volatile SelectableChannel selectable;
    private volatile Closer closer = Closing::run;
    private volatile boolean lent;
    private volatile boolean handedOver;

    /** @param kind what errors call it, such as "TCP listener" */
    LinuxSocket(Protocol protocol, String kind, boolean ipv6, Descriptor descriptor) {
        this.protocol = protocol;
        this.kind = kind;
        this.ipv6 = ipv6;
        this.family = ipv6 ? AF_INET6 : AF_INET;
        this.descriptor = descriptor;
        this.options = new Options(protocol, ipv6, descriptor, this);
        descriptor.closeWith(this);
    }

    static boolean isIpv6(ProtocolFamily family) {
        Objects.requireNonNull(family, "family");
        if (family != StandardProtocolFamily.INET && family != StandardProtocolFamily.INET6) {
            throw new UnsupportedOperationException("family " + family.name() + ": sockets here are of INET or INET6");
        }
        return family == StandardProtocolFamily.INET6;
    }

    /** A descriptor of a new socket that {@link Handover} can give to other processes. */
    static Descriptor openShared(ProtocolFamily family, Sock type) throws IOException {
        int fd = openDescriptor(family, type);
        try {
            return Descriptor.shared(fd);
        } catch (IOException | RuntimeException | Error e) {
            Native.CALLS.sockeye_close(fd);
            throw e;
        }
    }

    static int openDescriptor(ProtocolFamily family, Sock type) throws IOException {
        int fd = Native.CALLS.sockeye_socket(isIpv6(family) ? AF_INET6 : AF_INET, type.intValue());
        if (fd == -Errors.EAFNOSUPPORT) {
            throw new UnsupportedOperationException("this kernel has no " + family.name());
        }
        if (fd < 0) {
            throw Errors.of(fd, "socket(" + family.name() + ", " + type.name() + ")");
        }
        return fd;
    }

    @SuppressWarnings("unchecked")
    private S self() {
        return (S) this;
    }

    /** A timeout for the native layer: zero or less does not wait. */
    static long nanos(Duration timeout) {
        try {
            return Math.max(timeout.toNanos(), DO_NOT_WAIT);
        } catch (ArithmeticException tooLong) { // beyond 292 years
            return timeout.isNegative() ? DO_NOT_WAIT : Long.MAX_VALUE;
        }
    }

    /** Lets an interrupt or a close wake this thread. A call that does not wait needs neither. */
    final void beginWaiting(long timeoutNanos) throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (timeoutNanos != DO_NOT_WAIT) {
            begin();
        }
    }

    final void endWaiting(long timeoutNanos, boolean completed) throws IOException {
        if (timeoutNanos != DO_NOT_WAIT) {
            end(completed);
        } else if (!completed) {
            throw new ClosedChannelException();
        }
    }

    // ---- waiting on many

    /**
     * The channel by which a stock JDK Selector waits for this socket:
     *
     * <pre>{@code
     * socket.selectable().configureBlocking(false);
     * socket.selectable().register(selector, SelectionKey.OP_READ, socket);
     * ...
     * for (SelectionKey key : selector.selectedKeys()) {
     *     ((UdpSocket) key.attachment()).receiveNow(batch);
     * }
     * }</pre>
     *
     * <p>An error in the queue of a socket with IP_RECVERR makes its key ready, too: {@link UdpSocket#receiveNow} takes it in, so
     * that the selector can wait again, and {@link UdpSocket#receiveErrors()} gives it. Calls of the socket that wait do so
     * whether or not the channel is blocking. Closing the socket closes the channel and cancels its keys; closing only
     * the channel leaves the socket open, and the next call of this method gives a new one.
     *
     * @return always the same channel, as long as it is open
     * @throws UnsupportedOperationException when the JVM lets this library load no native code
     * @throws ClosedChannelException when the socket is closed
     * @throws IOException when there is no descriptor left
     */
    public SelectableChannel selectable() throws IOException {
        synchronized (lock) {
            if (!isOpen()) {
                throw new ClosedChannelException();
            }
            if (selectable == null || !selectable.isOpen()) {
                selectable = Selectable.of(this);
            }
            return selectable;
        }
    }

    /** Whether {@link #selectable()} was made non-blocking. */
    final boolean isNonBlocking() {
        SelectableChannel channel = selectable;
        return channel != null && channel.isOpen() && !channel.isBlocking();
    }

    /** Whether a selector may know this socket. */
    final boolean isSelectable() {
        return selectable != null;
    }

    // ---- addresses

    /**
     * Binds the socket.
     *
     * @param local an address of this host and a port; port 0 lets the kernel pick one; a wildcard address is one of
     *     this socket's family whichever it is written in; null is a wildcard address and port 0
     * @return this socket
     * @throws java.nio.channels.UnsupportedAddressTypeException for an IPv6 address on an INET socket
     * @throws java.nio.channels.UnresolvedAddressException for a host name that was not resolved
     * @throws BindException when the port is in use or the address is not this host's
     * @throws AlreadyBoundException when the socket is bound already, be it by sending or by connecting
     * @throws IOException when it may not (EACCES: a port below net.ipv4.ip_unprivileged_port_start)
     */
    @Override
    public S bind(SocketAddress local) throws IOException {
        SocketAddress wanted = local == null ? new InetSocketAddress(0) : local;
        ByteBuffer address = Addresses.forSocket(wanted, ipv6);
        try {
            bind(address, wanted);
        } catch (NativeIOException e) {
            if (e.errno() == Errors.EINVAL && getLocalAddress() != null) {
                AlreadyBoundException alreadyBound = new AlreadyBoundException();
                alreadyBound.initCause(e);
                throw alreadyBound;
            }
            throw e;
        }
        return self();
    }

    final void bind(ByteBuffer address, SocketAddress text) throws IOException {
        int result = descriptor.tryCall(fd -> Native.CALLS.sockeye_bind(fd, family, Native.address(address)));
        Reference.reachabilityFence(address);
        if (result == -Errors.EADDRINUSE && options.get(StandardSocketOptions.SO_REUSEPORT)) {
            throw new BindException(Errors.of(result, "bind(" + text + ")").getMessage()
                    + ": by a socket without SO_REUSEPORT, or one of another user");
        }
        if (result < 0) {
            throw Errors.of(result, "bind(" + text + ")");
        }
    }

    /**
     * {@return the address and port the socket is bound to, or null when it is not bound}
     *
     * @throws IOException when the socket is closed
     */
    @Override
    public InetSocketAddress getLocalAddress() throws IOException {
        ByteBuffer address = localName();
        return Addresses.readPort(address, 0) == 0 ? null : Addresses.read(address, 0);
    }

    final ByteBuffer localName() throws IOException {
        ByteBuffer address = Native.allocate(Layout.ADDRESS_BYTES);
        descriptor.call(
                fd -> Native.CALLS.sockeye_local_name(fd, Native.address(address)), () -> "getsockname(" + this + ")");
        return address;
    }

    // ---- options

    /**
     * Sets an option: one of {@link LinuxSocketOptions} or of {@link java.net.StandardSocketOptions}.
     *
     * @throws UnsupportedOperationException when sockets of this kind, or this kernel, do not have it
     * @throws IllegalArgumentException when the value is out of the option's range
     */
    @Override
    public <T> S setOption(SocketOption<T> name, T value) throws IOException {
        options.set(name, value);
        return self();
    }

    /**
     * Reads an option. Buffer sizes are what the kernel keeps: twice what was set.
     *
     * @return its value; null for an IP_MULTICAST_IF that was not set
     * @throws UnsupportedOperationException when sockets of this kind, or this kernel, do not have it
     */
    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return options.get(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return OptionTable.options(protocol, ipv6);
    }

    /**
     * Sets any option of the kernel by its numbers, for those that this library does not know.
     *
     * @param level the level, such as 1 for SOL_SOCKET
     * @param name the number of the option
     * @param value an int
     * @return this socket
     * @throws UnsupportedOperationException when this kernel does not have it
     * @throws IOException when the kernel refuses
     */
    public S setRawOption(int level, int name, int value) throws IOException {
        options.setRaw(level, name, value);
        return self();
    }

    /**
     * Sets any option of the kernel by its numbers.
     *
     * @param level the level
     * @param name the number of the option
     * @param value the bytes that setsockopt(2) takes
     * @return this socket
     * @throws UnsupportedOperationException when this kernel does not have it
     * @throws IOException when the kernel refuses
     */
    public S setRawOption(int level, int name, byte[] value) throws IOException {
        options.setRaw(level, name, value);
        return self();
    }

    /**
     * Reads any option of the kernel by its numbers.
     *
     * @param level the level
     * @param name the number of the option
     * @return its value, an int
     * @throws IllegalArgumentException when its value is shorter than an int
     * @throws UnsupportedOperationException when this kernel does not have it
     * @throws IOException when the kernel refuses
     */
    public int getRawOption(int level, int name) throws IOException {
        return options.getRaw(level, name);
    }

    /**
     * Reads any option of the kernel by its numbers.
     *
     * @param level the level
     * @param name the number of the option
     * @param maxBytes the longest value to expect, 1 to 65536
     * @return the bytes that getsockopt(2) gave
     * @throws IllegalArgumentException when maxBytes is out of its range
     * @throws UnsupportedOperationException when this kernel does not have it
     * @throws IOException when the kernel refuses
     */
    public byte[] getRawOption(int level, int name, int maxBytes) throws IOException {
        return options.getRaw(level, name, maxBytes);
    }

    /** Other processes may have the socket from now on, or have it already. */
    final void lend() {
        lent = true;
    }

    final boolean isLent() {
        return lent;
    }

    /** Another process serves the socket from now on: closing it here changes nothing there. */
    final void handOver() {
        handedOver = true;
    }

    final boolean isHandedOver() {
        return handedOver;
    }

    /** Lets another one do what the close does, with what must be before and after it. */
    final void closeThrough(Closer newCloser) {
        closer = newCloser;
    }

    @Override
    protected final void implCloseChannel() throws IOException {
        closer.close(this::closeNow);
    }

    private void closeNow() throws IOException {
        try {
            SelectableChannel channel;
            synchronized (lock) {
                channel = selectable;
            }
            if (channel != null) {
                channel.close();
            }
        } finally {
            descriptor.close();
        }
    }

    /** For people: the kind of socket and its descriptor. */
    @Override
    public String toString() {
        return kind + " " + descriptor + (isOpen() ? "" : ", closed");
    }
}
