package dev.sockeye.tools;

/** What load counts. */
enum LoadCount {
    /** Datagrams that were given to the kernel, also those that it refused. */
    SENT,
    /** What the kernel refused: a firewall, no route. */
    SEND_REFUSED,
    /** How often the socket had no room for what was to be sent. */
    SEND_QUEUE_FULL,
    /** Due before the end and never sent, since the generator was late. */
    NOT_SENT,
    /** Datagrams that were answered at least once. */
    RECEIVED,
    /** Those whose answer came while there was still sending. */
    RECEIVED_IN_TIME,
    /** Answers from another address or port than the one asked. */
    WRONG_SOURCE,
    /** Answers to what was answered before. */
    DUPLICATES,
    /** Answers that came after one to a later datagram of the same flow and destination (RFC 4737). */
    REORDERED,
    /** Answers with our key that are not what was sent. */
    CORRUPTED,
    /** Answers to what was sent so long ago that nobody knows whether it was answered. */
    TOO_LATE,
    /** Datagrams of others. */
    STRANGERS,
    /** TCP: connections that ended before the run did. */
    BROKEN
}
