package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.List;

/** Whom a run asks: each flow all of them in turn. */
final class LoadTargets {
    private static final long MAPPED_PREFIX = 0xffffL << 32;

    private final List<InetSocketAddress> endpoints;
    private final long[] high;
    private final long[] low;
    private final int[] scopeId;
    /** Of link-local addresses; the kernel tells none for others. */
    private final int[] linkId;

    private final int[] port;

    LoadTargets(List<InetSocketAddress> endpoints) {
        this.endpoints = List.copyOf(endpoints);
        this.high = new long[endpoints.size()];
        this.low = new long[endpoints.size()];
        this.scopeId = new int[endpoints.size()];
        this.linkId = new int[endpoints.size()];
        this.port = new int[endpoints.size()];
        for (int i = 0; i < endpoints.size(); i++) {
            scopeId[i] = endpoints.get(i).getAddress() instanceof Inet6Address ipv6 ? ipv6.getScopeId() : 0;
            linkId[i] = endpoints.get(i).getAddress().isLinkLocalAddress() ? scopeId[i] : 0;
            port[i] = endpoints.get(i).getPort();
            ByteBuffer address = ByteBuffer.wrap(endpoints.get(i).getAddress().getAddress());
            boolean ipv4 = address.remaining() == Integer.BYTES;
            high[i] = ipv4 ? 0 : address.getLong();
            low[i] = ipv4 ? MAPPED_PREFIX | Integer.toUnsignedLong(address.getInt()) : address.getLong();
        }
    }

    List<InetSocketAddress> endpoints() {
        return endpoints;
    }

    int count() {
        return endpoints.size();
    }

    /** {@return the number of the one that a datagram goes to} */
    int indexOf(long sequence) {
        return high.length == 1 ? 0 : (int) (sequence % high.length);
    }

    /** Aims an outgoing packet there. Allocates nothing. */
    void aim(int index, Packet packet) {
        packet.remote(high[index], low[index], scopeId[index], port[index]);
    }

    /** Whether a packet comes from there. Allocates nothing. */
    boolean isFrom(int index, Packet packet) {
        return packet.remoteAddressLow() == low[index]
                && packet.remoteAddressHigh() == high[index]
                && packet.remotePort() == port[index]
                && packet.remoteScopeId() == linkId[index];
    }

    /** {@return the family of a socket that reaches all of them} */
    StandardProtocolFamily family() {
        boolean ipv6 = endpoints.stream()
                .map(InetSocketAddress::getAddress)
                .anyMatch(address -> Host.familyOf(address) == StandardProtocolFamily.INET6);
        return ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    boolean hasPort(int port) {
        return endpoints.stream().anyMatch(endpoint -> endpoint.getPort() == port);
    }
}
