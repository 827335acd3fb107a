package dev.sockeye.tools;

import dev.sockeye.SocketError;
import java.net.InetAddress;

/** What a probe found out about a UDP port. */
enum Verdict {
    /** It answered. */
    OPEN,
    /** The host itself said that nobody listens there. */
    CLOSED,
    /** Somebody on the way, or the host's own policy, refused the datagram. A firewall's answer is never CLOSED. */
    REJECTED,
    /** No neighbour answers at the last hop, or the datagram went round in circles. */
    HOST_UNREACHABLE,
    /** A router, or this host, has no route. */
    NO_ROUTE,
    /** This host's own firewall dropped it. */
    LOCAL_FIREWALL,
    /** Longer than the MTU of a link on the way. */
    TOO_BIG,
    /** Open or filtered. Silence is never success. */
    NO_ANSWER;

    private static final int DESTINATION_UNREACHABLE = 3;
    private static final int TIME_EXCEEDED = 11;
    private static final int PARAMETER_PROBLEM = 12;

    private static final int DESTINATION_UNREACHABLE_6 = 1;
    private static final int PACKET_TOO_BIG_6 = 2;
    private static final int TIME_EXCEEDED_6 = 3;
    private static final int PARAMETER_PROBLEM_6 = 4;

    /** {@return how it is written: {@code no-answer}} */
    String text() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /**
     * What an error says about a port.
     *
     * @param target the host that was asked
     * @return null when it says nothing: an error without details, a notice, or a loss that need not come again
     */
    static Verdict of(SocketError error, InetAddress target) {
        switch (error.origin()) {
            case LOCAL:
                return error.mtu() >= 0 ? TOO_BIG : null;
            case ICMP:
                return ofIcmp(error.type(), error.code(), target.equals(error.offender()));
            case ICMP6:
                return ofIcmp6(error.type(), error.code(), target.equals(error.offender()));
            default:
                return null;
        }
    }

    /** RFC 792, RFC 1812 section 5.2.7.1. */
    private static Verdict ofIcmp(int type, int code, boolean fromTarget) {
        switch (type) {
            case DESTINATION_UNREACHABLE:
                return ofUnreachable(code, fromTarget);
            case TIME_EXCEEDED:
                return code == 0 ? HOST_UNREACHABLE : null;
            case PARAMETER_PROBLEM:
                return REJECTED;
            default:
                return null;
        }
    }

    private static Verdict ofUnreachable(int code, boolean fromTarget) {
        switch (code) {
            case 0: // network unreachable
            case 5: // source route failed
            case 6: // network unknown
            case 11: // network unreachable for this type of service
                return NO_ROUTE;
            case 1: // host unreachable
            case 7: // host unknown
            case 8: // source host isolated
            case 12: // host unreachable for this type of service
                return HOST_UNREACHABLE;
            case 3: // port unreachable
                return fromTarget ? CLOSED : REJECTED;
            case 4: // fragmentation needed
                return TOO_BIG;
            default: // protocol unreachable, and the administrative ones
                return REJECTED;
        }
    }

    /** RFC 4443. */
    private static Verdict ofIcmp6(int type, int code, boolean fromTarget) {
        switch (type) {
            case DESTINATION_UNREACHABLE_6:
                return ofUnreachable6(code, fromTarget);
            case PACKET_TOO_BIG_6:
                return TOO_BIG;
            case TIME_EXCEEDED_6:
                return code == 0 ? HOST_UNREACHABLE : null;
            case PARAMETER_PROBLEM_6:
                return REJECTED;
            default:
                return null;
        }
    }

    private static Verdict ofUnreachable6(int code, boolean fromTarget) {
        switch (code) {
            case 0: // no route
            case 2: // beyond the scope of the source address
            case 7: // error in source routing header
                return NO_ROUTE;
            case 3: // address unreachable
                return HOST_UNREACHABLE;
            case 4: // port unreachable
                return fromTarget ? CLOSED : REJECTED;
            default: // the administrative ones
                return REJECTED;
        }
    }
}
