package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptionTest {
    /** What to set where 1 is no telling value. */
    private static final Map<String, Integer> NUMBERS = Map.of(
            "SO_RCVBUF", 65536,
            "SO_SNDBUF", 65536,
            "SO_RCVBUFFORCE", 65536,
            "SO_SNDBUFFORCE", 65536,
            "IP_TOS", 46 << 2,
            "IP_TTL", 33,
            "IP_MULTICAST_TTL", 7,
            "SO_PRIORITY", 3,
            "SO_BUSY_POLL", 50,
            "TCP_KEEPIDLE", 61);

    /** The kinds of sockets. */
    enum Opener {
        UDP,
        TCP_LISTENER,
        TCP;

        LinuxSocket<?> open(ProtocolFamily family) throws IOException {
            return this == UDP
                    ? UdpSocket.open(family)
                    : this == TCP ? TcpSocket.open(family) : TcpListener.open(family);
        }
    }

    static Stream<Arguments> options() throws IOException {
        List<Arguments> arguments = new ArrayList<>();
        for (ProtocolFamily family : List.of(INET, INET6)) {
            for (Opener opener : Opener.values()) {
                try (LinuxSocket<?> socket = opener.open(family)) {
                    for (SocketOption<?> option : socket.supportedOptions()) {
                        arguments.add(Arguments.of(opener, family, option));
                    }
                }
            }
        }
        return arguments.stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void shouldGiveBackWhatWasSet(Opener opener, ProtocolFamily family, SocketOption<?> option) throws IOException {
        for (Object value : values(option)) {
            try (LinuxSocket<?> socket = opener.open(family)) {
                Object found;
                try {
                    found = setAndGet(socket, option, value);
                } catch (UnsupportedOperationException e) {
                    Assumptions.abort(e.getMessage());
                    return;
                } catch (NativeIOException e) {
                    Assumptions.assumeFalse(e.errnoName().equals("EPERM"), e.getMessage());
                    throw e;
                }
                // The kernel doubles the sizes of buffers, for its own use.
                assertThat(found).isEqualTo(option.name().contains("BUF") ? (Integer) value * 2 : value);
            }
        }
    }

    private static List<Object> values(SocketOption<?> option) throws IOException {
        if (option.type() == Boolean.class) {
            return List.of(true, false);
        }
        if (option.type().isEnum()) {
            return List.of(option.type().getEnumConstants());
        }
        if (option.type() == String.class) {
            return List.of("lo", "");
        }
        if (option.type() == NetworkInterface.class) {
            return List.of(Loopback.networkInterface());
        }
        if (option.name().equals("SO_LINGER")) {
            return List.of(-1, 0, 5, 65535);
        }
        return List.of(NUMBERS.getOrDefault(option.name(), 1));
    }

    @SuppressWarnings("unchecked")
    private static <T> T setAndGet(LinuxSocket<?> socket, SocketOption<T> option, Object value) throws IOException {
        return socket.setOption(option, (T) value).getOption(option);
    }

    @Test
    void shouldSupportAllOptionsThatTheJdksDatagramChannelHas() throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET);
                var jdk = java.nio.channels.DatagramChannel.open(java.net.StandardProtocolFamily.INET)) {
            jdk.supportedOptions().stream()
                    .filter(option -> option.getClass() == StandardSocketOptions.IP_TOS.getClass())
                    .filter(option -> !option.name().startsWith("SO_INCOMING_NAPI"))
                    .filter(option -> !option.name().startsWith("IP_DONTFRAG"))
                    .forEach(option -> assertThat(socket.supportedOptions()).contains(option));
        }
    }

    @Test
    void shouldSupportAllOptionsThatTheJdksTcpChannelsHave() throws IOException {
        try (TcpListener listener = TcpListener.open(INET);
                TcpSocket socket = TcpSocket.open(INET);
                var jdkListener = java.nio.channels.ServerSocketChannel.open();
                var jdk = java.nio.channels.SocketChannel.open()) {
            assertThat(listener.getOption(StandardSocketOptions.SO_REUSEADDR))
                    .isEqualTo(jdkListener.getOption(StandardSocketOptions.SO_REUSEADDR));
            assertThat(socket.getOption(StandardSocketOptions.SO_LINGER))
                    .isEqualTo(jdk.getOption(StandardSocketOptions.SO_LINGER));
            assertThat(socket.supportedOptions()).isEqualTo(listener.supportedOptions());
            Stream.concat(jdk.supportedOptions().stream(), jdkListener.supportedOptions().stream())
                    .filter(option -> !option.name().startsWith("SO_INCOMING_NAPI"))
                    .filter(option -> !List.of("TCP_QUICKACK", "SO_OOBINLINE").contains(option.name()))
                    .forEach(option -> assertThat(socket.supportedOptions()).contains(option));
        }
    }

    @Test
    void shouldKeepOptionsOfOneProtocolFromTheOther() throws IOException {
        try (TcpSocket tcp = TcpSocket.open(INET6);
                UdpSocket udp = UdpSocket.open(INET6)) {
            assertThat(tcp.supportedOptions())
                    .doesNotContain(LinuxSocketOptions.IP_PKTINFO, LinuxSocketOptions.UDP_GRO)
                    .contains(LinuxSocketOptions.TCP_USER_TIMEOUT, LinuxSocketOptions.IP_TTL);
            assertThat(udp.supportedOptions())
                    .doesNotContain(StandardSocketOptions.SO_LINGER, LinuxSocketOptions.TCP_USER_TIMEOUT)
                    .contains(LinuxSocketOptions.IP_PKTINFO, LinuxSocketOptions.IP_TTL);
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> tcp.setOption(LinuxSocketOptions.IP_PKTINFO, true))
                    .withMessageContaining("IP_PKTINFO")
                    .withMessageContaining("TCP");
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> tcp.getOption(LinuxSocketOptions.IP_RECVERR));
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> udp.getOption(StandardSocketOptions.SO_LINGER))
                    .withMessageContaining("UDP");
        }
    }

    @Test
    void shouldTakeAnyNegativeLingerForOffAndCutALongOne() throws IOException {
        try (TcpSocket socket = TcpSocket.open(INET)) {
            assertThat(setAndGet(socket, StandardSocketOptions.SO_LINGER, 7)).isEqualTo(7);
            assertThat(setAndGet(socket, StandardSocketOptions.SO_LINGER, Integer.MIN_VALUE))
                    .isEqualTo(-1);
            assertThat(setAndGet(socket, StandardSocketOptions.SO_LINGER, Integer.MAX_VALUE))
                    .isEqualTo(65535);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TCP_KEEPIDLE, 0",
        "TCP_KEEPIDLE, 32768",
        "TCP_KEEPINTERVAL, 0",
        "TCP_KEEPCOUNT, 128",
        "TCP_USER_TIMEOUT, -1"
    })
    void shouldNameTcpOptionAndValueThatAreOutOfRange(String name, Integer value) throws IOException {
        try (TcpSocket socket = TcpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setAndGet(socket, option(socket, name), value))
                    .withMessageContaining(name)
                    .withMessageContaining(value.toString());
        }
    }

    @Test
    void shouldNameIpv6OptionsAsUnsupportedOnAnIpv4Socket() throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThat(socket.supportedOptions()).doesNotContain(LinuxSocketOptions.IPV6_V6ONLY);
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> socket.setOption(LinuxSocketOptions.IPV6_V6ONLY, true))
                    .withMessageContaining("IPV6_V6ONLY");
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> socket.getOption(LinuxSocketOptions.IPV6_V6ONLY))
                    .withMessageContaining("IPV6_V6ONLY");
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true))
                    .withMessageContaining("TCP_NODELAY");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "IP_TOS, -1",
        "IP_TOS, 256",
        "IP_TTL, 0",
        "IP_TTL, 256",
        "IP_MULTICAST_TTL, -1",
        "IP_MULTICAST_TTL, 256",
        "SO_RCVBUF, -1",
        "SO_SNDBUF, -1",
        "SO_RCVBUFFORCE, -1",
        "SO_PRIORITY, -1",
        "SO_INCOMING_CPU, -1",
        "SO_BUSY_POLL, -2147483648"
    })
    void shouldNameOptionAndValueThatAreOutOfRange(String name, Integer value) throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setAndGet(socket, option(socket, name), value))
                    .withMessageContaining(name)
                    .withMessageContaining(value.toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"'a-name-of-16-bytes'", "'nul\0'", "'ÄÖÜÄÖÜÄÖ'"})
    void shouldRefuseNamesThatNoInterfaceCanHave(String name) throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> socket.setOption(LinuxSocketOptions.SO_BINDTODEVICE, name))
                    .withMessageContaining("SO_BINDTODEVICE")
                    .withMessageContaining(name);
        }
    }

    @ParameterizedTest
    @CsvSource({"SO_RCVBUF", "SO_BROADCAST", "SO_BINDTODEVICE", "IP_MULTICAST_IF"})
    void shouldRefuseValuesOfAnotherType(String name) throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setAndGet(socket, option(socket, name), 1.5))
                    .withMessageContaining(name)
                    .withMessageContaining("1.5");
        }
    }

    private static SocketOption<?> option(LinuxSocket<?> socket, String name) {
        return socket.supportedOptions().stream()
                .filter(option -> option.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldHaveNoMulticastInterfaceAtFirst() throws IOException {
        for (ProtocolFamily family : List.of(INET, INET6)) {
            try (UdpSocket socket = UdpSocket.open(family)) {
                assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_IF))
                        .isNull();
            }
        }
    }

    @Test
    void shouldRefuseIpv4PeersWhenOnlyIpv6IsWanted() throws IOException {
        try (UdpSocket only6 = UdpSocket.open(INET6);
                UdpSocket on4 = UdpSocket.open(INET)) {
            only6.setOption(LinuxSocketOptions.IPV6_V6ONLY, true).bind(null);
            on4.bind(new java.net.InetSocketAddress("127.0.0.1", Loopback.port(only6))); // the port is free for IPv4
            PacketBatch batch = PacketBatch.allocate(1, 10);
            Packet packet = batch.add().remote(Loopback.at(on4));
            assertThat(only6.send(batch)).isZero();
            assertThat(packet.refusalErrno()).isNotZero();
        }
    }
}
