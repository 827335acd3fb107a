package dev.sockeye;

import java.nio.ByteBuffer;

/**
 * What a socket sent lately, so that an ICMP error can be matched with the socket whose datagram it quotes: a table of
 * fingerprints of the peer and the first eight bytes of the payload. A later datagram takes the place of an earlier one
 * with the same slot.
 *
 * <p>One thread records at a time as a rule; what two lose against each other costs one error its match.
 */
final class SentIndex {
    private static final int SLOTS = 4096;
    private static final int PREFIX_BYTES = Long.BYTES;

    private final long[] fingerprints = new long[SLOTS];

    /** Before they are sent: an error may be back before the call is. */
    void record(PacketBatch batch) {
        for (int slot = 0, size = batch.size(); slot < size; slot++) {
            Packet packet = batch.get(slot);
            if (packet.isOutgoing() && packet.remotePort() != 0) {
                long fingerprint = fingerprint(
                        packet.remoteAddressHigh(),
                        packet.remoteAddressLow(),
                        packet.remotePort(),
                        prefix(packet.payload()));
                fingerprints[slotOf(fingerprint)] = fingerprint;
            }
        }
    }

    boolean contains(long fingerprint) {
        return fingerprints[slotOf(fingerprint)] == fingerprint;
    }

    /** The fingerprint of the datagram that an entry of the error queue quotes. Allocates nothing. */
    static long ofQuoted(Packet entry) {
        return fingerprint(
                entry.remoteAddressHigh(), entry.remoteAddressLow(), entry.remotePort(), prefix(entry.payload()));
    }

    private static long prefix(ByteBuffer payload) {
        long prefix = payload.remaining();
        if (prefix >= PREFIX_BYTES) {
            return payload.getLong(payload.position());
        }
        while (payload.hasRemaining()) {
            prefix = prefix << Byte.SIZE | Byte.toUnsignedLong(payload.get());
        }
        return prefix;
    }

    /** Each part is spread by another odd number before they meet (the constants are those of SplitMix64 and xxHash). */
    private static long fingerprint(long high, long low, int port, long prefix) {
        long mixed = high * 0x9e3779b97f4a7c15L
                ^ Long.rotateLeft(low * 0xbf58476d1ce4e5b9L, 21)
                ^ Long.rotateLeft((prefix + port) * 0x94d049bb133111ebL, 42);
        mixed = (mixed ^ mixed >>> 29) * 0xff51afd7ed558ccdL;
        return mixed ^ mixed >>> 32;
    }

    private static int slotOf(long fingerprint) {
        return (int) fingerprint & SLOTS - 1;
    }
}
