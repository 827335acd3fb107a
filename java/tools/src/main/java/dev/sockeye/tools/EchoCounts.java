package dev.sockeye.tools;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an echo server says of itself, or what was added between two times it was asked.
 *
 * @param server tells the process from others
 * @param received datagrams that it took from the kernel, without questions for these counts
 * @param sent datagrams that it sent back, without answers to those
 * @param asked questions
 * @param kernelDropped what came to its sockets and found no room
 * @param dropped what it received and did not send back
 */
record EchoCounts(
        long server, long received, long sent, long asked, long kernelDropped, Map<DropReason, Long> dropped) {

    /** @param payload at the server's number */
    static EchoCounts read(ByteBuffer payload) {
        long server = payload.getLong();
        long received = payload.getLong();
        long sent = payload.getLong();
        long asked = payload.getLong();
        long kernelDropped = payload.getLong();
        Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            dropped.put(reason, payload.getLong());
        }
        return new EchoCounts(server, received - asked, sent - asked, asked, kernelDropped, dropped);
    }

    /** What came after an earlier answer of the same server. */
    EchoCounts since(EchoCounts before) {
        Map<DropReason, Long> difference = new EnumMap<>(DropReason.class);
        dropped.forEach((reason, count) -> difference.put(reason, count - before.dropped.get(reason)));
        return new EchoCounts(
                server,
                received - before.received,
                sent - before.sent,
                asked - before.asked,
                kernelDropped - before.kernelDropped,
                difference);
    }

    /** {@return what all servers together counted that tell before and after; null when none does} */
    static EchoCounts between(Collection<EchoCounts> before, Collection<EchoCounts> after) {
        Map<Long, EchoCounts> beforeByServer = byServer(before);
        EchoCounts all = null;
        for (EchoCounts now : byServer(after).values()) {
            EchoCounts then = beforeByServer.get(now.server);
            if (then != null) { // else it was started meanwhile
                EchoCounts difference = now.since(then);
                all = all == null ? difference : all.plus(difference);
            }
        }
        return all;
    }

    /** Several targets may be one server. */
    private static Map<Long, EchoCounts> byServer(Collection<EchoCounts> counts) {
        Map<Long, EchoCounts> latest = new LinkedHashMap<>();
        counts.forEach(each -> latest.put(each.server, each));
        return latest;
    }

    private EchoCounts plus(EchoCounts other) {
        Map<DropReason, Long> sum = new EnumMap<>(dropped);
        other.dropped.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
        return new EchoCounts(
                server,
                received + other.received,
                sent + other.sent,
                asked + other.asked,
                kernelDropped + other.kernelDropped,
                sum);
    }

    /** Whether no datagram is on its way through the server. */
    boolean isSettled() {
        return received
                == sent + dropped.values().stream().mapToLong(Long::longValue).sum();
    }
}
