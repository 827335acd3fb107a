package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected bytes were made by another program. */
@Timeout(10)
class IcmpErrorTest {

    private static final QuotedDatagram IPV4 = datagram("10.0.0.2", "192.0.2.1", 3);
    private static final QuotedDatagram IPV6 = datagram("2001:db8::2", "2001:db8::1", 3);

    private static final String QUOTE_IPV4 = "4500001f000040000111adcb0a000002c0000201" + "12341b5f000baf95" + "ababab";
    private static final String QUOTE_IPV6 = "60000000000b1101"
            + "20010db8000000000000000000000002"
            + "20010db8000000000000000000000001"
            + "12341b5f000b2024"
            + "ababab";

    private static final IcmpExtensions LABEL = IcmpExtensions.empty().withObject(1, 1, bytes("12345678"));
    private static final String LABEL_BYTES = "2000764a" + "00080101" + "12345678";

    private static QuotedDatagram datagram(String source, String destination, int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0xab);
        return QuotedDatagram.of(
                new InetSocketAddress(source, 0x1234), new InetSocketAddress(destination, 7007), payload);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void shouldQuoteAnIpv4Datagram() {
        assertThat(hex(IcmpError.packetTooBig(IPV4, 1300).bytes())).isEqualTo("0304c407" + "00000514" + QUOTE_IPV4);
    }

    /** With checksum 0, which the kernel replaces. */
    @Test
    void shouldQuoteAnIpv6Datagram() {
        assertThat(hex(IcmpError.packetTooBig(IPV6, 1300).bytes())).isEqualTo("02000000" + "00000514" + QUOTE_IPV6);
    }

    @Test
    void shouldPutExtensionsBehindTheFilledUpIpv4Quote() {
        assertThat(hex(IcmpError.hopLimitExceeded(IPV4).withExtensions(LABEL).bytes()))
                .isEqualTo("0b00c0ff" + "00200000" + QUOTE_IPV4 + "00".repeat(97) + LABEL_BYTES);
    }

    @Test
    void shouldPutExtensionsBehindTheFilledUpIpv6Quote() {
        assertThat(hex(IcmpError.hopLimitExceeded(IPV6).withExtensions(LABEL).bytes()))
                .isEqualTo("03000000" + "10000000" + QUOTE_IPV6 + "00".repeat(77) + LABEL_BYTES);
    }

    @Test
    void shouldCountALongQuoteInWholeWords() {
        QuotedDatagram ipv4 = datagram("10.0.0.2", "192.0.2.1", 201); // 229 bytes, 58 words
        QuotedDatagram ipv6 = datagram("2001:db8::2", "2001:db8::1", 201); // 249 bytes, 32 words

        byte[] first = IcmpError.of(3, 13, ipv4).withExtensions(LABEL).bytes();
        byte[] second = IcmpError.of(1, 1, ipv6).withExtensions(LABEL).bytes();

        assertThat(first[5]).isEqualTo((byte) 58);
        assertThat(first).hasSize(8 + 58 * 4 + 12);
        assertThat(second[4]).isEqualTo((byte) 32);
        assertThat(second).hasSize(8 + 32 * 8 + 12);
    }

    @Test
    void shouldKeepTheMtuNextToTheLength() {
        assertThat(hex(Arrays.copyOfRange(
                        IcmpError.packetTooBig(IPV4, 1300).withExtensions(LABEL).bytes(), 4, 8)))
                .isEqualTo("00200514");
    }

    @Test
    void shouldLieAboutTheLength() {
        byte[] message = IcmpError.hopLimitExceeded(IPV4)
                .withExtensions(LABEL)
                .withClaimedLength(255)
                .bytes();

        assertThat(message[5]).isEqualTo((byte) 255);
        assertThat(message).hasSize(8 + 128 + 12);
    }

    @Test
    void shouldBreakExtensions() {
        assertThat(hex(LABEL.withBadChecksum().bytes()))
                .doesNotStartWith("2000764a")
                .doesNotStartWith("20000000")
                .endsWith("0008010112345678");
        assertThat(hex(LABEL.withoutChecksum().bytes())).isEqualTo("20000000" + "0008010112345678");
        assertThat(hex(LABEL.withVersion(1).bytes())).startsWith("1000").endsWith("0008010112345678");
        assertThat(hex(IcmpExtensions.empty().withBytes(bytes("ffff0101")).bytes()))
                .endsWith("ffff0101");
    }

    @Test
    void shouldRefuseNumbersThatDoNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpError.of(256, 0, IPV4))
                .withMessage("type must be 0 to 255, not 256");
        assertThatIllegalArgumentException().isThrownBy(() -> IcmpError.of(3, -1, IPV4));
        assertThatIllegalArgumentException().isThrownBy(() -> IcmpError.packetTooBig(IPV4, 65_536));
        assertThatIllegalArgumentException().isThrownBy(() -> LABEL.withVersion(16));
        assertThatIllegalArgumentException().isThrownBy(() -> LABEL.withObject(256, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LABEL.withObject(1, 1, new byte[3]))
                .withMessageContaining("not of 3 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpError.of(3, 3, IPV4).withClaimedLength(1))
                .withMessageContaining("only a message with extensions");
    }

    @Test
    void shouldRefuseTwoValuesForOneByte() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpError.of(3, 3, IPV4).withRest(0x0001_0000).withExtensions(LABEL))
                .withMessageContaining("byte 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpError.of(1, 4, IPV6).withExtensions(LABEL).withRest(0x0100_0000))
                .withMessageContaining("byte 4");
    }

    @Test
    void shouldRefuseAQuoteWhoseLengthTheHeaderCannotTell() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpError.of(3, 3, datagram("10.0.0.2", "192.0.2.1", 1000))
                        .withExtensions(LABEL))
                .withMessageContaining("at most 1020 bytes");
    }

    @Test
    void shouldRefuseADatagramThatCannotBe() {
        InetSocketAddress ipv4 = new InetSocketAddress("10.0.0.2", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuotedDatagram.of(ipv4, new InetSocketAddress("2001:db8::1", 1)))
                .withMessageContaining("different families");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuotedDatagram.of(ipv4, InetSocketAddress.createUnresolved("peer.invalid", 1)))
                .withMessageContaining("not resolved");
    }

    @ParameterizedTest
    @ValueSource(ints = {65_480, 70_000})
    void shouldRefuseAPayloadThatNoMessageCarries(int length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> datagram("10.0.0.2", "192.0.2.1", length))
                .withMessageContaining("payload length must be 0 to 65479");
    }
}
