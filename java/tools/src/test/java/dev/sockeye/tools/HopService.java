package dev.sockeye.tools;

import dev.sockeye.lab.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** A service that answers each datagram with one byte of its own, as no echo does. */
final class HopService implements AutoCloseable {
    private final DatagramSocket socket;

    private HopService(DatagramSocket socket) {
        this.socket = socket;
    }

    static HopService start(Host host, int port) throws Exception {
        HopService service = new HopService(host.call(() -> new DatagramSocket(port)));
        Thread thread = new Thread(service::run, "test-service");
        thread.setDaemon(true);
        thread.start();
        return service;
    }

    private void run() {
        DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
        try {
            for (; ; ) {
                packet.setLength(65535);
                socket.receive(packet);
                socket.send(new DatagramPacket(new byte[] {1}, 1, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        socket.close();
    }
}
