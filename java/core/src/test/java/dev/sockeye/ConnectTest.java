package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.channels.AlreadyBoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectTest {
    @Test
    void shouldHearAndSendToItsPeerAlone() throws IOException {
        try (UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket stranger = Loopback.bound("127.0.0.1");
                UdpSocket socket = Loopback.bound("127.0.0.1")) {
            assertThat(socket.getRemoteAddress()).isNull();
            socket.connect(Loopback.at(peer));
            assertThat(socket.getRemoteAddress()).isEqualTo(Loopback.at(peer));
            Loopback.send(stranger, Loopback.at(socket), "stranger");
            Loopback.send(peer, Loopback.at(socket), "peer");
            assertThat(Loopback.receiveAll(socket)).containsExactly("peer");
            PacketBatch batch = PacketBatch.allocate(1, 10);
            batch.add().payload("hello".getBytes());
            assertThat(socket.send(batch)).isEqualTo(1);
            assertThat(Loopback.receiveAll(peer)).containsExactly("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepItsPortAndHearEveryoneAfterDisconnect(boolean ipv6) throws IOException {
        try (UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket stranger = Loopback.bound("127.0.0.1");
                UdpSocket socket = UdpSocket.open(ipv6 ? INET6 : INET)) {
            socket.connect(Loopback.at(peer)); // the kernel picks the port, and would give it up again
            int port = Loopback.port(socket);
            socket.disconnect();
            assertThat(socket.getRemoteAddress()).isNull();
            assertThat(Loopback.port(socket)).isEqualTo(port);
            assertThat(socket.getLocalAddress().getAddress().isAnyLocalAddress())
                    .isTrue();
            Loopback.send(stranger, Loopback.at("127.0.0.1", socket), "stranger");
            assertThat(Loopback.receiveAll(socket)).containsExactly("stranger");
        }
    }

    @Test
    void shouldKeepTheAddressItWasBoundToAfterDisconnect() throws IOException {
        try (UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket socket = Loopback.bound("127.0.0.2")) {
            InetSocketAddress bound = Loopback.at(socket);
            socket.connect(Loopback.at(peer)).disconnect();
            assertThat(Loopback.at(socket)).isEqualTo(bound);
        }
    }

    @Test
    void shouldDisconnectWithoutAPeer() throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThat(socket.disconnect().getLocalAddress()).isNull();
        }
    }

    @Test
    void shouldReplaceItsPeer() throws IOException {
        try (UdpSocket first = Loopback.bound("127.0.0.1");
                UdpSocket second = Loopback.bound("127.0.0.1");
                UdpSocket socket = UdpSocket.open(INET)) {
            socket.connect(Loopback.at(first)).connect(Loopback.at(second));
            assertThat(socket.getRemoteAddress()).isEqualTo(Loopback.at(second));
        }
    }

    @Test
    void shouldRefusePortZero() throws IOException {
        try (UdpSocket socket = UdpSocket.open(INET)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", 0)))
                    .withMessageContaining("port 0");
        }
    }

    @Test
    void shouldNotBindTwice() throws IOException {
        try (UdpSocket socket = Loopback.bound("127.0.0.1")) {
            assertThatExceptionOfType(AlreadyBoundException.class).isThrownBy(() -> socket.bind(null));
        }
    }

    @Test
    void shouldReportAnEarlierDatagramsErrorAndSendTheBatchAllTheSame() throws Exception {
        InetSocketAddress peerAddress = vacantAddress();
        try (UdpSocket socket = UdpSocket.open(INET).connect(peerAddress)) {
            provokePortUnreachable(socket);
            try (UdpSocket peer = UdpSocket.open(INET).bind(peerAddress)) {
                PacketBatch batch = PacketBatch.allocate(4, 10);
                batch.add().payload("a".getBytes());
                batch.add().payload("b".getBytes());
                assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> socket.send(batch));
                assertThat(batch.outgoing()).isZero();
                assertThat(batch.refused()).isZero();
                assertThat(Loopback.receiveAll(peer)).containsExactly("a", "b");
            }
        }
    }

    @Test
    void shouldReceiveAfterReportingAnEarlierDatagramsError() throws Exception {
        InetSocketAddress peerAddress = vacantAddress();
        try (UdpSocket socket = UdpSocket.open(INET).connect(peerAddress)) {
            provokePortUnreachable(socket);
            try (UdpSocket peer = UdpSocket.open(INET).bind(peerAddress)) {
                Loopback.send(peer, Loopback.at(socket), "late");
                PacketBatch batch = PacketBatch.allocate(4, 10);
                assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(() -> socket.receive(batch));
                assertThat(batch.size()).isZero();
                assertThat(Loopback.receiveAll(socket)).containsExactly("late");
            }
        }
    }

    private static InetSocketAddress vacantAddress() throws IOException {
        try (UdpSocket socket = Loopback.bound("127.0.0.9")) { // no other test binds here
            return Loopback.at(socket);
        }
    }

    private static void provokePortUnreachable(UdpSocket socket) throws IOException {
        PacketBatch batch = PacketBatch.allocate(1, 10);
        batch.add();
        assertThat(socket.send(batch)).isEqualTo(1); // on loopback the ICMP error is there when this returns
    }
}
