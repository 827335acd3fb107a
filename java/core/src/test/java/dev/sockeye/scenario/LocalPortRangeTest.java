package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockeye.NativeIOException;
import dev.sockeye.TcpSocket;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.NetworkChannel;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * IP_LOCAL_PORT_RANGE, an option that the library knows only by its number, as in the kernel's selftest
 * ip_local_port_range.c: from which ports the kernel picks one, within those of the host.
 */
@ExtendWith(LabExtension.class)
class LocalPortRangeTest {
    private static final int SOL_IP = 0;
    private static final int IP_LOCAL_PORT_RANGE = 51;

    private static int range(int low, int high) {
        return high << 16 | low;
    }

    private static NetworkChannel open(boolean tcp, String address, int range) throws IOException {
        ProtocolFamily family = address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        if (tcp) {
            return TcpSocket.open(family).setRawOption(SOL_IP, IP_LOCAL_PORT_RANGE, range);
        }
        return UdpSocket.open(family).setRawOption(SOL_IP, IP_LOCAL_PORT_RANGE, range);
    }

    private static NetworkChannel bound(boolean tcp, String address, int low, int high) throws IOException {
        NetworkChannel socket = open(tcp, address, range(low, high));
        try {
            return socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static int port(NetworkChannel socket) throws IOException {
        return ((InetSocketAddress) socket.getLocalAddress()).getPort();
    }

    /** The ports that there are to bind, each once, before a refusal. */
    private static Set<Integer> exhaust(boolean tcp, String address, int low, int high) throws IOException {
        Set<NetworkChannel> sockets = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        try {
            for (int i = low; i <= high; i++) {
                NetworkChannel socket = bound(tcp, address, low, high);
                sockets.add(socket);
                ports.add(port(socket));
            }
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> bound(tcp, address, low, high))
                    .withMessageContaining("EADDRINUSE");
            return ports;
        } finally {
            for (NetworkChannel socket : sockets) {
                socket.close();
            }
        }
    }

    @ParameterizedTest(name = "TCP {0}, {1}")
    @CsvSource({"false, 127.0.0.1", "true, 127.0.0.1", "false, ::1", "true, ::1"})
    void shouldPickPortsOfASocketsOwnRange(boolean tcp, String address, Lab lab) throws Exception {
        Host host = lab.host("host").sysctl("net.ipv4.ip_local_port_range", "40000 49999");
        Assumptions.assumeTrue(!address.equals("::1") || host.hasIpv6(), "no IPv6 here");
        host.run(() -> {
            try (NetworkChannel socket = open(tcp, address, range(0, 0))) {
                assertThat(socket.isOpen()).isTrue();
            } catch (UnsupportedOperationException e) {
                Assumptions.abort("IP_LOCAL_PORT_RANGE, since Linux 6.3: " + e.getMessage());
            }
            assertThat(exhaust(tcp, address, 42000, 42007)).hasSize(8);
            assertThat(exhaust(tcp, address, 45555, 45555)).containsExactly(45555);
            check(tcp, address, 30000, 39999, 40000, 49999); // none of the host's: as if not set
            check(tcp, address, 50000, 59999, 40000, 49999);
            check(tcp, address, 30000, 40009, 40000, 40009); // clamped to the host's
            check(tcp, address, 49990, 59999, 49990, 49999);
            check(tcp, address, 0, 40009, 40000, 40009); // open to one side
            check(tcp, address, 49990, 0, 49990, 49999);
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> open(tcp, address, range(40002, 40001)))
                    .withMessageContaining("EINVAL");
        });
    }

    private static void check(boolean tcp, String address, int low, int high, int from, int to) throws IOException {
        for (int i = 0; i < 20; i++) {
            try (NetworkChannel socket = bound(tcp, address, low, high)) {
                assertThat(port(socket)).as("of %d to %d", low, high).isBetween(from, to);
            }
        }
    }
}
