package dev.sockeye.lab;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** Plain JDK sockets that give up after a while. */
final class Udp {

    static final int PORT = 7007;

    private Udp() {}

    static DatagramSocket open(Host host, ProtocolFamily family, int port) throws Exception {
        return host.call(() -> {
            DatagramSocket socket = DatagramChannel.open(family)
                    .bind(new InetSocketAddress(port))
                    .socket();
            socket.setSoTimeout(2_000);
            return socket;
        });
    }

    static void assumeIpv6(Host host) throws IOException {
        assumeTrue(host.hasIpv6(), "this kernel has no IPv6");
        try {
            DatagramChannel.open(StandardProtocolFamily.INET6).close();
        } catch (UnsupportedOperationException e) {
            abort("this JVM was started without an IPv6 address on lo and does without IPv6");
        }
    }

    static void send(DatagramSocket from, InetAddress to) throws IOException {
        from.send(new DatagramPacket(new byte[] {1}, 1, to, PORT));
    }

    /** Takes a datagram and sends it back where it came from; the kernel chooses the source. */
    static void echo(DatagramSocket server) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        server.receive(packet);
        server.send(packet);
    }

    /** Where the next datagram comes from. */
    static InetAddress sender(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return packet.getAddress();
    }
}
