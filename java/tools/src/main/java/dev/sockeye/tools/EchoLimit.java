package dev.sockeye.tools;

import dev.sockeye.Packet;

/**
 * How many datagrams of each source address an echo server answers. A few questions for its counts do not count: whoever
 * has sent too much asks what became of it. Safe for several threads.
 */
final class EchoLimit {
    static final int QUESTIONS_PER_SECOND = 50;

    private final RateLimit datagrams;
    private final RateLimit questions;

    EchoLimit(int packetsPerSecond, long nowNanos) {
        this.datagrams = new RateLimit(packetsPerSecond, nowNanos);
        this.questions = new RateLimit(QUESTIONS_PER_SECOND, nowNanos);
    }

    /** Whether to answer it. Allocates nothing. */
    boolean take(Packet packet, long nowNanos) {
        return EchoQuestion.isAsked(packet) && take(questions, packet, nowNanos) || take(datagrams, packet, nowNanos);
    }

    private static boolean take(RateLimit limit, Packet packet, long nowNanos) {
        return limit.take(packet.remoteAddressHigh(), packet.remoteAddressLow(), nowNanos);
    }
}
