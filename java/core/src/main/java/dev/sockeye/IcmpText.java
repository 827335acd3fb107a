package dev.sockeye;

import java.util.Map;

/** The types and codes of ICMP errors in words (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443). */
final class IcmpText {
    private static final Map<Integer, String> ICMP = Map.ofEntries(
            entry(3, 0, "network unreachable"),
            entry(3, 1, "host unreachable"),
            entry(3, 2, "protocol unreachable"),
            entry(3, 3, "port unreachable"),
            entry(3, 4, "fragmentation needed"),
            entry(3, 5, "source route failed"),
            entry(3, 6, "network unknown"),
            entry(3, 7, "host unknown"),
            entry(3, 8, "source host isolated"),
            entry(3, 9, "network administratively prohibited"),
            entry(3, 10, "host administratively prohibited"),
            entry(3, 11, "network unreachable for this type of service"),
            entry(3, 12, "host unreachable for this type of service"),
            entry(3, 13, "communication administratively prohibited"),
            entry(3, 14, "host precedence violation"),
            entry(3, 15, "precedence cutoff"),
            entry(4, 0, "source quench"),
            entry(11, 0, "TTL ran out on the way"),
            entry(11, 1, "fragments did not arrive in time"),
            entry(12, 0, "bad header field"),
            entry(12, 1, "missing option"),
            entry(12, 2, "bad length"));

    private static final Map<Integer, String> ICMPV6 = Map.ofEntries(
            entry(1, 0, "no route"),
            entry(1, 1, "communication administratively prohibited"),
            entry(1, 2, "beyond the scope of the source address"),
            entry(1, 3, "address unreachable"),
            entry(1, 4, "port unreachable"),
            entry(1, 5, "source address failed ingress or egress policy"),
            entry(1, 6, "rejected by a route"),
            entry(1, 7, "error in source routing header"),
            entry(2, 0, "packet too big"),
            entry(3, 0, "hop limit ran out on the way"),
            entry(3, 1, "fragments did not arrive in time"),
            entry(4, 0, "bad header field"),
            entry(4, 1, "unknown next header"),
            entry(4, 2, "unknown option"));

    private IcmpText() {}

    private static Map.Entry<Integer, String> entry(int type, int code, String text) {
        return Map.entry(key(type, code), text);
    }

    private static int key(int type, int code) {
        return type << 8 | code;
    }

    static String of(boolean ipv6, int type, int code) {
        String text = (ipv6 ? ICMPV6 : ICMP).get(key(type, code));
        return text != null ? text : (ipv6 ? "ICMPv6" : "ICMP") + " type " + type + ", code " + code;
    }
}
