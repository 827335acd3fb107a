package dev.sockeye.tools;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What one attempt sends: bytes that nobody can guess, in the form that the service which usually has the port answers.
 */
final class ProbeQuestion {
    /** How much of a question an ICMP error quotes. */
    enum Quote {
        /** Enough to prove that the sender saw the datagram. */
        PROVEN,
        /** Nothing of the payload that could not be guessed: old routers quote the ports alone (RFC 792). */
        PORTS_ONLY,
        /** Something else: a forgery. */
        FORGED
    }

    private static final SecureRandom RANDOM = new SecureRandom();

    /** An answer may have the random bytes at any place. */
    private static final int ANYWHERE = -1;

    /** How many bytes of a payload that the user gave prove that a quote is one of it. */
    private static final int GIVEN_PROOF = 8;

    /**
     * The protocols of well-known ports.
     *
     * <p>Each is a message with zeros where the random bytes belong, where those are in the question, and where in the
     * answer.
     */
    private enum Protocol {
        /** RFC 1035: a recursive query for the name servers of the root; the random bytes are its ID. */
        DNS("0000 0100 0001 0000 0000 0000  00 0002 0001", 0, 2, 0, 53),
        /** RFC 5905: a client's packet; its transmit timestamp comes back as the answer's originate timestamp. */
        NTP("23" + "00".repeat(47), 40, 8, 24, 123),
        /** RFC 3414 section 4: SNMPv3 engine discovery; the random bytes are the low ones of a positive msgID. */
        SNMP(
                "303c 020103  3011 020440000000 020300ffe3 040104 020103"
                        + " 0410 300e 0400 020100 020100 0400 0400 0400  3012 0400 0400 a00c 02020001 020100 020100 3000",
                10,
                3,
                ANYWHERE,
                161),
        /** RFC 8489 section 5: a binding request and its transaction ID. */
        STUN("0001 0000 2112a442" + "00".repeat(12), 8, 12, 8, 3478),
        /** RFC 862, and for all ports without a protocol here. */
        ECHO("00".repeat(16), 0, 16, 0, 7, 7007);

        private final byte[] message;
        private final int at;
        private final int length;
        private final int inAnswer;
        private final int[] ports;

        Protocol(String message, int at, int length, int inAnswer, int... ports) {
            this.message = HexFormat.of().parseHex(message.replace(" ", ""));
            this.at = at;
            this.length = length;
            this.inAnswer = inAnswer;
            this.ports = ports;
        }

        static Protocol of(int port) {
            return Arrays.stream(values())
                    .filter(protocol -> Arrays.stream(protocol.ports).anyMatch(known -> known == port))
                    .findFirst()
                    .orElse(ECHO);
        }
    }

    private final byte[] payload;
    /** A quote of so many bytes has all random ones. */
    private final int proof;

    /** Null for a payload that the user gave. */
    private final Protocol protocol;

    private ProbeQuestion(byte[] payload, int proof, Protocol protocol) {
        this.payload = payload;
        this.proof = proof;
        this.protocol = protocol;
    }

    /** A new question for a port. */
    static ProbeQuestion forPort(int port) {
        Protocol protocol = Protocol.of(port);
        byte[] nonce = new byte[protocol.length];
        RANDOM.nextBytes(nonce);
        byte[] payload = protocol.message.clone();
        System.arraycopy(nonce, 0, payload, protocol.at, nonce.length);
        return new ProbeQuestion(payload, protocol.at + nonce.length, protocol);
    }

    /** The user's own. */
    static ProbeQuestion of(byte... payload) {
        // An empty one proves nothing.
        return new ProbeQuestion(payload, Math.max(1, Math.min(payload.length, GIVEN_PROOF)), null);
    }

    byte[] payload() {
        return payload.clone();
    }

    /**
     * Compares the beginning of the payload with what an ICMP error quotes of it. What stands behind it is not looked at:
     * routers fill up to 128 bytes when they add extensions (RFC 4884).
     */
    Quote quotedBy(ByteBuffer quote) {
        int length = Math.min(quote.remaining(), payload.length);
        if (!quote.slice(quote.position(), length).equals(ByteBuffer.wrap(payload, 0, length))) {
            return Quote.FORGED;
        }
        return length >= proof ? Quote.PROVEN : Quote.PORTS_ONLY;
    }

    /** What kind of answer it is, in words. */
    String describe(ByteBuffer answer) {
        if (payload.length > 0 && answer.equals(ByteBuffer.wrap(payload))) {
            return "an echo of ours";
        }
        if (protocol != null && protocol != Protocol.ECHO && hasOurBytes(answer)) {
            return protocol + " answering our question";
        }
        return "of unknown meaning";
    }

    private boolean hasOurBytes(ByteBuffer answer) {
        ByteBuffer nonce = ByteBuffer.wrap(payload, protocol.at, protocol.length);
        int first = protocol.inAnswer == ANYWHERE ? 0 : protocol.inAnswer;
        int last = protocol.inAnswer == ANYWHERE ? answer.limit() : first;
        for (int at = first; at <= last && at + protocol.length <= answer.limit(); at++) {
            if (answer.slice(at, protocol.length).equals(nonce)) {
                return true;
            }
        }
        return false;
    }
}
