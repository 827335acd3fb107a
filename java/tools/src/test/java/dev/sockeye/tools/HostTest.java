package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class HostTest {
    private final Host.Converter converter = new Host.Converter();

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1",
        "::1, ::1",
        "[::1], ::1",
        "[2001:db8::1], 2001:db8::1",
        "2001:0DB8:0:0::1, 2001:db8::1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "[fe80::1%1], fe80::1%1",
        "fe80::1%1, fe80::1%1"
    })
    void shouldReadAnAddress(String written, String address) {
        assertThat(Host.text(converter.convert(written).address(null, "HOST"))).isEqualTo(address);
    }

    @Test
    void shouldChooseTheFirstAddressOfTheFamily() throws Exception {
        InetAddress ipv4 = InetAddress.getByName("192.0.2.1");
        InetAddress ipv6 = InetAddress.getByName("2001:db8::1");
        Host host = new Host("name", ipv4, ipv6, InetAddress.getByName("2001:db8::2"));

        assertThat(host.address(null, "HOST")).isEqualTo(ipv4);
        assertThat(host.address(StandardProtocolFamily.INET, "HOST")).isEqualTo(ipv4);
        assertThat(host.address(StandardProtocolFamily.INET6, "HOST")).isEqualTo(ipv6);
    }

    @Test
    void shouldSayWhichFamilyIsMissing() throws Exception {
        Host host = new Host("name", InetAddress.getByName("192.0.2.1"));

        assertThatThrownBy(() -> host.address(StandardProtocolFamily.INET6, "option '--from'"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("Invalid value for option '--from': 'name' has no IPv6 address");
    }

    @Test
    void shouldWantTheInterfaceOfALinkLocalAddress() {
        assertThatThrownBy(() -> converter.convert("fe80::1").address(null, "option '--bind'"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("--bind")
                .hasMessageContaining("%eth0");
    }

    @Test
    void shouldPutBracketsWhereAPortFollows() throws Exception {
        assertThat(Host.text(new InetSocketAddress("192.0.2.1", 7))).isEqualTo("192.0.2.1:7");
        assertThat(Host.text(new InetSocketAddress("2001:db8::1", 7))).isEqualTo("[2001:db8::1]:7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "connect(/192.0.2.1:7): ENETUNREACH | connect(192.0.2.1:7): ENETUNREACH",
                "send(2 bytes to /[2001:db8:0:0:0:0:0:1]:7 from any) | send(2 bytes to [2001:db8:0:0:0:0:0:1]:7 from any)",
                "to /[fe80:0:0:0:0:0:0:1%eth0]:7 from /127.0.0.1:9 | to [fe80:0:0:0:0:0:0:1%eth0]:7 from 127.0.0.1:9",
                "bind(0.0.0.0/0.0.0.0:7007) | bind(0.0.0.0:7007)",
                "bind(localhost/127.0.0.1:7) | bind(127.0.0.1:7)",
                "--payload @/etc/shadow, 127.0.0.1/8 | --payload @/etc/shadow, 127.0.0.1/8",
            })
    void shouldWriteNoSlashBeforeAnAddress(String message, String expected) {
        assertThat(Host.withoutSlashes(message)).isEqualTo(expected);
    }
}
