package dev.sockeye;

import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendTest {
    private UdpSocket receiver;
    private UdpSocket sender;

    @BeforeEach
    void open() throws IOException {
        receiver = Loopback.bound("127.0.0.1");
        sender = Loopback.bound("127.0.0.1");
    }

    @AfterEach
    void close() throws IOException {
        receiver.close();
        sender.close();
    }

    @Test
    void shouldSendNothingFromAnEmptyBatch() throws IOException {
        PacketBatch batch = PacketBatch.allocate(4, 10);
        assertThat(sender.send(batch)).isZero();
        assertThat(sender.sendNow(batch)).isZero();
        assertThat(batch.refused()).isZero();
    }

    @Test
    void shouldSendEachPacketOnce() throws IOException {
        PacketBatch batch = PacketBatch.allocate(4, 10);
        batch.add().remote(Loopback.at(receiver)).payload("a".getBytes());
        assertThat(sender.send(batch)).isEqualTo(1);
        assertThat(batch.outgoing()).isZero();
        batch.add().remote(Loopback.at(receiver)).payload("b".getBytes());
        assertThat(sender.sendNow(batch)).isEqualTo(1);
        assertThat(sender.send(batch)).isZero();
        assertThat(Loopback.receiveAll(receiver)).containsExactly("a", "b");
    }

    @Test
    void shouldSendGoodPacketsAmongRefusedOnesAndNameThose() throws IOException {
        PacketBatch batch = PacketBatch.allocate(8, 10);
        InetSocketAddress good = Loopback.at(receiver);
        batch.add().remote(good).payload("1".getBytes());
        Packet ipv6 =
                batch.add().remote(new InetSocketAddress("2001:db8::1", 7)).payload("2".getBytes());
        batch.add().remote(good).payload("3".getBytes());
        Packet stranger = batch.add().remote(good).local(InetAddress.getByName("203.0.113.9"));
        Packet portZero = batch.add().remote(new InetSocketAddress("127.0.0.1", 0));
        Packet nowhere = batch.add();
        batch.add().remote(good).payload("7".getBytes());
        Packet noInterface = batch.add().remote(good).interfaceIndex(Integer.MAX_VALUE);

        assertThat(sender.send(batch)).isEqualTo(3);

        assertThat(Loopback.receiveAll(receiver)).containsExactly("1", "3", "7");
        assertThat(batch.outgoing()).isZero();
        assertThat(batch.refused()).isEqualTo(5);
        assertThat(batch.get(0).refusal()).isNull();
        assertThat(batch.get(0).refusalErrno()).isZero();
        assertThat(ipv6.refusal()).hasMessageContaining("2001:db8").hasMessageContaining("EAFNOSUPPORT");
        assertThat(stranger.refusal()).hasMessageContaining("from /203.0.113.9").hasMessageContaining("ENETUNREACH");
        assertThat(portZero.refusal()).hasMessageContaining("127.0.0.1:0").hasMessageContaining("EINVAL");
        assertThat(nowhere.refusal()).hasMessageContaining("the connected peer").hasMessageContaining("EDESTADDRREQ");
        assertThat(noInterface.refusal())
                .isInstanceOfSatisfying(
                        NativeIOException.class, e -> assertThat(e.errnoName()).isEqualTo("ENODEV"))
                .hasMessageContaining("interface 2147483647");
    }

    @Test
    void shouldForgetRefusalsOfTheSendBefore() throws IOException {
        PacketBatch batch = PacketBatch.allocate(8, 10);
        batch.add();
        assertThat(sender.send(batch)).isZero();
        assertThat(batch.refused()).isEqualTo(1);
        assertThat(sender.send(batch)).isZero();
        assertThat(batch.refused()).isZero();
    }

    @Test
    void shouldRefuseADatagramThatIsTooLong() throws IOException {
        PacketBatch batch = PacketBatch.allocate(2, 65535);
        Packet tooLong = batch.add().remote(Loopback.at(receiver)).length(65508);
        assertThat(sender.send(batch)).isZero();
        assertThat(tooLong.refusal()).hasMessageContaining("EMSGSIZE").hasMessageContaining("65508 bytes");
    }

    @Test
    void shouldSendFromTheAddressThatAPacketNames() throws IOException {
        try (UdpSocket any = UdpSocket.open(Loopback.INET).bind(null)) {
            PacketBatch batch = PacketBatch.allocate(2, 10);
            batch.add().remote(Loopback.at(receiver)).local(InetAddress.getByName("127.0.0.3"));
            assertThat(any.send(batch)).isEqualTo(1);
            assertThat(Loopback.receiveOne(receiver).remote()).isEqualTo(Loopback.at("127.0.0.3", any));
        }
    }

    @Test
    void shouldReachPeersOfBothFamiliesInOneSend() throws IOException {
        assumeTrue(Loopback.hasIpv6(), "IPv6 on the loopback interface");
        try (UdpSocket receiver6 = Loopback.bound("::1");
                UdpSocket both = UdpSocket.open(INET6)) {
            PacketBatch batch = PacketBatch.allocate(2, 10);
            batch.add().remote(Loopback.at(receiver)).payload("4".getBytes());
            batch.add().remote(Loopback.at(receiver6)).payload("6".getBytes());
            assertThat(both.send(batch)).isEqualTo(2);
            assertThat(Loopback.receiveAll(receiver)).containsExactly("4");
            assertThat(Loopback.receiveAll(receiver6)).containsExactly("6");
        }
    }

    @Test
    void shouldReplyWithAnotherPayloadPutInPlace() throws IOException {
        Loopback.send(sender, Loopback.at(receiver), "question");
        PacketBatch batch = PacketBatch.allocate(1, 100);
        receiver.receive(batch);
        Packet packet = batch.get(0);
        packet.payload().clear().put("ok".getBytes());
        packet.length(2).reply(SourcePolicy.KERNEL);
        assertThat(receiver.send(batch)).isEqualTo(1);
        assertThat(Loopback.receiveAll(sender)).containsExactly("ok");
    }
}
