package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a socket with IP_RECVERR learns on loopback, and that nothing is lost for it. */
class ReceiveErrorsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A port that is held, so that nobody else takes it, by a socket that hears itself alone: to others it is closed. */
    private static UdpSocket closedPort(String address) throws IOException {
        UdpSocket holder = Loopback.bound(address);
        return holder.connect(Loopback.at(holder));
    }

    private static UdpSocket open(boolean ipv6) throws IOException {
        return UdpSocket.open(ipv6 ? INET6 : INET)
                .setOption(LinuxSocketOptions.IP_RECVERR, true)
                .bind(null);
    }

    private static List<SocketError> awaitErrors(UdpSocket socket) throws IOException {
        assertThat(socket.receive(PacketBatch.allocate(1, 100), PATIENCE)).isZero();
        List<SocketError> errors = socket.receiveErrors();
        assertThat(errors).isNotEmpty();
        return errors;
    }

    private static String text(SocketError error) {
        return StandardCharsets.UTF_8.decode(error.payload()).toString();
    }

    @ParameterizedTest(name = "IPv6 socket {0}, peer {1}, connected {2}")
    @CsvSource({
        "false, 127.0.0.1, false",
        "false, 127.0.0.1, true",
        "true,  127.0.0.1, false",
        "true,  127.0.0.1, true",
        "true,  ::1,       false",
        "true,  ::1,       true",
    })
    void shouldTellWhoRefusedWhat(boolean ipv6, String address, boolean connected) throws Exception {
        try (UdpSocket socket = open(ipv6);
                UdpSocket port = closedPort(address)) {
            InetSocketAddress closed = Loopback.at(port);
            long before = System.currentTimeMillis();
            socket.setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true);
            socket.setOption(LinuxSocketOptions.IP_PKTINFO, true);
            if (connected) {
                socket.connect(closed);
            }
            Loopback.send(socket, closed, "a nonce and the rest");

            List<SocketError> errors = awaitErrors(socket);

            assertThat(errors).hasSize(1);
            SocketError error = errors.get(0);
            boolean icmp6 = address.equals("::1");
            assertThat(error.errnoName()).isEqualTo("ECONNREFUSED");
            assertThat(error.errno()).isEqualTo(111);
            assertThat(error.origin()).isEqualTo(icmp6 ? SocketError.Origin.ICMP6 : SocketError.Origin.ICMP);
            assertThat(error.isError()).isTrue();
            assertThat(error.type()).isEqualTo(icmp6 ? 1 : 3);
            assertThat(error.code()).isEqualTo(icmp6 ? 4 : 3);
            assertThat(error.description()).isEqualTo("port unreachable");
            assertThat(error.mtu()).isEqualTo(-1);
            assertThat(error.offender()).isEqualTo(closed.getAddress());
            assertThat(error.remote()).isEqualTo(closed);
            assertThat(text(error)).isEqualTo("a nonce and the rest");
            assertThat(error.isPayloadTruncated()).isFalse();
            assertThat(error.extensions()).isNull();
            assertThat(error.local()).isEqualTo(InetAddress.getByName(address));
            assertThat(error.interfaceIndex()).isPositive();
            assertThat(error.timestampNanos() / 1_000_000).isBetween(before, System.currentTimeMillis());
            assertThat(error).asString().contains("ECONNREFUSED", "port unreachable", "/" + (icmp6 ? 4 : 3));
            assertThat(socket.receiveErrors()).isEmpty();
        }
    }

    @Test
    void shouldWakeAReceiverThatWaitsWithoutLimit() throws Exception {
        try (UdpSocket socket = open(false);
                UdpSocket port = closedPort("127.0.0.1")) {
            AtomicInteger result = new AtomicInteger(-1);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread receiver = new Thread(() -> {
                try {
                    result.set(socket.receive(PacketBatch.allocate(1, 100)));
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            receiver.start();
            Loopback.awaitCall(receiver, "sockeye_receive");

            Loopback.send(socket, Loopback.at(port), "x");
            receiver.join();

            assertThat(failure.get()).isNull();
            assertThat(result.get()).isZero();
            assertThat(socket.receiveErrors()).hasSize(1);
        }
    }

    @Test
    void shouldGiveTheDatagramThatStandsBehindAnError() throws Exception {
        try (UdpSocket socket = open(false);
                UdpSocket port = closedPort("127.0.0.1");
                UdpSocket peer = Loopback.bound("127.0.0.1")) {
            PacketBatch batch = PacketBatch.allocate(4, 100);
            for (Duration timeout : new Duration[] {null, Duration.ZERO, PATIENCE}) {
                Loopback.send(peer, Loopback.at("127.0.0.1", socket), "data");
                Loopback.send(socket, Loopback.at(port), "x");

                assertThat(timeout == null ? socket.receive(batch) : socket.receive(batch, timeout))
                        .isEqualTo(1);
                assertThat(Loopback.text(batch.get(0))).isEqualTo("data");
                assertThat(socket.receiveNow(batch)).isZero();
                assertThat(socket.receiveErrors()).hasSize(1);
            }
        }
    }

    @Test
    void shouldTellOnceOfErrorsThatNobodyReadsAndThenWait() throws Exception {
        try (UdpSocket socket = open(false);
                UdpSocket port = closedPort("127.0.0.1")) {
            Loopback.send(socket, Loopback.at(port), "x");
            PacketBatch batch = PacketBatch.allocate(4, 100);
            assertThat(socket.receive(batch)).isZero();

            long start = System.nanoTime();
            assertThat(socket.receive(batch, Duration.ofMillis(50))).isZero();

            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000);
            assertThat(socket.receiveErrors()).hasSize(1);
        }
    }

    @ParameterizedTest(name = "IPv6 {0}, {1} packets in a batch")
    @CsvSource({"false, 1", "false, 2", "false, 64", "true, 1", "true, 64"})
    void shouldLoseNoDatagramToOnePeerForTheErrorsOfAnother(boolean ipv6, int slots) throws Exception {
        String address = ipv6 ? "::1" : "127.0.0.1";
        try (UdpSocket socket = open(ipv6);
                UdpSocket port = closedPort(address);
                UdpSocket healthy = Loopback.bound(address)) {
            healthy.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
            InetSocketAddress closed = Loopback.at(port);
            InetSocketAddress to = Loopback.at(healthy);
            PacketBatch batch = PacketBatch.allocate(slots, 100);
            int sent = 0;
            int arrived = 0;
            while (sent < 1000) {
                batch.clear();
                for (int slot = 0; slot < slots; slot++) {
                    batch.add().remote(closed).payload(new byte[1]);
                }
                assertThat(socket.send(batch)).isEqualTo(slots);
                batch.clear();
                for (int slot = 0; slot < slots; slot++) {
                    batch.add().remote(slot % 2 == 0 ? to : closed).payload(new byte[1]);
                    sent += slot % 2 == 0 ? 1 : 0;
                }
                assertThat(socket.send(batch)).isEqualTo(slots);
                arrived += Loopback.receiveAll(healthy).size();
            }

            assertThat(arrived).isEqualTo(sent);
            assertThat(socket.receiveErrors()).isNotEmpty().allSatisfy(error -> assertThat(error.isError())
                    .isTrue());
        }
    }

    @Test
    void shouldKeepTheLatestErrorsForALateReaderAndCountTheOthers() throws Exception {
        try (UdpSocket socket = open(false);
                UdpSocket port = closedPort("127.0.0.1")) {
            PacketBatch batch = PacketBatch.allocate(4, 100);
            for (int i = 0; i < 300; i++) {
                Loopback.send(socket, Loopback.at(port), "datagram " + i);
                assertThat(socket.receive(batch, PATIENCE)).isZero();
            }

            List<SocketError> errors = socket.receiveErrors();

            assertThat(errors).hasSize(256);
            assertThat(socket.droppedErrors()).isEqualTo(44);
            assertThat(text(errors.get(255))).isEqualTo("datagram 299");
        }
    }

    @Test
    void shouldNoticeAnErrorWhoseEntryFoundNoRoom() throws Exception {
        try (UdpSocket socket = open(false);
                UdpSocket port = closedPort("127.0.0.1");
                UdpSocket peer = Loopback.bound("127.0.0.1")) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 0); // the kernel's least
            for (int i = 0; i < 100; i++) {
                Loopback.send(peer, Loopback.at("127.0.0.1", socket), new byte[1000]);
            }
            Loopback.send(socket, Loopback.at(port), "x");

            assertThat(socket.receiveNow(PacketBatch.allocate(100, 1000))).isPositive();

            List<SocketError> errors = socket.receiveErrors();
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).origin()).isEqualTo(SocketError.Origin.NONE);
            assertThat(errors.get(0).errnoName()).isEqualTo("ECONNREFUSED");
            assertThat(errors.get(0).isError()).isTrue();
            assertThat(errors.get(0).remote()).isNull();
            assertThat(errors.get(0).payload().hasRemaining()).isFalse();
        }
    }

    @Test
    void shouldTellThatADatagramIsLongerThanTheInterfacesMtu() throws Exception {
        try (UdpSocket socket = open(true);
                UdpSocket peer = Loopback.bound("::1")) {
            socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.DO);
            PacketBatch batch = PacketBatch.allocate(1, 65535);
            batch.add().remote(Loopback.at(peer)).length(65500);

            assertThat(socket.send(batch)).isZero();

            assertThat(batch.get(0).refusal())
                    .isInstanceOf(NativeIOException.class)
                    .hasMessageContaining("EMSGSIZE");
            List<SocketError> errors = socket.receiveErrors();
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).origin()).isEqualTo(SocketError.Origin.LOCAL);
            assertThat(errors.get(0).errnoName()).isEqualTo("EMSGSIZE");
            assertThat(errors.get(0).mtu()).isEqualTo(65536);
            assertThat(errors.get(0).offender()).isNull();
            assertThat(errors.get(0).type()).isEqualTo(-1);
        }
    }

    @Test
    void shouldNotMistakeATimestampForAnError() throws Exception {
        int solSocket = 1;
        int soTimestamping = 37;
        int softwareOfSent = 2 | 16; // SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE
        try (UdpSocket socket = open(false);
                UdpSocket peer = Loopback.bound("127.0.0.1")) {
            socket.setRawOption(solSocket, soTimestamping, softwareOfSent);
            Loopback.send(socket, Loopback.at(peer), "timed");

            List<SocketError> errors = awaitErrors(socket);

            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).origin()).isEqualTo(SocketError.Origin.TXSTATUS);
            assertThat(errors.get(0).isError()).isFalse();
            assertThat(errors.get(0).type()).isEqualTo(-1);
            assertThat(errors.get(0).timestampNanos()).isPositive();
        }
    }

    @Test
    void shouldReadErrorsOfAnOpenSocketOnly() throws IOException {
        UdpSocket socket = open(false);
        assertThat(socket.receiveErrors()).isEmpty();
        socket.close();

        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(socket::receiveErrors);
    }
}
