package dev.sockeye;

import static dev.sockeye.Loopback.INET;
import static dev.sockeye.Loopback.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of the sockets that share a port gets a datagram: the kernel's own selftests, and what our documents say. */
class SharedPortTest {
    /** Port 0 is asked for without SO_REUSEPORT: with it the kernel may give the port of another test's group. */
    private static UdpSocket sharing(ProtocolFamily family, String address, int port) throws IOException {
        UdpSocket socket = UdpSocket.open(family).setOption(StandardSocketOptions.SO_REUSEPORT, port != 0);
        try {
            return socket.bind(new InetSocketAddress(address, port))
                    .setOption(StandardSocketOptions.SO_REUSEPORT, true);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void close(List<UdpSocket> sockets) throws IOException {
        for (UdpSocket socket : sockets) {
            socket.close();
        }
    }

    /** Sends until it arrives: a child process of another test may hold a socket that was closed here until its exec. */
    private static void awaitArrival(UdpSocket from, InetSocketAddress to, UdpSocket at) throws IOException {
        long limit = System.nanoTime() + 10_000_000_000L;
        do {
            assertThat(System.nanoTime()).isLessThan(limit);
            Loopback.send(from, to, "x");
        } while (Loopback.receiveAll(at).isEmpty());
    }

    /** reuseport_addr_any.c: among sockets on any address the one on the asked address wins, wherever it was bound. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4, 8})
    void shouldPreferTheSpecificAddress(int position) throws IOException {
        List<UdpSocket> sockets = new ArrayList<>();
        try (UdpSocket sender = Loopback.bound("127.0.0.1")) {
            int port = 0;
            for (int i = 0; i < 9; i++) {
                sockets.add(sharing(INET, i == position ? "127.0.0.1" : "0.0.0.0", port));
                port = Loopback.port(sockets.get(0));
            }
            for (int i = 0; i < 20; i++) {
                Loopback.send(sender, new InetSocketAddress("127.0.0.1", port), "x");
            }
            assertThat(Loopback.receiveAll(sockets.get(position))).hasSize(20);
        } finally {
            close(sockets);
        }
    }

    /** reuseport_dualstack.c: IPv4 datagrams go to IPv4 sockets, also beside dual-stack ones, in every order. */
    @ParameterizedTest(name = "{0} of each, order {1}")
    @CsvSource({"5, 0", "5, 1", "16, 0", "16, 1", "16, 2"})
    void shouldGiveIpv4DatagramsToIpv4Sockets(int ofEach, int order) throws IOException {
        List<ProtocolFamily> families = new ArrayList<>();
        for (int i = 0; i < 2 * ofEach; i++) {
            families.add(i < ofEach == (order == 0) ? INET : INET6);
        }
        if (order == 2) {
            Collections.shuffle(families, new Random(1));
        }
        List<UdpSocket> sockets = new ArrayList<>();
        try (UdpSocket sender = Loopback.bound("127.0.0.1")) {
            int port = 0;
            for (ProtocolFamily family : families) {
                sockets.add(sharing(family, family == INET ? "0.0.0.0" : "::", port));
                port = Loopback.port(sockets.get(0));
            }
            for (int i = 0; i < 50; i++) {
                Loopback.send(sender, new InetSocketAddress("127.0.0.1", port), "x");
            }
            int received = 0;
            for (int i = 0; i < sockets.size(); i++) {
                int count = Loopback.receiveAll(sockets.get(i)).size();
                received += families.get(i) == INET ? count : 0;
            }
            assertThat(received).isEqualTo(50);
        } finally {
            close(sockets);
        }
    }

    @ParameterizedTest(name = "everybody on {0}, asked at {1}")
    @CsvSource({"127.0.0.1, 127.0.0.1", "0.0.0.0, 127.0.0.1", "::1, ::1", "::, ::1"})
    void shouldGiveAPeersDatagramsToTheSocketThatIsConnectedToIt(String bound, String asked) throws IOException {
        ProtocolFamily family = bound.contains(":") ? INET6 : INET;
        assumeTrue(family == INET || Loopback.hasIpv6(), "no IPv6 here");
        try (UdpSocket everybody = sharing(family, bound, 0);
                UdpSocket one = sharing(family, bound, Loopback.port(everybody));
                UdpSocket peer = Loopback.bound(asked);
                UdpSocket stranger = Loopback.bound(asked)) {
            InetSocketAddress port = Loopback.at(asked, everybody);
            one.connect(Loopback.at(peer));
            for (int i = 0; i < 10; i++) {
                Loopback.send(peer, port, "peer");
                Loopback.send(stranger, port, "stranger");
            }
            assertThat(Loopback.receiveAll(one)).hasSize(10).containsOnly("peer");
            assertThat(Loopback.receiveAll(everybody)).hasSize(10).containsOnly("stranger");

            PacketBatch batch = PacketBatch.allocate(1, 10);
            batch.add().length(1);
            one.send(batch);
            Loopback.send(everybody, Loopback.at(stranger), "answer");
            assertThat(Loopback.receiveOne(peer).remote()).isEqualTo(port);
            assertThat(Loopback.receiveOne(stranger).remote()).isEqualTo(port);

            one.close();
            awaitArrival(peer, port, everybody);
        }
    }

    /** A socket that is connected has a place in the kernel's order of the members, which no program can steer to. */
    @Test
    void shouldGoOnSteeringBesideASocketThatIsConnectedToAPeer() throws IOException {
        try (ReuseportGroup<UdpSocket> group =
                        ReuseportGroup.open(() -> UdpSocket.open(INET), new InetSocketAddress("127.0.0.1", 0), 3);
                UdpSocket one = sharing(INET, "127.0.0.1", group.localAddress().getPort());
                UdpSocket peer = Loopback.bound("127.0.0.1");
                UdpSocket stranger = Loopback.bound("127.0.0.1")) {
            one.connect(Loopback.at(peer));
            assertThat(group.strangers()).isEqualTo(1);
            group.steer(Steering.byFlow().over(1));
            for (int i = 0; i < 10; i++) {
                Loopback.send(peer, group.localAddress(), "peer");
                Loopback.send(stranger, group.localAddress(), "stranger");
            }
            assertThat(Loopback.receiveAll(one)).hasSize(10).containsOnly("peer");
            assertThat(Loopback.receiveAll(group.members().get(1))).hasSize(10).containsOnly("stranger");
        }
    }

    /** bind_wildcard.c, as far as SO_REUSEPORT goes: all on the port must have it. */
    @ParameterizedTest(name = "{0} then {1}")
    @CsvSource({"0.0.0.0, 127.0.0.1", "127.0.0.1, 0.0.0.0", "::, ::1", "::1, ::", "::, 127.0.0.1", "127.0.0.1, ::"})
    void shouldRefuseToShareWithASocketThatDoesNot(String first, String second) throws IOException {
        ProtocolFamily firstFamily = first.contains(":") ? INET6 : INET;
        ProtocolFamily secondFamily = second.contains(":") ? INET6 : INET;
        try (UdpSocket holder = UdpSocket.open(firstFamily).bind(new InetSocketAddress(first, 0))) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> sharing(secondFamily, second, Loopback.port(holder)))
                    .withMessageContaining("EADDRINUSE");
        }
        try (UdpSocket holder = sharing(firstFamily, first, 0)) {
            sharing(secondFamily, second, Loopback.port(holder)).close();
        }
    }

    /** What SO_REUSEADDR means on UDP, and why no group sets it. On TCP it lets nobody in: see TcpPortReuseTest. */
    @Test
    void shouldLoseEverythingToTheLastSocketWithReuseaddr() throws IOException {
        try (UdpSocket first = UdpSocket.open(INET).setOption(StandardSocketOptions.SO_REUSEADDR, true);
                UdpSocket last = UdpSocket.open(INET).setOption(StandardSocketOptions.SO_REUSEADDR, true);
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            first.bind(new InetSocketAddress("127.0.0.1", 0));
            last.bind(Loopback.at(first));
            for (int i = 0; i < 10; i++) {
                Loopback.send(sender, Loopback.at(first), "x");
            }
            assertThat(Loopback.receiveAll(first)).isEmpty();
            assertThat(Loopback.receiveAll(last)).hasSize(10);
            try (UdpSocket without = UdpSocket.open(INET)) {
                assertThatExceptionOfType(BindException.class).isThrownBy(() -> without.bind(Loopback.at(first)));
            }
            last.close();
            awaitArrival(sender, Loopback.at(first), first);
        }
    }

    /** select_reuseport.c: an index that no member has goes by the kernel's hash; a second detach is ENOENT. */
    @Test
    void shouldUseTheHashForAnIndexThatNoMemberHas() throws IOException {
        int detach = Native.constant("SO_DETACH_REUSEPORT_BPF");
        try (ReuseportGroup<UdpSocket> group =
                        ReuseportGroup.open(() -> UdpSocket.open(INET), new InetSocketAddress("127.0.0.1", 0), 3);
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            UdpSocket any = group.members().get(0);
            BpfProgram program = new BpfProgram().returnNumber(7);
            any.descriptor.call(
                    fd -> Native.CALLS.sockeye_attach_reuseport(fd, Native.address(program.memory()), program.size()),
                    () -> "attach");
            Loopback.send(sender, group.localAddress(), "x");
            int received = 0;
            for (UdpSocket member : group.members()) {
                received += Loopback.receiveAll(member).size();
            }
            assertThat(received).isEqualTo(1);
            any.setRawOption(OptionTable.SOL_SOCKET, detach, 0);
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> any.setRawOption(OptionTable.SOL_SOCKET, detach, 0))
                    .withMessageContaining("ENOENT");
        }
    }
}
