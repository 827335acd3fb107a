package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sockeye.NativeIOException;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.Steering;
import dev.sockeye.TcpInfo;
import dev.sockeye.TcpListener;
import dev.sockeye.TcpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of connections when a listener of a group is closed, with and without net.ipv4.tcp_migrate_req, as in the
 * kernel's selftest migrate_reuseport.c.
 */
@Timeout(60)
@ExtendWith(LabExtension.class)
class TcpMigrationTest {
    private static final int CLIENTS = 25;
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String MIGRATE = "net.ipv4.tcp_migrate_req";

    private final List<TcpSocket> clients = new ArrayList<>();

    private static Host host(Lab lab, String address, int migrate) {
        Host host = lab.host("host");
        Assumptions.assumeTrue(host.hasIpv6() || !address.equals("::1"), "no IPv6 here");
        Assumptions.assumeTrue(
                Files.exists(Path.of("/proc/sys", MIGRATE.replace('.', '/'))),
                MIGRATE + ": this kernel does not have it (since Linux 5.14)");
        return host.sysctl(MIGRATE, String.valueOf(migrate));
    }

    /** Two listeners, of which the first gets all connections. */
    private static ReuseportGroup<TcpListener> group(Host host, String address) throws Exception {
        InetSocketAddress any = new InetSocketAddress(address, 0);
        ProtocolFamily family = family(address);
        ReuseportGroup<TcpListener> group =
                host.call(() -> ReuseportGroup.listen(() -> TcpListener.open(family), any, 2, 100));
        group.steer(Steering.byFlow().over(0));
        return group;
    }

    private static ProtocolFamily family(String address) {
        return address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    private void connect(Host host, ReuseportGroup<TcpListener> group, String address) throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            TcpSocket client = host.call(() -> TcpSocket.open(family(address)));
            clients.add(client);
            client.connect(group.localAddress(), LONG);
        }
    }

    private void closeClients() throws IOException {
        for (TcpSocket client : clients) {
            client.close();
        }
    }

    /** All of them, by the bytes that each client sent. */
    private static void checkAccepted(TcpListener listener) throws IOException {
        boolean[] seen = new boolean[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            try (TcpSocket accepted = listener.accept(LONG)) {
                assertThat(accepted).as("connection %d", i).isNotNull();
                ByteBuffer number = ByteBuffer.allocate(1);
                assertThat(accepted.read(number, LONG)).isEqualTo(1);
                assertThat(seen[number.get(0)]).isFalse();
                seen[number.get(0)] = true;
            }
        }
    }

    private void sendNumbers() throws IOException {
        for (int i = 0; i < CLIENTS; i++) {
            clients.get(i).write(ByteBuffer.wrap(new byte[] {(byte) i}));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldMoveWhatWaitsToBeAcceptedToAnotherListener(String address, Lab lab) throws Exception {
        Host host = host(lab, address, 1);
        try (ReuseportGroup<TcpListener> group = group(host, address)) {
            connect(host, group, address);
            sendNumbers();
            group.members().get(0).close();
            checkAccepted(group.members().get(0));
        } finally {
            closeClients();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldResetWhatWaitsToBeAcceptedWhereTheKernelMayNotMoveIt(String address, Lab lab) throws Exception {
        Host host = host(lab, address, 0);
        try (ReuseportGroup<TcpListener> group = group(host, address)) {
            connect(host, group, address);
            group.members().get(0).close();
            for (TcpSocket client : clients) {
                assertThatExceptionOfType(NativeIOException.class)
                        .isThrownBy(() -> client.read(ByteBuffer.allocate(1), LONG))
                        .withMessageContaining("ECONNRESET");
            }
            assertThat(group.members().get(0).acceptNow()).isNull();
        } finally {
            closeClients();
        }
    }

    /** The last step of the handshake comes when its listener has gone. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldMoveAHalfOpenConnectionToAnotherListener(String address, Lab lab) throws Exception {
        Host host = host(lab, address, 1);
        try (ReuseportGroup<TcpListener> group = group(host, address)) {
            host.nft("table inet fw { chain input { type filter hook input priority 0;"
                    + " tcp flags & (syn | ack | rst) == ack drop; }; }");
            connect(host, group, address);
            assertThat(group.members().get(0).acceptNow()).isNull();
            group.members().get(0).close();
            host.nft("flush ruleset");
            sendNumbers();
            checkAccepted(group.members().get(0));
        } finally {
            closeClients();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldLeaveAcceptedConnectionsAlone(int migrate, Lab lab) throws Exception {
        Host host = host(lab, "127.0.0.1", migrate);
        try (ReuseportGroup<TcpListener> group = group(host, "127.0.0.1")) {
            connect(host, group, "127.0.0.1");
            List<TcpSocket> servers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                servers.add(group.members().get(0).accept(LONG));
            }
            group.members().get(0).close();
            sendNumbers();
            for (TcpSocket server : servers) {
                assertThat(server.read(ByteBuffer.allocate(1), LONG)).isEqualTo(1);
                assertThat(server.info().state()).isEqualTo(TcpInfo.State.ESTABLISHED);
                server.close();
            }
            assertThat(group.members().get(0).acceptNow()).isNull();
        } finally {
            closeClients();
        }
    }
}
