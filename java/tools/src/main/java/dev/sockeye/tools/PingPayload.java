package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.nio.ByteBuffer;

/**
 * What ping puts into its datagrams, so that it knows its own when they come back.
 *
 * <pre>
 *    0                 8                16                 size
 *    +-----------------+-----------------+-----------------+
 *    | nonce of the run| sequence number | 0, 1, 2 ...     |
 *    +-----------------+-----------------+-----------------+
 * </pre>
 */
final class PingPayload {
    static final int HEADER_BYTES = 16;

    private final long nonce;
    private final int size;

    PingPayload(long nonce, int size) {
        this.nonce = nonce;
        this.size = size;
    }

    void write(long sequence, Packet packet) {
        ByteBuffer payload = packet.payload().clear();
        payload.putLong(nonce).putLong(sequence);
        for (int i = HEADER_BYTES; i < size; i++) {
            payload.put((byte) (i - HEADER_BYTES));
        }
        packet.length(size);
    }

    /** {@return the sequence number of a reply that is byte for byte what was sent, or -1 for anything else} */
    long read(Packet packet) {
        ByteBuffer payload = packet.payload();
        if (packet.datagramLength() != size || payload.getLong() != nonce) {
            return -1;
        }
        long sequence = payload.getLong();
        for (int i = HEADER_BYTES; i < size; i++) {
            if (payload.get() != (byte) (i - HEADER_BYTES)) {
                return -1;
            }
        }
        return sequence;
    }
}
