package dev.sockeye;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One entry of a socket's error queue: what the network, or this host, said about a datagram that was sent. A socket has
 * them when {@link LinuxSocketOptions#IP_RECVERR} is set; {@link UdpSocket#receiveErrors()} reads them.
 *
 * <p><b>Belief.</b> Anybody can send an ICMP message. The kernel checks that it quotes a datagram that this socket could
 * have sent: on a connected socket both addresses and ports, on one that is only bound its own address, on a wildcard one
 * nothing but the port. So put something that nobody can guess into each payload and compare it with {@link #payload()}
 * before you act (RFC 8085 section 5.2).
 *
 * <p><b>Notices.</b> The kernel uses the same queue for timestamps of sent datagrams and for other notices, when raw
 * options ask for them. Their {@link #origin()} tells them apart, and {@link #isError()} is false.
 *
 * <p>Immutable. What the kernel did not say is null or -1. (ip(7) IP_RECVERR, recvmsg(2) MSG_ERRQUEUE, since Linux 2.2)
 */
public final class SocketError {
    /** Who says so. */
    public enum Origin {
        /**
         * The socket: an error came, and its entry found no room in the full receive buffer. Nothing but the
         * {@link #errno()} is known.
         */
        NONE("SO_EE_ORIGIN_NONE"),
        /** This host: the datagram was longer than the path MTU or the interface's. */
        LOCAL("SO_EE_ORIGIN_LOCAL"),
        /** An ICMP message (RFC 792). */
        ICMP("SO_EE_ORIGIN_ICMP"),
        /** An ICMPv6 message (RFC 4443). */
        ICMP6("SO_EE_ORIGIN_ICMP6"),
        /** A notice, no error: the timestamp of a sent datagram (SO_TIMESTAMPING). */
        TXSTATUS("SO_EE_ORIGIN_TXSTATUS"),
        /** A notice, no error: the kernel has done with a buffer (SO_ZEROCOPY). */
        ZEROCOPY("SO_EE_ORIGIN_ZEROCOPY"),
        /** A datagram missed the time it was to leave at (SO_TXTIME). */
        TXTIME("SO_EE_ORIGIN_TXTIME"),
        /** One that this library does not know. */
        OTHER(null);

        private final int number;

        Origin(String constant) {
            number = constant == null ? -1 : Native.constant(constant);
        }

        private static Origin of(int number) {
            for (Origin origin : values()) {
                if (origin.number == number) {
                    return origin;
                }
            }
            return OTHER;
        }
    }

    /** RFC 4884 section 7. */
    private static final int EXTENSION_VERSION = 2;

    private final int errno;
    private final Origin origin;
    private final int type;
    private final int code;
    private final long info;
    private final long data;
    private final InetAddress offender;
    private final InetSocketAddress remote;
    private final InetAddress local;
    private final int interfaceIndex;
    private final long timestampNanos;
    private final ByteBuffer quoted;
    private final boolean truncated;

    /** Reads an entry out of a slot that {@code sockeye_receive_errors} filled. */
    SocketError(PacketBatch batch, int slot) {
        ByteBuffer memory = batch.memory;
        int at = Layout.PACKETS + slot * Layout.PACKET_BYTES;
        int flags = memory.getInt(at + Layout.FLAGS);
        boolean extended = (flags & Layout.EXTENDED) != 0;
        Packet packet = batch.get(slot);
        errno = memory.getInt(at + Layout.ERROR);
        origin = extended ? Origin.of(Byte.toUnsignedInt(memory.get(at + Layout.ORIGIN))) : Origin.NONE;
        type = extended ? Byte.toUnsignedInt(memory.get(at + Layout.TYPE)) : -1;
        code = extended ? Byte.toUnsignedInt(memory.get(at + Layout.CODE)) : -1;
        info = extended ? Integer.toUnsignedLong(memory.getInt(at + Layout.INFO)) : -1;
        data = extended ? Integer.toUnsignedLong(memory.getInt(at + Layout.DATA)) : -1;
        offender = (flags & Layout.HAS_OFFENDER) == 0
                ? null
                : Addresses.toJava(
                        Addresses.readHalf(memory, at + Layout.OFFENDER),
                        Addresses.readHalf(memory, at + Layout.OFFENDER + 8),
                        memory.getInt(at + Layout.OFFENDER_SCOPE_ID));
        remote = packet.remote();
        local = packet.hasLocal() || !isIcmp() ? packet.local() : packet.destination(); // IPv4 tells only this
        interfaceIndex = packet.interfaceIndex();
        timestampNanos = packet.timestampNanos();
        truncated = packet.isTruncated();
        ByteBuffer payload = packet.payload();
        quoted = ByteBuffer.allocate(payload.remaining()).put(payload).flip().asReadOnlyBuffer();
    }

    /** An error that a call met and whose entry the queue does not have. */
    SocketError(int errno) {
        this.errno = errno;
        origin = Origin.NONE;
        type = -1;
        code = -1;
        info = -1;
        data = -1;
        offender = null;
        remote = null;
        local = null;
        interfaceIndex = -1;
        timestampNanos = -1;
        truncated = false;
        quoted = ByteBuffer.allocate(0).asReadOnlyBuffer();
    }

    /** Whether this host refused the same again: the kernel says nothing of a datagram but its length and destination. */
    boolean repeats(SocketError before) {
        return origin == Origin.LOCAL
                && before != null
                && before.origin == Origin.LOCAL
                && errno == before.errno
                && info == before.info
                && Objects.equals(remote, before.remote);
    }

    /** {@return the kernel's error number, such as 111 for ECONNREFUSED; 0 of some notices} */
    public int errno() {
        return errno;
    }

    /** {@return the name of the error number, such as {@code ECONNREFUSED}; "0" of some notices} */
    public String errnoName() {
        return errno == 0 ? "0" : Errors.name(errno);
    }

    /** {@return who says so} */
    public Origin origin() {
        return origin;
    }

    /** {@return whether it tells of a datagram that did not arrive, not of a timestamp or another notice} */
    public boolean isError() {
        return origin == Origin.NONE || origin == Origin.LOCAL || isIcmp();
    }

    /** {@return whether it came in an ICMP or ICMPv6 message} */
    public boolean isIcmp() {
        return origin == Origin.ICMP || origin == Origin.ICMP6;
    }

    /** {@return the type of the ICMP message, 0 to 255; -1 when it came in none} */
    public int type() {
        return isIcmp() ? type : -1;
    }

    /** {@return the code of the ICMP message, 0 to 255; -1 when it came in none} */
    public int code() {
        return isIcmp() ? code : -1;
    }

    /**
     * The MTU in bytes of the link that a datagram was too long for. It is what the ICMP message says, which may be
     * forged and any number: confirm it by sending.
     *
     * @return the MTU, 0 to 4294967295, or -1 when the error is not EMSGSIZE
     */
    public long mtu() {
        return origin != Origin.NONE && errno == Errors.EMSGSIZE ? info : -1;
    }

    /** {@return {@code ee_info}, whose meaning depends on the origin, unsigned; -1 when there is none} */
    public long info() {
        return info;
    }

    /** {@return {@code ee_data} of an entry that is no ICMP message, unsigned; else -1} */
    public long data() {
        return isIcmp() ? -1 : data;
    }

    /** {@return the host that sent the ICMP message, or null} It may be this host: a neighbour that does not answer. */
    public InetAddress offender() {
        return offender;
    }

    /** {@return where the datagram was sent to, or null} An IPv4 peer of a dual-stack socket is an Inet4Address. */
    public InetSocketAddress remote() {
        return remote;
    }

    /** {@return this host's address that the ICMP message came to, or null without IP_PKTINFO} */
    public InetAddress local() {
        return local;
    }

    /** {@return the interface that the ICMP message came in by, or -1 without IP_PKTINFO} */
    public int interfaceIndex() {
        return interfaceIndex;
    }

    /** {@return when the ICMP message came, in nanoseconds since 1970 by CLOCK_REALTIME; -1 without SO_TIMESTAMPNS} */
    public long timestampNanos() {
        return timestampNanos;
    }

    /**
     * The beginning of the lost datagram's payload, as far as the error quotes it: at least nothing, and often 520 bytes
     * of IPv4 and 1184 of IPv6.
     *
     * @return a read-only buffer of its own
     */
    public ByteBuffer payload() {
        int offset = extensionOffset();
        return offset > 0 ? quoted.duplicate().limit(offset) : quoted.duplicate();
    }

    /** {@return whether the kernel had more of the payload than 2048 bytes, which is all that is kept} */
    public boolean isPayloadTruncated() {
        return truncated;
    }

    /**
     * The extensions of the ICMP message, from their header on: MPLS labels, interface information. (RFC 4884 section 7)
     *
     * @return a read-only buffer of its own; null when there are none, or without
     *     {@link LinuxSocketOptions#IP_RECVERR_RFC4884}
     */
    public ByteBuffer extensions() {
        int offset = extensionOffset();
        return offset > 0 ? quoted.duplicate().position(offset).slice() : null;
    }

    /** {@return whether the version, the checksum and the lengths of the {@link #extensions()} are right} */
    public boolean areExtensionsValid() {
        int offset = extensionOffset();
        return offset > 0
                && (data & Layout.EXTENSION_INVALID) == 0
                && offset < quoted.limit()
                && quoted.get(offset) >> 4 == EXTENSION_VERSION; // which the kernel does not look at
    }

    private int extensionOffset() {
        int offset = isIcmp() ? (int) data & Layout.EXTENSION_OFFSET : 0;
        return offset <= quoted.limit() ? offset : 0; // cut
    }

    /** {@return what happened, in words, such as {@code port unreachable}} */
    public String description() {
        if (isIcmp()) {
            return IcmpText.of(origin == Origin.ICMP6, type, code);
        }
        if (origin == Origin.LOCAL && errno == Errors.EMSGSIZE) {
            return "longer than the MTU of " + info + " bytes";
        }
        return origin == Origin.NONE ? errnoName() + ", without details" : origin + " " + errnoName();
    }

    /** For people: the error, who says so, and where the datagram was sent to. */
    @Override
    public String toString() {
        String icmp = isIcmp() ? " (" + (origin == Origin.ICMP6 ? "ICMPv6 " : "ICMP ") + type + "/" + code + ")" : "";
        String from = offender == null ? "" : " from " + text(offender);
        return "SocketError[" + errnoName() + ": " + description() + icmp + from + ", sent to "
                + Objects.requireNonNullElse(remote, "?") + "]";
    }

    private static String text(InetAddress address) {
        return address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
    }
}
