package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers in processes of their own, restarted while requests pour in. */
@Timeout(300)
class HandoverRestartTest {
    private static final int RESTARTS = 20;
    private static final int LIMIT_SECONDS = 60;

    @TempDir
    Path directory;

    /** What the servers say that they did. */
    private record Served(long answered, long sum, long astray) {
        Served plus(Served other) {
            return new Served(answered + other.answered, sum + other.sum, astray + other.astray);
        }
    }

    /** A server that took the sockets of this process, which has none left. */
    private static ChildJvm.Running handOver(Path path, List<? extends NetworkChannel> sockets) throws Exception {
        try (HandoverOffer offer = Handover.offer(path, sockets)) {
            ChildJvm.Running first = start("serve", path.toString());
            offer.await();
            return first;
        } finally {
            for (NetworkChannel socket : sockets) {
                socket.close();
            }
        }
    }

    /** Restarts a server again and again; then `end` ends the load, and the last server is ended. */
    private static Served restart(Path path, ChildJvm.Running first, Callable<?> end) throws Exception {
        ChildJvm.Running running = first;
        Served served = new Served(0, 0, 0);
        try {
            await(running, "serving");
            for (int i = 0; i < RESTARTS; i++) {
                ChildJvm.Running successor = start("serve", path.toString());
                try {
                    served = served.plus(result(running));
                } finally {
                    running.close();
                    running = successor;
                }
                await(running, "serving");
            }
            end.call();
            running.process().getOutputStream().close();
            return served.plus(result(running));
        } finally {
            running.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldLoseNothingInTwentyRestarts(int sockets) throws Exception {
        Path path = directory.resolve("handover");
        List<UdpSocket> opened = new ArrayList<>();
        if (sockets == 1) {
            opened.add(UdpSocket.openShareable(Loopback.INET).bind(new InetSocketAddress("127.0.0.1", 0)));
        } else {
            ReuseportGroup<UdpSocket> group = ReuseportGroup.open(
                    () -> UdpSocket.openShareable(Loopback.INET), new InetSocketAddress("127.0.0.1", 0), sockets);
            group.steer(HandoverServer.steering());
            opened.addAll(group.members());
        }
        InetSocketAddress server = opened.get(0).getLocalAddress();
        ChildJvm.Running first = handOver(path, opened);
        try (NumberedLoad load = new NumberedLoad(server, Duration.ofSeconds(LIMIT_SECONDS))) {
            Served served = restart(path, first, load::end);
            NumberedLoad.Result result = load.end();
            String what = "%d restarts by handover of %d sockets: %s".formatted(RESTARTS, sockets, result);
            System.out.println(what);
            assertThat(result.lost()).as(what).isZero();
            assertThat(served).as(what).isEqualTo(new Served(result.sent(), result.sum(), 0));
        }
    }

    /** What the handover avoids: from the close until the next process has bound the port nobody is there. */
    @Test
    void shouldShowThatAnAbruptRestartLoses() throws Exception {
        String address = "127.61.2.3"; // no other test's: the port may be bound again
        int port;
        try (UdpSocket socket = Loopback.bound(address)) {
            port = Loopback.port(socket);
        }
        String[] server = {"rebind", address, Integer.toString(port)};
        ChildJvm.Running running = start(server);
        try {
            await(running, "serving");
            try (NumberedLoad load = new NumberedLoad(new InetSocketAddress(address, port), Duration.ofMillis(100))) {
                running.process().getOutputStream().close();
                assertThat(running.result(LIMIT_SECONDS).exitCode()).isZero();
                running.close();
                running = start(server);
                await(running, "serving");
                NumberedLoad.Result result = load.end();
                String what = "1 restart by close and bind: " + result;
                System.out.println(what);
                assertThat(result.lost()).as(what).isPositive();
            }
        } finally {
            running.close();
        }
    }

    @Test
    void shouldResetNoConnectionInTwentyRestarts() throws Exception {
        Path path = directory.resolve("handover");
        TcpListener listener = TcpListener.openShareable(Loopback.INET)
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .listen(128);
        InetSocketAddress server = listener.getLocalAddress();
        ChildJvm.Running first = handOver(path, List.of(listener));
        List<FutureTask<Long>> clients = new ArrayList<>();
        AtomicBoolean done = new AtomicBoolean();
        try {
            for (int i = 0; i < 4; i++) {
                FutureTask<Long> client = new FutureTask<>(() -> ask(server, done));
                clients.add(client);
                new Thread(client, "client").start();
            }
            long[] asked = new long[1];
            Served served = restart(path, first, () -> {
                done.set(true);
                for (FutureTask<Long> client : clients) {
                    asked[0] += client.get(LIMIT_SECONDS, TimeUnit.SECONDS); // throws what a connection met
                }
                return null;
            });
            System.out.println(
                    RESTARTS + " restarts by handover of a listener: " + asked[0] + " connections, 0 failed");
            assertThat(served.answered()).isEqualTo(asked[0]).isGreaterThan(RESTARTS);
        } finally {
            done.set(true);
        }
    }

    /** One connection after the other, each of which must be answered; returns how many. */
    private static long ask(InetSocketAddress server, AtomicBoolean done) throws Exception {
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
        for (long asked = 0; ; asked++) {
            if (done.get()) {
                return asked;
            }
            try (TcpSocket socket = TcpSocket.open(Loopback.INET).connect(server, TcpPair.SECONDS)) {
                socket.write(number.clear().putLong(0, asked));
                assertThat(socket.read(number.clear(), Duration.ofSeconds(LIMIT_SECONDS)))
                        .isEqualTo(Long.BYTES);
                assertThat(number.getLong(0)).isEqualTo(asked);
                socket.setOption(StandardSocketOptions.SO_LINGER, 0); // leaves no port in TIME_WAIT
            }
            Thread.sleep(1);
        }
    }

    @Test
    void shouldGoOnServingWhenTheSuccessorDies() throws Exception {
        Path path = directory.resolve("handover");
        try (UdpSocket socket = UdpSocket.openShareable(Loopback.INET).bind(new InetSocketAddress("127.0.0.1", 0));
                HandoverOffer offer = Handover.offer(path, List.of(socket))) {
            FutureTask<Void> old = new FutureTask<>(() -> {
                offer.await();
                return null;
            });
            new Thread(old).start();
            try (ChildJvm.Running child = start("die", path.toString())) {
                assertThat(child.result(LIMIT_SECONDS).exitCode()).isEqualTo(3);
            }
            Loopback.send(socket, Loopback.at(socket), "x");
            assertThat(Loopback.text(Loopback.receiveOne(socket))).isEqualTo("x");
            assertThat(offer.isTaken()).isFalse();
            try (ChildJvm.Running child = start("serve", path.toString())) {
                await(child, "serving");
                old.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                InetSocketAddress server = Loopback.at(socket);
                socket.close(); // only here
                try (UdpSocket client = Loopback.bound("127.0.0.1")) {
                    Loopback.send(client, server, new byte[Long.BYTES]);
                    assertThat(Loopback.receiveOne(client).length()).isEqualTo(Long.BYTES);
                }
            }
        }
    }

    @Test
    void shouldSayThatTheSuccessorHasNoRoomForAllDescriptors() throws Exception {
        Path path = directory.resolve("handover");
        List<UdpSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                sockets.add(UdpSocket.openShareable(Loopback.INET));
            }
            try (HandoverOffer offer = Handover.offer(path, sockets)) {
                FutureTask<Void> old = new FutureTask<>(() -> {
                    offer.await();
                    return null;
                });
                new Thread(old).start();
                try (ChildJvm.Running child = new ChildJvm(HandoverServer.class, "take", path.toString())
                        .through("prlimit", "--nofile=150:150", "--")
                        .start()) {
                    assertThat(child.result(LIMIT_SECONDS).output().lines())
                            .singleElement()
                            .asString()
                            .contains(path.toString(), "EMFILE");
                }
                assertThat(offer.isOpen()).isTrue();
                assertThat(old.isDone()).isFalse();
            }
        } finally {
            for (UdpSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static ChildJvm.Running start(String... arguments) throws Exception {
        return new ChildJvm(HandoverServer.class, arguments).start();
    }

    private static void await(ChildJvm.Running child, String line) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(LIMIT_SECONDS).toNanos();
        while (Files.readString(child.output().toPath()).lines().noneMatch(line::equals)) {
            assertThat(child.process().isAlive())
                    .as(Files.readString(child.output().toPath()))
                    .isTrue();
            assertThat(System.nanoTime()).as("nobody says " + line).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static Served result(ChildJvm.Running child) throws Exception {
        ChildJvm.Result result = child.result(LIMIT_SECONDS);
        assertThat(result.exitCode()).as(result.output()).isZero();
        String line = result.output()
                .lines()
                .filter(text -> text.startsWith("answered "))
                .findFirst()
                .orElseThrow(() -> new AssertionError(result.output()));
        String[] words = line.split(" ");
        return new Served(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
    }
}
