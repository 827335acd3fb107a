package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "127.0.0.3"})
    void shouldAnswerFromTheAddressThatWasAsked(String asked) throws IOException {
        checkEcho(INET, "127.0.0.1", asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "127.0.0.3"})
    void shouldAnswerIpv4PeersOfADualStackSocketFromTheAddressThatWasAsked(String asked) throws IOException {
        assumeTrue(Loopback.hasIpv6(), "IPv6 on the loopback interface");
        checkEcho(INET6, "127.0.0.1", asked);
    }

    @ParameterizedTest
    @ValueSource(strings = "::1")
    void shouldAnswerIpv6PeersFromTheAddressThatWasAsked(String asked) throws IOException {
        assumeTrue(Loopback.hasIpv6(), "IPv6 on the loopback interface");
        checkEcho(INET6, "::1", asked);
    }

    private static void checkEcho(ProtocolFamily family, String clientAddress, String asked) throws IOException {
        try (UdpSocket server = Loopback.server(family);
                UdpSocket client = Loopback.bound(clientAddress)) {
            InetSocketAddress target = Loopback.at(asked, server);
            Loopback.send(client, target, "question");
            PacketBatch batch = PacketBatch.allocate(4, 100);
            assertThat(server.receive(batch)).isEqualTo(1);
            Packet packet = batch.get(0);
            assertThat(packet.remote()).isEqualTo(Loopback.at(client));
            assertThat(packet.local()).isEqualTo(InetAddress.getByName(asked));
            assertThat(packet.destination()).isEqualTo(InetAddress.getByName(asked));
            assertThat(packet.interfaceIndex())
                    .isEqualTo(Loopback.networkInterface().getIndex());
            assertThat(packet.local() instanceof Inet4Address)
                    .as("IPv4 addresses are Inet4Address")
                    .isEqualTo(asked.indexOf(':') < 0);
            packet.reply();
            assertThat(server.send(batch)).isEqualTo(1);
            Packet answer = Loopback.receiveOne(client);
            assertThat(answer.remote()).isEqualTo(target);
            assertThat(Loopback.text(answer)).isEqualTo("question");
        }
    }
}
