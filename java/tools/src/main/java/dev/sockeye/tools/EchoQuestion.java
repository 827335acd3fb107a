package dev.sockeye.tools;

import dev.sockeye.Packet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A datagram that asks an echo server for its counts. The answer is as long as the question, which is at least this long
 * and zero where the answer has numbers, in network byte order:
 *
 * <pre>
 *    0                16      24      32        40     48     56              64                      128
 *    +----------------+-------+-------+---------+------+------+---------------+------------------------+
 *    | sockeye counts | nonce | server| received| sent | asked| kernel dropped| dropped, by reason     |
 *    +----------------+-------+-------+---------+------+------+---------------+------------------------+
 * </pre>
 *
 * <p>The question's first 16 bytes end in " ?", the answer's in " =". The nonce is the asker's. Server is a random number
 * of the process. The counts are of all its sockets, without this question; `asked` says how many questions received and
 * sent contain. The reasons are in the order of {@link DropReason}. A question comes back unchanged from another kind of
 * echo server, or when it is shorter.
 */
final class EchoQuestion {
    static final int BYTES = 128;

    private static final ByteBuffer QUESTION = magic("sockeye counts ?");
    private static final ByteBuffer ANSWER = magic("sockeye counts =");
    private static final long MAGIC_HIGH = QUESTION.getLong(0);
    private static final long MAGIC_LOW = QUESTION.getLong(8);
    private static final int MAGIC_BYTES = 16;
    private static final int SERVER = 24;

    /** A sum asks the kernel once for each socket: a flood of questions must not hold up the echo. */
    static final long FRESH_NANOS = 1_000_000;

    private final long server;
    private final List<EchoServer> servers;
    /** Several threads answer; which of them has read last does not matter. */
    private volatile Reading latest;

    /**
     * @param server tells this process from others
     * @param servers all of it
     */
    EchoQuestion(long server, List<EchoServer> servers) {
        this.server = server;
        this.servers = servers;
    }

    private static ByteBuffer magic(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();
    }

    /** Whether this is one. Allocates nothing. */
    static boolean isAsked(Packet packet) {
        if (packet.length() < BYTES) {
            return false;
        }
        ByteBuffer payload = packet.payload();
        return payload.getLong(0) == MAGIC_HIGH && payload.getLong(8) == MAGIC_LOW;
    }

    /** The sum of all counts at a time. */
    private record Reading(long nanos, EchoCounters counters) {}

    /** Makes the answer out of the question. The counts are a moment old at most. */
    void answer(Packet packet, long nowNanos) {
        Reading reading = latest;
        if (reading == null || nowNanos - reading.nanos >= FRESH_NANOS) {
            reading = new Reading(nowNanos, sum());
            latest = reading;
        }
        ByteBuffer payload = packet.payload().put(0, ANSWER, 0, MAGIC_BYTES).position(SERVER);
        payload.putLong(server);
        reading.counters.write(payload);
    }

    private EchoCounters sum() {
        EchoCounters all = new EchoCounters();
        for (EchoServer each : servers) {
            each.countKernelDrops();
            all.add(each.counters());
        }
        return all;
    }

    /** Writes a question. */
    static void ask(Packet packet, long nonce) {
        packet.length(BYTES);
        ByteBuffer payload = packet.payload().put(0, QUESTION, 0, MAGIC_BYTES).putLong(MAGIC_BYTES, nonce);
        for (int at = SERVER; at < BYTES; at += Long.BYTES) {
            payload.putLong(at, 0);
        }
    }

    /** Whether this is the question with that nonce itself, which another kind of server sent back. */
    static boolean isEcho(Packet packet, long nonce) {
        return isAsked(packet) && packet.payload().getLong(MAGIC_BYTES) == nonce;
    }

    /** {@return what the server says, or null when this does not answer the question with that nonce} */
    static EchoCounts read(Packet packet, long nonce) {
        ByteBuffer payload = packet.payload();
        if (packet.datagramLength() != BYTES
                || !payload.slice(0, MAGIC_BYTES).equals(ANSWER)
                || payload.getLong(MAGIC_BYTES) != nonce) {
            return null;
        }
        return EchoCounts.read(payload.position(SERVER));
    }
}
