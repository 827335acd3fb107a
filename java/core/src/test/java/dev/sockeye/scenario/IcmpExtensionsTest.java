package dev.sockeye.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpExtensions;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.Lab;
import dev.sockeye.lab.LabExtension;
import dev.sockeye.lab.QuotedDatagram;
import dev.sockeye.lab.RoutedLab;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Extensions of ICMP errors (RFC 4884): the cases of the kernel's selftest icmp_rfc4884.c. */
@ExtendWith(LabExtension.class)
class IcmpExtensionsTest {
    private static final byte[] LABEL = {0x00, 0x06, 0x41, 0x01};

    /** What the router adds to its error. */
    enum Added {
        NOTHING,
        VALID,
        BAD_CHECKSUM,
        BAD_OBJECT_LENGTH,
        BAD_VERSION,
        CLAIM_TOO_LONG;

        IcmpError to(IcmpError error) {
            IcmpExtensions valid = IcmpExtensions.empty().withObject(1, 1, LABEL);
            return switch (this) {
                case NOTHING -> error;
                case VALID -> error.withExtensions(valid);
                case BAD_CHECKSUM -> error.withExtensions(valid.withBadChecksum());
                case BAD_OBJECT_LENGTH ->
                    error.withExtensions(IcmpExtensions.empty().withBytes(new byte[] {0x40, 0x00, 1, 1, 0, 0, 0, 0}));
                case BAD_VERSION -> error.withExtensions(valid.withVersion(1));
                case CLAIM_TOO_LONG -> error.withExtensions(valid).withClaimedLength(255);
            };
        }
    }

    @ParameterizedTest(name = "{0}, {1}, payload of {2}, option {4}")
    @CsvSource({
        "INET,  NOTHING,            64, none,    true",
        "INET,  VALID,              64, valid,   true",
        "INET,  VALID,             256, valid,   true",
        "INET,  VALID,              64, none,    false",
        "INET,  BAD_CHECKSUM,       64, invalid, true",
        "INET,  BAD_OBJECT_LENGTH,  64, invalid, true",
        "INET,  BAD_VERSION,        64, invalid, true",
        "INET,  CLAIM_TOO_LONG,     64, none,    true",
        "INET6, NOTHING,            64, none,    true",
        "INET6, VALID,              64, valid,   true",
        "INET6, VALID,             256, valid,   true",
        "INET6, BAD_CHECKSUM,       64, invalid, true",
        "INET6, BAD_OBJECT_LENGTH,  64, invalid, true",
        "INET6, CLAIM_TOO_LONG,     64, none,    true",
    })
    void shouldTellWhereTheyAreAndWhetherTheyAreRight(
            StandardProtocolFamily family, Added added, int payloadBytes, String expected, boolean option, Lab lab)
            throws Exception {
        RoutedLab hosts = RoutedLab.build(lab);
        assumeTrue(family == StandardProtocolFamily.INET || hosts.client().hasIpv6(), "no IPv6 here");
        byte[] payload = new byte[payloadBytes];
        new Random(1).nextBytes(payload);
        InetSocketAddress peer = new InetSocketAddress(hosts.serverAddress(family), 9);
        try (UdpSocket socket = hosts.client().call(() -> UdpSocket.open(family));
                IcmpForger router = IcmpForger.open(hosts.r1(), family)) {
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
            socket.setOption(LinuxSocketOptions.IP_RECVERR_RFC4884, option);
            socket.connect(peer);
            IcmpError error = IcmpError.hopLimitExceeded(QuotedDatagram.of(socket.getLocalAddress(), peer, payload));
            router.send(hosts.clientAddress(family), added.to(error));

            assertThat(socket.receive(PacketBatch.allocate(1, 100), Duration.ofSeconds(5)))
                    .isZero();
            SocketError received = socket.receiveErrors().get(0);

            assertThat(received.offender()).isEqualTo(hosts.r1TowardsClient(family));
            if (expected.equals("none")) {
                assertThat(received.extensions()).isNull();
                assertThat(received.areExtensionsValid()).isFalse();
                return;
            }
            assertThat(received.areExtensionsValid()).isEqualTo(expected.equals("valid"));
            ByteBuffer extensions = received.extensions();
            if (added == Added.VALID) {
                byte[] label = new byte[4];
                extensions.get(8, label); // after the header and the object's own
                assertThat(label).isEqualTo(LABEL);
                assertThat(extensions.remaining()).isEqualTo(12);
            }
            byte[] quoted = new byte[received.payload().remaining()];
            received.payload().get(quoted);
            assertThat(Arrays.copyOf(quoted, payloadBytes)).isEqualTo(payload); // zeros may follow
        }
    }
}
