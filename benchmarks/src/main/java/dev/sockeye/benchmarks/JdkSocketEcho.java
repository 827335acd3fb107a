package dev.sockeye.benchmarks;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.util.function.DoubleConsumer;

/** The JDK's DatagramSocket with one DatagramPacket that is used again and again. */
final class JdkSocketEcho implements EchoServer {
    private final DatagramSocket socket = new DatagramSocket();

    JdkSocketEcho(DoubleConsumer allocated) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        ServerThread.start("jdk-socket", () -> serve(new AllocationMeter(allocated)));
    }

    private void serve(AllocationMeter meter) throws IOException {
        byte[] payload = new byte[PAYLOAD_BYTES];
        DatagramPacket packet = new DatagramPacket(payload, payload.length);
        try {
            for (; ; ) {
                packet.setLength(payload.length);
                socket.receive(packet);
                socket.send(packet);
                meter.count(1);
            }
        } catch (SocketException e) {
            if (!socket.isClosed()) {
                throw e;
            }
        }
    }

    @Override
    public int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        socket.close();
    }
}
