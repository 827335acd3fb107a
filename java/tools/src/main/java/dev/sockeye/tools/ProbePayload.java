package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.nio.ByteBuffer;

/**
 * What ping, probe, trace and mtu put into their datagrams, so that they know their own when they come back or when an
 * ICMP message quotes them.
 *
 * <pre>
 *    0                 8                16                 size
 *    +-----------------+-----------------+-----------------+
 *    | nonce of the run| sequence number | 0, 1, 2 ...     |
 *    +-----------------+-----------------+-----------------+
 * </pre>
 */
final class ProbePayload {
    static final int HEADER_BYTES = 16;

    /** A quote that ends before the sequence number: old routers quote no payload at all (RFC 792). */
    static final long TOO_SHORT = -2;

    /** Anything that this run did not send. */
    static final long NOT_OURS = -1;

    private final long nonce;
    private final int size;

    ProbePayload(long nonce, int size) {
        this.nonce = nonce;
        this.size = size;
    }

    void write(long sequence, Packet packet) {
        write(sequence, packet.payload().clear());
        packet.length(size);
    }

    /** @param payload has room for all of it */
    void write(long sequence, ByteBuffer payload) {
        payload.putLong(nonce).putLong(sequence);
        for (int i = HEADER_BYTES; i < size; i++) {
            payload.put((byte) (i - HEADER_BYTES));
        }
    }

    /** {@return the sequence number of a reply that is byte for byte what was sent, or {@link #NOT_OURS}} */
    long read(Packet packet) {
        return packet.datagramLength() == size ? sequence(packet.payload()) : NOT_OURS;
    }

    /**
     * The sequence number of the datagram that an ICMP error quotes the beginning of.
     *
     * @param quote {@code SocketError.payload()}
     * @return it, {@link #NOT_OURS}, or {@link #TOO_SHORT} when the quote does not reach that far
     */
    long quoted(ByteBuffer quote) {
        if (quote.remaining() < HEADER_BYTES) {
            return quote.hasRemaining() && !beginsLikeNonce(quote) ? NOT_OURS : TOO_SHORT;
        }
        // A router may pad what it quotes, and add extensions behind it (RFC 4884).
        return sequence(quote.slice(quote.position(), Math.min(quote.remaining(), size)));
    }

    private boolean beginsLikeNonce(ByteBuffer quote) {
        ByteBuffer expected = ByteBuffer.allocate(Long.BYTES).putLong(0, nonce);
        int length = Math.min(quote.remaining(), Long.BYTES);
        return quote.slice(quote.position(), length).equals(expected.slice(0, length));
    }

    private long sequence(ByteBuffer payload) {
        if (payload.getLong() != nonce) {
            return NOT_OURS;
        }
        long sequence = payload.getLong();
        for (int i = 0; payload.hasRemaining(); i++) {
            if (payload.get() != (byte) i) {
                return NOT_OURS;
            }
        }
        return sequence;
    }
}
