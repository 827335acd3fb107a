package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules are those of RFC 5952 section 4. */
class Ipv6TextTest {
    @ParameterizedTest
    @CsvSource({
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:db8:0:0:0:0:0:1, 2001:db8::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:1:0:0:0:0:0, 0:0:1::",
        "10:0:0:10:100:0:0:a0, 10::10:100:0:0:a0",
        "fe80:0:0:0:0:0:0:1%e0, fe80::1%e0",
        "fe80:0:0:0:0:0:0:0%0, fe80::%0",
        "192.0.2.1, 192.0.2.1"
    })
    void shouldShortenTheFirstOfTheLongestRunsOfZeros(String written, String shortened) {
        assertThat(Ipv6Text.shorten(written)).isEqualTo(shortened);
    }

    @Test
    void shouldStayTheSameAddress() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[16];
            for (int group = 0; group < 16; group += 2) {
                if (random.nextInt(3) == 0) {
                    bytes[group] = (byte) random.nextInt();
                    bytes[group + 1] = (byte) random.nextInt(2);
                }
            }
            String text =
                    Ipv6Text.shorten(Inet6Address.getByAddress(null, bytes, -1).getHostAddress());
            assertThat(ipv6(text)).as(text).isEqualTo(bytes);
            assertThat(text).doesNotContain(":::").doesNotContainPattern("::.*::");
        }
    }

    private static byte[] ipv6(String text) throws Exception {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        if (bytes.length == 16) {
            return bytes;
        }
        byte[] mapped = new byte[16]; // Java takes a mapped address for the IPv4 one
        mapped[10] = mapped[11] = (byte) 0xff;
        System.arraycopy(bytes, 0, mapped, 12, 4);
        return mapped;
    }
}
