package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members of a group that are replaced one after the other, under a load of numbered datagrams. */
@Timeout(120)
class RestartTest {
    private static final int RESTARTS = 20;
    private static final int BURST = 16;
    private static final int FLOWS = 16;
    /** How many datagrams are under way at most: they fit into the buffer of one member. */
    private static final int WINDOW = 150;

    private static final int LARGE_BUFFER = 4 << 20;
    private static final Duration QUIET = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<Server> all = new ArrayList<>();
    private final Deque<Server> serving = new ArrayDeque<>();
    private final AtomicLong received = new AtomicLong();
    private ReuseportGroup<UdpSocket> group;
    /** When those under way are given up: never, where none may be lost. */
    private Duration patience = LONG;

    private volatile boolean done;

    /** A member with its thread, until it leaves. */
    private final class Server {
        final UdpSocket socket;
        final BitSet numbers = new BitSet();
        private final FutureTask<Void> task = new FutureTask<>(this::serve);
        private volatile boolean leaving;
        private volatile boolean stopped;

        Server(UdpSocket socket) {
            this.socket = socket;
            new Thread(task, "server").start();
        }

        private Void serve() throws IOException {
            PacketBatch batch = PacketBatch.allocate(64, Long.BYTES);
            boolean last;
            do {
                last = leaving; // before the look, so that all that was steered here before is looked for
                socket.receive(batch, QUIET);
                batch.forEach(packet -> numbers.set((int) packet.payload().getLong(0)));
                received.addAndGet(batch.size());
            } while (!stopped && (!last || batch.size() > 0));
            return null;
        }

        /** Receives until nothing comes any more. */
        void leave() throws Exception {
            leaving = true;
            task.get();
        }

        /** Receives no more, and comes back when something waits in vain. */
        void stopAtOnce() throws Exception {
            stopped = true;
            task.get();
            for (int turn = 0; bytesQueued() == 0; turn++) {
                assertThat(turn).as("seconds / 1000 without a datagram").isLessThan(10_000);
                Thread.sleep(1);
            }
        }

        /** getsockopt(SO_MEMINFO): the first of its numbers. */
        private int bytesQueued() throws IOException {
            byte[] info = socket.getRawOption(1, 55, 36);
            return ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(0);
        }
    }

    private static UdpSocket open() throws IOException {
        return UdpSocket.open(Loopback.INET).setOption(StandardSocketOptions.SO_RCVBUF, LARGE_BUFFER);
    }

    /** Sends numbers until all is done, each burst from another port; returns how many. */
    private int load(InetSocketAddress to) throws IOException {
        List<UdpSocket> flows = new ArrayList<>();
        try {
            for (int i = 0; i < FLOWS; i++) {
                flows.add(Loopback.bound("127.0.0.1"));
            }
            PacketBatch batch = PacketBatch.allocate(BURST, Long.BYTES);
            int sent = 0;
            long writtenOff = 0;
            long moved = System.nanoTime();
            while (!done) {
                if (sent + BURST - received.get() - writtenOff <= WINDOW) {
                    batch.clear();
                    for (int i = 0; i < BURST; i++) {
                        batch.add().remote(to).length(Long.BYTES);
                        batch.get(i).payload().putLong(0, sent++);
                    }
                    assertThat(flows.get(sent / BURST % FLOWS).send(batch)).isEqualTo(BURST);
                    moved = System.nanoTime();
                } else if (System.nanoTime() - moved > patience.toNanos()) {
                    writtenOff = sent - received.get();
                } else {
                    Thread.yield();
                }
            }
            return sent;
        } finally {
            for (UdpSocket flow : flows) {
                flow.close();
            }
        }
    }

    /** Starts processes all the time: until its exec each has copies of all descriptors. */
    private Void startProcesses() throws Exception {
        while (!done) {
            new ProcessBuilder("true").start().waitFor();
        }
        return null;
    }

    /** One restart: what serves is replaced. */
    private interface Restart {
        void run() throws Exception;
    }

    private void openGroup(InetSocketAddress address) throws IOException {
        group = ReuseportGroup.open(RestartTest::open, address, 2);
        group.members().forEach(this::serve);
    }

    private void serve(UdpSocket member) {
        serving.add(new Server(member));
        all.add(serving.getLast());
    }

    /** Restarts under load, and returns how many datagrams nobody received. */
    private int lostOver(String what, String address, Restart restart) throws Exception {
        openGroup(new InetSocketAddress(address, 0));
        try {
            InetSocketAddress to = group.localAddress();
            FutureTask<Integer> load = new FutureTask<>(() -> load(to));
            FutureTask<Void> processes = new FutureTask<>(this::startProcesses);
            new Thread(load, "load").start();
            new Thread(processes, "processes").start();
            long start = System.nanoTime();
            try {
                for (int turn = 0; turn < RESTARTS; turn++) {
                    Thread.sleep(20);
                    restart.run();
                }
            } finally {
                done = true;
            }
            int sent = load.get();
            double seconds = (System.nanoTime() - start) / 1e9;
            processes.get();
            for (Server server : serving) {
                server.leave();
            }
            BitSet numbers = new BitSet();
            all.forEach(server -> numbers.or(server.numbers));
            int lost = sent - numbers.cardinality();
            System.out.printf(
                    "%d restarts, %s: %d of %d datagrams lost, at %.0f a second%n",
                    RESTARTS, what, lost, sent, sent / seconds);
            assertThat(sent).isGreaterThan(RESTARTS * BURST);
            return lost;
        } finally {
            group.close();
        }
    }

    private void addOne() throws Exception {
        serve(group.add());
        Thread.sleep(20);
    }

    @Test
    void shouldLoseNothingWhenMembersAreDrainedBeforeTheyAreClosed() throws Exception {
        assertThat(lostOver("each member drained", "127.0.0.77", () -> {
                    addOne();
                    Server old = serving.removeFirst();
                    group.drain(old.socket);
                    old.leave();
                    old.socket.close();
                }))
                .isZero();
    }

    @Test
    void shouldLoseNothingWhenAnotherGroupJoinsAndThisOneLeaves() throws Exception {
        assertThat(lostOver("another group joins", "127.0.0.79", () -> {
                    ReuseportGroup<UdpSocket> before = group;
                    openGroup(before.localAddress());
                    Thread.sleep(20);
                    before.drainAll();
                    for (int i = 0; i < 2; i++) {
                        Server old = serving.removeFirst();
                        old.leave();
                        old.socket.close();
                    }
                    assertThat(group.strangers()).isZero();
                    group.steer(Steering.hash());
                }))
                .isZero();
    }

    /** What that avoids. */
    @Test
    void shouldLoseWhatIsQueuedInAMemberThatIsClosedAtOnce() throws Exception {
        patience = Duration.ofMillis(200);
        assertThat(lostOver("closed at once", "127.0.0.78", () -> {
                    addOne();
                    Server old = serving.removeFirst();
                    old.stopAtOnce();
                    old.socket.close();
                }))
                .isGreaterThanOrEqualTo(RESTARTS);
    }
}
