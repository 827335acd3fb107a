package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.UdpSocket;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EchoGuardTest {
    private static final int OWN_PORT = 9000;
    private static final int LO = 1;
    private static final int OTHER_DEVICE = 2;

    private final PacketBatch batch = PacketBatch.allocate(1, 16);
    private final EchoGuard guard = new EchoGuard(OWN_PORT, false, null);
    private final EchoGuard allowing = new EchoGuard(OWN_PORT, true, null);

    private Packet from(String address, int port, int device) throws Exception {
        batch.clear();
        return batch.add()
                .remote(new InetSocketAddress(InetAddress.getByName(address), port))
                .interfaceIndex(device);
    }

    static List<Integer> loopPronePorts() {
        return EchoGuard.LOOP_PRONE;
    }

    @Test
    void shouldKnowTheServicesThatAnswerAnything() {
        assertThat(EchoGuard.LOOP_PRONE)
                .contains(7, 13, 17, 19, 37, 53, 69, 111, 123, 161, 389, 520, 1900, 5353, 11211)
                .contains(7007);
    }

    @ParameterizedTest
    @MethodSource("loopPronePorts")
    void shouldNotAnswerTheService(int port) throws Exception {
        for (String address : List.of("192.0.2.1", "2001:db8::1")) {
            assertThat(guard.refusal(from(address, port, OTHER_DEVICE), 0)).isEqualTo(DropReason.LOOP_PRONE_PORT);
            assertThat(allowing.refusal(from(address, port, OTHER_DEVICE), 0)).isNull();
        }
    }

    @Test
    void shouldAnswerEveryOtherPort() throws Exception {
        for (int port = 1; port <= 65535; port++) {
            if (port != OWN_PORT && !EchoGuard.LOOP_PRONE.contains(port)) {
                assertThat(guard.refusal(from("192.0.2.1", port, OTHER_DEVICE), 0))
                        .isNull();
            }
        }
    }

    @Test
    void shouldNotAnswerItsOwnPort() throws Exception {
        assertThat(guard.refusal(from("192.0.2.1", OWN_PORT, OTHER_DEVICE), 0)).isEqualTo(DropReason.OWN_PORT);
        assertThat(guard.refusal(from("127.0.0.1", OWN_PORT, LO), 0)).isEqualTo(DropReason.OWN_PORT);
        assertThat(guard.refusal(from("2001:db8::1", OWN_PORT, LO), 0)).isEqualTo(DropReason.OWN_PORT);
        assertThat(allowing.refusal(from("192.0.2.1", OWN_PORT, OTHER_DEVICE), 0))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.0.0.1",
                "0.255.255.255",
                "224.0.0.0",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.0",
                "240.0.0.1",
                "255.255.255.254",
                "255.255.255.255",
                "127.0.0.0",
                "127.0.0.1",
                "127.255.255.255",
                "::",
                "::1",
                "ff00::1",
                "ff02::1",
                "ff0e::1",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            })
    void shouldNotAnswerWhatIsNoHostEvenWhereLoopsAreAllowed(String address) throws Exception {
        assertThat(guard.refusal(from(address, 40000, OTHER_DEVICE), 0)).isEqualTo(DropReason.IMPOSSIBLE_SOURCE);
        assertThat(allowing.refusal(from(address, 40000, OTHER_DEVICE), 0)).isEqualTo(DropReason.IMPOSSIBLE_SOURCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "192.0.2.1",
                "223.255.255.255",
                "::2",
                "2001:db8::1",
                "fe80::1",
                "feff::1"
            })
    void shouldAnswerAHost(String address) throws Exception {
        assertThat(guard.refusal(from(address, 40000, OTHER_DEVICE), 0)).isNull();
    }

    @Test
    void shouldNotAnswerPortZero() throws Exception {
        assertThat(guard.refusal(from("192.0.2.1", 0, OTHER_DEVICE), 0)).isEqualTo(DropReason.IMPOSSIBLE_SOURCE);
        assertThat(allowing.refusal(from("2001:db8::1", 0, LO), 0)).isEqualTo(DropReason.IMPOSSIBLE_SOURCE);
    }

    @Test
    void shouldAnswerLoopbackAddressesOnLoopbackAlone() throws Exception {
        for (String address : List.of("127.0.0.1", "127.255.255.255", "::1")) {
            assertThat(guard.refusal(from(address, 40000, LO), 0)).isNull();
            assertThat(guard.refusal(from(address, 40000, -1), 0)).isEqualTo(DropReason.IMPOSSIBLE_SOURCE);
        }
    }

    /** The same answer as Java's own idea of these addresses gives. */
    @Test
    void shouldAgreeWithJavaOnRandomAddresses() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[i % 2 == 0 ? 4 : 16];
            random.nextBytes(bytes);
            InetAddress address = InetAddress.getByAddress(bytes);
            int first = Byte.toUnsignedInt(bytes[0]);
            boolean impossible = address.isMulticastAddress()
                    || address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || bytes.length == 4 && (first == 0 || first >= 240);
            assertThat(guard.refusal(from(address.getHostAddress(), 40000, OTHER_DEVICE), 0))
                    .as(address.toString())
                    .isEqualTo(impossible ? DropReason.IMPOSSIBLE_SOURCE : null);
        }
    }

    @Test
    void shouldLimitEachAddressWhateverItsPort() throws Exception {
        EchoGuard limited = new EchoGuard(OWN_PORT, false, new EchoLimit(3, 0));
        int answered = 0;
        for (int port = 40000; port < 40010; port++) {
            DropReason reason = limited.refusal(from("192.0.2.1", port, OTHER_DEVICE), 0);
            answered += reason == null ? 1 : 0;
            assertThat(reason).isIn(null, DropReason.RATE_LIMIT);
        }

        assertThat(answered).isEqualTo(3);
    }

    /** Or whoever sent too much could not find out how much that was. */
    @Test
    void shouldLimitQuestionsForTheCountsOnTheirOwn() throws Exception {
        EchoGuard limited = new EchoGuard(OWN_PORT, false, new EchoLimit(1, 0));
        assertThat(limited.refusal(from("192.0.2.1", 40000, OTHER_DEVICE), 0)).isNull();
        assertThat(limited.refusal(from("192.0.2.1", 40000, OTHER_DEVICE), 0)).isEqualTo(DropReason.RATE_LIMIT);
        Packet question = PacketBatch.allocate(1, EchoQuestion.BYTES)
                .add()
                .remote(new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 40000))
                .interfaceIndex(OTHER_DEVICE);
        EchoQuestion.ask(question, 1);

        for (int i = 0; i < EchoLimit.QUESTIONS_PER_SECOND; i++) {
            assertThat(limited.refusal(question, 0)).isNull();
        }
        assertThat(limited.refusal(question, 0)).isEqualTo(DropReason.RATE_LIMIT);
    }

    @Test
    void shouldNotSpendTokensOnWhatItDoesNotAnswer() throws Exception {
        EchoGuard limited = new EchoGuard(OWN_PORT, false, new EchoLimit(1, 0));
        for (int i = 0; i < 10; i++) {
            assertThat(limited.refusal(from("192.0.2.1", 7, OTHER_DEVICE), 0)).isEqualTo(DropReason.LOOP_PRONE_PORT);
        }

        assertThat(limited.refusal(from("192.0.2.1", 40000, OTHER_DEVICE), 0)).isNull();
    }

    @Test
    void shouldNotAnswerWithLessThanWasSent() throws Exception {
        try (UdpSocket socket = UdpSocket.open(StandardProtocolFamily.INET);
                DatagramSocket sender = new DatagramSocket()) {
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            socket.setOption(LinuxSocketOptions.IP_PKTINFO, true).bind(new InetSocketAddress(loopback, 0));
            sender.send(new DatagramPacket(new byte[17], 17, socket.getLocalAddress()));
            socket.receive(batch);

            assertThat(guard.refusal(batch.get(0), 0)).isEqualTo(DropReason.TRUNCATED);
        }
    }
}
