package dev.sockeye.lab;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * An ICMP or ICMPv6 error message about a made-up datagram; {@link IcmpForger} sends it. The family is that of the quoted
 * addresses. A value: each `with` method returns a changed copy.
 *
 * <pre>{@code
 * QuotedDatagram quoted = QuotedDatagram.of(victimSocket, peer, "hello".getBytes(UTF_8));
 * IcmpError.portUnreachable(quoted);
 * IcmpError.packetTooBig(quoted, 1300);
 * IcmpError.of(3, 13, quoted);                                   // administratively prohibited
 * IcmpError.hopLimitExceeded(quoted).withExtensions(IcmpExtensions.empty().withObject(1, 1, label));
 * }</pre>
 */
public final class IcmpError {

    private static final int HEADER = 8;
    /** The least room for the quoted datagram before extensions (RFC 4884, 5). */
    private static final int LEAST_QUOTE = 128;

    /** What the length field of the IP header can tell; that of IPv4 counts the header too. */
    private static final int MOST_IPV4_BYTES = 65_535 - 20;

    private static final int MOST_IPV6_BYTES = 65_535;
    private static final int NO_CLAIM = -1;

    private final int type;
    private final int code;
    private final int rest;
    private final QuotedDatagram quoted;
    private final IcmpExtensions extensions;
    private final int claimedLength;

    private IcmpError(
            int type, int code, int rest, QuotedDatagram quoted, IcmpExtensions extensions, int claimedLength) {
        this.type = type;
        this.code = code;
        this.rest = rest;
        this.quoted = quoted;
        this.extensions = extensions;
        this.claimedLength = claimedLength;
    }

    /**
     * A message of any type and code, also of one that is no error or that does not exist.
     *
     * @param type the type; mind that ICMP and ICMPv6 have different ones
     * @param code the code
     * @param quoted the datagram it is about
     * @return the message
     * @throws IllegalArgumentException when a number does not fit a byte
     */
    public static IcmpError of(int type, int code, QuotedDatagram quoted) {
        Objects.requireNonNull(quoted, "quoted");
        return new IcmpError(Bounds.octet("type", type), Bounds.octet("code", code), 0, quoted, null, NO_CLAIM);
    }

    /**
     * Nobody listens at the port: 3/3, or 1/4 in ICMPv6.
     *
     * @param quoted the datagram it is about
     * @return the message
     */
    public static IcmpError portUnreachable(QuotedDatagram quoted) {
        return quoted.isIpv6() ? of(1, 4, quoted) : of(3, 3, quoted);
    }

    /**
     * A router has used up the datagram's hops: 11/0, or 3/0 in ICMPv6.
     *
     * @param quoted the datagram it is about
     * @return the message
     */
    public static IcmpError hopLimitExceeded(QuotedDatagram quoted) {
        return quoted.isIpv6() ? of(3, 0, quoted) : of(11, 0, quoted);
    }

    /**
     * The next link takes smaller packets only: 3/4, or 2/0 in ICMPv6.
     *
     * @param quoted the datagram it is about
     * @param mtu the largest packet that would pass; 16 bits, or 32 in ICMPv6
     * @return the message
     * @throws IllegalArgumentException when the number does not fit
     */
    public static IcmpError packetTooBig(QuotedDatagram quoted, int mtu) {
        if (quoted.isIpv6()) {
            return of(2, 0, quoted).withRest(mtu);
        }
        return of(3, 4, quoted).withRest(Bounds.between("mtu", mtu, 0, 0xffff));
    }

    /**
     * Sets the four bytes behind the checksum, such as the MTU: the low 16 bits in ICMP, all 32 in ICMPv6.
     *
     * @param bits the four bytes, the first one highest
     * @return a copy with them
     * @throws IllegalArgumentException when there are extensions and the byte for their place is not 0
     */
    public IcmpError withRest(int bits) {
        return checked(new IcmpError(type, code, bits, quoted, extensions, claimedLength));
    }

    /**
     * Appends extensions. The quoted datagram is filled up with zeros to at least 128 bytes and whole words, and its
     * length in words is written into the header, so that the extensions can be found: of 32 bits at byte 5 in ICMP, of
     * 64 bits at byte 4 in ICMPv6.
     *
     * @param added the extensions
     * @return a copy with them
     * @throws IllegalArgumentException when the byte for the length is in use, or cannot hold the length
     */
    public IcmpError withExtensions(IcmpExtensions added) {
        Objects.requireNonNull(added, "extensions");
        return checked(new IcmpError(type, code, rest, quoted, added, claimedLength));
    }

    /**
     * Lies about where the extensions are.
     *
     * @param words what to write for the quoted datagram's length in words; 0 means that there are no extensions
     * @return a copy with the lie
     * @throws IllegalArgumentException when there are no extensions, or the number does not fit a byte
     */
    public IcmpError withClaimedLength(int words) {
        if (extensions == null) {
            throw new IllegalArgumentException("only a message with extensions tells the length of what it quotes");
        }
        return new IcmpError(type, code, rest, quoted, extensions, Bounds.octet("claimed length", words));
    }

    private static IcmpError checked(IcmpError error) {
        if (error.extensions != null) {
            if ((error.rest >>> error.lengthShift() & 0xff) != 0) {
                throw new IllegalArgumentException(String.format(
                        "extensions need byte %d of the message, which 0x%08x sets to another value",
                        error.isIpv6() ? 4 : 5, error.rest));
            }
            int most = 255 * error.wordLength();
            if (error.paddedQuote().length > most) {
                throw new IllegalArgumentException(
                        "with extensions at most " + most + " bytes can be quoted, headers included");
            }
        }
        return error;
    }

    boolean isIpv6() {
        return quoted.isIpv6();
    }

    /**
     * The whole message, without its IP header. The checksum of ICMPv6 is left to the kernel, which alone knows the
     * addresses.
     *
     * <pre>{@code
     * offset 0 | type | code | checksum |            RFC 792, RFC 4443
     *        4 | rest of the header     |            byte 4 (ICMPv6) or 5 (ICMP): length of the quote, RFC 4884
     *        8 | quoted datagram, padded if extensions follow | extensions
     * }</pre>
     */
    byte[] bytes() {
        byte[] quote = extensions == null ? quoted.bytes() : paddedQuote();
        byte[] tail = extensions == null ? new byte[0] : extensions.bytes();
        int most = isIpv6() ? MOST_IPV6_BYTES : MOST_IPV4_BYTES;
        int length = Bounds.between("message length", HEADER + quote.length + tail.length, HEADER, most);
        byte[] message = ByteBuffer.allocate(length)
                .put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest | lengthField(quote) << lengthShift())
                .put(quote)
                .put(tail)
                .array();
        if (!isIpv6()) {
            ByteBuffer.wrap(message).putShort(2, InternetChecksum.of(message, 0, length));
        }
        return message;
    }

    private int lengthField(byte[] quote) {
        if (extensions == null) {
            return 0;
        }
        return claimedLength == NO_CLAIM ? quote.length / wordLength() : claimedLength;
    }

    /** Byte 4 of the message is the highest of the rest, byte 5 the next one. */
    private int lengthShift() {
        return isIpv6() ? 24 : 16;
    }

    private int wordLength() {
        return isIpv6() ? 8 : 4;
    }

    private byte[] paddedQuote() {
        byte[] quote = quoted.bytes();
        int words = (quote.length + wordLength() - 1) / wordLength();
        return Arrays.copyOf(quote, Math.max(LEAST_QUOTE, words * wordLength()));
    }

    /** Type, code and what it is about, for messages. */
    @Override
    public String toString() {
        return (isIpv6() ? "ICMPv6 " : "ICMP ") + type + "/" + code + " about " + quoted;
    }
}
