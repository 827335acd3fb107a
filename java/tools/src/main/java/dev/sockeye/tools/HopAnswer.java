package dev.sockeye.tools;

import dev.sockeye.SocketError;
import java.net.InetAddress;

/**
 * Who answered a probe, and how.
 *
 * @param address null for an ICMP message without an offender
 * @param error null for a datagram of the target
 */
record HopAnswer(HopVerdict verdict, InetAddress address, SocketError error) {
    static HopAnswer of(SocketError error, InetAddress target) {
        return new HopAnswer(HopVerdict.of(error, target), error.offender(), error);
    }

    static HopAnswer ofTarget(InetAddress target) {
        return new HopAnswer(HopVerdict.ARRIVED, target, null);
    }

    /** Whether the path ends here, in one way or the other. */
    boolean isLast() {
        return verdict == HopVerdict.ARRIVED || verdict == HopVerdict.END;
    }

    /** What was said: the ICMP message in words. */
    String words() {
        return error == null ? "answered" : error.description();
    }

    /** What was said and who said it, such as {@code port unreachable from 192.0.2.9 itself}. */
    String sentence(InetAddress target, InetAddress local) {
        if (error == null) {
            return "an answer from " + Host.text(target) + " itself";
        }
        String text = ErrorFields.text(error, target);
        boolean here = local.equals(address) && !local.equals(target);
        return here ? text + ", this host: the next one does not answer on the link" : text;
    }
}
