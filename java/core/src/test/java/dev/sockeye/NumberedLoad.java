package dev.sockeye;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.FutureTask;

/**
 * Requests with sequence numbers, as fast as they are answered, and never more under way than fit into every buffer: one
 * that is not answered was lost by the server.
 */
final class NumberedLoad implements AutoCloseable {
    /** What became of the requests. */
    record Result(long sent, long answered, long sum, double seconds) {
        long lost() {
            return sent - answered;
        }

        @Override
        public String toString() {
            return "%d requests, %.0f a second, %d lost".formatted(sent, sent / seconds, lost());
        }
    }

    private static final int BURST = 32;
    /** The default SO_RCVBUF has room for some 250 datagrams as short as these. */
    private static final int WINDOW = 4 * BURST;

    private final InetSocketAddress server;
    private final Duration patience;
    private final FutureTask<Result> task = new FutureTask<>(this::run);
    private final Thread thread = new Thread(task, "load");
    private volatile boolean done;

    /** @param patience after how long without an answer the requests under way are given up */
    NumberedLoad(InetSocketAddress server, Duration patience) {
        this.server = server;
        this.patience = patience;
        thread.start();
    }

    Result end() throws Exception {
        done = true;
        return task.get();
    }

    @Override
    public void close() throws InterruptedException {
        done = true;
        thread.join();
    }

    private Result run() throws IOException {
        try (UdpSocket socket = Loopback.bound("127.0.0.1")) {
            PacketBatch requests = PacketBatch.allocate(BURST, Long.BYTES);
            PacketBatch answers = PacketBatch.allocate(WINDOW, Long.BYTES);
            BitSet answered = new BitSet();
            long start = System.nanoTime();
            long sum = 0;
            int sent = 0;
            int underWay = 0;
            while (!done || underWay > 0) {
                if (!done && underWay + BURST <= WINDOW) {
                    requests.clear();
                    for (int i = 0; i < BURST; i++) {
                        sum += sent;
                        requests.add().remote(server).length(Long.BYTES);
                        requests.get(i).payload().putLong(0, sent++);
                    }
                    underWay += socket.send(requests);
                    socket.receiveNow(answers);
                } else if (socket.receive(answers, patience) == 0) {
                    underWay = 0;
                }
                for (int slot = 0; slot < answers.size(); slot++) {
                    answered.set((int) answers.get(slot).payload().getLong(0));
                }
                underWay = Math.max(0, underWay - answers.size());
            }
            return new Result(sent, answered.cardinality(), sum, (System.nanoTime() - start) / 1e9);
        }
    }
}
