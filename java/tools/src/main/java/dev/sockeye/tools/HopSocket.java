package dev.sockeye.tools;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.PathMtuDiscovery;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A socket with one peer, and therefore one source port: to the routers that spread traffic over several ways it is one
 * flow, which stays on its way. Hears the peer's answers and what the network says.
 */
final class HopSocket implements AutoCloseable {
    private static final int INCOMING_SLOTS = 8;

    private final UdpSocket socket;
    private final InetAddress local;
    private final PacketBatch incoming;

    /** Takes in what came, with System.nanoTime() of when the kernel got it. */
    interface Listener {
        void answer(Packet packet, long nanos);

        void error(SocketError error, long nanos);
    }

    private HopSocket(UdpSocket socket, int longestAnswer) throws IOException {
        this.socket = socket;
        this.local = socket.getLocalAddress().getAddress();
        this.incoming = PacketBatch.allocate(INCOMING_SLOTS, longestAnswer);
    }

    /**
     * Opens one.
     *
     * @param longestAnswer in bytes of payload
     * @throws HopRefusal when this host does not know the way
     */
    static HopSocket open(InetSocketAddress remote, int longestAnswer) throws IOException {
        UdpSocket socket = UdpSocket.open(Host.familyOf(remote.getAddress()));
        try {
            EchoServer.growBuffer(socket); // errors and long answers that come in bursts need room
            socket.setOption(LinuxSocketOptions.IP_RECVERR, true)
                    .setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true)
                    // Never fragmented, and not held back by what an earlier program learnt of the path.
                    .setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.PROBE);
            connect(socket, remote);
            return new HopSocket(socket, longestAnswer);
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private static void connect(UdpSocket socket, InetSocketAddress remote) throws IOException {
        try {
            socket.connect(remote);
        } catch (IOException e) {
            throw HopRefusal.of(e);
        }
    }

    void ttl(int ttl) throws IOException {
        socket.setOption(LinuxSocketOptions.IP_TTL, ttl);
    }

    /** {@return this host's address on the path} */
    InetAddress local() {
        return local;
    }

    /**
     * Sends the outgoing packet of a batch.
     *
     * @return false when it is too long for this host's own link
     * @throws HopRefusal when this host does not let it out
     */
    boolean send(PacketBatch outgoing) throws IOException {
        socket.send(outgoing);
        Packet packet = outgoing.get(0);
        IOException refusal = packet.refusal();
        if (refusal == null || HopRefusal.isPassing(refusal)) { // a full queue of this host is a loss like any other
            return true;
        }
        if (HopRefusal.isTooLong(refusal)) {
            return false;
        }
        throw HopRefusal.of(refusal);
    }

    /** Waits for something to come, at most so long, and gives the listener all that is there. */
    void receive(long waitNanos, Listener listener) throws IOException {
        int received = socket.receive(incoming, Duration.ofNanos(Math.max(waitNanos, 0)));
        for (int slot = 0; slot < received; slot++) {
            Packet packet = incoming.get(slot);
            listener.answer(packet, ArrivalClock.nanos(packet));
        }
        for (SocketError error : socket.receiveErrors()) {
            listener.error(error, ArrivalClock.nanos(error));
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
