package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets that share a port, and which of them gets what. */
class ReuseportGroupTest {
    private static final int LARGE_BUFFER = 4 << 20;

    /** A group on an address of loopback; an IPv6 socket for IPv4 peers when `mapped`. */
    private static ReuseportGroup<UdpSocket> open(String address, boolean mapped, int members) throws IOException {
        boolean ipv6 = mapped || address.contains(":");
        return ReuseportGroup.open(
                () -> UdpSocket.open(ipv6 ? Loopback.INET6 : Loopback.INET)
                        .setOption(StandardSocketOptions.SO_RCVBUF, LARGE_BUFFER),
                new InetSocketAddress(address, 0),
                members);
    }

    /** How many datagrams are queued in each member, by its index. */
    private static int[] counts(ReuseportGroup<UdpSocket> group) throws IOException {
        int[] counts = new int[group.members().size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = Loopback.receiveAll(group.members().get(i)).size();
        }
        return counts;
    }

    private static void sendNumbers(ReuseportGroup<UdpSocket> group, String from, int count) throws IOException {
        try (UdpSocket sender = Loopback.bound(from)) {
            PacketBatch batch = PacketBatch.allocate(1, 16);
            for (int number = 0; number < count; number++) {
                batch.clear();
                batch.add().remote(group.localAddress()).length(5);
                batch.get(0).payload().putInt(1, number);
                sender.send(batch);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveAllMembersOneFreePort(boolean ipv6) throws IOException {
        try (ReuseportGroup<UdpSocket> first = open(ipv6 ? "::1" : "127.0.0.1", false, 3);
                ReuseportGroup<UdpSocket> second = open(ipv6 ? "::1" : "127.0.0.1", false, 3)) {
            assertThat(first.members()).hasSize(3);
            for (UdpSocket member : first.members()) {
                assertThat(member.getLocalAddress()).isEqualTo(first.localAddress());
            }
            assertThat(second.localAddress()).isNotEqualTo(first.localAddress());
        }
    }

    /** As in the kernel's selftest reuseport_bpf.c: the first word of the payload modulo N picks the member. */
    @ParameterizedTest(name = "{2} members on {0}, mapped {1}")
    @CsvSource({
        "127.0.0.1, false, 10",
        "127.0.0.1, false, 20",
        "::1,       false, 10",
        "::1,       false, 20",
        "127.0.0.1, true,  10",
        "127.0.0.1, true,  20",
    })
    void shouldSteerByBytesToTheExactMemberAndBeReprogrammed(String address, boolean mapped, int members)
            throws IOException {
        try (ReuseportGroup<UdpSocket> group = open(address, mapped, members)) {
            group.steer(Steering.byBytes(1, 4));
            sendNumbers(group, address, 2 * members);
            int[] each = new int[members];
            Arrays.fill(each, 2);
            assertThat(counts(group)).isEqualTo(each);

            group.steer(
                    Steering.byBytes(1, 4).over(IntStream.range(0, members / 2).toArray()));
            sendNumbers(group, address, 2 * members);
            Arrays.fill(each, 0, members / 2, 4);
            Arrays.fill(each, members / 2, members, 0);
            assertThat(counts(group)).isEqualTo(each);
        }
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldReadNumbersOfEachLengthInNetworkOrder(int length) throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 7);
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            group.steer(Steering.byBytes(2, length));
            for (int i = 0; i < 20; i++) {
                byte[] payload = {99, 99, (byte) (i * 37), (byte) (i * 91), (byte) (i * 53), (byte) (i * 17)};
                long number = 0;
                for (int b = 0; b < length; b++) {
                    number = number << 8 | Byte.toUnsignedInt(payload[2 + b]);
                }
                int[] expected = new int[7];
                expected[(int) (number % 7)] = 1;
                Loopback.send(sender, group.localAddress(), payload);
                assertThat(counts(group)).as("number %d", number).isEqualTo(expected);
            }
        }
    }

    @Test
    void shouldUseTheKernelsHashForDatagramsThatEndBeforeTheBytes() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 4);
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            Loopback.send(sender, group.localAddress(), "abc");
            int[] byHash = counts(group);
            group.steer(Steering.byBytes(0, 4));
            Loopback.send(sender, group.localAddress(), "abc");
            assertThat(counts(group)).isEqualTo(byHash);
            Loopback.send(sender, group.localAddress(), new byte[0]);
            assertThat(counts(group)).isEqualTo(byHash);
        }
    }

    @Test
    void shouldMaskTheKey() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 4);
                UdpSocket sender = Loopback.bound("127.0.0.1")) {
            group.steer(Steering.byBytes(0, 1).masked(0x02));
            for (int value : new int[] {0xfd, 0xff, 0x01, 0x03}) {
                Loopback.send(sender, group.localAddress(), new byte[] {(byte) value});
            }
            assertThat(counts(group)).containsExactly(2, 0, 2, 0);
        }
    }

    @Test
    void shouldKeepAFlowWithItsMember() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 8)) {
            group.steer(Steering.byFlow());
            for (int flow = 0; flow < 20; flow++) {
                try (UdpSocket sender = Loopback.bound("127.0.0.1")) {
                    for (int i = 0; i < 5; i++) {
                        Loopback.send(sender, group.localAddress(), "x");
                    }
                }
                assertThat(Arrays.stream(counts(group)).max()).hasValue(5);
            }
        }
    }

    @Test
    void shouldGiveEachMemberItsWeight() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 3)) {
            group.steer(Steering.byBytes(1, 4).weighted(3, 0, 1));
            sendNumbers(group, "127.0.0.1", 400);
            assertThat(counts(group)).containsExactly(300, 0, 100);
            group.steer(Steering.random().weighted(1, 3, 0));
            sendNumbers(group, "127.0.0.1", 2000);
            int[] counts = counts(group);
            assertThat(counts[0]).isBetween(400, 600);
            assertThat(counts[2]).isZero();
            assertThat(counts[0] + counts[1]).isEqualTo(2000);
        }
    }

    @Test
    void shouldKeepIndexesRightWhileMembersComeAndGo() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 4)) {
            group.steer(Steering.byBytes(1, 4));
            List<UdpSocket> before = group.members();
            before.get(1).close(); // by itself, as any socket
            assertThat(group.members()).containsExactly(before.get(0), before.get(3), before.get(2));
            sendNumbers(group, "127.0.0.1", 30);
            assertThat(counts(group)).containsExactly(10, 10, 10);
            assertThat(receivedIndexes(group, 3)).containsExactly(0, 1, 2);

            UdpSocket added = group.add();
            assertThat(group.members().get(3)).isSameAs(added);
            sendNumbers(group, "127.0.0.1", 40);
            assertThat(counts(group)).containsExactly(10, 10, 10, 10);
            assertThat(receivedIndexes(group, 4)).containsExactly(0, 1, 2, 3);
        }
    }

    /** Where number 0, 1, 2 ... arrives. */
    private static List<Integer> receivedIndexes(ReuseportGroup<UdpSocket> group, int numbers) throws IOException {
        List<Integer> indexes = new ArrayList<>();
        try (UdpSocket sender = Loopback.bound("127.0.0.1")) {
            for (int number = 0; number < numbers; number++) {
                Loopback.send(sender, group.localAddress(), new byte[] {0, 0, 0, 0, (byte) number});
                int[] counts = counts(group);
                indexes.add(IntStream.range(0, counts.length)
                        .filter(i -> counts[i] == 1)
                        .findFirst()
                        .orElseThrow());
            }
        }
        return indexes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"hash", "bytes", "map"})
    void shouldSteerAwayFromAMemberThatIsDrained(String kind) throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 4)) {
            Steering steering =
                    switch (kind) {
                        case "hash" -> Steering.hash();
                        case "bytes" -> Steering.byBytes(1, 4);
                        default -> Steering.byBytes(1, 4).over(2, 2, 1);
                    };
            group.steer(steering);
            UdpSocket leaving = group.members().get(2);
            group.drain(leaving);
            group.drain(leaving); // no matter
            sendNumbers(group, "127.0.0.1", 100);
            int[] counts = counts(group);
            assertThat(counts[2]).isZero();
            assertThat(Arrays.stream(counts).sum()).isEqualTo(100);

            leaving.close();

            assertThat(group.members()).hasSize(3);
            assertThat(group.steering()).isSameAs(steering);
            sendNumbers(group, "127.0.0.1", 100);
            assertThat(Arrays.stream(counts(group)).sum()).isEqualTo(100);
        }
    }

    /** The kernel's hash would not do: it goes over all members. */
    @ParameterizedTest(name = "{1} bytes, from {0}")
    @CsvSource({"127.0.0.1, 1", "127.0.0.1, 2", "127.0.0.1, 3", "127.0.0.1, 4", "::1, 4"})
    void shouldSteerDatagramsThatEndBeforeTheBytesAwayFromAMemberThatIsDrained(String address, int length)
            throws IOException {
        try (ReuseportGroup<UdpSocket> group = open(address, false, 3)) {
            group.steer(Steering.byBytes(6 - length, length));
            group.drain(group.members().get(1));
            for (int flow = 0; flow < 50; flow++) {
                sendNumbers(group, address, 1); // of 5 bytes
            }
            int[] counts = counts(group);
            assertThat(counts[1]).isZero();
            assertThat(counts[0]).isBetween(5, 45);
            assertThat(counts[0] + counts[2]).isEqualTo(50);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLeaveThePortToThoseWhoHaveJoined(boolean ipv6) throws IOException {
        String address = ipv6 ? "::1" : "127.0.0.1";
        ReuseportGroup<UdpSocket> old = open(address, false, 3);
        old.steer(Steering.byBytes(1, 4));
        assertThatIllegalStateException().isThrownBy(old::drainAll).withMessageContaining("fewer than the");
        try (ReuseportGroup<UdpSocket> successor = ReuseportGroup.open(
                () -> UdpSocket.open(ipv6 ? Loopback.INET6 : Loopback.INET), old.localAddress(), 3)) {
            old.drainAll();
            old.drainAll(); // no matter
            assertThatIllegalStateException().isThrownBy(old::add).withMessageContaining("leaves");
            int came = 0;
            for (int left = 3; left >= 0; left--) {
                for (int flow = 0; flow < 20; flow++) {
                    sendNumbers(old, address, 5);
                }
                int[] counts = counts(successor);
                came += Arrays.stream(counts).sum();
                if (left > 0) {
                    assertThat(counts(old)).as("of %d", left).containsOnly(0);
                    old.members().get(left == 2 ? 1 : 0).close();
                }
            }
            assertThat(came).isEqualTo(4 * 20 * 5);
            assertThat(old.isOpen()).isFalse();
            assertThat(successor.strangers()).isZero();

            successor.steer(Steering.hash());
            successor.steer(Steering.hash()); // nothing to be rid of any more
            for (int flow = 0; flow < 50; flow++) {
                sendNumbers(successor, address, 1);
            }
            assertThat(counts(successor)[0]).isBetween(5, 45);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hash", "bytes", "map"})
    void shouldCloseInAnyOrderAfterADrain(String kind) throws IOException {
        ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 3);
        group.steer(
                switch (kind) {
                    case "hash" -> Steering.hash();
                    case "bytes" -> Steering.byBytes(1, 4);
                    default -> Steering.byBytes(1, 4).over(0, 1, 2);
                });
        List<UdpSocket> members = group.members();
        group.drain(members.get(0));
        members.get(1).close();
        members.get(2).close();
        sendNumbers(group, "127.0.0.1", 10);
        assertThat(counts(group)).containsExactly(10); // nobody else is there to take over
        members.get(0).close();

        assertThat(group.isOpen()).isFalse();
        assertThat(group.members()).isEmpty();
    }

    /** A second descriptor of the member, as a child process has until its exec. */
    private static int copyOf(UdpSocket member) throws IOException {
        return member.descriptor.call(Native.CALLS::sockeye_duplicate, () -> "a copy");
    }

    @Test
    void shouldWaitUntilNoChildProcessHasACopyOfAMemberThatIsClosed() throws Exception {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 3)) {
            group.steer(Steering.byBytes(1, 4));
            UdpSocket leaving = group.members().get(0);
            int copy = copyOf(leaving);
            FutureTask<Void> closing = new FutureTask<>(() -> {
                leaving.close();
                return null;
            });
            try {
                new Thread(closing, "closer").start();
                assertThatExceptionOfType(TimeoutException.class)
                        .isThrownBy(() -> closing.get(100, TimeUnit.MILLISECONDS));
            } finally {
                Native.CALLS.sockeye_close(copy);
            }
            closing.get();
            assertThat(receivedIndexes(group, 4)).containsExactly(0, 1, 0, 1);
        }
    }

    @Test
    void shouldSendNothingToAMemberThatIsClosedButThatAnotherProcessKeeps() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 3)) {
            UdpSocket leaving = group.members().get(0);
            List<UdpSocket> others = group.members().subList(1, 3);
            int copy = copyOf(leaving);
            try {
                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(leaving::close)
                        .withMessageContaining("still has the socket");
                assertThat(leaving.isOpen()).isFalse();
                assertThat(group.members()).isEqualTo(others);
                sendNumbers(group, "127.0.0.1", 100);
                assertThat(Loopback.receiveAll(others.get(0)).size()
                                + Loopback.receiveAll(others.get(1)).size())
                        .isEqualTo(100);
            } finally {
                Native.CALLS.sockeye_close(copy);
            }
            group.steer(Steering.byBytes(1, 4)); // which sees that it has gone
            assertThat(receivedIndexes(group, 4)).containsExactly(0, 1, 0, 1);
        }
    }

    @Test
    void shouldGiveUpTheIndexOfAShareableMemberThatASelectorKnewWhenItIsClosed() throws IOException {
        try (Selector selector = Selector.open();
                ReuseportGroup<UdpSocket> group = ReuseportGroup.open(
                        () -> UdpSocket.openShareable(Loopback.INET), new InetSocketAddress("127.0.0.1", 0), 3)) {
            group.steer(Steering.byBytes(1, 4));
            UdpSocket leaving = group.members().get(0);
            leaving.selectable().configureBlocking(false);
            leaving.selectable().register(selector, SelectionKey.OP_READ);
            leaving.close();
            assertThat(receivedIndexes(group, 4)).containsExactly(0, 1, 0, 1);
            assertThat(selector.selectNow()).isZero();
            assertThat(selector.keys()).isEmpty();
        }
    }

    @Test
    void shouldNotTakeItsOwnClosedMembersForStrangersThatCouldTakeOver() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 2)) {
            UdpSocket leaving = group.members().get(0);
            int copy = copyOf(leaving);
            try {
                assertThatExceptionOfType(IOException.class).isThrownBy(leaving::close);
                assertThat(group.strangers()).isZero();
                assertThatIllegalStateException().isThrownBy(group::drainAll);
            } finally {
                Native.CALLS.sockeye_close(copy);
            }
        }
    }

    @Test
    void shouldRefuseToDrainTheLastOneOrAStranger() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 2);
                UdpSocket stranger = Loopback.bound("127.0.0.1")) {
            group.drain(group.members().get(0));
            assertThatIllegalStateException()
                    .isThrownBy(() -> group.drain(group.members().get(1)))
                    .withMessageContaining("take over");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.drain(stranger))
                    .withMessageContaining("no member");
        }
    }

    @Test
    void shouldCountStrangersOnItsPort() throws IOException {
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 2)) {
            assertThat(group.strangers()).isZero();
            try (UdpSocket stranger =
                    UdpSocket.open(Loopback.INET).setOption(StandardSocketOptions.SO_REUSEPORT, true)) {
                stranger.bind(group.localAddress());
                assertThat(group.strangers()).isEqualTo(1);
            }
            assertThat(group.strangers()).isZero();
        }
        try (ReuseportGroup<UdpSocket> group =
                        ReuseportGroup.open(() -> UdpSocket.open(Loopback.INET6), new InetSocketAddress("::", 0), 2);
                UdpSocket stranger =
                        UdpSocket.open(Loopback.INET6).setOption(StandardSocketOptions.SO_REUSEPORT, true)) {
            stranger.bind(group.localAddress());
            assertThat(group.strangers()).isEqualTo(1);
            try (UdpSocket ipv4 = UdpSocket.open(Loopback.INET).setOption(StandardSocketOptions.SO_REUSEPORT, true)) {
                ipv4.bind(new InetSocketAddress("0.0.0.0", group.localAddress().getPort()));
                assertThat(group.strangers()).isEqualTo(2); // it takes all IPv4 peers
            }
        }
    }

    @Test
    void shouldRefuseAPortThatIsInUseWithoutSharing() throws IOException {
        try (UdpSocket holder = Loopback.bound("127.0.0.1")) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> ReuseportGroup.open(() -> UdpSocket.open(Loopback.INET), Loopback.at(holder), 2))
                    .withMessageContaining("EADDRINUSE")
                    .withMessageContaining("without SO_REUSEPORT, or one of another user");
        }
    }

    @Test
    void shouldNameWhatIsWrong() throws IOException {
        for (int members : new int[] {0, -1, 1_000_000}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> open("127.0.0.1", false, members))
                    .withMessageContaining(members + " members");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReuseportGroup.open(
                        () -> java.nio.channels.DatagramChannel.open(), new InetSocketAddress(0), 1))
                .withMessageContaining("group is of UdpSocket");
        try (ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 2)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.steer(Steering.byCpu().over(0, 5)))
                    .withMessageContaining("member 5");
            assertThat(group.steering()).isSameAs(Steering.hash());
        }
        for (int length : new int[] {-1, 0, 5}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Steering.byBytes(0, length))
                    .withMessageContaining("length " + length);
        }
        for (int offset : new int[] {-1, 65524, 70_000, Integer.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Steering.byBytes(offset, 4))
                    .withMessageContaining("offset " + offset);
        }
        assertThat(Steering.byBytes(65523, 4)).hasToString("bytes:65523:4");
        assertThatIllegalArgumentException().isThrownBy(() -> Steering.byCpu().over());
        assertThatIllegalArgumentException().isThrownBy(() -> Steering.byCpu().weighted(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Steering.byCpu().weighted(-1, 2));
        assertThatIllegalStateException().isThrownBy(() -> Steering.hash().weighted(1));
    }

    @Test
    void shouldSayThatItIsClosed() throws IOException {
        ReuseportGroup<UdpSocket> group = open("127.0.0.1", false, 2);
        group.close();
        group.close();
        assertThat(group.isOpen()).isFalse();
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(group::add);
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> group.steer(Steering.byCpu()));
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(group::strangers);
    }
}
