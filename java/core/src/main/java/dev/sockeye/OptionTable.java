package dev.sockeye;

import static jnr.constants.platform.IP.IP_FREEBIND;
import static jnr.constants.platform.IP.IP_MULTICAST_IF;
import static jnr.constants.platform.IP.IP_MULTICAST_LOOP;
import static jnr.constants.platform.IP.IP_MULTICAST_TTL;
import static jnr.constants.platform.IP.IP_PKTINFO;
import static jnr.constants.platform.IP.IP_RECVERR;
import static jnr.constants.platform.IP.IP_RECVTOS;
import static jnr.constants.platform.IP.IP_RECVTTL;
import static jnr.constants.platform.IP.IP_TOS;
import static jnr.constants.platform.IP.IP_TRANSPARENT;
import static jnr.constants.platform.IP.IP_TTL;
import static jnr.constants.platform.SocketOption.SO_BINDTODEVICE;
import static jnr.constants.platform.SocketOption.SO_BROADCAST;
import static jnr.constants.platform.SocketOption.SO_BUSY_POLL;
import static jnr.constants.platform.SocketOption.SO_KEEPALIVE;
import static jnr.constants.platform.SocketOption.SO_LINGER;
import static jnr.constants.platform.SocketOption.SO_MARK;
import static jnr.constants.platform.SocketOption.SO_PRIORITY;
import static jnr.constants.platform.SocketOption.SO_RCVBUF;
import static jnr.constants.platform.SocketOption.SO_RCVBUFFORCE;
import static jnr.constants.platform.SocketOption.SO_REUSEADDR;
import static jnr.constants.platform.SocketOption.SO_REUSEPORT;
import static jnr.constants.platform.SocketOption.SO_RXQ_OVFL;
import static jnr.constants.platform.SocketOption.SO_SNDBUF;
import static jnr.constants.platform.SocketOption.SO_SNDBUFFORCE;
import static jnr.constants.platform.SocketOption.SO_TIMESTAMPNS;
import static jnr.constants.platform.TCP.TCP_KEEPCNT;
import static jnr.constants.platform.TCP.TCP_KEEPIDLE;
import static jnr.constants.platform.TCP.TCP_KEEPINTVL;
import static jnr.constants.platform.TCP.TCP_NODELAY;
import static jnr.constants.platform.TCP.TCP_USER_TIMEOUT;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.net.ExtendedSocketOptions;
import jnr.constants.Constant;
import jnr.constants.platform.SocketLevel;

/** Which kernel options stand behind each {@link SocketOption}, one row each. */
final class OptionTable {
    static final int SOL_SOCKET = SocketLevel.SOL_SOCKET.intValue();
    static final int SOL_IP = SocketLevel.SOL_IP.intValue();
    static final int SOL_IPV6 = SocketLevel.SOL_IPV6.intValue();
    static final int SOL_TCP = SocketLevel.SOL_TCP.intValue();
    static final int SOL_UDP = SocketLevel.SOL_UDP.intValue();

    /** A kernel option; {@code readName} differs where a value is read back under another name. */
    record Target(int level, int name, int readName) {}

    /**
     * What an option is to the kernel.
     *
     * @param protocol what sockets have it; null for all
     * @param ipv4 what an INET socket sets, and an INET6 one for its IPv4 peers; null for none
     * @param ipv6 what an INET6 socket sets; null for none
     */
    record Row<T>(SocketOption<T> option, Protocol protocol, OptionCodec<T> codec, Target ipv4, Target ipv6) {
        boolean isOf(Protocol other) {
            return protocol == null || protocol == other;
        }
    }

    private static final Map<SocketOption<?>, Row<?>> ROWS = new LinkedHashMap<>();

    static {
        var flag = OptionCodec.FLAG;
        var octet = OptionCodec.range(0, 255);
        var size = OptionCodec.range(0, Integer.MAX_VALUE);
        var any = OptionCodec.range(Integer.MIN_VALUE, Integer.MAX_VALUE);

        row(StandardSocketOptions.SO_RCVBUF, size, socket(SO_RCVBUF));
        row(StandardSocketOptions.SO_SNDBUF, size, socket(SO_SNDBUF));
        row(StandardSocketOptions.SO_REUSEADDR, flag, socket(SO_REUSEADDR));
        row(StandardSocketOptions.SO_REUSEPORT, flag, socket(SO_REUSEPORT));
        udpRow(StandardSocketOptions.SO_BROADCAST, flag, socket(SO_BROADCAST));
        row(StandardSocketOptions.IP_TOS, octet, ip(IP_TOS), ipv6("IPV6_TCLASS"));
        udpRow(
                StandardSocketOptions.IP_MULTICAST_IF,
                OptionCodec.INTERFACE,
                ip(IP_MULTICAST_IF),
                ipv6("IPV6_MULTICAST_IF"));
        udpRow(StandardSocketOptions.IP_MULTICAST_TTL, octet, ip(IP_MULTICAST_TTL), ipv6("IPV6_MULTICAST_HOPS"));
        udpRow(StandardSocketOptions.IP_MULTICAST_LOOP, flag, ip(IP_MULTICAST_LOOP), ipv6("IPV6_MULTICAST_LOOP"));

        udpRow(LinuxSocketOptions.IP_PKTINFO, flag, ip(IP_PKTINFO), ipv6("IPV6_RECVPKTINFO"));
        udpRow(LinuxSocketOptions.IP_RECVTTL, flag, ip(IP_RECVTTL), ipv6("IPV6_RECVHOPLIMIT"));
        udpRow(LinuxSocketOptions.IP_RECVTOS, flag, ip(IP_RECVTOS), ipv6("IPV6_RECVTCLASS"));
        udpRow(LinuxSocketOptions.IP_RECVERR, flag, ip(IP_RECVERR), ipv6("IPV6_RECVERR"));
        udpRow(LinuxSocketOptions.IP_RECVERR_RFC4884, flag, ip("IP_RECVERR_RFC4884"), ipv6("IPV6_RECVERR_RFC4884"));
        row(
                LinuxSocketOptions.IP_MTU_DISCOVER,
                OptionCodec.PATH_MTU_DISCOVERY,
                ip("IP_MTU_DISCOVER"),
                ipv6("IPV6_MTU_DISCOVER"));
        row(LinuxSocketOptions.IP_TTL, OptionCodec.range(1, 255), ip(IP_TTL), ipv6("IPV6_UNICAST_HOPS"));
        row(LinuxSocketOptions.IP_FREEBIND, flag, ip(IP_FREEBIND), ipv6("IPV6_FREEBIND"));
        row(LinuxSocketOptions.IP_TRANSPARENT, flag, ip(IP_TRANSPARENT), ipv6("IPV6_TRANSPARENT"));
        udpRow(LinuxSocketOptions.IP_MULTICAST_ALL, flag, ip("IP_MULTICAST_ALL"), ipv6("IPV6_MULTICAST_ALL"));
        row(LinuxSocketOptions.IPV6_V6ONLY, flag, null, ipv6("IPV6_V6ONLY"));
        row(LinuxSocketOptions.SO_BINDTODEVICE, OptionCodec.TEXT, socket(SO_BINDTODEVICE));
        row(LinuxSocketOptions.SO_RCVBUFFORCE, size, socket(SO_RCVBUFFORCE, SO_RCVBUF));
        row(LinuxSocketOptions.SO_SNDBUFFORCE, size, socket(SO_SNDBUFFORCE, SO_SNDBUF));
        udpRow(LinuxSocketOptions.SO_RXQ_OVFL, flag, socket(SO_RXQ_OVFL));
        udpRow(LinuxSocketOptions.SO_TIMESTAMPNS, flag, socket(SO_TIMESTAMPNS));
        row(LinuxSocketOptions.SO_MARK, any, socket(SO_MARK));
        row(LinuxSocketOptions.SO_PRIORITY, size, socket(SO_PRIORITY));
        row(LinuxSocketOptions.SO_INCOMING_CPU, size, target(SOL_SOCKET, Native.constant("SO_INCOMING_CPU")));
        row(LinuxSocketOptions.SO_BUSY_POLL, size, socket(SO_BUSY_POLL));
        udpRow(LinuxSocketOptions.UDP_GRO, flag, target(SOL_UDP, Native.constant("UDP_GRO")));

        tcpRow(StandardSocketOptions.SO_KEEPALIVE, flag, socket(SO_KEEPALIVE));
        tcpRow(StandardSocketOptions.SO_LINGER, OptionCodec.LINGER, socket(SO_LINGER));
        tcpRow(StandardSocketOptions.TCP_NODELAY, flag, tcp(TCP_NODELAY));
        tcpRow(ExtendedSocketOptions.TCP_KEEPIDLE, OptionCodec.range(1, 32767), tcp(TCP_KEEPIDLE));
        tcpRow(ExtendedSocketOptions.TCP_KEEPINTERVAL, OptionCodec.range(1, 32767), tcp(TCP_KEEPINTVL));
        tcpRow(ExtendedSocketOptions.TCP_KEEPCOUNT, OptionCodec.range(1, 127), tcp(TCP_KEEPCNT));
        tcpRow(LinuxSocketOptions.TCP_USER_TIMEOUT, size, tcp(TCP_USER_TIMEOUT));
    }

    private OptionTable() {}

    /** Options whose row has one target are of the socket: one setting for every family. */
    private static <T> void row(SocketOption<T> option, OptionCodec<T> codec, Target socket) {
        put(option, null, codec, socket, null);
    }

    private static <T> void row(SocketOption<T> option, OptionCodec<T> codec, Target ipv4, Target ipv6) {
        put(option, null, codec, ipv4, ipv6);
    }

    private static <T> void udpRow(SocketOption<T> option, OptionCodec<T> codec, Target socket) {
        put(option, Protocol.UDP, codec, socket, null);
    }

    private static <T> void udpRow(SocketOption<T> option, OptionCodec<T> codec, Target ipv4, Target ipv6) {
        put(option, Protocol.UDP, codec, ipv4, ipv6);
    }

    private static <T> void tcpRow(SocketOption<T> option, OptionCodec<T> codec, Target socket) {
        put(option, Protocol.TCP, codec, socket, null);
    }

    private static <T> void put(
            SocketOption<T> option, Protocol protocol, OptionCodec<T> codec, Target ipv4, Target ipv6) {
        ROWS.put(option, new Row<>(option, protocol, codec, ipv4, ipv6));
    }

    private static Target target(int level, int name) {
        return new Target(level, name, name);
    }

    private static Target socket(Constant name) {
        return target(SOL_SOCKET, name.intValue());
    }

    private static Target socket(Constant name, Constant readName) {
        return new Target(SOL_SOCKET, name.intValue(), readName.intValue());
    }

    private static Target ip(Constant name) {
        return target(SOL_IP, name.intValue());
    }

    private static Target ip(String name) {
        return target(SOL_IP, Native.constant(name));
    }

    private static Target ipv6(String name) {
        return target(SOL_IPV6, Native.constant(name));
    }

    private static Target tcp(Constant name) {
        return target(SOL_TCP, name.intValue());
    }

    /** The options that sockets of a protocol and family have. */
    static Set<SocketOption<?>> options(Protocol protocol, boolean ipv6) {
        return ROWS.values().stream()
                .filter(row -> row.isOf(protocol) && (ipv6 || row.ipv4() != null))
                .map(Row::option)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The option's row. Every row was put in under an option of its own type, which is what the cast relies on. */
    @SuppressWarnings("unchecked")
    static <T> Row<T> row(SocketOption<T> option, Protocol protocol) {
        Row<?> row = ROWS.get(Objects.requireNonNull(option, "option"));
        if (row == null || !row.isOf(protocol)) {
            throw new UnsupportedOperationException("option " + option.name() + " is not one of " + protocol
                    + " sockets: see supportedOptions(), or use setRawOption");
        }
        return (Row<T>) row;
    }
}
