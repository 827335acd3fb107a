package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketFieldsTest {
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    @ParameterizedTest
    @CsvSource({"INET, 127.0.0.1", "INET6, 127.0.0.1", "INET6, ::1"})
    void shouldTellTtlAndTrafficClassOnlyWhenAskedTo(String family, String address) throws IOException {
        assumeTrue(family.equals("INET") || Loopback.hasIpv6(), "IPv6 on the loopback interface");
        try (UdpSocket receiver =
                        UdpSocket.open(family.equals("INET") ? INET : INET6).bind(null);
                UdpSocket sender = Loopback.bound(address)) {
            sender.setOption(LinuxSocketOptions.IP_TTL, 33).setOption(StandardSocketOptions.IP_TOS, 46 << 2 | 2);
            Loopback.send(sender, Loopback.at(address, receiver), "");
            Packet silent = Loopback.receiveOne(receiver);
            assertThat(silent.ttl()).isEqualTo(-1);
            assertThat(silent.dscp()).isEqualTo(-1);
            assertThat(silent.ecn()).isEqualTo(-1);

            receiver.setOption(LinuxSocketOptions.IP_RECVTTL, true).setOption(LinuxSocketOptions.IP_RECVTOS, true);
            Loopback.send(sender, Loopback.at(address, receiver), "");
            Packet told = Loopback.receiveOne(receiver);
            assertThat(told.ttl()).isEqualTo(33);
            assertThat(told.dscp()).isEqualTo(46);
            assertThat(told.ecn()).isEqualTo(2);
            assertThat(told.isControlTruncated()).isFalse();
        }
    }

    @Test
    void shouldTellTheTimeOfArrivalOnlyWhenAskedTo() throws IOException {
        try (UdpSocket receiver = Loopback.bound("127.0.0.1")) {
            Loopback.send(receiver, Loopback.at(receiver), "");
            assertThat(Loopback.receiveOne(receiver).timestampNanos()).isEqualTo(-1);
            receiver.setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true);
            Loopback.send(receiver, Loopback.at(receiver), "");
            long nanos = Loopback.receiveOne(receiver).timestampNanos();
            assertThat(Duration.between(Instant.EPOCH.plus(nanos, ChronoUnit.NANOS), Instant.now())
                            .abs())
                    .isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void shouldCountDatagramsThatDidNotFitIntoTheReceiveBuffer() throws IOException {
        try (UdpSocket receiver = Loopback.bound("127.0.0.1")) {
            receiver.setOption(StandardSocketOptions.SO_RCVBUF, 0) // the kernel's minimum
                    .setOption(LinuxSocketOptions.SO_RXQ_OVFL, true);
            int received = flood(receiver, 50);
            assertThat(received).isBetween(1, 49);
            Loopback.send(receiver, Loopback.at(receiver), "later");
            assertThat(Loopback.receiveOne(receiver).drops()).isEqualTo(50 - received);
        }
    }

    private static int flood(UdpSocket receiver, int packets) throws IOException {
        for (int i = 0; i < packets; i++) {
            Loopback.send(receiver, Loopback.at(receiver), new byte[500]);
        }
        PacketBatch batch = PacketBatch.allocate(packets, 500);
        int received = receiver.receiveNow(batch);
        batch.forEach(packet -> assertThat(packet.drops()).isEqualTo(-1)); // none had been dropped when they came
        return received;
    }

    @Test
    void shouldTellTheSizeOfJoinedDatagrams() throws IOException {
        try (UdpSocket receiver = Loopback.bound("127.0.0.1").setOption(LinuxSocketOptions.UDP_GRO, true);
                UdpSocket sender = Loopback.bound("127.0.0.1").setRawOption(SOL_UDP, UDP_SEGMENT, 100)) {
            Loopback.send(sender, Loopback.at(receiver), new byte[1000]);
            Packet joined = Loopback.receiveOne(receiver);
            assertThat(joined.length()).isEqualTo(1000);
            assertThat(joined.segmentSize()).isEqualTo(100);
            Loopback.send(sender, Loopback.at(receiver), new byte[100]);
            assertThat(Loopback.receiveOne(receiver).segmentSize()).isEqualTo(-1);
        }
    }

    @Test
    void shouldNotJoinDatagramsUnlessAskedTo() throws IOException {
        try (UdpSocket receiver = Loopback.bound("127.0.0.1");
                UdpSocket sender = Loopback.bound("127.0.0.1").setRawOption(SOL_UDP, UDP_SEGMENT, 100)) {
            Loopback.send(sender, Loopback.at(receiver), new byte[1000]);
            PacketBatch batch = PacketBatch.allocate(16, 1000);
            assertThat(receiver.receive(batch)).isEqualTo(10);
            batch.forEach(packet -> assertThat(packet.segmentSize()).isEqualTo(-1));
        }
    }
}
