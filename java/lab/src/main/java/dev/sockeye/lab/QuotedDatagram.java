package dev.sockeye.lab;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * The UDP datagram that an {@link IcmpError} pretends to answer. It need never have been sent: whoever forges an error
 * makes it up. Its headers are as a router would quote them, with right lengths and checksums and no hop left to go.
 */
public final class QuotedDatagram {

    /** What the longest ICMPv4 message leaves over: 65535 bytes less two IP headers and one of ICMP and of UDP each. */
    private static final int MOST_PAYLOAD = 65_535 - 20 - 8 - 20 - 8;

    private static final byte UDP = 17;
    private static final byte HOPS_LEFT = 1;

    private static final int IPV4_HEADER = 20;
    private static final int UDP_HEADER = 8;

    private final InetSocketAddress source;
    private final InetSocketAddress destination;
    private final byte[] payload;

    private QuotedDatagram(InetSocketAddress source, InetSocketAddress destination, byte[] payload) {
        this.source = source;
        this.destination = destination;
        this.payload = payload;
    }

    /**
     * Makes up a datagram.
     *
     * @param source the socket of the victim, that is of whoever shall believe it has sent the datagram
     * @param destination the peer to which the victim has sent it
     * @param payload what was in it; at most 65479 bytes. All of it is quoted, in IP fragments where it is long, while
     *     real routers quote a part
     * @return the datagram
     * @throws IllegalArgumentException when an address is unresolved, the two are of different families, or the payload
     *     is too long
     */
    public static QuotedDatagram of(InetSocketAddress source, InetSocketAddress destination, byte... payload) {
        requireResolved("source", source);
        requireResolved("destination", destination);
        if (isIpv6(source.getAddress()) != isIpv6(destination.getAddress())) {
            throw new IllegalArgumentException(
                    "source " + source + " and destination " + destination + " are of different families");
        }
        Bounds.between("payload length", payload.length, 0, MOST_PAYLOAD);
        return new QuotedDatagram(source, destination, payload.clone());
    }

    private static void requireResolved(String what, InetSocketAddress address) {
        if (Objects.requireNonNull(address, what).isUnresolved()) {
            throw new IllegalArgumentException(what + " " + address + " is not resolved");
        }
    }

    boolean isIpv6() {
        return isIpv6(source.getAddress());
    }

    static boolean isIpv6(InetAddress address) {
        return address instanceof Inet6Address;
    }

    /** IP header, UDP header and payload. */
    byte[] bytes() {
        byte[] header = isIpv6() ? ipv6Header() : ipv4Header();
        return ByteBuffer.allocate(header.length + udpLength())
                .put(header)
                .put(udp())
                .array();
    }

    /**
     * RFC 791:
     *
     * <pre>{@code
     * offset 0 |4|5| tos   | total length    |
     *        4 | identification | flags, fragment offset |
     *        8 | ttl | protocol | checksum   |
     *       12 | source address              |
     *       16 | destination address         |
     * }</pre>
     */
    private byte[] ipv4Header() {
        byte[] header = ByteBuffer.allocate(IPV4_HEADER)
                .put(0, (byte) 0x45) // version 4, five words long
                .putShort(2, (short) (IPV4_HEADER + udpLength()))
                .putShort(6, (short) 0x4000) // do not fragment
                .put(8, HOPS_LEFT)
                .put(9, UDP)
                .put(12, source.getAddress().getAddress())
                .put(16, destination.getAddress().getAddress())
                .array();
        ByteBuffer.wrap(header).putShort(10, InternetChecksum.of(header, 0, header.length));
        return header;
    }

    /**
     * RFC 8200:
     *
     * <pre>{@code
     * offset 0 |6| traffic class | flow label   |
     *        4 | payload length | next header | hop limit |
     *        8 | source address, 16 bytes       |
     *       24 | destination address, 16 bytes  |
     * }</pre>
     */
    private byte[] ipv6Header() {
        return ByteBuffer.allocate(40)
                .put(0, (byte) 0x60)
                .putShort(4, (short) udpLength())
                .put(6, UDP)
                .put(7, HOPS_LEFT)
                .put(8, source.getAddress().getAddress())
                .put(24, destination.getAddress().getAddress())
                .array();
    }

    /**
     * RFC 768. Its checksum also covers what stands before it here, in either family: they differ only in zeros and in
     * the order of words, which do not change the sum.
     *
     * <pre>{@code
     * | source address | destination address | 0 | protocol | udp length |
     * | source port | destination port | udp length | checksum | payload
     * }</pre>
     */
    private byte[] udp() {
        byte[] from = source.getAddress().getAddress();
        byte[] to = destination.getAddress().getAddress();
        byte[] all = ByteBuffer.allocate(from.length + to.length + 4 + udpLength())
                .put(from)
                .put(to)
                .putShort(UDP)
                .putShort((short) udpLength())
                .putShort((short) source.getPort())
                .putShort((short) destination.getPort())
                .putShort((short) udpLength())
                .putShort((short) 0)
                .put(payload)
                .array();
        int start = all.length - udpLength();
        short checksum = InternetChecksum.of(all, 0, all.length);
        // 0 would mean that there is none.
        ByteBuffer.wrap(all).putShort(start + 6, checksum == 0 ? (short) 0xffff : checksum);
        return Arrays.copyOfRange(all, start, all.length);
    }

    private int udpLength() {
        return UDP_HEADER + payload.length;
    }

    /** Both ends, for messages. */
    @Override
    public String toString() {
        return source + " -> " + destination;
    }
}
