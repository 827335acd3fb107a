package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * What load puts into its datagrams. One thread at a time reads, another may write meanwhile.
 *
 * <pre>
 *    0       8         16       24                          size
 *    +-------+---------+--------+---------------------------+
 *    | key   | sequence| due    | pattern, another for each |
 *    +-------+---------+--------+---------------------------+
 * </pre>
 *
 * <p>The key is random for each flow and run, so that nobody's datagram counts who has not seen one of ours. The sequence
 * numbers the datagrams of a flow from 0; due is when it was to be sent, in nanoseconds of the run.
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

    void write(Packet packet, int size, long key, long sequence, long due) {
        packet.length(size);
        packet.payload()
                .putLong(0, key)
                .putLong(SEQUENCE, sequence)
                .putLong(DUE, due)
                .put(HEADER_BYTES, written, start(sequence), size - HEADER_BYTES);
    }

    static boolean isOurs(Packet packet, long key) {
        return packet.length() >= HEADER_BYTES && packet.payload().getLong(0) == key;
    }

    static long sequence(Packet packet) {
        return packet.payload().getLong(SEQUENCE);
    }

    /** Whether an answer is byte for byte what was sent. */
    boolean isRight(Packet packet, int size, long sequence, long due) {
        if (packet.datagramLength() != size || packet.length() != size) {
            return false;
        }
        ByteBuffer payload = packet.payload();
        int start = start(sequence);
        expected.limit(start + size - HEADER_BYTES).position(start);
        return payload.getLong(DUE) == due && payload.position(HEADER_BYTES).mismatch(expected) < 0;
    }

    private static int start(long sequence) {
        return (int) (sequence & PATTERNS - 1);
    }
}
