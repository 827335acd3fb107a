package dev.sockeye;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Several sockets on one address and port, among which the kernel spreads what comes in: one for each thread, so that no
 * thread waits for another's lock. (socket(7) SO_REUSEPORT, since Linux 3.9)
 *
 * <pre>{@code
 * ReuseportGroup<UdpSocket> group = ReuseportGroup.open(
 *         () -> UdpSocket.open(StandardProtocolFamily.INET6).setOption(LinuxSocketOptions.IP_PKTINFO, true),
 *         new InetSocketAddress(7007), 4);
 * for (UdpSocket member : group.members()) {
 *     new Thread(() -> serve(member)).start();
 * }
 * }</pre>
 *
 * <p><b>Members</b> have an index, from 0 on in the order they were added, that {@link Steering} goes by. When one is
 * closed the last one takes its index, in the kernel and here.
 *
 * <p><b>Taking one away</b>: {@link #drain} steers all that is new away from it; its thread goes on receiving
 * until nothing comes any more; then it is closed, and nothing was lost. A close without that loses what was queued in
 * it. Either waits, a second at most, until the kernel has the socket no more: a child process that is being started has a
 * copy of each descriptor until its exec, and the kernel would go on giving the closed member its share.
 *
 * <p><b>Errors.</b> The kernel gives an ICMP error about a datagram of an unconnected member to any of them. When the
 * opener sets {@link LinuxSocketOptions#IP_RECVERR}, the group gives each error to the member that sent what it quotes,
 * by the peer and the first eight bytes of the payload, among the last few thousand datagrams of each. It is there at the
 * next {@link UdpSocket#receiveErrors()} of that member; a member that waits in a receive is not woken for it.
 *
 * <p><b>Strangers.</b> Any process of the same user can put a socket on the same port with SO_REUSEPORT, and gets its
 * share: {@link #strangers()} counts such sockets. Other users cannot, root included. SO_REUSEADDR is something else: on
 * UDP it lets anybody's last bound socket take all, so a group never sets it.
 *
 * <p><b>Threads.</b> Every method may be called by any thread. The members are ordinary sockets and are used as such,
 * closing included.
 *
 * @param <S> the kind of socket
 */
public final class ReuseportGroup<S extends NetworkChannel> implements Channel {
    private static final int MOST_MEMBERS = 1024;
    private static final int DETACH = Native.constant("SO_DETACH_REUSEPORT_BPF");

    /**
     * Opens a socket and sets its options, but does not bind it.
     *
     * @param <S> the kind of socket
     */
    public interface Opener<S> {
        /**
         * {@return a new socket, not bound, with the options it shall have}
         *
         * @throws IOException when there is none to be had
         */
        S open() throws IOException;
    }

    private static final int NO_BACKLOG = -1;

    private final Opener<? extends S> opener;
    private final Class<?> kind;
    private final int backlog;
    private final GroupSlots<S> slots = new GroupSlots<>();
    /** What the kernel knows each member by, where /proc tells. */
    private final Map<S, String> inodes = new HashMap<>();

    /** Members that were closed, and that the kernel has still: another process, or a selector, has a copy. */
    private final Set<S> lingering = new LinkedHashSet<>();

    private volatile List<S> snapshot = List.of();
    private InetSocketAddress address;
    private Steering steering = Steering.hash();
    private boolean attached;
    private boolean closed;

    private ReuseportGroup(Opener<? extends S> opener, Class<?> kind, int backlog) {
        this.opener = opener;
        this.kind = kind;
        this.backlog = backlog;
    }

    /**
     * Opens a group.
     *
     * @param opener opens each member: a UdpSocket; for TCP see {@link #listen}
     * @param local the address and port; port 0 lets the kernel pick a free one for all of them
     * @param members how many, 1 to 1024
     * @param <S> the kind of socket
     * @return the group
     * @throws IllegalArgumentException when there are to be too few or too many, or the opener gives something else
     * @throws java.net.BindException when the port is in use by another user or by a socket without SO_REUSEPORT, or the
     *     address is not this host's
     * @throws IOException when the system refuses
     */
    public static <S extends NetworkChannel> ReuseportGroup<S> open(
            Opener<? extends S> opener, SocketAddress local, int members) throws IOException {
        Objects.requireNonNull(opener, "opener");
        return open(new ReuseportGroup<>(opener, UdpSocket.class, NO_BACKLOG), local, members);
    }

    /**
     * Opens a group of TCP listeners, each with a queue of its own. A SYN has no payload, so steering by bytes goes by the
     * kernel's hash. What waits in the queue of a listener that is closed is reset, unless net.ipv4.tcp_migrate_req lets
     * it move to another member (since Linux 5.14): drain it and accept what is there first.
     *
     * @param opener opens each member
     * @param local the address and port; port 0 lets the kernel pick a free one for all of them
     * @param members how many, 1 to 1024
     * @param backlog as {@link TcpListener#listen(int)} takes it, for each member
     * @return the group, listening
     * @throws IllegalArgumentException when there are to be too few or too many, or the backlog is negative
     * @throws java.net.BindException when the port is in use by another user or by a socket without SO_REUSEPORT, or the
     *     address is not this host's
     * @throws IOException when the system refuses
     */
    public static ReuseportGroup<TcpListener> listen(
            Opener<? extends TcpListener> opener, SocketAddress local, int members, int backlog) throws IOException {
        Objects.requireNonNull(opener, "opener");
        if (backlog < 0) {
            throw new IllegalArgumentException("backlog " + backlog + " is negative");
        }
        return open(new ReuseportGroup<>(opener, TcpListener.class, backlog), local, members);
    }

    private static <S extends NetworkChannel> ReuseportGroup<S> open(
            ReuseportGroup<S> group, SocketAddress local, int members) throws IOException {
        Objects.requireNonNull(local, "local");
        if (members < 1 || members > MOST_MEMBERS) {
            throw new IllegalArgumentException(members + " members are not 1.." + MOST_MEMBERS);
        }
        try {
            group.addFirst(local);
            while (group.slots.size() < members) {
                group.add();
            }
            return group;
        } catch (IOException | RuntimeException | Error e) {
            try {
                group.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Makes a group of sockets that are one already, taken from another process by {@link Handover#take} or inherited.
     * They must be all of the group and in the order of its indexes, as {@link #members()} of that process had them: the
     * kernel keeps their places, and does not tell them.
     *
     * @param opener opens each further member
     * @param sockets the members: UdpSockets, or TcpListeners that listen, with SO_REUSEPORT on one address and port, 1 to
     *     1024
     * @param steering what spreads the load from now on, also for the process that had them; with the same as before nothing
     *     changes
     * @param <S> the kind of socket
     * @return the group, which closes them when it is closed
     * @throws IllegalArgumentException when they are too few or too many, of several kinds, not on one address, or the
     *     steering names a member that there is not: then they stay open
     * @throws IOException when the system refuses: then they stay open
     */
    public static <S extends NetworkChannel> ReuseportGroup<S> adopt(
            Opener<? extends S> opener, List<? extends S> sockets, Steering steering) throws IOException {
        Objects.requireNonNull(opener, "opener");
        if (sockets.isEmpty() || sockets.size() > MOST_MEMBERS) {
            throw new IllegalArgumentException(sockets.size() + " members are not 1.." + MOST_MEMBERS);
        }
        S first = sockets.get(0);
        int backlog = first instanceof TcpListener listener ? listener.backlog() : NO_BACKLOG;
        ReuseportGroup<S> group = new ReuseportGroup<>(opener, first.getClass(), backlog);
        group.adoptAll(sockets, steering);
        return group;
    }

    private synchronized void adoptAll(List<? extends S> sockets, Steering newSteering) throws IOException {
        address = (InetSocketAddress) sockets.get(0).getLocalAddress();
        for (S socket : sockets) {
            if (!(socket instanceof UdpSocket || socket instanceof TcpListener)
                    || !kind.isInstance(socket)
                    || address == null
                    || !address.equals(socket.getLocalAddress())
                    || !socket.getOption(StandardSocketOptions.SO_REUSEPORT)) {
                throw new IllegalArgumentException(
                        socket + " is no " + kind.getSimpleName() + " with SO_REUSEPORT on " + address);
            }
        }
        newSteering.check(sockets.size());
        steering = newSteering;
        attached = true; // perhaps: the kernel does not tell
        try {
            for (S socket : sockets) {
                join(socket);
            }
            takeSnapshot();
            attach();
        } catch (IOException | RuntimeException | Error e) {
            closed = true;
            throw e;
        }
    }

    /**
     * The kernel gives port 0 with SO_REUSEPORT a port that another group of this user may have. So the first member asks
     * for it without, and lets the others in afterwards.
     */
    private synchronized void addFirst(SocketAddress local) throws IOException {
        S socket = openSocket();
        try {
            boolean anyPort = Addresses.checked(local).getPort() == 0;
            if (!anyPort) {
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            socket.bind(local);
            socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            address = (InetSocketAddress) socket.getLocalAddress();
            join(socket);
            takeSnapshot();
        } catch (IOException | RuntimeException | Error e) {
            abandon(socket, e);
            throw e;
        }
    }

    /** Closes a socket that did not become a member, and that nobody else knows. */
    private void abandon(S socket, Throwable cause) {
        forget(socket);
        try {
            socket.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private S openSocket() throws IOException {
        S socket = Objects.requireNonNull(opener.open(), "what the opener gives");
        if (!kind.isInstance(socket)) {
            socket.close();
            throw new IllegalArgumentException("the opener gives a "
                    + socket.getClass().getName() + ", and the group is of " + kind.getSimpleName());
        }
        return socket;
    }

    private static LinuxSocket<?> linux(NetworkChannel socket) {
        return (LinuxSocket<?>) socket;
    }

    private void join(S socket) throws IOException {
        if (socket instanceof UdpSocket udp && udp.getOption(LinuxSocketOptions.IP_RECVERR)) {
            udp.routeErrors(this::queueFor);
        }
        if (socket instanceof TcpListener listener) {
            listener.listen(backlog); // which is when the kernel gives it its index
        }
        slots.add(socket);
        inodes.put(socket, inodeOf(socket));
        linux(socket).closeThrough(closing -> closeMember(socket, closing));
    }

    /** What /proc knows it by; null where there is none, as in a chroot. */
    private static String inodeOf(NetworkChannel socket) {
        try {
            return PortSharers.inode(linux(socket));
        } catch (IOException e) { // strangers() will say so; a close cannot wait until the kernel has it no more
            return null;
        }
    }

    /** Takes no lock: a member may be asked for its errors by the thread that holds it. */
    private ErrorQueue queueFor(long fingerprint, ErrorQueue found) {
        ErrorQueue other = found;
        for (S member : snapshot) {
            ErrorQueue queue = member instanceof UdpSocket udp ? udp.queueOf(fingerprint) : null;
            if (queue == found) {
                return found;
            }
            if (queue != null) {
                other = queue;
            }
        }
        return other;
    }

    /**
     * Adds a member. With {@link Steering#hash()} about half of all flows move to another member.
     *
     * @return the new socket, whose index is the last one
     * @throws ClosedChannelException when the group is closed
     * @throws IllegalStateException when the group is full
     * @throws IOException when the system refuses
     */
    public synchronized S add() throws IOException {
        forgetGone();
        checkOpen();
        if (slots.size() >= MOST_MEMBERS) {
            throw new IllegalStateException("the group has " + MOST_MEMBERS + " members, and no more fit");
        }
        if (slots.isLeaving()) {
            throw new IllegalStateException("the group leaves its port to others");
        }
        S socket = openSocket();
        try {
            socket.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(address);
            join(socket);
            attach();
            takeSnapshot();
            return socket;
        } catch (IOException | RuntimeException | Error e) {
            abandon(socket, e);
            throw e;
        }
    }

    /** {@return the members, by their index} A copy. */
    public List<S> members() {
        return snapshot;
    }

    private void takeSnapshot() {
        snapshot = slots.own().stream()
                .filter(member -> !lingering.contains(member))
                .toList();
        closed |= snapshot.isEmpty();
    }

    /** {@return the address and port of all members} */
    public synchronized InetSocketAddress localAddress() {
        return address;
    }

    /** {@return what spreads the load now} */
    public synchronized Steering steering() {
        return steering;
    }

    /**
     * Spreads the load in another way, from one datagram to the next.
     *
     * @param newSteering how
     * @throws IllegalArgumentException when it names a member that the group does not have
     * @throws UnsupportedOperationException when this kernel cannot: before Linux 4.5
     * @throws ClosedChannelException when the group is closed
     * @throws IOException when the system refuses
     */
    public synchronized void steer(Steering newSteering) throws IOException {
        forgetGone();
        checkOpen();
        newSteering.check(slots.size());
        Steering before = steering;
        steering = newSteering;
        attached = true; // or another owner of the port has
        try {
            attach();
        } catch (IOException | RuntimeException e) {
            steering = before;
            throw e;
        }
    }

    /**
     * Steers everything new away from a member, in the middle of traffic. What is queued in it stays there to be received.
     *
     * @param member the member
     * @throws IllegalArgumentException when it is none of this group
     * @throws IllegalStateException when no other is left to take over
     * @throws IOException when the system refuses
     */
    public synchronized void drain(S member) throws IOException {
        forgetGone();
        checkOpen();
        if (!slots.contains(Objects.requireNonNull(member, "member"))) {
            throw new IllegalArgumentException(member + " is no member of this group");
        }
        if (slots.isDrained(member)) {
            return;
        }
        if (slots.serving() == 1) {
            throw new IllegalStateException(member + " is the last member that is not drained: nobody would take over");
        }
        slots.drain(member);
        try {
            attach();
        } catch (IOException | RuntimeException e) {
            slots.undrain(member);
            throw e;
        }
    }

    /**
     * Leaves the port to others: steers everything new to the sockets that have joined it since, of a new process that
     * takes over. Then each member receives until nothing comes any more and is closed, one after the other.
     *
     * <p>The new process opens a group of its own on the same address as the same user, with at least as many members, all
     * before this is called. It neither steers, drains nor closes a member as long as {@link #strangers()} there is not 0;
     * then it calls {@link #steer}, with hash() too, to be rid of the program that this group has left. A group that has
     * joined another does not know its members' indexes, only that they are the lowest once the other is gone: it can spread by
     * hash and leave in its turn.
     *
     * @throws IllegalStateException when fewer have joined than this group has members
     * @throws ClosedChannelException when the group is closed
     * @throws IOException when /proc cannot be read, or the system refuses
     */
    public synchronized void drainAll() throws IOException {
        forgetGone();
        checkOpen();
        if (slots.isLeaving()) {
            return;
        }
        int others = PortSharers.countInGroup(ownInodes(), linux(members().get(0)), address);
        if (others < slots.size()) {
            throw new IllegalStateException("on " + address + " are " + others + " sockets of others, fewer than the "
                    + slots.size() + " that they would take over from");
        }
        slots.leaveTo(others);
        try {
            attach();
        } catch (IOException | RuntimeException e) {
            slots.stay();
            throw e;
        }
    }

    /** Gives the kernel the program for the members there are, or none. */
    private void attach() throws IOException {
        attach(slots.away());
    }

    private void attach(BitSet away) throws IOException {
        BpfProgram program = steering.compile(slots.size(), away);
        if (program == null && !attached) {
            return;
        }
        for (S member : members()) { // through any of them: a closed one still stands here until its close has our lock
            try {
                attach(linux(member), program);
                attached = program != null;
                return;
            } catch (ClosedChannelException e) {
                continue;
            }
        }
    }

    private void attach(LinuxSocket<?> member, BpfProgram program) throws IOException {
        if (program == null) {
            detach(member);
            return;
        }
        member.descriptor.call(
                fd -> Native.CALLS.sockeye_attach_reuseport(fd, Native.address(program.memory()), program.size()),
                () -> "setsockopt(" + member + ", SO_ATTACH_REUSEPORT_CBPF, " + steering + ")");
        Reference.reachabilityFence(program);
    }

    private void detach(LinuxSocket<?> member) throws IOException {
        try {
            member.options.setRaw(OptionTable.SOL_SOCKET, DETACH, 0);
        } catch (UnsupportedOperationException e) { // before Linux 5.3: a program that picks nobody comes to the same
            attach(member, new BpfProgram().returnNumber(Steering.NOBODY));
        } catch (NativeIOException e) {
            if (e.errno() != Errors.ENOENT) { // there was none
                throw e;
            }
        }
    }

    /**
     * How the kernel closes a member: the last one takes its place. Under the lock, so that the order is the same. Nothing
     * more goes to it from the beginning on: a child process that is started meanwhile has a copy of the descriptor until
     * its exec, and with that the socket is a member that nobody reads.
     */
    private synchronized void closeMember(S member, LinuxSocket.Closing closing) throws IOException {
        try {
            forgetGone(); // before another one changes the order
        } catch (IOException | RuntimeException e) {
            closing.run();
            throw e;
        }
        if (closed || !slots.contains(member) || linux(member).isHandedOver()) { // which is a member still, elsewhere
            closing.run();
            forget(member);
            return;
        }
        String inode = inodes.get(member);
        if (inode == null) {
            closing.run();
            forget(member);
            if (!closed) {
                attach();
            }
            return;
        }
        lingering.add(member);
        try {
            if (slots.isLeaving()) {
                attach(slots.awayBeforeAClose());
            } else if (!slots.isDrained(member)) {
                slots.drain(member);
                attach();
            }
        } finally {
            closing.run();
        }
        LinuxSocket<?> socket = linux(member);
        // A selector has a copy of one that others may have, until its next selection, which may be this thread's to
        // make.
        if (!socket.isLent() || !socket.isSelectable()) {
            PortSharers.awaitGone(inode, socket);
        }
        forgetGone();
        if (lingering.contains(member) && !socket.isLent()) {
            throw new IOException(socket.descriptor + " is closed, but a process that was started from this one still "
                    + "has the socket: until it ends the group sends it nothing");
        }
    }

    /** Gives up the places of members that the kernel still had when they were closed. */
    private void forgetGone() throws IOException {
        if (lingering.isEmpty()) {
            return;
        }
        List<S> gone = new ArrayList<>();
        for (S member : lingering) {
            if (!PortSharers.isThere(inodes.get(member), linux(member))) {
                gone.add(member);
            }
        }
        gone.forEach(this::forget);
        takeSnapshot();
        if (!gone.isEmpty() && !closed) {
            attach();
        }
    }

    private void forget(S member) {
        slots.remove(member);
        lingering.remove(member);
        inodes.remove(member);
        takeSnapshot();
    }

    /**
     * {@return how many sockets of other owners share the port, of this process or another one} It looks at
     * /proc/thread-self/net, so the calling thread must be in the sockets' network namespace.
     *
     * @throws IOException when /proc cannot be read
     */
    public synchronized int strangers() throws IOException {
        forgetGone();
        checkOpen();
        return PortSharers.count(ownInodes(), linux(members().get(0)), address);
    }

    /** Of all that are in the group by this object's doing, those that the kernel still has after a close too. */
    private Set<String> ownInodes() throws IOException {
        Set<String> own = new HashSet<>();
        for (S member : slots.own()) {
            String inode = inodes.get(member);
            own.add(inode == null ? PortSharers.inode(linux(member)) : inode);
        }
        return own;
    }

    /**
     * {@return the addresses and ports of this host to which several UDP sockets are bound, whosever they are, and how many
     * there are} Those with SO_REUSEPORT get a share each; of those with SO_REUSEADDR the last one gets all, except for
     * multicast. It looks at the network namespace of the calling thread.
     *
     * @throws IOException when /proc cannot be read
     */
    public static Map<InetSocketAddress, Integer> sharedPorts() throws IOException {
        return Collections.unmodifiableMap(PortSharers.shared());
    }

    private void checkOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public synchronized boolean isOpen() {
        return !closed;
    }

    /** Closes all members. A group whose members were all closed one by one is closed, too. */
    @Override
    public void close() throws IOException {
        List<S> all;
        synchronized (this) {
            closed = true;
            all = members();
        }
        IOException failure = null;
        for (S member : all) {
            try {
                member.close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** For people: how many there are, and where. */
    @Override
    public synchronized String toString() {
        return members().size() + " sockets on " + address + ", by " + steering;
    }
}
