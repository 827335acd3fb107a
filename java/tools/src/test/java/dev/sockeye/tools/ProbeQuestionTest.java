package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.tools.ProbeQuestion.Quote;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeQuestionTest {
    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static ByteBuffer quote(byte[] payload, int length) {
        return ByteBuffer.wrap(Arrays.copyOf(payload, length)).asReadOnlyBuffer();
    }

    /** The x are random. */
    @ParameterizedTest
    @CsvSource({
        "53, xxxx01000001000000000000 00 0002 0001",
        "123, 23 00000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 xxxxxxxxxxxxxxxx",
        "161, 303c 020103 3011 020440xxxxxx 020300ffe3 040104 020103 0410 300e 0400 020100 020100 0400 0400 0400"
                + " 3012 0400 0400 a00c 02020001 020100 020100 3000",
        "3478, 0001 0000 2112a442 xxxxxxxxxxxxxxxxxxxxxxxx",
        "7, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "7007, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "9, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    })
    void shouldSpeakTheProtocolOf(int port, String form) {
        byte[] first = ProbeQuestion.forPort(port).payload();
        byte[] second = ProbeQuestion.forPort(port).payload();

        assertThat(hex(first)).matches(form.replace(" ", "").replace("x", "[0-9a-f]"));
        if (port != 53) { // two bytes are the same now and then
            assertThat(first).isNotEqualTo(second);
        }
    }

    @ParameterizedTest
    @CsvSource({"53,2", "123,48", "161,13", "3478,20", "9,16"})
    void shouldKnowAQuoteThatHasTheRandomBytes(int port, int proof) {
        ProbeQuestion question = ProbeQuestion.forPort(port);
        byte[] payload = question.payload();

        for (int length = 0; length <= payload.length; length++) {
            assertThat(question.quotedBy(quote(payload, length)))
                    .as("%d bytes", length)
                    .isEqualTo(length < proof ? Quote.PORTS_ONLY : Quote.PROVEN);
        }
        assertThat(question.quotedBy(quote(payload, 128)))
                .as("filled up (RFC 4884)")
                .isEqualTo(Quote.PROVEN);
        for (int at = 0; at < payload.length; at++) {
            byte[] other = payload.clone();
            other[at]++;
            assertThat(question.quotedBy(ByteBuffer.wrap(other))).isEqualTo(Quote.FORGED);
        }
        assertThat(question.quotedBy(ByteBuffer.wrap(new byte[] {(byte) (payload[0] + 1)})))
                .isEqualTo(Quote.FORGED);
    }

    @Test
    void shouldTakeTheBeginningOfAGivenPayloadForProof() {
        byte[] payload = "hello, world".getBytes(StandardCharsets.UTF_8);
        ProbeQuestion question = ProbeQuestion.of(payload);

        assertThat(question.quotedBy(quote(payload, 7))).isEqualTo(Quote.PORTS_ONLY);
        assertThat(question.quotedBy(quote(payload, 8))).isEqualTo(Quote.PROVEN);
        assertThat(question.quotedBy(quote(new byte[1], 1))).isEqualTo(Quote.FORGED);
        assertThat(ProbeQuestion.of(payload[0]).quotedBy(quote(payload, 1))).isEqualTo(Quote.PROVEN);
        assertThat(ProbeQuestion.of().quotedBy(quote(payload, 0))).isEqualTo(Quote.PORTS_ONLY);
    }
}
