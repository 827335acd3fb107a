package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Two threads stand for two processes. Alone in its JVM, since it counts the descriptors of the whole process. */
@Isolated
@Timeout(120)
class HandoverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void choosePath() {
        path = directory.resolve("handover");
    }

    private static UdpSocket shareable() throws IOException {
        return UdpSocket.openShareable(Loopback.INET).bind(new InetSocketAddress("127.0.0.1", 0));
    }

    /** The old process, waiting for a successor. */
    private static FutureTask<Void> awaiting(HandoverOffer offer) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            offer.await();
            return null;
        });
        new Thread(task, "old process").start();
        return task;
    }

    private static void done(FutureTask<?> task) throws Exception {
        task.get(20, TimeUnit.SECONDS);
    }

    private static Throwable failure(FutureTask<?> task) throws Exception {
        try {
            throw new AssertionError("returned " + task.get(20, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private HandoverTaken take() throws IOException {
        return Handover.take(path, PATIENCE).orElseThrow();
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    @Test
    void shouldGiveTheSocketsInTheirOrderWithAllTheyHave() throws Exception {
        try (UdpSocket first = UdpSocket.openShareable(Loopback.INET6)
                        .setOption(LinuxSocketOptions.IP_PKTINFO, true)
                        .setOption(LinuxSocketOptions.IP_TTL, 77)
                        .bind(null);
                UdpSocket second = shareable().connect(new InetSocketAddress("127.0.0.9", 9));
                UdpSocket client = Loopback.bound("127.0.0.1");
                HandoverOffer offer = Handover.offer(path, List.of(first, second))) {
            Loopback.send(client, Loopback.at("127.0.0.2", first), "queued before");
            FutureTask<Void> old = awaiting(offer);
            try (HandoverTaken taken = take()) {
                assertThat(offer.isTaken()).isFalse();
                assertThat(taken.sockets()).hasSize(2);
                List<UdpSocket> sockets = taken.sockets(UdpSocket.class);
                taken.ready();
                done(old);
                assertThat(offer.isTaken()).isTrue();
                assertThat(offer.isOpen()).isFalse();
                first.close();
                second.close();
                try (UdpSocket newFirst = sockets.get(0);
                        UdpSocket newSecond = sockets.get(1)) {
                    assertThat(newFirst.getOption(LinuxSocketOptions.IP_TTL)).isEqualTo(77);
                    assertThat(newSecond.getRemoteAddress()).isEqualTo(new InetSocketAddress("127.0.0.9", 9));
                    Packet packet = Loopback.receiveOne(newFirst);
                    assertThat(Loopback.text(packet)).isEqualTo("queued before");
                    assertThat(packet.destination().getHostAddress()).isEqualTo("127.0.0.2");
                }
            }
        }
    }

    @Test
    void shouldFindNothingWhereNobodyOffers() throws Exception {
        assertThat(Handover.take(path, PATIENCE)).isEmpty();
        try (UdpSocket socket = shareable()) {
            Handover.offer(path, List.of(socket)).close();
            assertThat(path).doesNotExist();
            assertThat(Handover.take(path, PATIENCE)).isEmpty();
        }
    }

    @Test
    void shouldLetTheOldProcessGoOnWhenTheSuccessorEndsBeforeItIsReady() throws Exception {
        try (UdpSocket socket = shareable();
                HandoverOffer offer = Handover.offer(path, List.of(socket))) {
            FutureTask<Void> old = awaiting(offer);
            for (int i = 0; i < 3; i++) {
                HandoverTaken failing = take();
                failing.close();
                assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(failing::ready);
                Loopback.send(socket, Loopback.at(socket), "x");
                assertThat(Loopback.text(Loopback.receiveOne(socket))).isEqualTo("x");
                assertThat(old.isDone()).isFalse();
            }
            try (HandoverTaken taken = take()) {
                taken.ready();
                taken.sockets().get(0).close();
            }
            done(old);
        }
    }

    @Test
    void shouldServeOneSuccessorAtATimeAndTellTheOther() throws Exception {
        try (UdpSocket socket = shareable();
                HandoverOffer offer = Handover.offer(path, List.of(socket))) {
            FutureTask<Void> old = awaiting(offer);
            HandoverTaken first = take();
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> Handover.take(path, Duration.ofMillis(50)));
            FutureTask<HandoverTaken> second = new FutureTask<>(this::take);
            new Thread(second).start();
            FutureTask<HandoverTaken> third = new FutureTask<>(this::take);
            Thread.sleep(50);
            assertThat(second.isDone()).isFalse();
            first.close(); // it fails, and the second gets its turn
            HandoverTaken taken = second.get(20, TimeUnit.SECONDS);
            Thread thread = new Thread(third);
            thread.start();
            Loopback.awaitCall(thread, "sockeye_receive_descriptors");
            taken.ready();
            assertThat(failure(third))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("another process took them");
            done(old);
            taken.sockets().get(0).close();
        }
    }

    @Test
    void shouldLetTheNewProcessOfferAtTheSamePathAtOnce() throws Exception {
        UdpSocket socket = shareable();
        InetSocketAddress address = Loopback.at(socket);
        for (int i = 0; i < 20; i++) {
            HandoverOffer offer = Handover.offer(path, List.of(socket));
            FutureTask<Void> old = awaiting(offer);
            HandoverTaken taken = take();
            taken.ready();
            try (HandoverOffer next = Handover.offer(path, taken.sockets())) {
                done(old);
                offer.close(); // of the old one: it must leave the new file
                assertThat(path).exists();
            }
            socket.close();
            socket = taken.sockets(UdpSocket.class).get(0);
            assertThat(Loopback.at(socket)).isEqualTo(address);
        }
        socket.close();
    }

    /** It says that it is ready, and cannot be told any more that the sockets are its own. */
    @Test
    void shouldGoOnServingWhenTheSuccessorEndsAsItTakesOver() throws Exception {
        try (UdpSocket socket = shareable()) {
            HandoverOffer offer = Handover.offer(path, List.of(socket));
            FutureTask<Void> old = awaiting(offer);
            int fd = UnixPath.call(path, Native.CALLS::sockeye_unix_connect);
            try {
                HandoverMessage message = new HandoverMessage();
                assertThat(message.receive(fd, TimeUnit.SECONDS.toNanos(20), -1))
                        .isEqualTo(1);
                message.closeFrom(0);
                Native.CALLS.sockeye_shutdown_side(fd, 0); // SHUT_RD
                assertThat(message.begin(HandoverMessage.READY, 0).send(fd)).isZero();
                assertThat(failure(old)).isInstanceOf(IOException.class).hasMessageContaining("successor ended");
            } finally {
                Native.CALLS.sockeye_close(fd);
            }
            assertThat(offer.isTaken()).isFalse();
            assertThat(offer.isOpen()).isFalse();
            try (HandoverOffer again = Handover.offer(path, List.of(socket))) {
                assertThat(again.isOpen()).isTrue();
            }
        }
    }

    @Test
    void shouldTellTheSuccessorThatTheOfferWasWithdrawn() throws Exception {
        try (UdpSocket socket = shareable()) {
            HandoverOffer offer = Handover.offer(path, List.of(socket));
            FutureTask<Void> old = awaiting(offer);
            HandoverTaken taken = take();
            offer.close();
            assertThat(failure(old)).isExactlyInstanceOf(AsynchronousCloseException.class);
            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(taken::ready)
                    .withMessageContaining("withdrawn");
            assertThat(taken.sockets().get(0).isOpen()).isFalse();
            assertThat(socket.isOpen()).isTrue();
            assertThat(offer.isTaken()).isFalse();
            assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(offer::await);
        }
    }

    @Test
    void shouldEndAnOfferWhenItsThreadIsInterrupted() throws Exception {
        try (UdpSocket socket = shareable();
                HandoverOffer offer = Handover.offer(path, List.of(socket))) {
            FutureTask<Void> task = new FutureTask<>(() -> {
                offer.await();
                return null;
            });
            Thread thread = new Thread(task);
            thread.start();
            Loopback.awaitCall(thread, "sockeye_unix_accept");
            thread.interrupt();
            assertThat(failure(task)).isExactlyInstanceOf(ClosedByInterruptException.class);
            assertThat(path).doesNotExist();
            assertThat(socket.isOpen()).isTrue();
        }
    }

    @Test
    void shouldMakeAFileForThisUserOnlyAndReplaceAStaleOneAlone() throws Exception {
        try (UdpSocket socket = shareable()) {
            try (HandoverOffer offer = Handover.offer(path, List.of(socket))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo("rw-------");
                assertThatExceptionOfType(BindException.class)
                        .isThrownBy(() -> Handover.offer(path, List.of(socket)))
                        .withMessageContaining(path.toString());
                assertThat(offer.isOpen()).isTrue();
            }
            int stale = UnixPath.call(path, Native.CALLS::sockeye_unix_listen);
            Native.CALLS.sockeye_close(stale); // as of a process that was killed
            assertThat(Handover.take(path, PATIENCE)).isEmpty();
            Handover.offer(path, List.of(socket)).close();

            Files.writeString(path, "precious");
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> Handover.offer(path, List.of(socket)));
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> Handover.take(path, PATIENCE))
                    .withMessageContaining("no socket");
            assertThat(path).hasContent("precious");
        }
    }

    @Test
    void shouldSayThatAPathIsTooLong() throws Exception {
        Path longPath = directory.resolve("x".repeat(120));
        try (UdpSocket socket = shareable()) {
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> Handover.offer(longPath, List.of(socket)))
                    .withMessageContaining("107 bytes");
        }
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> Handover.take(longPath, PATIENCE))
                .withMessageContaining("107 bytes");
    }

    @Test
    void shouldRefuseWhatCannotBeHandedOver() throws Exception {
        try (UdpSocket socket = Loopback.bound("127.0.0.1");
                DatagramChannel foreign = DatagramChannel.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Handover.offer(path, List.of(socket)))
                    .withMessageContaining(socket.toString())
                    .withMessageContaining("openShareable");
            assertThatIllegalArgumentException().isThrownBy(() -> Handover.offer(path, List.of()));
            assertThatIllegalArgumentException().isThrownBy(() -> Handover.offer(path, List.of(foreign)));
        }
        UdpSocket closed = shareable();
        closed.close();
        assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> Handover.offer(path, List.of(closed)));
        assertThat(path).doesNotExist();
        try (UdpSocket socket = shareable()) {
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> Handover.offer(path.resolve("nowhere"), List.of(socket)))
                    .withMessageContaining("no such directory");
        }
    }

    @Test
    void shouldTellAnOfferThatOneOfItsSocketsWasClosed() throws Exception {
        try (UdpSocket socket = shareable();
                HandoverOffer offer = Handover.offer(path, List.of(socket))) {
            socket.close();
            FutureTask<Void> old = awaiting(offer);
            assertThat(catchThrowable(this::take)).isInstanceOf(SocketException.class);
            assertThat(failure(old)).isExactlyInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldLeaveNoDescriptorBehind() throws Exception {
        handOverInEveryWay(); // loads what it takes
        int before = descriptors();
        for (int i = 0; i < 5; i++) {
            handOverInEveryWay();
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private void handOverInEveryWay() throws Exception {
        shouldGiveTheSocketsInTheirOrderWithAllTheyHave();
        shouldLetTheOldProcessGoOnWhenTheSuccessorEndsBeforeItIsReady();
        shouldServeOneSuccessorAtATimeAndTellTheOther();
        shouldTellTheSuccessorThatTheOfferWasWithdrawn();
        shouldTellAnOfferThatOneOfItsSocketsWasClosed();
        shouldRefuseWhatCannotBeHandedOver();
        shouldGiveAListenerWithTheConnectionsThatWaitInIt();
    }

    // ---- TCP

    @Test
    void shouldGiveAListenerWithTheConnectionsThatWaitInIt() throws Exception {
        try (TcpListener listener = TcpListener.openShareable(Loopback.INET)
                        .bind(new InetSocketAddress("127.0.0.1", 0))
                        .listen(16);
                UdpSocket other = shareable();
                HandoverOffer offer = Handover.offer(path, List.of(listener, other));
                TcpSocket first = TcpPair.connected(listener);
                TcpSocket accepted = listener.accept()) {
            FutureTask<Void> old = awaiting(offer);
            try (TcpSocket waiting = TcpPair.connected(listener);
                    HandoverTaken taken = take()) {
                assertThat(taken.sockets()).hasExactlyElementsOfTypes(TcpListener.class, UdpSocket.class);
                taken.ready();
                done(old);
                listener.close();
                other.close();
                waiting.write(TcpPair.bytes("hello"));
                try (TcpListener successor = (TcpListener) taken.sockets().get(0);
                        TcpSocket server = successor.acceptNow()) {
                    assertThat(TcpPair.read(server, 5)).isEqualTo("hello");
                }
                taken.sockets().get(1).close();
            }
            first.write(TcpPair.bytes("of the old process")); // which serves it until it ends
            assertThat(TcpPair.read(accepted, 18)).isEqualTo("of the old process");
        }
    }

    /** What the handover avoids. */
    @Test
    void shouldShowThatAnAbruptCloseResetsTheConnectionsThatWait() throws Exception {
        TcpListener listener = TcpPair.listener("127.0.0.1");
        try (TcpSocket waiting = TcpPair.connected(listener)) {
            listener.close();
            assertThatExceptionOfType(NativeIOException.class)
                    .isThrownBy(() -> TcpPair.read(waiting, 1))
                    .withMessageContaining("ECONNRESET");
        }
    }

    // ---- groups

    private static ReuseportGroup.Opener<UdpSocket> opener() {
        return () -> UdpSocket.openShareable(Loopback.INET);
    }

    /** Where the numbers 0, 1, 2 ... arrive. */
    private static List<Integer> arrivals(ReuseportGroup<UdpSocket> group, int numbers) throws IOException {
        List<Integer> arrivals = new ArrayList<>();
        try (UdpSocket sender = Loopback.bound("127.0.0.1")) {
            for (int number = 0; number < numbers; number++) {
                Loopback.send(sender, group.localAddress(), new byte[] {(byte) number});
                for (int index = 0; index < group.members().size(); index++) {
                    if (!Loopback.receiveAll(group.members().get(index)).isEmpty()) {
                        arrivals.add(index);
                    }
                }
            }
        }
        return arrivals;
    }

    @Test
    void shouldHandOverAGroupOfHundredsWithItsIndexes() throws Exception {
        int members = 300; // more than one message holds
        ReuseportGroup<UdpSocket> group = ReuseportGroup.open(opener(), new InetSocketAddress("127.0.0.1", 0), members);
        Steering steering = Steering.byBytes(0, 1).over(299, 0, 7, 150);
        group.steer(steering);
        HandoverOffer offer = Handover.offer(path, group.members());
        FutureTask<Void> old = awaiting(offer);
        HandoverTaken taken = take();
        taken.ready();
        done(old);
        try (ReuseportGroup<UdpSocket> adopted =
                ReuseportGroup.adopt(opener(), taken.sockets(UdpSocket.class), steering)) {
            assertThat(adopted.localAddress()).isEqualTo(group.localAddress());
            group.members().get(3).close(); // by itself: nothing changes for the successor
            assertThat(arrivals(adopted, 5)).containsExactly(299, 0, 7, 150, 299);
            group.close();
            assertThat(arrivals(adopted, 5)).containsExactly(299, 0, 7, 150, 299);
            assertThat(adopted.strangers()).isZero();
        }
    }

    @Test
    void shouldHandOverAGroupOfListeners() throws Exception {
        ReuseportGroup.Opener<TcpListener> opener = () -> TcpListener.openShareable(Loopback.INET);
        ReuseportGroup<TcpListener> group = ReuseportGroup.listen(opener, new InetSocketAddress("127.0.0.1", 0), 2, 16);
        group.steer(Steering.byFlow().over(1));
        HandoverOffer offer = Handover.offer(path, group.members());
        FutureTask<Void> old = awaiting(offer);
        HandoverTaken taken = take();
        try (ReuseportGroup<TcpListener> adopted = ReuseportGroup.adopt(
                        opener,
                        taken.sockets(TcpListener.class),
                        Steering.byFlow().over(0));
                TcpSocket waiting = TcpPair.connected(adopted.members().get(0))) {
            taken.ready();
            done(old);
            group.close();
            try (TcpSocket server = adopted.members().get(0).acceptNow()) {
                assertThat(server.getRemoteAddress()).isEqualTo(waiting.getLocalAddress());
            }
            assertThat(adopted.add().backlog()).isEqualTo(16);
        }
    }

    @Test
    void shouldSteerAddAndDrainInAnAdoptedGroup() throws Exception {
        ReuseportGroup<UdpSocket> group = ReuseportGroup.open(opener(), new InetSocketAddress("127.0.0.1", 0), 3);
        List<UdpSocket> sockets = new ArrayList<>();
        for (UdpSocket member : group.members()) {
            sockets.add(
                    (UdpSocket) Handover.adopt(member.descriptor.call(Native.CALLS::sockeye_duplicate, () -> "dup")));
        }
        group.close();
        try (ReuseportGroup<UdpSocket> adopted = ReuseportGroup.adopt(opener(), sockets, Steering.hash())) {
            adopted.steer(Steering.byBytes(0, 1));
            assertThat(arrivals(adopted, 4)).containsExactly(0, 1, 2, 0);
            adopted.add();
            assertThat(arrivals(adopted, 4)).containsExactly(0, 1, 2, 3);
            UdpSocket leaving = adopted.members().get(1);
            adopted.drain(leaving);
            assertThat(arrivals(adopted, 4)).doesNotContain(1).hasSize(4);
            leaving.close();
            assertThat(arrivals(adopted, 3)).containsExactly(0, 1, 2);
        }
    }

    @Test
    void shouldRefuseToAdoptWhatIsNoGroup() throws Exception {
        try (UdpSocket alone = shareable();
                UdpSocket member = UdpSocket.open(Loopback.INET)
                        .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                        .bind(new InetSocketAddress("127.0.0.1", 0));
                UdpSocket elsewhere = UdpSocket.open(Loopback.INET)
                        .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                        .bind(new InetSocketAddress("127.0.0.2", 0))) {
            for (List<UdpSocket> wrong : List.of(List.<UdpSocket>of(), List.of(alone), List.of(member, elsewhere))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ReuseportGroup.adopt(opener(), wrong, Steering.hash()));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ReuseportGroup.adopt(
                            opener(), List.of(member), Steering.byCpu().over(1)))
                    .withMessageContaining("member 1");
            assertThat(member.isOpen()).isTrue();
        }
    }
}
