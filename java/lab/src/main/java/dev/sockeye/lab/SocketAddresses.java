package dev.sockeye.lab;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Addresses as the kernel wants them. */
final class SocketAddresses {

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    private SocketAddresses() {}

    /**
     * For a raw socket, so without a port:
     *
     * <pre>{@code
     * sockaddr_in:  0 | family (host order) | 0 | 4 | address | 8 | zeros, to 16
     * sockaddr_in6: 0 | family (host order) | 0 | 4 | flow information | 8 | address | 24 | scope (host order), to 28
     * }</pre>
     */
    static byte[] of(InetAddress address) {
        if (address instanceof Inet6Address ipv6) {
            return ByteBuffer.allocate(28)
                    .order(ByteOrder.nativeOrder())
                    .putShort(0, (short) AF_INET6)
                    .put(8, ipv6.getAddress())
                    .putInt(24, ipv6.getScopeId())
                    .array();
        }
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putShort(0, (short) AF_INET)
                .put(4, address.getAddress())
                .array();
    }
}
