package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.util.BitSet;
import java.util.List;

/**
 * Says which datagrams an echo server must not answer, so that it takes part in no loop and no reflection. It works on
 * raw addresses and allocates nothing.
 */
final class EchoGuard {
    /**
     * Services that answer whatever is sent to them: an echo between two of these never ends. 7007 is where this server
     * itself is by default.
     */
    static final List<Integer> LOOP_PRONE =
            List.of(7, 13, 17, 19, 37, 53, 69, 111, 123, 161, 389, 520, 1900, 5353, 7007, 11211);

    /** Of lo, in every network namespace (the kernel's LOOPBACK_IFINDEX). */
    private static final int LOOPBACK_INDEX = 1;

    private final BitSet loopPronePorts = new BitSet(65536);
    private final int ownPort;
    private final boolean allowLoops;
    private final EchoLimit limit;

    /**
     * @param ownPort the server's port
     * @param allowLoops whether to answer what may be another server
     * @param limit of each source, or null for none
     */
    EchoGuard(int ownPort, boolean allowLoops, EchoLimit limit) {
        this.ownPort = ownPort;
        this.allowLoops = allowLoops;
        this.limit = limit;
        LOOP_PRONE.forEach(loopPronePorts::set);
    }

    /** {@return why the packet is not to be answered, or null} */
    DropReason refusal(Packet packet, long nowNanos) {
        long high = packet.remoteAddressHigh();
        long low = packet.remoteAddressLow();
        int port = packet.remotePort();
        if (port == 0 || isImpossible(high, low, packet.interfaceIndex())) {
            return DropReason.IMPOSSIBLE_SOURCE;
        }
        if (!allowLoops && port == ownPort) {
            return DropReason.OWN_PORT;
        }
        if (!allowLoops && loopPronePorts.get(port)) {
            return DropReason.LOOP_PRONE_PORT;
        }
        if (packet.isTruncated()) {
            return DropReason.TRUNCATED;
        }
        if (limit != null && !limit.take(packet, nowNanos)) {
            return DropReason.RATE_LIMIT;
        }
        return null;
    }

    private boolean isImpossible(long high, long low, int interfaceIndex) {
        boolean ipv4 = high == 0 && low >>> 32 == 0xffff;
        if (!ipv4) {
            boolean multicast = high >>> 56 == 0xff;
            boolean unspecified = high == 0 && low == 0;
            boolean loopback = high == 0 && low == 1;
            return multicast || unspecified || loopback && interfaceIndex != LOOPBACK_INDEX;
        }
        int first = (int) (low >>> 24) & 0xff;
        return first == 0 || first >= 224 || first == 127 && interfaceIndex != LOOPBACK_INDEX;
    }
}
