package dev.sockeye;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sockets on this host's loopback addresses, and what the tests do with them again and again. */
final class Loopback {
    static final ProtocolFamily INET = StandardProtocolFamily.INET;
    static final ProtocolFamily INET6 = StandardProtocolFamily.INET6;

    private Loopback() {}

    /** A socket bound to an address of this host and a port that the kernel picks. */
    static UdpSocket bound(String address) throws IOException {
        InetAddress local = InetAddress.getByName(address);
        return UdpSocket.open(local.getAddress().length == 4 ? INET : INET6).bind(new InetSocketAddress(local, 0));
    }

    /** A socket that takes requests to any address and knows which one was asked. */
    static UdpSocket server(ProtocolFamily family) throws IOException {
        return UdpSocket.open(family)
                .setOption(LinuxSocketOptions.IP_PKTINFO, true)
                .bind(null);
    }

    static int port(UdpSocket socket) throws IOException {
        return socket.getLocalAddress().getPort();
    }

    /** Where a socket is reached: its port at an address of this host. */
    static InetSocketAddress at(String address, UdpSocket socket) throws IOException {
        return new InetSocketAddress(address, port(socket));
    }

    static InetSocketAddress at(UdpSocket socket) throws IOException {
        return socket.getLocalAddress();
    }

    static void send(UdpSocket from, InetSocketAddress to, byte[] payload) throws IOException {
        PacketBatch batch = PacketBatch.allocate(1, Math.max(payload.length, 1));
        batch.add().remote(to).payload(payload);
        if (from.send(batch) != 1) {
            throw batch.get(0).refusal();
        }
    }

    static void send(UdpSocket from, InetSocketAddress to, String payload) throws IOException {
        send(from, to, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** Receives one packet into a batch of its own; fails when none comes within some seconds. */
    static Packet receiveOne(UdpSocket socket) throws IOException {
        PacketBatch batch = PacketBatch.allocate(1, 2048);
        if (socket.receive(batch, Duration.ofSeconds(5)) == 0) {
            throw new AssertionError("no packet came");
        }
        return batch.get(0);
    }

    static String text(Packet packet) {
        return StandardCharsets.UTF_8.decode(packet.payload()).toString();
    }

    /** The payloads of all that is in the socket's queue. */
    static List<String> receiveAll(UdpSocket socket) throws IOException {
        List<String> texts = new ArrayList<>();
        PacketBatch batch = PacketBatch.allocate(64, 2048);
        while (socket.receiveNow(batch) > 0) {
            batch.forEach(packet -> texts.add(text(packet)));
        }
        return texts;
    }

    static NetworkInterface networkInterface() throws IOException {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
    }

    static boolean hasIpv6() throws IOException {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
    }

    /** Waits until a thread is inside a call of the native layer. */
    static void awaitCall(Thread thread, String function) throws InterruptedException {
        while (Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getMethodName().equals(function))) {
            Thread.sleep(1);
        }
    }
}
