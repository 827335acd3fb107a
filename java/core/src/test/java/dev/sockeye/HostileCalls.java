package dev.sockeye;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.channels.MembershipKey;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * For a child JVM: threads that share sockets and batches call everything with anything. Documented exceptions are
 * welcome; any other ends the process with 1, and a crash leaves its own traces.
 */
public final class HostileCalls {
    private static final int THREADS = 4;
    private static final int[] NUMBERS = {
        Integer.MIN_VALUE,
        -65536,
        -2,
        -1,
        0,
        1,
        2,
        3,
        7,
        16,
        63,
        64,
        65,
        255,
        256,
        1024,
        1025,
        65535,
        65536,
        1 << 20,
        Integer.MAX_VALUE
    };

    private final AtomicReferenceArray<UdpSocket> sockets = new AtomicReferenceArray<>(4);
    private final AtomicReferenceArray<PacketBatch> batches = new AtomicReferenceArray<>(4);
    private final NetworkInterface lo = Loopback.networkInterface();

    private HostileCalls() throws IOException {
        for (int i = 0; i < 4; i++) {
            sockets.set(i, UdpSocket.open(Loopback.INET));
            batches.set(i, PacketBatch.allocate(2, 32));
        }
    }

    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[0]);
        int calls = Integer.parseInt(arguments[1]) / THREADS;
        HostileCalls hostile = new HostileCalls();
        Thread[] threads = new Thread[THREADS];
        for (int t = 0; t < THREADS; t++) {
            SplittableRandom random = new SplittableRandom(seed + t);
            threads[t] = new Thread(() -> hostile.callAll(random, calls));
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("all calls returned");
    }

    private void callAll(SplittableRandom random, int calls) {
        for (int i = 0; i < calls; i++) {
            int what = random.nextInt(40);
            try {
                call(random, what);
            } catch (IOException
                    | BufferOverflowException
                    | IllegalArgumentException
                    | IllegalStateException
                    | IndexOutOfBoundsException
                    | NullPointerException
                    | UnsupportedOperationException documented) {
                continue;
            } catch (Throwable other) {
                System.out.println("call " + what + ": " + other);
                other.printStackTrace(System.out);
                System.exit(1);
            }
        }
    }

    private void call(SplittableRandom random, int what) throws IOException {
        UdpSocket socket = sockets.get(random.nextInt(4));
        PacketBatch batch = random.nextInt(20) == 0 ? null : batches.get(random.nextInt(4));
        switch (what) {
            case 0:
                reopen(random);
                break;
            case 1:
                batches.set(random.nextInt(4), PacketBatch.allocate(number(random), number(random) & 0xfff));
                break;
            case 2:
                socket.bind(address(random));
                break;
            case 3:
                socket.connect(address(random));
                break;
            case 4:
                socket.disconnect();
                break;
            case 5:
                socket.getLocalAddress();
                socket.getRemoteAddress();
                break;
            case 6:
                setAny(socket, random);
                break;
            case 7:
                socket.getOption(option(random));
                break;
            case 8:
                socket.setRawOption(level(random), random.nextInt(64), number(random));
                break;
            case 9:
                byte[] value = new byte[random.nextInt(70)];
                random.nextBytes(value);
                socket.setRawOption(level(random), random.nextInt(64), random.nextInt(9) == 0 ? null : value);
                break;
            case 10:
                socket.getRawOption(level(random), random.nextInt(64));
                break;
            case 11:
                socket.getRawOption(level(random), random.nextInt(64), number(random));
                break;
            case 12:
                MembershipKey key = socket.join(internet(random), lo);
                key.block(internet(random)).unblock(internet(random)).drop();
                break;
            case 13:
                socket.join(internet(random), random.nextBoolean() ? lo : null, internet(random))
                        .drop();
                break;
            case 14:
                batch.clear();
                break;
            case 15:
                socket.receive(batch, Duration.ofNanos(random.nextInt(200_000)));
                break;
            case 16:
                socket.toString();
                batch.forEach(random.nextBoolean() ? Packet::toString : null);
                break;
            case 17, 18, 19:
                socket.receiveNow(batch);
                break;
            case 20, 21:
                socket.sendNow(batch);
                break;
            default:
                touchPacket(random.nextBoolean() ? batch.add() : batch.get(number(random)), random);
        }
    }

    private void touchPacket(Packet packet, SplittableRandom random) {
        switch (random.nextInt(12)) {
            case 0 -> packet.remote(address(random) instanceof InetSocketAddress internet ? internet : null);
            case 1 -> packet.local(internet(random));
            case 2 -> packet.interfaceIndex(number(random));
            case 3 -> packet.length(number(random));
            case 4 -> packet.payload(new byte[random.nextInt(200)]);
            case 5 -> packet.payload(random.nextBoolean() ? packet.payload() : ByteBuffer.allocateDirect(50));
            case 6 -> packet.payload().put(number(random), (byte) 1);
            case 7 -> packet.payload().clear().putLong(random.nextLong());
            case 8 -> packet.reply();
            case 9 -> packet.reply(random.nextInt(5) == 0 ? null : SourcePolicy.values()[random.nextInt(4)]);
            case 10 -> packet.refusal();
            default -> packet.destination();
        }
    }

    private void reopen(SplittableRandom random) throws IOException {
        ProtocolFamily family = random.nextBoolean() ? Loopback.INET : Loopback.INET6;
        UdpSocket opened = UdpSocket.open(family);
        if (random.nextBoolean()) {
            opened.setOption(LinuxSocketOptions.IP_PKTINFO, true);
        }
        opened.bind(null);
        sockets.getAndSet(random.nextInt(4), opened).close();
    }

    private static SocketOption<?> option(SplittableRandom random) {
        List<SocketOption<?>> options = List.copyOf(OptionTable.options(Protocol.UDP, true));
        return random.nextInt(30) == 0
                ? random.nextBoolean() ? null : StandardSocketOptions.TCP_NODELAY
                : options.get(random.nextInt(options.size()));
    }

    @SuppressWarnings("unchecked")
    private void setAny(UdpSocket socket, SplittableRandom random) throws IOException {
        Object[] values = {null, true, number(random), "lo", "", "x".repeat(random.nextInt(20)), lo};
        socket.setOption((SocketOption<Object>) option(random), values[random.nextInt(values.length)]);
    }

    private static int number(SplittableRandom random) {
        return random.nextInt(3) == 0 ? random.nextInt(8) : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private static int level(SplittableRandom random) {
        int[] levels = {1, 0, 41, 17};
        return random.nextInt(10) == 0 ? number(random) : levels[random.nextInt(4)];
    }

    private static InetAddress internet(SplittableRandom random) {
        String[] texts = {"127.0.0.1", "127.0.0.2", "0.0.0.0", "239.192.77.6", "::1", "::", "ff02::7777", "fe80::1"};
        try {
            return random.nextInt(20) == 0 ? null : InetAddress.getByName(texts[random.nextInt(texts.length)]);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private SocketAddress address(SplittableRandom random) {
        UdpSocket other = sockets.get(random.nextInt(4));
        switch (random.nextInt(6)) {
            case 0:
                return null;
            case 1:
                return InetSocketAddress.createUnresolved("x", 1);
            case 2:
                return java.net.UnixDomainSocketAddress.of("x");
            case 3:
                return new InetSocketAddress(internet(random), random.nextInt(65536));
            default:
                try {
                    return new InetSocketAddress(internet(random), Loopback.port(other));
                } catch (IOException | NullPointerException e) {
                    return new InetSocketAddress(0);
                }
        }
    }
}
