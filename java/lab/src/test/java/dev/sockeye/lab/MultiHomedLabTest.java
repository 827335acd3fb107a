package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LabExtension.class)
@Timeout(20)
class MultiHomedLabTest {

    private MultiHomedLab bed;

    @BeforeEach
    void build(Lab lab) {
        bed = MultiHomedLab.build(lab);
    }

    /** The fact that all this is about: a plain reply leaves from the address the kernel likes best. */
    @ParameterizedTest
    @EnumSource(MultiHomedLab.Role.class)
    void shouldAnswerFromThePrimaryAddressWhicheverWasAsked(MultiHomedLab.Role role) throws Exception {
        assertThat(answerer(role.address(StandardProtocolFamily.INET), StandardProtocolFamily.INET))
                .isEqualTo(MultiHomedLab.Role.PRIMARY.address(StandardProtocolFamily.INET));
    }

    @ParameterizedTest
    @EnumSource(MultiHomedLab.Role.class)
    void shouldDoTheSameWithIpv6(MultiHomedLab.Role role) throws Exception {
        Udp.assumeIpv6(bed.server());

        assertThat(answerer(role.address(StandardProtocolFamily.INET6), StandardProtocolFamily.INET6))
                .isEqualTo(MultiHomedLab.Role.PRIMARY.address(StandardProtocolFamily.INET6));
    }

    @ParameterizedTest
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void shouldReachTheClient(StandardProtocolFamily family) throws Exception {
        if (family == StandardProtocolFamily.INET6) {
            Udp.assumeIpv6(bed.server());
        }
        try (DatagramSocket server = Udp.open(bed.server(), family, 0);
                DatagramSocket client = Udp.open(bed.client(), family, Udp.PORT)) {
            Udp.send(server, bed.clientAddress(family));

            assertThat(bed.serverAddresses(family)).contains(Udp.sender(client));
        }
    }

    private InetAddress answerer(InetAddress asked, ProtocolFamily family) throws Exception {
        try (DatagramSocket server = Udp.open(bed.server(), family, Udp.PORT);
                DatagramSocket client = Udp.open(bed.client(), family, 0)) {
            Udp.send(client, asked);
            Udp.echo(server);
            return Udp.sender(client);
        }
    }
}
