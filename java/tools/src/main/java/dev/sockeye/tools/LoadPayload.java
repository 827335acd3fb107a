package dev.sockeye.tools;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * What load puts into its datagrams and messages. One thread at a time reads, another may write meanwhile.
 *
 * <pre>
 *    0       8         16       24                          size
 *    +-------+---------+--------+---------------------------+
 *    | key   | sequence| due    | pattern, another for each |
 *    +-------+---------+--------+---------------------------+
 * </pre>
 *
 * <p>The key is random for each run, and each flow has another, so that nobody's datagram counts who has not seen one of
 * ours. The sequence numbers the datagrams of a flow from 0; due is when it was to be sent, in nanoseconds of the run.
 */
final class LoadPayload {
    static final int HEADER_BYTES = 24;

    private static final int SEQUENCE = 8;
    private static final int DUE = 16;

    /** The pattern of a datagram begins at its sequence number modulo this in the random bytes. */
    private static final int PATTERNS = 256;

    private final ByteBuffer written;
    private final ByteBuffer expected;

    /** @param largest the longest payload */
    LoadPayload(int largest) {
        byte[] random = new byte[largest + PATTERNS];
        new Random(largest).nextBytes(random); // the key is what must not be guessed
        written = ByteBuffer.allocateDirect(random.length).put(random).clear();
        expected = written.duplicate();
    }

    /** Writes one from `at` on. */
    void write(ByteBuffer target, int at, int size, long key, long sequence, long due) {
        target.putLong(at, key)
                .putLong(at + SEQUENCE, sequence)
                .putLong(at + DUE, due)
                .put(at + HEADER_BYTES, written, start(sequence), size - HEADER_BYTES);
    }

    static boolean isOurs(ByteBuffer answer, int at, long key) {
        return answer.limit() - at >= HEADER_BYTES && answer.getLong(at) == key;
    }

    static long sequence(ByteBuffer answer, int at) {
        return answer.getLong(at + SEQUENCE);
    }

    /** Whether an answer is byte for byte what was sent. */
    boolean isRight(ByteBuffer answer, int at, int size, long sequence, long due) {
        int start = start(sequence);
        expected.limit(start + size - HEADER_BYTES).position(start);
        int position = answer.position();
        int limit = answer.limit();
        boolean same = answer.limit(at + size).position(at + HEADER_BYTES).mismatch(expected) < 0;
        answer.limit(limit).position(position);
        return same && answer.getLong(at + DUE) == due;
    }

    private static int start(long sequence) {
        return (int) (sequence & PATTERNS - 1);
    }
}
