package dev.sockeye.tools;

/** Why the echo server does not answer a datagram. */
enum DropReason {
    /** The source port belongs to a service that answers anything: the two would talk forever (CVE-1999-0103). */
    LOOP_PRONE_PORT("loop-prone-port"),
    /** The source port is this server's own: another echo server, or this one (CVE-2024-2169). */
    OWN_PORT("own-port"),
    /** The source is no host: port 0, 0/8, class D or E, broadcast, or a loopback address from outside. */
    IMPOSSIBLE_SOURCE("impossible-source"),
    /** Its sender sends more than {@code --limit} allows. */
    RATE_LIMIT("rate-limit"),
    /** Longer than the server's buffer: an echo must be the same data (RFC 862). */
    TRUNCATED("truncated"),
    /** The kernel did not say where it was sent to, so no right source is known. */
    NO_LOCAL_ADDRESS("no-local-address"),
    /** The kernel refused to send the answer: a firewall, no route, no room. */
    SEND_REFUSED("send-refused"),
    /** The server was ending. */
    ENDING("ending");

    final String label;

    DropReason(String label) {
        this.label = label;
    }
}
