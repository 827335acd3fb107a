package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadInputTest {
    private UdpSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = UdpSocket.open(INET);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    @Test
    void shouldOpenOnlyInternetSockets() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> UdpSocket.open(StandardProtocolFamily.UNIX))
                .withMessageContaining("UNIX");
    }

    @Test
    void shouldRefuseAddressesOfAnotherFamily() {
        SocketAddress ipv6 = new InetSocketAddress("::1", 9);
        SocketAddress unix = UnixDomainSocketAddress.of("x");
        for (SocketAddress address : new SocketAddress[] {ipv6, unix}) {
            assertThatExceptionOfType(UnsupportedAddressTypeException.class)
                    .isThrownBy(() -> socket.bind(address))
                    .withMessageContaining(address.toString());
            assertThatExceptionOfType(UnsupportedAddressTypeException.class).isThrownBy(() -> socket.connect(address));
        }
    }

    @Test
    void shouldRefuseNamesThatWereNotResolved() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("some.name", 9);
        Packet packet = PacketBatch.allocate(1, 10).add();
        assertThatExceptionOfType(UnresolvedAddressException.class)
                .isThrownBy(() -> socket.bind(name))
                .withMessageContaining("some.name");
        assertThatExceptionOfType(UnresolvedAddressException.class).isThrownBy(() -> socket.connect(name));
        assertThatExceptionOfType(UnresolvedAddressException.class).isThrownBy(() -> packet.remote(name));
        assertThat(packet.remote()).isNull();
    }

    @Test
    void shouldNameTheAddressThatCannotBeBound() throws IOException {
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> socket.bind(new InetSocketAddress("203.0.113.9", 0)))
                .withMessageContaining("203.0.113.9")
                .withMessageContaining("EADDRNOTAVAIL");
        try (UdpSocket other = Loopback.bound("127.0.0.1")) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> socket.bind(Loopback.at(other)))
                    .withMessageContaining("EADDRINUSE");
        }
        assertThat(socket.getLocalAddress()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "-1, 1", "1025, 1", "-2147483648, 1", "1, 0", "1, -1", "1, 65536", "1, 2147483647"})
    void shouldRefuseABatchOfThatSize(int slots, int payloadCapacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PacketBatch.allocate(slots, payloadCapacity))
                .withMessageContaining(slots == 1 ? "payloadCapacity " + payloadCapacity : "slots " + slots);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 2, 4, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void shouldRefuseSlotsThatHoldNoPacket(int slot) {
        PacketBatch batch = PacketBatch.allocate(4, 10);
        batch.add();
        batch.add();
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> batch.get(slot));
    }

    @Test
    void shouldRefuseAPacketTooMany() {
        PacketBatch batch = PacketBatch.allocate(1, 10);
        batch.add();
        assertThatIllegalStateException().isThrownBy(batch::add).withMessageContaining("1 of 1 slots");
        assertThat(batch.size()).isEqualTo(1);
    }

    @Test
    void shouldRefusePayloadsThatDoNotFit() {
        Packet packet = PacketBatch.allocate(1, 10).add().payload("before".getBytes());
        assertThatIllegalArgumentException().isThrownBy(() -> packet.length(11)).withMessageContaining("11");
        assertThatIllegalArgumentException().isThrownBy(() -> packet.length(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> packet.payload(new byte[11]));
        assertThatIllegalArgumentException().isThrownBy(() -> packet.payload(ByteBuffer.allocate(11)));
        assertThat(Loopback.text(packet)).isEqualTo("before");
        assertThat(packet.length(10).length()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -2, Integer.MIN_VALUE})
    void shouldRefuseInterfaceIndexes(int index) {
        Packet packet = PacketBatch.allocate(1, 10).add();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> packet.interfaceIndex(index))
                .withMessageContaining(Integer.toString(index));
    }

    @Test
    void shouldNotLetASecondThreadUseABatchDuringACall() throws Exception {
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        PacketBatch batch = PacketBatch.allocate(1, 10);
        FutureTask<Integer> receiving = new FutureTask<>(() -> socket.receive(batch));
        Thread receiver = new Thread(receiving, "the receiver");
        receiver.start();
        Loopback.awaitCall(receiver, "sockeye_receive");
        assertThatIllegalStateException()
                .isThrownBy(() -> socket.send(batch))
                .withMessageContaining("in use by")
                .withMessageContaining("the receiver");
        Loopback.send(socket, Loopback.at(socket), "end");
        assertThat(receiving.get()).isEqualTo(1);
        receiver.join();
    }
}
