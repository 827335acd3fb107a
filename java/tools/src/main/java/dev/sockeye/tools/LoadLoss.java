package dev.sockeye.tools;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where the datagrams are that were not answered: each under one cause. */
final class LoadLoss {
    private final long total;
    private final Map<String, Long> causes = new LinkedHashMap<>();
    private long rest;

    /**
     * @param sent datagrams given to the kernel
     * @param received those of them that were answered
     * @param refused those that the kernel refused
     * @param ownDrops what found no room in our own sockets
     * @param peer what the servers counted meanwhile; null when none of them says
     */
    LoadLoss(long sent, long received, long refused, long ownDrops, EchoCounts peer) {
        this.total = sent - received;
        this.rest = total;
        take("send-refused", refused);
        take("own-buffer", ownDrops);
        if (peer != null) {
            take("peer-buffer", peer.kernelDropped());
            peer.dropped().forEach((reason, count) -> {
                if (count > 0) {
                    take("peer-" + reason.label, count);
                }
            });
        }
        causes.put("path", rest);
    }

    /** A server counts what it drops of others, too: a cause never has more than there is left to explain. */
    private void take(String cause, long count) {
        long taken = Math.max(0, Math.min(count, rest));
        causes.put(cause, taken);
        rest -= taken;
    }

    long total() {
        return total;
    }

    /** {@return how many of the total by cause; what has no known cause is the path's} */
    Map<String, Long> causes() {
        return causes;
    }
}
