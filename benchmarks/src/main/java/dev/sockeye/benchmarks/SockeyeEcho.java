package dev.sockeye.benchmarks;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.ReuseportGroup;
import dev.sockeye.SourcePolicy;
import dev.sockeye.Steering;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;

/** The echo loop of the README, on one socket or on several that share a port. */
final class SockeyeEcho implements EchoServer {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(0);

    private final AutoCloseable sockets;
    private final int port;

    private SockeyeEcho(AutoCloseable sockets, List<UdpSocket> members, int slots, DoubleConsumer allocated)
            throws IOException {
        this.sockets = sockets;
        this.port = members.get(0).getLocalAddress().getPort();
        for (UdpSocket socket : members) {
            ServerThread.start("sockeye", () -> serve(socket, slots, new AllocationMeter(allocated)));
        }
    }

    static SockeyeEcho open(int slots, DoubleConsumer allocated) throws IOException {
        return open(StandardProtocolFamily.INET, Set.of(LinuxSocketOptions.IP_PKTINFO), slots, allocated);
    }

    /** @param options to switch on; without IP_PKTINFO the kernel chooses the source of a reply */
    static SockeyeEcho open(
            ProtocolFamily family, Set<SocketOption<Boolean>> options, int slots, DoubleConsumer allocated)
            throws IOException {
        UdpSocket socket = openSocket(family, options).bind(ANY_PORT);
        return new SockeyeEcho(socket, List.of(socket), slots, allocated);
    }

    static SockeyeEcho openGroup(int members, Steering steering, int slots, DoubleConsumer allocated)
            throws IOException {
        ReuseportGroup<UdpSocket> group = ReuseportGroup.open(
                () -> openSocket(StandardProtocolFamily.INET, Set.of(LinuxSocketOptions.IP_PKTINFO)),
                ANY_PORT,
                members);
        group.steer(steering);
        return new SockeyeEcho(group, group.members(), slots, allocated);
    }

    private static UdpSocket openSocket(ProtocolFamily family, Set<SocketOption<Boolean>> options) throws IOException {
        UdpSocket socket = UdpSocket.open(family);
        socket.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
        for (SocketOption<Boolean> option : options) {
            socket.setOption(option, true);
        }
        return socket;
    }

    private static void serve(UdpSocket socket, int slots, AllocationMeter meter) throws IOException {
        SourcePolicy source =
                socket.getOption(LinuxSocketOptions.IP_PKTINFO) ? SourcePolicy.ADDRESS : SourcePolicy.KERNEL;
        PacketBatch batch = PacketBatch.allocate(slots, PAYLOAD_BYTES);
        for (; ; ) {
            int received = socket.receive(batch);
            reply(batch, source);
            socket.send(batch);
            meter.count(received);
        }
    }

    private static void reply(PacketBatch batch, SourcePolicy source) {
        if (source == SourcePolicy.ADDRESS) {
            batch.forEach(Packet::reply);
        } else {
            batch.forEach(packet -> packet.reply(source));
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        sockets.close();
    }
}
