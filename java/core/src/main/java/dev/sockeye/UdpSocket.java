package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jnr.constants.platform.IP;
import jnr.constants.platform.Sock;

/**
 * A UDP socket that knows which address a datagram was sent to, answers from it, and moves many datagrams in one system
 * call.
 *
 * <pre>{@code
 * try (UdpSocket socket = UdpSocket.open(StandardProtocolFamily.INET6)) {     // dual-stack: IPv4 peers too
 *     socket.setOption(LinuxSocketOptions.IP_PKTINFO, true).bind(new InetSocketAddress(7007));
 *     PacketBatch batch = PacketBatch.allocate(64, 2048);
 *     for (;;) {                                   // until close(): AsynchronousCloseException
 *         socket.receive(batch);                   // waits for the first datagram, takes what else is there
 *         batch.forEach(Packet::reply);            // back to the sender, from the address it asked
 *         socket.send(batch);
 *     }
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> Every method may be called by any thread at any time; a receiver and a sender do not wait for each
 * other. Batches are owned by one thread at a time.
 *
 * <p><b>Closing.</b> {@link #close()} wakes every thread that is blocked in the socket: it gets an
 * AsynchronousCloseException. Interrupting such a thread closes the socket and gives it a ClosedByInterruptException.
 * Later calls throw ClosedChannelException. No call ever touches a descriptor number that was reused. A socket that is
 * forgotten without being closed is closed when it is collected.
 *
 * <p><b>Virtual threads</b> that wait here hold their carrier thread meanwhile.
 *
 * <p><b>Errors.</b> Java's own exceptions where it has one, else {@link NativeIOException}. A datagram that the kernel
 * refuses to send is not an exception: one peer with an impossible address must not stop a server.
 * {@link PacketBatch#refused()} counts them and {@link Packet#refusal()} says why.
 */
public final class UdpSocket extends LinuxSocket<UdpSocket> implements MulticastChannel {
    /** How often one receive may be interrupted by errors: each turn takes as many as are there. */
    private static final int TURNS_PER_CALL = 16;

    private static final int IP_RECVERR = IP.IP_RECVERR.intValue();
    private static final int IPV6_RECVERR = Native.constant("IPV6_RECVERR");
    private static final int IP_MTU = Native.constant("IP_MTU");
    private static final int IPV6_MTU = Native.constant("IPV6_MTU");

    private final ErrorQueue errors;
    private volatile SentIndex sentIndex;
    private final List<Membership> memberships = new ArrayList<>();

    private UdpSocket(boolean ipv6, Descriptor descriptor) {
        super(Protocol.UDP, "UDP", ipv6, descriptor);
        this.errors = new ErrorQueue(descriptor, this);
    }

    /**
     * Opens a socket, not yet bound.
     *
     * @param family INET for IPv4; INET6 for IPv6 and, unless IPV6_V6ONLY is set, IPv4
     * @return the socket
     * @throws UnsupportedOperationException for another family, or one that this kernel lacks
     * @throws IOException when there is no descriptor left (EMFILE, ENFILE)
     */
    public static UdpSocket open(ProtocolFamily family) throws IOException {
        return new UdpSocket(isIpv6(family), new Descriptor(openDescriptor(family, Sock.SOCK_DGRAM)));
    }

    /**
     * Opens a socket that other processes may have as well, so that it can be {@linkplain Handover#offer offered} to a
     * successor. Closing an ordinary socket ends it for every process that has it; closing this one ends only the calls of
     * this process. It costs one more descriptor, and a receive that waits is three system calls in place of one. A
     * selector that knows the socket holds it, and its port, until its next selection after the close.
     *
     * @param family as for {@link #open}
     * @return the socket
     * @throws UnsupportedOperationException as {@link #open}
     * @throws IOException when there is no descriptor left (EMFILE, ENFILE)
     */
    public static UdpSocket openShareable(ProtocolFamily family) throws IOException {
        return new UdpSocket(isIpv6(family), openShared(family, Sock.SOCK_DGRAM));
    }

    /** A socket that exists already. */
    static UdpSocket of(boolean ipv6, Descriptor descriptor) {
        return new UdpSocket(ipv6, descriptor);
    }

    // ---- receiving and sending

    /**
     * Receives datagrams into a batch: waits for the first and takes what else is there, in one system call. What the
     * batch held is replaced.
     *
     * @param batch the batch
     * @return how many came, at least 1; with {@link LinuxSocketOptions#IP_RECVERR} also 0, when
     *     {@link #receiveErrors()} has something and no datagram is there
     * @throws IllegalStateException when the batch is in use or holds packets that were not sent yet
     * @throws java.net.PortUnreachableException when the socket is connected, its peer's port is closed, and IP_RECVERR is
     *     not set
     * @throws ClosedChannelException when the socket is or becomes closed
     * @throws IOException for another error that is pending on a connected socket without IP_RECVERR
     */
    public int receive(PacketBatch batch) throws IOException {
        return receive(batch, WAIT);
    }

    /**
     * Receives as {@link #receive(PacketBatch)} does, and waits no longer than a timeout for the first datagram. When
     * something is there already it is one system call, else three.
     *
     * @param batch the batch
     * @param timeout how long to wait; zero or less does not wait
     * @return how many came, 0 when none did in time or, with IP_RECVERR, {@link #receiveErrors()} has something before
     * @throws IOException as {@link #receive(PacketBatch)}
     */
    public int receive(PacketBatch batch, Duration timeout) throws IOException {
        return receive(batch, nanos(timeout));
    }

    /**
     * Receives what is there, without waiting.
     *
     * @param batch the batch
     * @return how many came, 0 when nothing was there
     * @throws IOException as {@link #receive(PacketBatch)}
     */
    public int receiveNow(PacketBatch batch) throws IOException {
        return receive(batch, DO_NOT_WAIT);
    }

    private int receive(PacketBatch batch, long timeoutNanos) throws IOException {
        long address = batch.enter();
        try {
            checkAllSent(batch);
            long start = timeoutNanos > DO_NOT_WAIT ? System.nanoTime() : 0;
            long left = timeoutNanos;
            for (int turn = 1; ; turn++) {
                boolean news = errors.hasNews();
                long taken = errors.taken();
                int result = tryReceive(address, news ? DO_NOT_WAIT : left);
                if (result > 0) {
                    return result;
                }
                if (result < 0) {
                    takeError(-result, taken, "receive(" + this + ")");
                } else if (batch.memory.getInt(Layout.BATCH_ERRORS) != 0) {
                    errors.take(0, taken);
                } else {
                    if (isSelectable() && !news) { // an entry that no call meets would keep its key ready
                        errors.take(0, taken);
                    }
                    errors.told();
                    return 0;
                }
                if (turn == TURNS_PER_CALL) { // while errors pour in, the caller gets a turn now and then
                    errors.told();
                    return 0;
                }
                if (timeoutNanos > DO_NOT_WAIT) {
                    left = Math.max(DO_NOT_WAIT, timeoutNanos - (System.nanoTime() - start));
                }
            }
        } finally {
            Reference.reachabilityFence(batch.memory);
            batch.leave();
        }
    }

    private int tryReceive(long address, long timeoutNanos) throws IOException {
        int result = -1;
        beginWaiting(timeoutNanos);
        try {
            int fd = descriptor.acquire();
            try {
                result = Native.CALLS.sockeye_receive(fd, address, timeoutNanos, descriptor.wakeFd());
            } finally {
                descriptor.release();
            }
        } finally {
            endWaiting(timeoutNanos, result > 0 || isOpen()); // what came before the close is not lost
        }
        return result;
    }

    /**
     * With IP_RECVERR the error that a call met is one of the queue; without it, or when no ICMP message is behind it,
     * this throws it.
     */
    private void takeError(int errno, long taken, String call) throws IOException {
        if (!Errors.mayBeIcmp(errno) || !queuesErrors()) {
            throw Errors.of(-errno, call);
        }
        errors.take(errno, taken);
    }

    private boolean queuesErrors() throws IOException {
        return options.getRaw(OptionTable.SOL_IP, IP_RECVERR) != 0
                || ipv6 && options.getRaw(OptionTable.SOL_IPV6, IPV6_RECVERR) != 0;
    }

    private static void checkAllSent(PacketBatch batch) {
        int outgoing = batch.outgoing();
        if (outgoing > 0) {
            throw new IllegalStateException("the batch holds " + outgoing
                    + " packets that were not sent: send(batch) goes on with them, clear() gives them up");
        }
    }

    /**
     * Sends a batch's outgoing packets, in order, waiting for room in the socket's buffer. Packets that the kernel
     * refuses are passed over and {@linkplain PacketBatch#refused() counted}.
     *
     * @param batch the batch
     * @return how many the kernel took
     * @throws IllegalStateException when the batch is in use
     * @throws java.net.PortUnreachableException when an ICMP error about an <em>earlier</em> datagram of a connected
     *     socket without IP_RECVERR was pending. This batch's packets went all the same: {@link PacketBatch#outgoing()}
     *     is 0, unless such errors come faster than it can send. An error that comes while the batch is on its way may
     *     stay unreported: sendmmsg(2) gives one result for all. With IP_RECVERR none is thrown and none is lost:
     *     {@link #receiveErrors()} has them.
     * @throws ClosedChannelException when the socket is or becomes closed
     * @throws IOException another pending error of an earlier datagram
     */
    public int send(PacketBatch batch) throws IOException {
        return send(batch, WAIT);
    }

    /**
     * Sends as {@link #send(PacketBatch)} does, but stops when the socket's buffer is full. The rest stays outgoing:
     * calling again goes on with it.
     *
     * @param batch the batch
     * @return how many the kernel took
     * @throws IOException as {@link #send(PacketBatch)}; when a pending error and a full buffer meet, packets may still
     *     be outgoing
     */
    public int sendNow(PacketBatch batch) throws IOException {
        return send(batch, DO_NOT_WAIT);
    }

    private int send(PacketBatch batch, long wait) throws IOException {
        long address = batch.enter();
        SentIndex index = sentIndex;
        try {
            if (index != null) {
                index.record(batch);
            }
            int sent = 0;
            int refused = 0;
            for (; ; ) {
                long taken = errors.taken();
                int result = trySend(address, wait);
                if (result < 0) {
                    throw Errors.of(result, "send(" + this + ")");
                }
                sent += result;
                refused += batch.refused();
                int pendingError = batch.memory.getInt(Layout.BATCH_PENDING_ERROR);
                boolean metErrors = pendingError != 0 || batch.memory.getInt(Layout.BATCH_ERRORS) != 0;
                if (pendingError != 0) {
                    takeError(pendingError, taken, "send(" + this + ") met the error of an earlier datagram");
                } else if (metErrors) {
                    errors.take(0, taken);
                }
                if (!metErrors || wait == DO_NOT_WAIT || batch.outgoing() == 0) {
                    batch.memory.putInt(Layout.BATCH_REFUSED, refused);
                    return sent;
                }
                // Errors of earlier datagrams came faster than C could try again, or ended its wait for room.
            }
        } finally {
            Reference.reachabilityFence(batch.memory);
            batch.leave();
        }
    }

    private int trySend(long address, long wait) throws IOException {
        int result = -1;
        beginWaiting(wait);
        try {
            int fd = descriptor.acquire();
            try {
                result = Native.CALLS.sockeye_send(fd, family, address, wait == WAIT ? 1 : 0, descriptor.wakeFd());
            } finally {
                descriptor.release();
            }
        } finally {
            endWaiting(wait, result > 0 || isOpen());
        }
        return result;
    }

    /**
     * Reads what the network said of the datagrams that were sent, without waiting: ICMP errors and this host's own
     * refusals, when {@link LinuxSocketOptions#IP_RECVERR} is set, and the notices that raw options ask for. Each is
     * given once, to whichever thread asks first.
     *
     * <p>To wait for errors, receive: a wait for datagrams ends when an error comes. In a {@link ReuseportGroup} one that the
     * kernel gave to another member is there at the next call, and ends no wait. A program that never calls this
     * loses nothing but the errors: the socket keeps the last 256 and counts the {@linkplain #droppedErrors() others}.
     *
     * <p>An error without details (Origin.NONE) that comes within 10 ms after one with the same number is taken for that
     * one, which the kernel can tell of twice.
     *
     * @return the oldest first; empty when there are none; at most 256 at a time
     * @throws ClosedChannelException when the socket is closed
     * @throws IOException when the kernel refuses
     */
    public List<SocketError> receiveErrors() throws IOException {
        return errors.read();
    }

    /** {@return how many errors this socket gave up because nobody read them; the kernel may have given up others} */
    public long droppedErrors() {
        return errors.dropped();
    }

    /** As a member of a group: errors go to the socket whose datagrams they quote. */
    void routeErrors(ErrorQueue.Router router) {
        sentIndex = new SentIndex();
        errors.routeBy(router);
    }

    /** The queue for errors, when this socket sent a datagram with that fingerprint lately; or null. */
    ErrorQueue queueOf(long fingerprint) {
        SentIndex index = sentIndex;
        return index != null && index.contains(fingerprint) ? errors : null;
    }

    // ---- the peer

    /**
     * Gives the socket one peer: it receives from that one alone, packets without a remote go there, and ICMP errors
     * about them are reported. A socket that was not bound gets the address that the route to the peer has.
     *
     * @param remote the peer; it replaces the one before
     * @return this socket
     * @throws IllegalArgumentException for port 0, which no peer has
     * @throws java.nio.channels.UnsupportedAddressTypeException for an IPv6 address on an INET socket
     * @throws java.nio.channels.UnresolvedAddressException for a host name that was not resolved
     * @throws IOException when there is no route to it
     */
    public UdpSocket connect(SocketAddress remote) throws IOException {
        ByteBuffer address = Addresses.forSocket(remote, ipv6);
        if (Addresses.readPort(address, 0) == 0) {
            throw new IllegalArgumentException("connect(" + remote + "): no peer has port 0");
        }
        descriptor.call(
                fd -> Native.CALLS.sockeye_connect(fd, family, Native.address(address)),
                () -> "connect(" + remote + ")");
        Reference.reachabilityFence(address);
        return this;
    }

    /**
     * Takes the peer away again. The port stays, and so does an address that the socket was bound to; one that connect
     * chose is given up for the wildcard address.
     *
     * @return this socket
     * @throws java.net.BindException when the kernel chose the port, gives it up with the peer, and somebody took it
     *     before this socket had it back
     * @throws IOException when the socket is closed
     */
    public UdpSocket disconnect() throws IOException {
        int port = Addresses.readPort(localName(), 0);
        descriptor.call(Native.CALLS::sockeye_disconnect, () -> "disconnect(" + this + ")");
        ByteBuffer left = localName();
        if (port != 0
                && Addresses.readPort(left, 0) == 0) { // the kernel keeps only a port that was asked for by number
            Addresses.writePort(left, 0, port);
            bind(left, Addresses.read(left, 0));
        }
        return this;
    }

    /**
     * {@return the peer that {@link #connect} gave the socket, or null}
     *
     * @throws IOException when the socket is closed
     */
    public InetSocketAddress getRemoteAddress() throws IOException {
        ByteBuffer address = Native.allocate(Layout.ADDRESS_BYTES);
        int result = descriptor.tryCall(fd -> Native.CALLS.sockeye_peer_name(fd, Native.address(address)));
        if (result == -Errors.ENOTCONN) {
            return null;
        }
        if (result < 0) {
            throw Errors.of(result, "getpeername(" + this + ")");
        }
        return Addresses.read(address, 0);
    }

    /**
     * {@return the MTU in bytes of the path to the peer as far as the kernel knows it: the route's, or what ICMP said of
     * this path in the last ten minutes to any program} Which of them a datagram has to fit into is what
     * {@link LinuxSocketOptions#IP_MTU_DISCOVER} says. The IP header is part of it. (ip(7) IP_MTU, ipv6(7) IPV6_MTU)
     *
     * @throws java.nio.channels.NotYetConnectedException when the socket has no peer
     * @throws IOException when the socket is closed
     */
    public int mtu() throws IOException {
        InetSocketAddress peer = getRemoteAddress();
        if (peer == null) {
            throw new NotYetConnectedException();
        }
        return Addresses.isIpv4(peer.getAddress())
                ? options.getRaw(OptionTable.SOL_IP, IP_MTU)
                : options.getRaw(OptionTable.SOL_IPV6, IPV6_MTU);
    }

    // ---- multicast

    /**
     * Joins a multicast group on an interface, to receive what anyone sends to it. An INET6 socket joins IPv4 groups
     * too. (MCAST_JOIN_GROUP, RFC 3678)
     *
     * @return the membership; the same one for a group that the socket is a member of already
     * @throws IllegalArgumentException when the group is no multicast address, or an IPv6 one and this socket is of INET
     * @throws IllegalStateException when the socket has joined single senders of the group on that interface
     * @throws NativeIOException ENODEV for an interface that is gone
     */
    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface) throws IOException {
        return Membership.join(this, group, networkInterface, null);
    }

    /**
     * Joins a multicast group on an interface, to receive what one sender sends to it. (MCAST_JOIN_SOURCE_GROUP,
     * RFC 3678)
     *
     * @return the membership; the same one for a sender that was joined already
     * @throws IllegalArgumentException when the group is no multicast or the source no unicast address, or they are of
     *     different families
     * @throws IllegalStateException when the socket has joined the whole group on that interface
     */
    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source)
            throws IOException {
        return Membership.join(this, group, networkInterface, Objects.requireNonNull(source, "source"));
    }

    /** The memberships that are not dropped yet; hold its lock to use it. */
    List<Membership> memberships() {
        return memberships;
    }

    /** Returns 0, or -errno. */
    int changeMembership(int option, NetworkInterface networkInterface, InetAddress group, InetAddress source)
            throws ClosedChannelException {
        ByteBuffer addresses = Native.allocate(2 * Layout.ADDRESS_BYTES);
        Addresses.forSocket(new InetSocketAddress(group, 0), ipv6); // an IPv6 group is nothing for an INET socket
        Addresses.write(addresses, 0, group);
        if (source != null) {
            Addresses.write(addresses, Layout.ADDRESS_BYTES, source);
        }
        long address = Native.address(addresses);
        int result = descriptor.tryCall(fd -> Native.CALLS.sockeye_membership(
                fd, option, networkInterface.getIndex(), address, source == null ? 0 : address + Layout.ADDRESS_BYTES));
        Reference.reachabilityFence(addresses);
        return result;
    }
}
