package dev.sockeye.scenario;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.PacketBatch;
import dev.sockeye.SourcePolicy;
import dev.sockeye.UdpSocket;
import dev.sockeye.lab.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicReference;

/** An echo server on the wildcard address of a host, with one source policy. */
final class EchoOn implements AutoCloseable {
    static final int PORT = 7007;

    final UdpSocket socket;
    private final Thread thread;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    EchoOn(Host host, StandardProtocolFamily family, SourcePolicy policy) throws Exception {
        socket = host.call(() -> UdpSocket.open(family)
                .setOption(LinuxSocketOptions.IP_PKTINFO, true)
                .bind(new InetSocketAddress(PORT)));
        thread = new Thread(() -> serve(policy), "echo on " + host);
        thread.start();
    }

    private void serve(SourcePolicy policy) {
        PacketBatch batch = PacketBatch.allocate(16, 2048);
        try {
            for (; ; ) {
                socket.receive(batch);
                batch.forEach(packet -> packet.reply(policy));
                socket.send(batch);
            }
        } catch (ClosedChannelException e) {
            return; // how the loop ends
        } catch (IOException | RuntimeException e) {
            failure.set(e);
        }
    }

    @Override
    public void close() throws Exception {
        socket.close();
        thread.join(2_000);
        if (failure.get() != null) {
            throw new AssertionError("the server's loop ended", failure.get());
        }
    }
}
