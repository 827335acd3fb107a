package dev.sockeye.tools;

import dev.sockeye.SocketError;
import java.net.InetAddress;
import java.util.Set;

/** What an ICMP error says about how far a datagram came. */
enum HopVerdict {
    /** Its TTL ran out at the offender, which is a hop of the path. */
    HOP,
    /** It came to its target, which does not want it. */
    ARRIVED,
    /** It does not go on from the offender, and no other would. */
    END,
    /** It is too long for the offender's next link. */
    TOO_BIG,
    /** It does not matter here. */
    NONE;

    private static final int UNREACHABLE = 3;
    private static final int FRAGMENTATION_NEEDED = 4;
    private static final int TIME_EXCEEDED = 11;
    private static final int PARAMETER_PROBLEM = 12;
    private static final int UNREACHABLE_V6 = 1;
    private static final int PACKET_TOO_BIG_V6 = 2;
    private static final int TIME_EXCEEDED_V6 = 3;
    private static final int PARAMETER_PROBLEM_V6 = 4;

    /** Protocol or port unreachable, or prohibited by the target's own firewall: 3/9, 3/10, 3/13 and 1/1, 1/5, 1/6. */
    private static final Set<Integer> REFUSED_BY_TARGET = Set.of(2, 3, 9, 10, 13);

    private static final Set<Integer> REFUSED_BY_TARGET_V6 = Set.of(1, 4, 5, 6);

    static HopVerdict of(SocketError error, InetAddress target) {
        boolean itself = target.equals(error.offender());
        switch (error.origin()) {
            case ICMP:
                return ofIcmp(error.type(), error.code(), itself);
            case ICMP6:
                return ofIcmpv6(error.type(), error.code(), itself);
            default: // this host's own refusals are told by the send
                return NONE;
        }
    }

    private static HopVerdict ofIcmp(int type, int code, boolean itself) {
        switch (type) {
            case TIME_EXCEEDED:
                return code == 0 ? HOP : NONE;
            case UNREACHABLE:
                if (code == FRAGMENTATION_NEEDED) {
                    return TOO_BIG;
                }
                return itself && REFUSED_BY_TARGET.contains(code) ? ARRIVED : END;
            case PARAMETER_PROBLEM:
                return END;
            default:
                return NONE;
        }
    }

    private static HopVerdict ofIcmpv6(int type, int code, boolean itself) {
        switch (type) {
            case TIME_EXCEEDED_V6:
                return code == 0 ? HOP : NONE;
            case UNREACHABLE_V6:
                return itself && REFUSED_BY_TARGET_V6.contains(code) ? ARRIVED : END;
            case PACKET_TOO_BIG_V6:
                return TOO_BIG;
            case PARAMETER_PROBLEM_V6:
                return END;
            default:
                return NONE;
        }
    }
}
