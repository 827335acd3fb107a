package dev.sockeye;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** A socket's membership of a multicast group, of all its senders or of one. */
final class Membership extends MembershipKey {
    private static final int JOIN = Native.constant("MCAST_JOIN_GROUP");
    private static final int LEAVE = Native.constant("MCAST_LEAVE_GROUP");
    private static final int JOIN_SOURCE = Native.constant("MCAST_JOIN_SOURCE_GROUP");
    private static final int LEAVE_SOURCE = Native.constant("MCAST_LEAVE_SOURCE_GROUP");
    private static final int BLOCK_SOURCE = Native.constant("MCAST_BLOCK_SOURCE");
    private static final int UNBLOCK_SOURCE = Native.constant("MCAST_UNBLOCK_SOURCE");

    private final UdpSocket socket;
    private final InetAddress group;
    private final NetworkInterface networkInterface;
    private final InetAddress source;
    /** The senders that are not heard; under the lock of the socket's memberships, as the rest. */
    private final Set<InetAddress> blocked = new HashSet<>();

    private volatile boolean left;

    private Membership(UdpSocket socket, InetAddress group, NetworkInterface networkInterface, InetAddress source) {
        this.socket = socket;
        this.group = group;
        this.networkInterface = networkInterface;
        this.source = source;
    }

    /**
     * Joins a group, or finds the membership that there is.
     *
     * @param source the only sender to hear, or null for all
     */
    static Membership join(UdpSocket socket, InetAddress group, NetworkInterface networkInterface, InetAddress source)
            throws IOException {
        Objects.requireNonNull(networkInterface, "interface");
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException(group + " is no multicast address");
        }
        if (source != null) {
            checkSource(group, source);
        }
        Membership wanted = new Membership(socket, group, networkInterface, source);
        synchronized (socket.memberships()) {
            if (!socket.isOpen()) {
                throw new ClosedChannelException();
            }
            for (Membership membership : socket.memberships()) {
                if (membership.isOfSameGroup(wanted)) {
                    if (Objects.equals(membership.source, source)) {
                        return membership;
                    }
                    if (membership.source == null || source == null) {
                        throw new IllegalStateException(
                                "the socket is a member of " + membership + ": drop that before joining " + wanted);
                    }
                }
            }
            wanted.check(wanted.change(source == null ? JOIN : JOIN_SOURCE, source), "join", source);
            socket.memberships().add(wanted);
        }
        return wanted;
    }

    private boolean isOfSameGroup(Membership other) {
        return group.equals(other.group) && networkInterface.getIndex() == other.networkInterface.getIndex();
    }

    private static void checkSource(InetAddress group, InetAddress source) {
        if (source.isAnyLocalAddress() || source.isMulticastAddress()) {
            throw new IllegalArgumentException("source " + source + " is no unicast address");
        }
        if (Addresses.isIpv4(source) != Addresses.isIpv4(group)) {
            throw new IllegalArgumentException(
                    "source " + source + " and group " + group + " are of different families");
        }
    }

    private int change(int option, InetAddress changedSource) throws ClosedChannelException {
        return socket.changeMembership(option, networkInterface, group, changedSource);
    }

    private void check(int result, String what, InetAddress changedSource) throws IOException {
        if (result < 0) {
            throw Errors.of(
                    result,
                    what + "(" + socket + ", group " + group + ", interface " + networkInterface.getName()
                            + (changedSource == null ? ")" : ", source " + changedSource + ")"));
        }
    }

    @Override
    public boolean isValid() {
        return !left && socket.isOpen();
    }

    /** Leaves the group. A socket that is closed, or whose interface is gone, has left it already. */
    @Override
    public void drop() {
        synchronized (socket.memberships()) {
            if (left) {
                return;
            }
            left = true;
            socket.memberships().remove(this);
            try {
                int result = change(source == null ? LEAVE : LEAVE_SOURCE, source);
                if (result != -Errors.ENODEV && result != -Errors.EADDRNOTAVAIL) {
                    check(result, "leave", source);
                }
            } catch (ClosedChannelException e) {
                return; // the kernel left the group when the socket was closed
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public MembershipKey block(InetAddress unwanted) throws IOException {
        synchronized (socket.memberships()) {
            checkFilter(unwanted);
            if (!blocked.contains(unwanted)) {
                check(change(BLOCK_SOURCE, unwanted), "block", unwanted);
                blocked.add(unwanted);
            }
        }
        return this;
    }

    @Override
    public MembershipKey unblock(InetAddress wanted) {
        synchronized (socket.memberships()) {
            checkFilter(wanted);
            if (!blocked.contains(wanted)) {
                throw new IllegalStateException(wanted + " is not blocked");
            }
            try {
                check(change(UNBLOCK_SOURCE, wanted), "unblock", wanted);
            } catch (ClosedChannelException e) {
                throw new IllegalStateException("the membership of " + this + " has ended", e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            blocked.remove(wanted);
        }
        return this;
    }

    private void checkFilter(InetAddress address) {
        if (!isValid()) {
            throw new IllegalStateException("the membership of " + this + " has ended");
        }
        if (source != null) {
            throw new IllegalStateException("the membership of " + this + " is of one source only");
        }
        checkSource(group, address);
    }

    @Override
    public MulticastChannel channel() {
        return socket;
    }

    @Override
    public InetAddress group() {
        return group;
    }

    @Override
    public NetworkInterface networkInterface() {
        return networkInterface;
    }

    @Override
    public InetAddress sourceAddress() {
        return source;
    }

    /** For people: group, interface, source. */
    @Override
    public String toString() {
        return group + " on " + networkInterface.getName() + (source == null ? "" : " from " + source);
    }
}
