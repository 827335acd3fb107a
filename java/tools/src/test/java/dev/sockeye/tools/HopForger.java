package dev.sockeye.tools;

import dev.sockeye.lab.IcmpError;
import dev.sockeye.lab.IcmpForger;
import dev.sockeye.lab.QuotedDatagram;
import dev.sockeye.lab.RoutedLab;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.Arrays;

/**
 * A server that sees each datagram, has a router tell a lie about it, and may echo it. That is how far an attacker on the
 * path can go.
 */
final class HopForger implements AutoCloseable {
    private final DatagramSocket server;
    private final IcmpForger forger;
    private final InetSocketAddress address;
    private volatile Throwable failure;

    /** Makes the lie about a datagram. */
    interface Lie {
        IcmpError about(InetSocketAddress client, InetSocketAddress server, byte[] payload);
    }

    private HopForger(DatagramSocket server, IcmpForger forger, InetAddress address) {
        this.server = server;
        this.forger = forger;
        this.address = new InetSocketAddress(address, server.getLocalPort());
    }

    static HopForger start(RoutedLab hosts, int port, boolean echoes, Lie lie) throws Exception {
        StandardProtocolFamily family = StandardProtocolFamily.INET;
        HopForger started = new HopForger(
                hosts.server().call(() -> new DatagramSocket(port)),
                IcmpForger.open(hosts.r1(), family),
                hosts.serverAddress(family));
        Thread thread = new Thread(() -> started.run(echoes, lie), "test-forger");
        thread.setDaemon(true);
        thread.start();
        return started;
    }

    private void run(boolean echoes, Lie lie) {
        DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
        try {
            for (; ; ) {
                packet.setLength(65535);
                server.receive(packet);
                InetSocketAddress client = (InetSocketAddress) packet.getSocketAddress();
                byte[] payload = Arrays.copyOf(packet.getData(), packet.getLength());
                forger.send(client.getAddress(), lie.about(client, address, payload));
                if (echoes) {
                    Thread.sleep(3); // the lie comes first
                    server.send(packet);
                }
            }
        } catch (IOException e) {
            return; // closed
        } catch (InterruptedException | RuntimeException e) {
            failure = e;
        }
    }

    static QuotedDatagram quote(InetSocketAddress client, InetSocketAddress server, byte[] payload, int length) {
        return QuotedDatagram.of(client, server, Arrays.copyOf(payload, Math.min(payload.length, length)));
    }

    @Override
    public void close() throws Exception {
        server.close();
        forger.close();
        if (failure != null) {
            throw new AssertionError(failure);
        }
    }
}
