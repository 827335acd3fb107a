package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.NativeIOException;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.TcpListener;
import dev.sockeye.TcpSocket;
import dev.sockeye.lab.Host;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of connections that nobody accepted when one listener of a group is closed. */
@ExtendWith(LabExtension.class)
class TcpMigrationTest {
    private static final int CONNECTIONS = 40;
    private static final Duration LONG = Duration.ofSeconds(20);

    /** As the kernel's selftest migrate_reuseport.c has it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldResetTheConnectionsOfAClosedListenerUnlessTheyMayMove(boolean mayMove, Lab lab) throws Exception {
        Host host = lab.host("server");
        if (mayMove) {
            host.sysctl("net.ipv4.tcp_migrate_req", "1");
        }
        host.call(() -> {
            check(mayMove);
            return null;
        });
    }

    private static void check(boolean mayMove) throws IOException {
        List<TcpSocket> clients = new ArrayList<>();
        try (ReuseportGroup<TcpListener> group = ReuseportGroup.listen(
                () -> TcpListener.open(StandardProtocolFamily.INET),
                new InetSocketAddress("127.0.0.1", 7007),
                2,
                CONNECTIONS)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(TcpSocket.open(StandardProtocolFamily.INET).connect(group.localAddress(), LONG));
            }
            TcpListener closed = group.members().get(0);
            TcpListener left = group.members().get(1);
            closed.close();
            int accepted = 0;
            for (TcpSocket socket; (socket = left.acceptNow()) != null; accepted++) {
                socket.write(ByteBuffer.allocate(1));
                socket.close();
            }
            int resets = 0;
            for (TcpSocket client : clients) {
                resets += isReset(client) ? 1 : 0;
            }
            assertThat(accepted + resets).isEqualTo(CONNECTIONS);
            if (mayMove) {
                assertThat(resets).isZero();
            } else {
                assertThat(resets).isPositive();
            }
        } finally {
            for (TcpSocket client : clients) {
                client.close();
            }
        }
    }

    private static boolean isReset(TcpSocket client) throws IOException {
        try {
            assertThat(client.read(ByteBuffer.allocate(1), LONG)).isEqualTo(1);
            return false;
        } catch (NativeIOException e) {
            assertThat(e.errnoName()).isEqualTo("ECONNRESET");
            return true;
        }
    }
}
