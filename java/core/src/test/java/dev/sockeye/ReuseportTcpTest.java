package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP listeners that share a port. */
class ReuseportTcpTest {
    private static ReuseportGroup<TcpListener> open(String address, int members) throws IOException {
        InetSocketAddress any = new InetSocketAddress(address, 0);
        return ReuseportGroup.listen(() -> TcpListener.open(TcpPair.family(any.getAddress())), any, members, 64);
    }

    /** Connects so often, and counts what waits in each member's queue. */
    private static int[] connect(ReuseportGroup<TcpListener> group, int times) throws IOException {
        List<TcpSocket> clients = new ArrayList<>();
        try {
            for (int i = 0; i < times; i++) {
                clients.add(TcpSocket.open(TcpPair.family(group.localAddress().getAddress())));
                clients.get(i).connect(group.localAddress(), TcpPair.SECONDS);
            }
            int[] counts = new int[group.members().size()];
            for (int i = 0; i < counts.length; i++) {
                for (TcpSocket accepted; (accepted = group.members().get(i).acceptNow()) != null; ) {
                    accepted.close();
                    counts[i]++;
                }
            }
            return counts;
        } finally {
            for (TcpSocket client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldSpreadConnectionsOverAllListeners(String address) throws IOException {
        try (ReuseportGroup<TcpListener> group = open(address, 3)) {
            int[] counts = connect(group, 90);
            assertThat(counts[0] + counts[1] + counts[2]).isEqualTo(90);
            assertThat(Arrays.stream(counts).min().getAsInt()).isGreaterThan(9);
        }
    }

    @Test
    void shouldSteerConnections() throws IOException {
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 3)) {
            group.steer(Steering.byFlow().over(1));
            assertThat(connect(group, 20)).containsExactly(0, 20, 0);
            group.steer(Steering.byFlow().weighted(0, 0, 1));
            assertThat(connect(group, 20)).containsExactly(0, 0, 20);
        }
    }

    @Test
    void shouldSpreadConnectionsThatHaveNoBytesToSteerBy() throws IOException {
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 3)) {
            group.steer(Steering.byBytes(0, 1).over(1));
            int[] counts = connect(group, 90);
            assertThat(Arrays.stream(counts).sum()).isEqualTo(90);
            assertThat(Arrays.stream(counts).min().getAsInt()).isGreaterThan(9);
        }
    }

    @Test
    void shouldKeepIndexesRightAndSteerAwayFromTheDrained() throws IOException {
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 3)) {
            group.steer(Steering.random().over(0));
            group.drain(group.members().get(0));
            assertThat(connect(group, 20)[0]).isZero();
            TcpListener last = group.members().get(2);
            group.members().get(0).close();
            assertThat(group.members().get(0)).isSameAs(last);
            assertThat(connect(group, 20)).containsExactly(20, 0);
            TcpListener added = group.add();
            group.steer(Steering.random().over(2));
            assertThat(connect(group, 20)).containsExactly(0, 0, 20);
            assertThat(group.members().get(2)).isSameAs(added);
        }
    }

    @Test
    void shouldCountStrangersThatListenThere() throws IOException {
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 2);
                TcpListener stranger = TcpListener.open(Loopback.INET)
                        .setOption(java.net.StandardSocketOptions.SO_REUSEPORT, true)
                        .bind(group.localAddress())) {
            assertThat(group.strangers()).isZero();
            stranger.listen(1);
            assertThat(group.strangers()).isEqualTo(1);
        }
    }

    @Test
    void shouldShareAPortWithAGroupOfOtherOptions() throws IOException {
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 2);
                ReuseportGroup<TcpListener> other = ReuseportGroup.listen(
                        () -> TcpListener.open(Loopback.INET)
                                .setOption(java.net.StandardSocketOptions.TCP_NODELAY, true),
                        group.localAddress(),
                        3,
                        0)) {
            assertThat(group.strangers()).isEqualTo(3);
            assertThat(other.strangers()).isEqualTo(2);
        }
    }

    @Test
    void shouldNotShareAPortThatAnotherListensOnAlone() throws IOException {
        try (TcpListener alone = TcpPair.listener("127.0.0.1")) {
            InetSocketAddress address = alone.getLocalAddress();
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> ReuseportGroup.listen(() -> TcpListener.open(Loopback.INET), address, 2, 16))
                    .withMessageContaining("EADDRINUSE")
                    .withMessageContaining("without SO_REUSEPORT, or one of another user");
        }
        try (ReuseportGroup<TcpListener> group = open("127.0.0.1", 2);
                TcpListener alone = TcpListener.open(Loopback.INET)) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> alone.bind(group.localAddress()).listen(16))
                    .withMessageContaining("EADDRINUSE");
        }
    }

    @Test
    void shouldNameWhatIsWrong() {
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReuseportGroup.listen(() -> TcpListener.open(Loopback.INET), any, 2, -1))
                .withMessageContaining("backlog -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReuseportGroup.open(() -> TcpListener.open(Loopback.INET), any, 2))
                .withMessageContaining("group is of UdpSocket");
    }
}
