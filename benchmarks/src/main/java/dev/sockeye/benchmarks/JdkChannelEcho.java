package dev.sockeye.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.function.DoubleConsumer;

/** The JDK's blocking DatagramChannel with a direct buffer. */
final class JdkChannelEcho implements EchoServer {
    private final DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);

    JdkChannelEcho(DoubleConsumer allocated) throws IOException {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES).bind(new InetSocketAddress(0));
        ServerThread.start("jdk-channel", () -> serve(new AllocationMeter(allocated)));
    }

    private void serve(AllocationMeter meter) throws IOException {
        ByteBuffer payload = ByteBuffer.allocateDirect(PAYLOAD_BYTES);
        for (; ; ) {
            SocketAddress remote = channel.receive(payload);
            channel.send(payload.flip(), remote);
            payload.clear();
            meter.count(1);
        }
    }

    @Override
    public int port() {
        return channel.socket().getLocalPort();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
