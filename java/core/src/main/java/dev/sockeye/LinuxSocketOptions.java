package dev.sockeye;

import java.net.SocketOption;

/**
 * Linux's socket options for {@code setOption} of {@link UdpSocket}, {@link TcpListener} and
 * {@link TcpSocket}, beside those of {@link java.net.StandardSocketOptions}.
 *
 * <p>On a socket for INET6 the IP_ options set the IPv6 option of the same meaning and, where that is a separate thing,
 * the IPv4 one for its IPv4 peers too. An option that this kernel lacks throws UnsupportedOperationException; one that
 * this user may not set throws {@link NativeIOException} with EPERM.
 *
 * <p>{@link java.net.StandardSocketOptions#SO_REUSEADDR} is not the same on UDP as on TCP: UDP sockets that all have it,
 * whosever they are, may be bound to one address and port, and the last one gets every datagram; a TCP listener only gets
 * its port back while connections of a predecessor are in TIME_WAIT. To share a port, see {@link ReuseportGroup}.
 */
public final class LinuxSocketOptions {
    /**
     * Tells of each datagram which address and interface it came to, and lets a packet choose its source. Set it before
     * {@code bind}: a datagram that is queued earlier carries no address. (ip(7), since Linux 2.2; RFC 3542 section 6)
     */
    public static final SocketOption<Boolean> IP_PKTINFO = option("IP_PKTINFO", Boolean.class);

    /** Tells of each datagram its TTL or hop limit. (ip(7) IP_RECVTTL, ipv6(7) IPV6_RECVHOPLIMIT, since Linux 2.2) */
    public static final SocketOption<Boolean> IP_RECVTTL = option("IP_RECVTTL", Boolean.class);

    /** Tells of each datagram its DSCP and ECN. (ip(7) IP_RECVTOS, IPV6_RECVTCLASS, since Linux 2.2, 2.6.14) */
    public static final SocketOption<Boolean> IP_RECVTOS = option("IP_RECVTOS", Boolean.class);

    /**
     * Queues what the network says of each datagram that was sent, for {@link UdpSocket#receiveErrors()}: ICMP errors,
     * and this host's own refusals of datagrams that are too long. Receiving and sending then throw none of them any
     * more. For a {@link ReuseportGroup} the opener sets it. (ip(7) IP_RECVERR, ipv6(7) IPV6_RECVERR, since Linux 2.2)
     */
    public static final SocketOption<Boolean> IP_RECVERR = option("IP_RECVERR", Boolean.class);

    /**
     * Tells where in an ICMP error the extensions of RFC 4884 are: {@link SocketError#extensions()}. Set it beside
     * IP_RECVERR. (IP_RECVERR_RFC4884, IPV6_RECVERR_RFC4884, since Linux 5.9)
     */
    public static final SocketOption<Boolean> IP_RECVERR_RFC4884 = option("IP_RECVERR_RFC4884", Boolean.class);

    /**
     * What to do with datagrams that are longer than a link on their way takes. (ip(7) IP_MTU_DISCOVER, ipv6(7)
     * IPV6_MTU_DISCOVER, since Linux 2.2; RFC 1191, RFC 8201)
     */
    public static final SocketOption<PathMtuDiscovery> IP_MTU_DISCOVER =
            option("IP_MTU_DISCOVER", PathMtuDiscovery.class);

    /** TTL or hop limit of sent unicast datagrams, 1 to 255. (ip(7) IP_TTL, ipv6(7) IPV6_UNICAST_HOPS) */
    public static final SocketOption<Integer> IP_TTL = option("IP_TTL", Integer.class);

    /** Lets a socket bind to and send from an address that this host does not have yet. (ip(7), since Linux 2.4) */
    public static final SocketOption<Boolean> IP_FREEBIND = option("IP_FREEBIND", Boolean.class);

    /** As IP_FREEBIND, for addresses of others, as a proxy needs it. Needs CAP_NET_ADMIN or CAP_NET_RAW. (ip(7)) */
    public static final SocketOption<Boolean> IP_TRANSPARENT = option("IP_TRANSPARENT", Boolean.class);

    /**
     * Whether the socket receives datagrams of groups that other sockets of this host joined: the kernel's default is
     * true. (ip(7), since Linux 2.6.31; for IPv6 4.20)
     */
    public static final SocketOption<Boolean> IP_MULTICAST_ALL = option("IP_MULTICAST_ALL", Boolean.class);

    /** Whether an INET6 socket refuses IPv4 peers; set it before {@code bind}. (ipv6(7), since Linux 2.4.21) */
    public static final SocketOption<Boolean> IPV6_V6ONLY = option("IPV6_V6ONLY", Boolean.class);

    /** Name of the only interface the socket uses, "" for all. The first one needs no privilege. (socket(7)) */
    public static final SocketOption<String> SO_BINDTODEVICE = option("SO_BINDTODEVICE", String.class);

    /** Receive buffer in bytes beyond the limit of net.core.rmem_max. Needs CAP_NET_ADMIN. (socket(7), Linux 2.6.14) */
    public static final SocketOption<Integer> SO_RCVBUFFORCE = option("SO_RCVBUFFORCE", Integer.class);

    /** Send buffer in bytes beyond the limit of net.core.wmem_max. Needs CAP_NET_ADMIN. (socket(7), Linux 2.6.14) */
    public static final SocketOption<Integer> SO_SNDBUFFORCE = option("SO_SNDBUFFORCE", Integer.class);

    /** Tells how many datagrams the socket dropped for want of room: {@link Packet#drops()}. (socket(7), 2.6.33) */
    public static final SocketOption<Boolean> SO_RXQ_OVFL = option("SO_RXQ_OVFL", Boolean.class);

    /** Tells when each datagram arrived: {@link Packet#timestampNanos()}. (socket(7), since Linux 2.6.22) */
    public static final SocketOption<Boolean> SO_TIMESTAMPNS = option("SO_TIMESTAMPNS", Boolean.class);

    /** The mark that routing rules and firewalls see. Needs CAP_NET_ADMIN or, since 5.17, CAP_NET_RAW. (socket(7)) */
    public static final SocketOption<Integer> SO_MARK = option("SO_MARK", Integer.class);

    /** Queueing priority of sent datagrams; over 6 needs CAP_NET_ADMIN. (socket(7)) */
    public static final SocketOption<Integer> SO_PRIORITY = option("SO_PRIORITY", Integer.class);

    /** Which CPU's datagrams the socket should get among those that share a port. (socket(7), since Linux 4.4) */
    public static final SocketOption<Integer> SO_INCOMING_CPU = option("SO_INCOMING_CPU", Integer.class);

    /** Microseconds to poll the device for when nothing is there. (socket(7), since Linux 3.11) */
    public static final SocketOption<Integer> SO_BUSY_POLL = option("SO_BUSY_POLL", Integer.class);

    /**
     * Lets the kernel join datagrams of one flow that arrive together: {@link Packet#segmentSize()}. The slots of a
     * batch must then hold 65535 bytes. (udp(7), since Linux 5.0)
     */
    public static final SocketOption<Boolean> UDP_GRO = option("UDP_GRO", Boolean.class);

    /**
     * For how many milliseconds written data may stay unacknowledged before the connection ends with ETIMEDOUT, 0 for the
     * kernel's rule, net.ipv4.tcp_retries2: about 15 minutes. With SO_KEEPALIVE it takes the place of TCP_KEEPCOUNT too.
     * TCP sockets only. (tcp(7), since Linux 2.6.37; RFC 5482)
     */
    public static final SocketOption<Integer> TCP_USER_TIMEOUT = option("TCP_USER_TIMEOUT", Integer.class);

    private LinuxSocketOptions() {}

    private static <T> SocketOption<T> option(String name, Class<T> type) {
        return new Option<>(name, type);
    }

    private record Option<T>(String name, Class<T> type) implements SocketOption<T> {
        @Override
        public String toString() {
            return name;
        }
    }
}
