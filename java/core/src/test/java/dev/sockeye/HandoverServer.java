package dev.sockeye;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * For a child JVM: echoes on sockets that it takes from its predecessor, until a successor takes them or standard input
 * ends, and says how many numbers it has answered, their sum, and how many came to another socket than to that with the
 * index of the number modulo the sockets.
 */
public final class HandoverServer {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration TURN = Duration.ofMillis(50);

    private static volatile boolean stopped;

    private HandoverServer() {}

    /** What a thread has done. */
    private static final class Count {
        long answered;
        long sum;
        long astray;

        void add(long number, int index, int sockets) {
            answered++;
            sum += number;
            astray += number % sockets == index ? 0 : 1;
        }
    }

    /** By the last byte of a number of eight. */
    static Steering steering() {
        return Steering.byBytes(7, 1);
    }

    /** @param arguments "serve", "die" or "take", and a path; "rebind", an address and a port */
    public static void main(String[] arguments) throws Exception {
        startReader();
        switch (arguments[0]) {
            case "rebind" -> rebind(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])));
            case "die" -> {
                Handover.take(Path.of(arguments[1]), LONG).orElseThrow();
                Runtime.getRuntime().halt(3); // closes nothing by itself
            }
            case "take" -> take(Path.of(arguments[1]));
            default -> takeOver(Path.of(arguments[1]));
        }
        System.exit(0); // a thread still waits for standard input
    }

    private static void take(Path path) {
        try {
            System.out.println(Handover.take(path, LONG));
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void takeOver(Path path) throws Exception {
        HandoverTaken taken = Handover.take(path, LONG).orElseThrow();
        List<NetworkChannel> sockets = taken.sockets();
        if (sockets.size() > 1) {
            ReuseportGroup.adopt(
                    () -> UdpSocket.openShareable(Loopback.INET), taken.sockets(UdpSocket.class), steering());
        }
        taken.ready();
        var threads = Executors.newCachedThreadPool(HandoverServer::daemon);
        try (HandoverOffer offer = Handover.offer(path, sockets)) {
            threads.submit(() -> {
                offer.await();
                return null;
            });
            List<Future<Count>> counts = new ArrayList<>();
            for (int i = 0; i < sockets.size(); i++) {
                int index = i;
                counts.add(threads.submit(() -> sockets.get(index) instanceof UdpSocket socket
                        ? serve(socket, index, sockets.size(), offer)
                        : serve((TcpListener) sockets.get(index), offer)));
            }
            System.out.println("serving");
            Count all = new Count();
            for (Future<Count> future : counts) {
                Count count = future.get();
                all.answered += count.answered;
                all.sum += count.sum;
                all.astray += count.astray;
            }
            System.out.println("answered " + all.answered + " " + all.sum + " " + all.astray);
        }
        for (NetworkChannel socket : sockets) {
            socket.close();
        }
    }

    private static Count serve(UdpSocket socket, int index, int sockets, HandoverOffer offer) throws IOException {
        Count count = new Count();
        PacketBatch batch = PacketBatch.allocate(64, Long.BYTES);
        while (!offer.isTaken() && !stopped) {
            if (socket.receive(batch, TURN) > 0) {
                for (int slot = 0; slot < batch.size(); slot++) {
                    count.add(batch.get(slot).payload().getLong(0), index, sockets);
                }
                echo(socket, batch);
            }
        }
        return count;
    }

    private static void echo(UdpSocket socket, PacketBatch batch) throws IOException {
        batch.forEach(packet -> packet.reply(SourcePolicy.KERNEL));
        socket.send(batch);
    }

    /** One connection after the other: each asks one number. */
    private static Count serve(TcpListener listener, HandoverOffer offer) throws IOException {
        Count count = new Count();
        ByteBuffer number = ByteBuffer.allocateDirect(Long.BYTES);
        while (!offer.isTaken() && !stopped) {
            try (TcpSocket connection = listener.accept(TURN)) {
                if (connection != null && connection.read(number.clear(), LONG) == Long.BYTES) {
                    connection.write(number.flip());
                    count.add(number.getLong(0), 0, 1);
                    awaitReset(connection);
                }
            }
        }
        return count;
    }

    /** How the client ends a connection whose answer it has. */
    private static void awaitReset(TcpSocket connection) throws IOException {
        try {
            connection.read(ByteBuffer.allocate(1), LONG);
        } catch (NativeIOException e) {
            if (!e.errnoName().equals("ECONNRESET")) {
                throw e;
            }
        }
    }

    /** What a server does that knows no better. */
    private static void rebind(InetSocketAddress address) throws IOException {
        try (UdpSocket socket = UdpSocket.open(Loopback.INET).bind(address)) {
            System.out.println("serving");
            PacketBatch batch = PacketBatch.allocate(64, Long.BYTES);
            while (!stopped) {
                if (socket.receive(batch, TURN) > 0) {
                    echo(socket, batch);
                }
            }
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static void startReader() {
        daemon(() -> {
                    try {
                        System.in.read();
                    } catch (IOException e) {
                        System.out.println(e);
                    }
                    stopped = true;
                })
                .start();
    }
}
