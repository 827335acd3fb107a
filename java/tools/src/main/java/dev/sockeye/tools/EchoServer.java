package dev.sockeye.tools;

import dev.sockeye.Cpus;
import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.PathMtuDiscovery;
import dev.sockeye.SourcePolicy;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

/** One UDP socket and the loop that sends each datagram back, from the address that was asked. */
final class EchoServer implements AutoCloseable {
    /** More save hardly a system call; fewer than the least would not be a batch any more. */
    private static final int MOST_SLOTS = 64;

    private static final int LEAST_SLOTS = 4;

    /** Of all sockets of a port together, as long as each has the least: a slot holds the largest datagram, 64 KiB. */
    private static final int SLOTS_OF_ALL = 256;

    private static final int LARGEST_DATAGRAM = 65535;
    private static final int BUFFER_BYTES = 4 << 20;

    /** How soon a loop notices that it shall leave. */
    private static final Duration TURN = Duration.ofMillis(100);

    private final UdpSocket socket;
    private final SourcePolicy policy;
    private final boolean mayLeave;
    private final PacketBatch batch;
    private final EchoCounters counters = new EchoCounters();
    private final long droppedBefore;
    private volatile boolean leaving;
    private volatile Throwable failure;

    /**
     * @param sockets how many share the port: the more there are, the fewer datagrams wait in each
     * @param mayLeave whether {@link #leave} may be called, which makes waiting dearer
     */
    EchoServer(UdpSocket socket, SourcePolicy policy, int sockets, boolean mayLeave) throws IOException {
        this.socket = socket;
        this.policy = policy;
        this.mayLeave = mayLeave;
        this.droppedBefore = kernelDropped(socket);
        this.batch = PacketBatch.allocate(slots(sockets), LARGEST_DATAGRAM);
    }

    static int slots(int sockets) {
        return Math.max(LEAST_SLOTS, Math.min(MOST_SLOTS, SLOTS_OF_ALL / sockets));
    }

    /** A server on a socket of its own, as {@link #socket} and `bind` make it. */
    static EchoServer open(InetAddress address, int port, StandardProtocolFamily family, SourcePolicy policy)
            throws IOException {
        UdpSocket socket = socket(family, false);
        try {
            return new EchoServer(socket.bind(endpoint(address, port)), policy, 1, false);
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /** @param address what to bind to; null for every address of the family */
    static InetSocketAddress endpoint(InetAddress address, int port) {
        return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
    }

    /**
     * Opens a socket with the options that a server needs, not yet bound.
     *
     * @param family INET, INET6 for IPv6 alone, or null for both
     * @param shareable whether other processes may get it, too
     */
    static UdpSocket socket(StandardProtocolFamily family, boolean shareable) throws IOException {
        UdpSocket socket = openSocket(family, shareable);
        try {
            return configured(socket);
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    static UdpSocket configured(UdpSocket socket) throws IOException {
        socket.setOption(LinuxSocketOptions.IP_PKTINFO, true);
        // A server believes no ICMP message about path MTUs: forged ones would shrink or stop its answers.
        socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.OMIT);
        growBuffer(socket);
        return socket;
    }

    private static UdpSocket open(StandardProtocolFamily family, boolean shareable) throws IOException {
        return shareable ? UdpSocket.openShareable(family) : UdpSocket.open(family);
    }

    /** Whatever net.ipv6.bindv6only says. */
    private static UdpSocket openSocket(StandardProtocolFamily family, boolean shareable) throws IOException {
        if (family == StandardProtocolFamily.INET) {
            return open(family, shareable);
        }
        UdpSocket socket;
        try {
            socket = open(StandardProtocolFamily.INET6, shareable);
        } catch (UnsupportedOperationException noIpv6) {
            if (family == StandardProtocolFamily.INET6) {
                throw noIpv6;
            }
            return open(StandardProtocolFamily.INET, shareable);
        }
        try {
            return socket.setOption(LinuxSocketOptions.IPV6_V6ONLY, family == StandardProtocolFamily.INET6);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Beyond net.core.rmem_max where the user may, up to it where not. */
    static void growBuffer(UdpSocket socket) throws IOException {
        try {
            socket.setOption(LinuxSocketOptions.SO_RCVBUFFORCE, BUFFER_BYTES);
        } catch (IOException notPrivileged) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        }
    }

    InetSocketAddress address() throws IOException {
        return socket.getLocalAddress();
    }

    UdpSocket socket() {
        return socket;
    }

    EchoCounters counters() {
        return counters;
    }

    /** {@return what ended the loop other than closing, or null} */
    Throwable failure() {
        return failure;
    }

    /**
     * Echoes until the socket is closed, or {@link #leave} is called.
     *
     * @param question answers those who ask for the counts
     * @param cpu the CPU for this thread to stay on, or null
     */
    void run(EchoGuard guard, EchoQuestion question, Integer cpu) {
        try {
            if (cpu != null) {
                Cpus.pinThread(cpu);
            }
            while (!leaving) {
                if ((mayLeave ? socket.receive(batch, TURN) : socket.receive(batch)) > 0) {
                    answer(guard, question);
                }
            }
        } catch (ClosedChannelException e) {
            return; // how the loop ends
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private void answer(EchoGuard guard, EchoQuestion question) throws IOException {
        long now = System.nanoTime();
        long bytes = 0;
        int answered = 0;
        int asked = 0;
        int size = batch.size();
        for (int slot = 0; slot < size; slot++) {
            Packet packet = batch.get(slot);
            bytes += packet.length();
            DropReason refusal = guard.refusal(packet, now);
            if (refusal == null && EchoQuestion.isAsked(packet)) {
                question.answer(packet, now);
                asked++;
            }
            if (refusal == null && !reply(packet)) {
                refusal = DropReason.NO_LOCAL_ADDRESS;
            }
            if (refusal == null) {
                answered++;
            } else {
                counters.dropped(refusal, 1);
            }
        }
        try {
            if (answered > 0) {
                send(answered);
            }
        } finally {
            counters.asked(asked);
            counters.received(size, bytes); // last: who sees them received sees what became of them
        }
    }

    /** False when the packet does not say what the policy needs, as a broadcast on a device without addresses. */
    private boolean reply(Packet packet) {
        try {
            packet.reply(policy);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Whatever happens, each of the answers is counted as sent or dropped. */
    private void send(int answers) throws IOException {
        try {
            socket.send(batch);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            if (batch.outgoing() > 0) {
                throw e;
            }
            // The error of an earlier datagram, as when a route comes back: these were sent or refused all the same.
        } finally {
            int refused = batch.refused();
            int unsent = batch.outgoing();
            if (unsent == answers) {
                refused = 0; // nothing was tried: the count is of an earlier send
            }
            counters.sent(answers - unsent - refused);
            if (refused > 0) {
                counters.dropped(DropReason.SEND_REFUSED, refused);
            }
            if (unsent > 0) {
                counters.dropped(DropReason.ENDING, unsent);
                batch.clear(); // closed after a part was sent: the next receive says so
            }
        }
    }

    /** Ends the loop after the answers to what it has received. */
    void leave() {
        leaving = true;
    }

    /** Brings the count of what the kernel dropped up to date. */
    void countKernelDrops() {
        try {
            counters.kernelDropped(Math.max(0, kernelDropped(socket) - droppedBefore));
        } catch (IOException e) {
            return; // closed already: the count stays as it is
        }
    }

    /** Ends the loop. */
    @Override
    public void close() throws IOException {
        countKernelDrops();
        socket.close();
    }

    /** What the kernel has dropped since the socket was opened, by whichever process. */
    private static long kernelDropped(UdpSocket socket) throws IOException {
        try {
            return SocketDrops.of(socket);
        } catch (UnsupportedOperationException e) { // a kernel before 4.12
            return 0;
        }
    }
}
