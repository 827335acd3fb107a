package dev.sockeye;

import static dev.sockeye.Layout.HAS_DESTINATION;
import static dev.sockeye.Layout.HAS_INTERFACE;
import static dev.sockeye.Layout.HAS_LOCAL;
import static dev.sockeye.Layout.HAS_REMOTE;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * One packet of a {@link PacketBatch}: a view of its slot, reused for whatever the slot holds.
 *
 * <p><b>Roles.</b> {@code remote} is the peer and {@code local} is this host, in both directions. Of a received packet
 * {@code local} is the address an answer should leave from; of a sent one it is the address the packet leaves from.
 *
 * <p><b>What is there.</b> The kernel delivers much of this only when asked by an option of the socket, which each method
 * names. What it did not deliver is {@code null} or -1, never a zero that looks like a value.
 *
 * <p><b>Threads.</b> The thread that owns the batch. What {@link #remote()} and {@link #local()} return is immutable and
 * stays valid; {@link #payload()} is the slot's own memory and changes with it.
 */
public final class Packet {
    private final ByteBuffer memory;
    private final int at;
    private final ByteBuffer payload;
    /** The last remote that was asked for, and the bytes it was made of: peers repeat. */
    private InetSocketAddress lastRemote;

    private long lastRemoteHigh;
    private long lastRemoteLow;
    private int lastRemoteScopeId;

    Packet(ByteBuffer memory, int at, ByteBuffer payload) {
        this.memory = memory;
        this.at = at;
        this.payload = payload;
    }

    // ---- both directions

    /**
     * {@return the peer, or null when there is none: an added packet before it was given one, or a send to a connected
     * socket's peer} An IPv4 peer of a dual-stack socket is an Inet4Address here.
     */
    public InetSocketAddress remote() {
        if (!has(HAS_REMOTE)) {
            return null;
        }
        long high = remoteAddressHigh();
        long low = remoteAddressLow();
        int port = remotePort();
        int scopeId = remoteScopeId();
        InetSocketAddress last = lastRemote;
        if (last == null
                || high != lastRemoteHigh
                || low != lastRemoteLow
                || port != last.getPort()
                || scopeId != lastRemoteScopeId) {
            last = new InetSocketAddress(Addresses.toJava(high, low, scopeId), port);
            lastRemote = last;
            lastRemoteHigh = high;
            lastRemoteLow = low;
            lastRemoteScopeId = scopeId;
        }
        return last;
    }

    /** {@return the first eight bytes of the peer's address in network order; 0 for IPv4} Allocates nothing. */
    public long remoteAddressHigh() {
        return Addresses.readHalf(memory, at + Layout.REMOTE);
    }

    /**
     * {@return the last eight bytes of the peer's address in network order; for IPv4 {@code 0x0000ffff} and then the
     * address} Allocates nothing.
     */
    public long remoteAddressLow() {
        return Addresses.readHalf(memory, at + Layout.REMOTE + 8);
    }

    /** {@return the peer's port, 0 to 65535; 0 when there is no peer} Allocates nothing. */
    public int remotePort() {
        return Addresses.readPort(memory, at + Layout.REMOTE);
    }

    /** {@return the interface index that a link-local peer's address belongs to, or 0} Allocates nothing. */
    public int remoteScopeId() {
        return memory.getInt(at + Layout.REMOTE + Layout.ADDRESS_SCOPE_ID);
    }

    /**
     * This host's address. Received: where an answer should leave from, which for a packet sent to a broadcast or
     * IPv4 multicast address is the receiving interface's own. Sent: the source.
     *
     * @return the address; null when the kernel did not say (IP_PKTINFO was not set when the packet arrived, or it was
     *     sent to an IPv6 multicast group) or is to choose it
     */
    public InetAddress local() {
        return has(HAS_LOCAL) ? address(Layout.LOCAL) : null;
    }

    /** {@return the first eight bytes of {@link #local()} in network order; only when {@link #hasLocal()}} */
    public long localAddressHigh() {
        return Addresses.readHalf(memory, at + Layout.LOCAL);
    }

    /** {@return the last eight bytes of {@link #local()} in network order; only when {@link #hasLocal()}} */
    public long localAddressLow() {
        return Addresses.readHalf(memory, at + Layout.LOCAL + 8);
    }

    /** {@return whether there is a local address} Allocates nothing. */
    public boolean hasLocal() {
        return has(HAS_LOCAL);
    }

    /** {@return the interface the packet came in by or must leave by, or -1 when that is not known or not fixed} */
    public int interfaceIndex() {
        return has(HAS_INTERFACE) ? memory.getInt(at + Layout.INTERFACE_INDEX) : -1;
    }

    /** {@return how many bytes of payload are in the slot} Less than {@link #datagramLength()} when it was cut. */
    public int length() {
        return memory.getInt(at + Layout.LENGTH);
    }

    /**
     * The payload, from position 0 to its limit at {@link #length()}. It is the slot's memory and the same object each
     * time, set back to that state. To write a new one in place, clear it, put, and tell the {@link #length(int)}.
     *
     * @return a direct buffer whose capacity is the slot's, in network byte order
     */
    public ByteBuffer payload() {
        return payload.order(ByteOrder.BIG_ENDIAN).limit(length()).position(0);
    }

    // ---- received

    /** {@return how many bytes the datagram had when it arrived; 0 for an added packet} */
    public int datagramLength() {
        return memory.getInt(at + Layout.DATAGRAM_LENGTH);
    }

    /** {@return whether the datagram was longer than the slot and its end is lost} */
    public boolean isTruncated() {
        return has(Layout.TRUNCATED);
    }

    /** {@return whether the kernel had to cut its control messages: what is absent here may have been sent} */
    public boolean isControlTruncated() {
        return has(Layout.CONTROL_CUT);
    }

    /**
     * {@return what the sender wrote as the destination, or null without IP_PKTINFO} The same as {@link #local()} unless
     * it is a broadcast or multicast address.
     */
    public InetAddress destination() {
        return has(HAS_DESTINATION) ? address(Layout.DESTINATION) : null;
    }

    /** {@return the TTL or hop limit it arrived with, or -1 without IP_RECVTTL} */
    public int ttl() {
        return has(Layout.HAS_TTL) ? Byte.toUnsignedInt(memory.get(at + Layout.TTL_FIELD)) : -1;
    }

    /** {@return the DSCP it arrived with, 0 to 63 (RFC 2474), or -1 without IP_RECVTOS} */
    public int dscp() {
        return has(Layout.HAS_TRAFFIC_CLASS) ? memory.get(at + Layout.DSCP) : -1;
    }

    /** {@return the ECN bits it arrived with, 0 to 3 (RFC 3168), or -1 without IP_RECVTOS} */
    public int ecn() {
        return has(Layout.HAS_TRAFFIC_CLASS) ? memory.get(at + Layout.ECN) : -1;
    }

    /** {@return when the kernel took it, in nanoseconds since 1970 by CLOCK_REALTIME, or -1 without SO_TIMESTAMPNS} */
    public long timestampNanos() {
        return has(Layout.HAS_TIMESTAMP) ? memory.getLong(at + Layout.TIMESTAMP_NANOS) : -1;
    }

    /**
     * {@return how many datagrams the socket had dropped for want of room when this one came, modulo 2^32; -1 without
     * SO_RXQ_OVFL or as long as there were none}
     */
    public long drops() {
        return has(Layout.HAS_DROPS) ? Integer.toUnsignedLong(memory.getInt(at + Layout.DROPS)) : -1;
    }

    /** {@return the size of the datagrams the kernel joined into this one, or -1 when it joined none (UDP_GRO)} */
    public int segmentSize() {
        return has(Layout.HAS_SEGMENT) ? Short.toUnsignedInt(memory.getShort(at + Layout.SEGMENT_SIZE)) : -1;
    }

    // ---- answering

    /**
     * Makes this received packet an outgoing one: its payload goes back to its sender, from the address that was asked.
     * The same as {@code reply(SourcePolicy.ADDRESS)}; put another payload in before or after.
     *
     * @throws IllegalStateException when the packet is not a received one or carries no local address (the socket needs
     *     IP_PKTINFO, set before it is bound)
     */
    public void reply() {
        reply(SourcePolicy.ADDRESS);
    }

    /**
     * Makes this received packet an outgoing one: its payload goes back to its sender. A packet sent to an IPv6 multicast
     * group has no address to answer from, so under any policy but KERNEL the kernel picks one of the interface it came
     * in by.
     *
     * @param policy from where the answer leaves
     * @throws IllegalStateException as {@link #reply()}, when the policy needs what the packet does not carry
     */
    public void reply(SourcePolicy policy) {
        Objects.requireNonNull(policy, "policy");
        if (memory.getInt(at + Layout.STATE) != Layout.RECEIVED || !has(HAS_REMOTE)) {
            throw new IllegalStateException("only a received packet with a sender can be replied to, once");
        }
        int truncated = memory.getInt(at + Layout.FLAGS) & Layout.TRUNCATED; // an echo of it is cut as well
        memory.putInt(at + Layout.FLAGS, HAS_REMOTE | truncated | sourceFlags(policy));
        memory.putInt(at + Layout.STATE, Layout.OUTGOING);
    }

    /** Which of the source's parts an answer names. */
    private int sourceFlags(SourcePolicy policy) {
        if (policy == SourcePolicy.KERNEL) {
            return 0;
        }
        boolean toIpv6Group =
                has(HAS_DESTINATION) && Addresses.isMulticastIpv6(Addresses.readHalf(memory, at + Layout.DESTINATION));
        int wanted;
        if (policy == SourcePolicy.INTERFACE || toIpv6Group) {
            wanted = HAS_INTERFACE;
        } else if (policy == SourcePolicy.ADDRESS_AND_INTERFACE || Addresses.isLinkLocalIpv6(localAddressHigh())) {
            wanted = HAS_LOCAL | HAS_INTERFACE;
        } else {
            wanted = HAS_LOCAL;
        }
        if ((memory.getInt(at + Layout.FLAGS) & wanted) != wanted) {
            throw new IllegalStateException("the packet does not say where it was sent to: set"
                    + " LinuxSocketOptions.IP_PKTINFO before bind, or use reply(SourcePolicy.KERNEL)");
        }
        return wanted;
    }

    // ---- sending

    /**
     * Sets the peer. A socket for INET6 reaches IPv4 peers as well; one for INET refuses the packet of an IPv6 peer.
     *
     * @param remote a resolved address; a link-local one needs its scope
     * @return this packet
     * @throws java.nio.channels.UnresolvedAddressException when it has no address
     * @throws IllegalStateException when the packet is not outgoing
     */
    public Packet remote(InetSocketAddress remote) {
        InetSocketAddress checked = Addresses.checked(remote);
        setOutgoingFlag(HAS_REMOTE, true);
        Addresses.write(memory, at + Layout.REMOTE, checked);
        return this;
    }

    /**
     * Sets the peer by its raw address, as {@link #remoteAddressHigh()} and the others give it. Allocates nothing.
     *
     * @param high the first eight bytes of the address in network order; 0 for IPv4
     * @param low the last eight bytes in network order; for IPv4 {@code 0x0000ffff} and then the address
     * @param scopeId the interface index that a link-local address belongs to, else 0
     * @param port 0 to 65535
     * @return this packet
     * @throws IllegalArgumentException when the port is out of its range
     * @throws IllegalStateException when the packet is not outgoing
     */
    public Packet remote(long high, long low, int scopeId, int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not in 0..65535");
        }
        setOutgoingFlag(HAS_REMOTE, true);
        Addresses.writeHalf(memory, at + Layout.REMOTE, high);
        Addresses.writeHalf(memory, at + Layout.REMOTE + 8, low);
        memory.putInt(at + Layout.REMOTE + Layout.ADDRESS_SCOPE_ID, scopeId);
        Addresses.writePort(memory, at + Layout.REMOTE, port);
        return this;
    }

    /**
     * Sets the address the packet leaves from. One that is not this host's own makes the kernel refuse the packet
     * (ENETUNREACH for IPv4, EINVAL for IPv6).
     *
     * @param local an address of the remote's family, or null to let the kernel choose
     * @return this packet
     * @throws IllegalStateException when the packet is not outgoing
     */
    public Packet local(InetAddress local) {
        setOutgoingFlag(HAS_LOCAL, local != null);
        if (local != null) {
            Addresses.write(memory, at + Layout.LOCAL, local);
            if (local instanceof Inet6Address ipv6 && ipv6.isLinkLocalAddress() && ipv6.getScopeId() != 0) {
                interfaceIndex(ipv6.getScopeId()); // the kernel takes a link-local source only with its interface
            }
        }
        return this;
    }

    /**
     * Fixes the interface the packet leaves by. See {@link SourcePolicy#ADDRESS_AND_INTERFACE} for what that costs.
     *
     * @param index an interface index, or -1 to let the routing table choose
     * @return this packet
     * @throws IllegalArgumentException when it is neither -1 nor positive
     * @throws IllegalStateException when the packet is not outgoing
     */
    public Packet interfaceIndex(int index) {
        if (index != -1 && index < 1) {
            throw new IllegalArgumentException("interface index " + index + " is neither positive nor -1");
        }
        setOutgoingFlag(HAS_INTERFACE, index > 0);
        memory.putInt(at + Layout.INTERFACE_INDEX, index);
        return this;
    }

    /**
     * Copies a payload into the slot.
     *
     * @param source its bytes from position to limit; its position moves to the limit
     * @return this packet
     * @throws IllegalArgumentException when it is longer than the slot
     */
    public Packet payload(ByteBuffer source) {
        int length = checkLength(source.remaining());
        payload.clear().put(source);
        memory.putInt(at + Layout.LENGTH, length);
        return this;
    }

    /**
     * Copies a payload into the slot.
     *
     * @param source all its bytes
     * @return this packet
     * @throws IllegalArgumentException when it is longer than the slot
     */
    public Packet payload(byte[] source) {
        checkLength(source.length);
        payload.clear().put(source);
        memory.putInt(at + Layout.LENGTH, source.length);
        return this;
    }

    /**
     * Sets how many bytes of the slot are the payload. An empty payload is a datagram too.
     *
     * @param bytes 0 to the slot's capacity
     * @return this packet
     * @throws IllegalArgumentException when it is out of that range
     */
    public Packet length(int bytes) {
        memory.putInt(at + Layout.LENGTH, checkLength(bytes));
        return this;
    }

    /** {@return whether the packet waits to be sent} */
    public boolean isOutgoing() {
        return memory.getInt(at + Layout.STATE) == Layout.OUTGOING;
    }

    /** {@return the errno with which the kernel refused to send this packet, or 0} Allocates nothing. */
    public int refusalErrno() {
        return memory.getInt(at + Layout.STATE) == Layout.REFUSED ? memory.getInt(at + Layout.ERROR) : 0;
    }

    /**
     * Why the kernel refused to send this packet.
     *
     * @return an exception that names the packet's addresses and the errno, or null when it was not refused
     */
    public IOException refusal() {
        int errno = refusalErrno();
        if (errno == 0) {
            return null;
        }
        String interfaceText = interfaceIndex() > 0 ? ", interface " + interfaceIndex() : "";
        return Errors.of(
                -errno,
                "send(" + length() + " bytes to " + Objects.requireNonNullElse(remote(), "the connected peer")
                        + " from " + Objects.requireNonNullElse(local(), "any address") + interfaceText + ")");
    }

    /** For people: the addresses, the length and what is special about it. */
    @Override
    public String toString() {
        return "Packet[remote=" + remote() + ", local=" + local() + ", length=" + length()
                + (isTruncated() ? " of " + datagramLength() : "") + "]";
    }

    void becomeOutgoing() {
        memory.putInt(at + Layout.STATE, Layout.OUTGOING);
        memory.putInt(at + Layout.FLAGS, 0);
        memory.putInt(at + Layout.LENGTH, 0);
        memory.putInt(at + Layout.DATAGRAM_LENGTH, 0);
        Addresses.clear(memory, at + Layout.REMOTE);
    }

    private boolean has(int flag) {
        return (memory.getInt(at + Layout.FLAGS) & flag) != 0;
    }

    private void setOutgoingFlag(int flag, boolean on) {
        if (!isOutgoing()) {
            throw new IllegalStateException("the packet is not outgoing: reply() to it first, or add() a new one");
        }
        int flags = memory.getInt(at + Layout.FLAGS);
        memory.putInt(at + Layout.FLAGS, on ? flags | flag : flags & ~flag);
    }

    private int checkLength(int bytes) {
        if (bytes < 0 || bytes > payload.capacity()) {
            throw new IllegalArgumentException(
                    "a payload of " + bytes + " bytes: the slot holds 0.." + payload.capacity());
        }
        return bytes;
    }

    private InetAddress address(int field) {
        long high = Addresses.readHalf(memory, at + field);
        int scopeId = Addresses.isLinkLocalIpv6(high) ? Math.max(interfaceIndex(), 0) : 0;
        return Addresses.toJava(high, Addresses.readHalf(memory, at + field + 8), scopeId);
    }
}
