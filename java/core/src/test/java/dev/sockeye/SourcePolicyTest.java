package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.ProtocolFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SourcePolicyTest {
    @ParameterizedTest
    @CsvSource({
        "INET, ADDRESS, 127.0.0.2",
        "INET, ADDRESS_AND_INTERFACE, 127.0.0.2",
        "INET, INTERFACE, 127.0.0.1",
        "INET, KERNEL, 127.0.0.1",
        "INET6, ADDRESS, 127.0.0.2",
        "INET6, ADDRESS_AND_INTERFACE, 127.0.0.2",
        "INET6, INTERFACE, 127.0.0.1",
        "INET6, KERNEL, 127.0.0.1",
    })
    void shouldAnswerARequestTo127002From(String family, SourcePolicy policy, String source) throws IOException {
        try (UdpSocket server = Loopback.server(family.equals("INET") ? INET : INET6);
                UdpSocket client = Loopback.bound("127.0.0.1")) {
            Loopback.send(client, Loopback.at("127.0.0.2", server), "question");
            PacketBatch batch = PacketBatch.allocate(1, 100);
            server.receive(batch);
            batch.get(0).reply(policy);
            assertThat(server.send(batch)).isEqualTo(1);
            assertThat(Loopback.receiveOne(client).remote()).isEqualTo(Loopback.at(source, server));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SourcePolicy.class,
            names = {"ADDRESS", "ADDRESS_AND_INTERFACE", "INTERFACE"})
    void shouldSayWhatIsMissingWithoutPacketInformation(SourcePolicy policy) throws IOException {
        try (UdpSocket server = Loopback.bound("127.0.0.1");
                UdpSocket client = Loopback.bound("127.0.0.1")) {
            Loopback.send(client, Loopback.at(server), "question");
            Packet packet = Loopback.receiveOne(server);
            assertThat(packet.local()).isNull();
            assertThat(packet.destination()).isNull();
            assertThat(packet.interfaceIndex()).isEqualTo(-1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> packet.reply(policy))
                    .withMessageContaining("LinuxSocketOptions.IP_PKTINFO before bind")
                    .withMessageContaining("SourcePolicy.KERNEL");
            packet.reply(SourcePolicy.KERNEL);
            assertThat(packet.isOutgoing()).isTrue();
        }
    }

    @Test
    void shouldNotInventTheAddressOfADatagramThatWasQueuedBeforeTheOptionWasSet() throws IOException {
        for (ProtocolFamily family : new ProtocolFamily[] {INET, INET6}) {
            try (UdpSocket server = UdpSocket.open(family).bind(null);
                    UdpSocket client = Loopback.bound("127.0.0.1")) {
                Loopback.send(client, Loopback.at("127.0.0.2", server), "early");
                server.setOption(LinuxSocketOptions.IP_PKTINFO, true);
                Packet early = Loopback.receiveOne(server);
                assertThat(early.local()).isNull();
                assertThatIllegalStateException().isThrownBy(early::reply).withMessageContaining("IP_PKTINFO");
                Loopback.send(client, Loopback.at("127.0.0.2", server), "late");
                assertThat(Loopback.receiveOne(server).local().getHostAddress()).isEqualTo("127.0.0.2");
            }
        }
    }
}
