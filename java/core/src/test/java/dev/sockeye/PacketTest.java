package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** What a packet holds and allows without any socket, and in each of its states. */
class PacketTest {
    private final PacketBatch batch = PacketBatch.allocate(2, 10);

    @Test
    void shouldBeEmptyWhenAdded() {
        Packet packet = batch.add();
        assertThat(packet.isOutgoing()).isTrue();
        assertThat(packet.remote()).isNull();
        assertThat(packet.local()).isNull();
        assertThat(packet.hasLocal()).isFalse();
        assertThat(packet.destination()).isNull();
        assertThat(packet.interfaceIndex()).isEqualTo(-1);
        assertThat(packet.length()).isZero();
        assertThat(packet.ttl()).isEqualTo(-1);
        assertThat(packet.dscp()).isEqualTo(-1);
        assertThat(packet.ecn()).isEqualTo(-1);
        assertThat(packet.timestampNanos()).isEqualTo(-1);
        assertThat(packet.drops()).isEqualTo(-1);
        assertThat(packet.segmentSize()).isEqualTo(-1);
        assertThat(packet.refusal()).isNull();
    }

    @Test
    void shouldHoldWhatWasPutIn() throws IOException {
        InetSocketAddress remote = new InetSocketAddress("192.0.2.7", 65535);
        InetAddress local = InetAddress.getByName("192.0.2.8");
        Packet packet =
                batch.add().remote(remote).local(local).interfaceIndex(3).payload("text".getBytes());
        assertThat(packet.remote()).isEqualTo(remote).isSameAs(packet.remote());
        assertThat(packet.remotePort()).isEqualTo(65535);
        assertThat(packet.remoteAddressHigh()).isZero();
        assertThat(packet.remoteAddressLow()).isEqualTo(0xffff_c000_0207L);
        assertThat(packet.local()).isEqualTo(local);
        assertThat(packet.localAddressLow()).isEqualTo(0xffff_c000_0208L);
        assertThat(packet.interfaceIndex()).isEqualTo(3);
        assertThat(Loopback.text(packet)).isEqualTo("text");
        assertThat(packet.local(null).local()).isNull();
        assertThat(packet.interfaceIndex(-1).interfaceIndex()).isEqualTo(-1);
    }

    @Test
    void shouldHoldIpv6AddressesWithTheirScope() throws IOException {
        InetSocketAddress remote = new InetSocketAddress("fe80::1%" + loopbackIndex(), 7);
        InetAddress local = InetAddress.getByName("fe80::2%" + loopbackIndex());
        Packet packet = batch.add().remote(remote).local(local);
        assertThat(packet.remote()).isEqualTo(remote);
        assertThat(packet.remoteScopeId()).isEqualTo(loopbackIndex());
        assertThat(packet.remoteAddressHigh()).isEqualTo(0xfe80L << 48);
        assertThat(packet.local()).hasToString(local.toString());
        assertThat(packet.interfaceIndex()).as("a link-local source fixes it").isEqualTo(loopbackIndex());
    }

    @Test
    void shouldTakeARemoteInTheFormInWhichItGivesIt() throws IOException {
        for (String address : new String[] {"192.0.2.7", "2001:db8::7", "fe80::1%" + loopbackIndex()}) {
            InetSocketAddress remote = new InetSocketAddress(address, 65535);
            Packet given = batch.add().remote(remote);

            Packet copy = batch.add()
                    .remote(
                            given.remoteAddressHigh(),
                            given.remoteAddressLow(),
                            given.remoteScopeId(),
                            given.remotePort());

            assertThat(copy.remote()).isEqualTo(remote);
            batch.clear();
        }
        for (int port : new int[] {-1, 65536}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batch.add().remote(0, 0, 0, port))
                    .withMessageContaining("0..65535");
            batch.clear();
        }
    }

    private static int loopbackIndex() throws IOException {
        return Loopback.networkInterface().getIndex();
    }

    @Test
    void shouldNoticeThatTheRemoteChanged() {
        Packet packet = batch.add();
        for (String address : new String[] {"192.0.2.7", "192.0.2.8", "2001:db8::7", "2001:db8:0:1::7", "192.0.2.7"}) {
            for (int port : new int[] {1, 2}) {
                InetSocketAddress remote = new InetSocketAddress(address, port);
                assertThat(packet.remote(remote).remote()).isEqualTo(remote);
            }
        }
    }

    @Test
    void shouldGiveThePayloadAsItWasEachTime() {
        Packet packet = batch.add().payload(new byte[] {1, 2, 3});
        ByteBuffer payload = packet.payload();
        payload.order(ByteOrder.LITTLE_ENDIAN).position(2).limit(2);
        assertThat(packet.payload()).isSameAs(payload);
        assertThat(payload.position()).isZero();
        assertThat(payload.limit()).isEqualTo(3);
        assertThat(payload.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(payload.capacity()).isEqualTo(batch.payloadCapacity());
    }

    @Test
    void shouldCopyAPayloadFromPositionToLimit() {
        ByteBuffer source = ByteBuffer.wrap("-text-".getBytes(), 1, 4);
        assertThat(Loopback.text(batch.add().payload(source))).isEqualTo("text");
        assertThat(source.position()).isEqualTo(5);
    }

    @Test
    void shouldNotMixPayloadsOfNeighbours() {
        Packet first = batch.add().payload("aaaaaaaaaa".getBytes());
        Packet second = batch.add().payload("bbbbbbbbbb".getBytes());
        assertThat(Loopback.text(first)).isEqualTo("aaaaaaaaaa");
        assertThat(Loopback.text(second)).isEqualTo("bbbbbbbbbb");
    }

    @Test
    void shouldNotReplyToAnAddedPacket() {
        Packet packet = batch.add().remote(new InetSocketAddress("127.0.0.1", 9));
        assertThatIllegalStateException().isThrownBy(packet::reply).withMessageContaining("received packet");
        assertThatIllegalStateException().isThrownBy(() -> packet.reply(SourcePolicy.KERNEL));
    }

    @Test
    void shouldReplyOnceAndLockTheAddressesOfAReceivedPacket() throws IOException {
        try (UdpSocket socket = Loopback.bound("127.0.0.1")) {
            Loopback.send(socket, Loopback.at(socket), "question");
            Packet packet = Loopback.receiveOne(socket);
            assertThatIllegalStateException()
                    .isThrownBy(() -> packet.remote(new InetSocketAddress("127.0.0.1", 9)))
                    .withMessageContaining("not outgoing");
            assertThatIllegalStateException().isThrownBy(() -> packet.local(null));
            assertThatIllegalStateException().isThrownBy(() -> packet.interfaceIndex(1));
            packet.reply(SourcePolicy.KERNEL);
            assertThatIllegalStateException().isThrownBy(() -> packet.reply(SourcePolicy.KERNEL));
            assertThat(packet.remote()).isEqualTo(Loopback.at(socket));
        }
    }

    @Test
    void shouldStartAnewInAClearedSlot() {
        Packet packet =
                batch.add().remote(new InetSocketAddress("127.0.0.1", 9)).payload(new byte[3]);
        batch.clear();
        assertThat(batch.size()).isZero();
        assertThat(batch.outgoing()).isZero();
        assertThat(batch.add()).isSameAs(packet);
        assertThat(packet.remote()).isNull();
        assertThat(packet.length()).isZero();
    }
}
