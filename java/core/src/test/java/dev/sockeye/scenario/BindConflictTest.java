package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.TcpSocket;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who keeps whom from a port when neither shares it, as in the kernel's selftest bind_wildcard.c: two sockets do when
 * there is an address that both would get. On a host of its own, where no other test has a port.
 */
@ExtendWith(LabExtension.class)
class BindConflictTest {
    private static final StandardProtocolFamily INET = StandardProtocolFamily.INET;
    private static final StandardProtocolFamily INET6 = StandardProtocolFamily.INET6;

    private static final int NONE = 0;
    private static final int ONE = 1;
    private static final int ALL = 2;

    /** A socket's family and address, and which addresses of IPv4 and of IPv6 that covers. */
    private record Binding(StandardProtocolFamily family, boolean ipv6Only, String address, int ipv4, int ipv6) {
        NetworkChannel open(boolean tcp, int port) throws IOException {
            InetSocketAddress local = new InetSocketAddress(address, port);
            NetworkChannel socket = tcp ? TcpSocket.open(family) : UdpSocket.open(family);
            try {
                if (family == INET6) {
                    socket.setOption(LinuxSocketOptions.IPV6_V6ONLY, ipv6Only);
                }
                return socket.bind(local);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        }

        boolean meets(Binding other) {
            return meets(ipv4, other.ipv4) || meets(ipv6, other.ipv6);
        }

        private static boolean meets(int some, int others) {
            return some != NONE && others != NONE; // there is one specific address of each family here
        }
    }

    private static final List<Binding> BINDINGS = List.of(
            new Binding(INET, false, "0.0.0.0", ALL, NONE),
            new Binding(INET, false, "127.0.0.1", ONE, NONE),
            new Binding(INET6, false, "127.0.0.1", ONE, NONE),
            new Binding(INET6, false, "::", ALL, ALL),
            new Binding(INET6, false, "::1", NONE, ONE),
            new Binding(INET6, true, "::", NONE, ALL),
            new Binding(INET6, true, "::1", NONE, ONE));

    @ParameterizedTest(name = "TCP {0}")
    @ValueSource(booleans = {false, true})
    void shouldRefuseAPortWhereAnAddressIsTaken(boolean tcp, Lab lab) throws Exception {
        Host host = lab.host("host");
        List<Binding> bindings = BINDINGS.stream()
                .filter(binding -> binding.family == INET || host.hasIpv6())
                .toList();
        host.run(() -> {
            for (Binding first : bindings) {
                for (Binding second : bindings) {
                    try (NetworkChannel holder = first.open(tcp, 0)) {
                        int port = ((InetSocketAddress) holder.getLocalAddress()).getPort();
                        if (first.meets(second)) {
                            assertThatExceptionOfType(BindException.class)
                                    .as("%s, then %s", first, second)
                                    .isThrownBy(() -> second.open(tcp, port))
                                    .withMessageContaining("EADDRINUSE");
                        } else {
                            try (NetworkChannel other = second.open(tcp, port)) {
                                assertThat(((InetSocketAddress) other.getLocalAddress()).getPort())
                                        .isEqualTo(port);
                            }
                        }
                    }
                }
            }
        });
    }
}
