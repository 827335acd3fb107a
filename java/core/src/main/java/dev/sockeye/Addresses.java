package dev.sockeye;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

/**
 * Between Java's addresses and the native layer's one form: 16 bytes, IPv4 as ::ffff:a.b.c.d.
 *
 * <p>As two longs, {@code high} is the first eight bytes in network order and {@code low} the last eight.
 */
final class Addresses {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long MAPPED_PREFIX = 0xffffL << 32;

    private Addresses() {}

    static long readHalf(ByteBuffer memory, int offset) {
        long value = memory.getLong(offset);
        return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }

    static void writeHalf(ByteBuffer memory, int offset, long value) {
        memory.putLong(offset, LITTLE_ENDIAN ? Long.reverseBytes(value) : value);
    }

    static boolean isIpv4(long high, long low) {
        return high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED_PREFIX;
    }

    /** fe80::/10: means something only together with an interface. */
    static boolean isLinkLocalIpv6(long high) {
        return (high & 0xffc0_0000_0000_0000L) == 0xfe80_0000_0000_0000L;
    }

    static boolean isMulticastIpv6(long high) {
        return (high >>> 56) == 0xff;
    }

    /** The Java form of an address; the scope is used for link-local ones alone. */
    static InetAddress toJava(long high, long low, int scopeId) {
        try {
            if (isIpv4(high, low)) {
                return InetAddress.getByAddress(
                        ByteBuffer.allocate(4).putInt((int) low).array());
            }
            byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            return scopeId == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scopeId);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }

    static void write(ByteBuffer memory, int offset, InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            writeHalf(memory, offset, 0);
            writeHalf(
                    memory,
                    offset + 8,
                    MAPPED_PREFIX
                            | Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt()));
        } else {
            memory.put(offset, bytes);
        }
    }

    /** Writes a whole endpoint: address, scope and port. */
    static void write(ByteBuffer memory, int offset, InetSocketAddress endpoint) {
        InetAddress address = endpoint.getAddress();
        write(memory, offset, address);
        memory.putInt(offset + Layout.ADDRESS_SCOPE_ID, address instanceof Inet6Address a ? a.getScopeId() : 0);
        writePort(memory, offset, endpoint.getPort());
    }

    /** Writes an endpoint that is none: all zero. */
    static void clear(ByteBuffer memory, int offset) {
        memory.putLong(offset, 0).putLong(offset + 8, 0);
        memory.putInt(offset + Layout.ADDRESS_SCOPE_ID, 0);
        writePort(memory, offset, 0);
    }

    static InetSocketAddress read(ByteBuffer memory, int offset) {
        InetAddress address = toJava(
                readHalf(memory, offset),
                readHalf(memory, offset + 8),
                memory.getInt(offset + Layout.ADDRESS_SCOPE_ID));
        return new InetSocketAddress(address, readPort(memory, offset));
    }

    static void writePort(ByteBuffer memory, int offset, int port) {
        memory.putShort(offset + Layout.ADDRESS_PORT, (short) port);
    }

    static int readPort(ByteBuffer memory, int offset) {
        return Short.toUnsignedInt(memory.getShort(offset + Layout.ADDRESS_PORT));
    }

    /**
     * The endpoint in the native form, fit for a socket of that family. A wildcard address of the other family means
     * "any address" there too, as in the JDK, so that {@code new InetSocketAddress(port)} does for every socket.
     */
    static ByteBuffer forSocket(SocketAddress endpoint, boolean ipv6) {
        InetSocketAddress checked = checked(endpoint);
        InetAddress address = checked.getAddress();
        ByteBuffer memory = Native.allocate(Layout.ADDRESS_BYTES);
        if (address.isAnyLocalAddress() && (address instanceof Inet6Address) != ipv6) {
            checked = new InetSocketAddress(ipv6 ? ANY_IPV6 : ANY_IPV4, checked.getPort());
        } else if (address instanceof Inet6Address && !ipv6) {
            throw new WrongFamilyException(
                    endpoint + " is an IPv6 address, this socket is for IPv4: open it for INET6");
        }
        write(memory, 0, checked);
        return memory;
    }

    private static final InetAddress ANY_IPV4 = toJava(0, MAPPED_PREFIX, 0);
    private static final InetAddress ANY_IPV6 = toJava(0, 0, 0);

    static InetSocketAddress checked(SocketAddress endpoint) {
        Objects.requireNonNull(endpoint, "address");
        if (!(endpoint instanceof InetSocketAddress internet)) {
            throw new WrongFamilyException(endpoint + " is a "
                    + endpoint.getClass().getSimpleName() + ", this socket needs an InetSocketAddress");
        }
        if (internet.isUnresolved()) {
            throw new UnresolvedException(endpoint + " has no address: its host name was not resolved");
        }
        return internet;
    }

    static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    /** The JDK's exceptions for these two have no text; ours say which address it was. */
    private static final class WrongFamilyException extends UnsupportedAddressTypeException {
        private static final long serialVersionUID = 1L;
        private final String message;

        WrongFamilyException(String message) {
            this.message = message;
        }

        @Override
        public String getMessage() {
            return message;
        }
    }

    private static final class UnresolvedException extends UnresolvedAddressException {
        private static final long serialVersionUID = 1L;
        private final String message;

        UnresolvedException(String message) {
            this.message = message;
        }

        @Override
        public String getMessage() {
            return message;
        }
    }
}
