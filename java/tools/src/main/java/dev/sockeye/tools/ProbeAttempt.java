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
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/**
 * One datagram to one port from a socket of its own, and the wait for what comes back.
 *
 * <p>The socket is connected, so that the kernel drops what others send, and its port is the kernel's random choice.
 */
final class ProbeAttempt implements Runnable, AutoCloseable {
    /** Told of what comes back, by the thread that waits. */
    interface Listener {
        void found(ProbeAttempt attempt, ProbeFinding finding);

        /** An ICMP error that quotes another payload came. */
        void forged();

        void failed(Throwable cause);
    }

    private static final ThreadLocal<PacketBatch> INCOMING =
            ThreadLocal.withInitial(() -> PacketBatch.allocate(1, 2048));

    private final InetSocketAddress target;
    private final ProbeQuestion question;
    private final Listener listener;
    private final UdpSocket socket;
    private InetAddress local;
    private long sendNanos;
    private long sentNanos;
    private volatile boolean closed;

    /** Opens the socket. */
    ProbeAttempt(InetSocketAddress target, ProbeQuestion question, Listener listener) throws IOException {
        this.target = target;
        this.question = question;
        this.listener = listener;
        socket = UdpSocket.open(Host.familyOf(target.getAddress()));
    }

    int port() {
        return target.getPort();
    }

    /** {@return a moment after the datagram had left, by System.nanoTime()} */
    long sentNanos() {
        return sentNanos;
    }

    /**
     * Sends the datagram.
     *
     * @return why this host did not, or null
     */
    ProbeFinding send() throws IOException {
        socket.setOption(LinuxSocketOptions.IP_RECVERR, true);
        socket.setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true);
        // Not in fragments, which are a test of something else; and not believing in path MTUs, which may be forged.
        socket.setOption(LinuxSocketOptions.IP_MTU_DISCOVER, PathMtuDiscovery.PROBE);
        try {
            socket.connect(target);
        } catch (IOException e) {
            return refusal(e, "connect");
        }
        local = socket.getLocalAddress().getAddress();
        byte[] payload = question.payload();
        PacketBatch batch = PacketBatch.allocate(1, Math.max(1, payload.length));
        Packet packet = batch.add().payload(ByteBuffer.wrap(payload));
        sendNanos = System.nanoTime();
        socket.send(batch);
        sentNanos = System.nanoTime();
        return batch.refused() > 0 ? refusal(packet.refusal(), "send") : null;
    }

    // ---- what this host itself refuses

    private ProbeFinding refusal(IOException refusal, String call) throws IOException {
        String errno = HopRefusal.errnoName(refusal);
        String suffix = " (" + call + ": " + errno + ")";
        switch (errno) {
            case "EPERM":
                return ProbeFinding.ofThisHost(
                        Verdict.LOCAL_FIREWALL, "this host's own firewall dropped the datagram" + suffix, errno);
            case "EMSGSIZE":
                return ProbeFinding.ofThisHost(
                        Verdict.TOO_BIG, "the datagram does not fit this host's own interface" + mtu() + suffix, errno);
            case "ENETUNREACH":
                return noRoute("has no route", suffix, errno);
            case "EHOSTUNREACH":
                return noRoute("has an unreachable route", suffix, errno);
            case "EACCES":
                return noRoute("has a prohibit route, or the address is a broadcast address", suffix, errno);
            case "EINVAL":
                return noRoute("has a blackhole route", suffix, errno);
            case "EADDRNOTAVAIL":
                return noRoute("has no address to send from", suffix, errno);
            default:
                throw refusal;
        }
    }

    private String mtu() throws IOException {
        return socket.receiveErrors().stream()
                .filter(error -> error.mtu() >= 0)
                .map(error -> ", whose MTU is " + error.mtu())
                .findFirst()
                .orElse("");
    }

    private static ProbeFinding noRoute(String what, String suffix, String errno) {
        return ProbeFinding.ofThisHost(Verdict.NO_ROUTE, "this host's own routing table " + what + suffix, errno);
    }

    // ---- what comes back

    /** Waits until {@link #close()}, and tells of all that comes meanwhile. */
    @Override
    public void run() {
        try {
            PacketBatch batch = INCOMING.get();
            for (; ; ) {
                if (socket.receive(batch) > 0) {
                    listener.found(this, answer(batch.get(0)));
                }
                for (SocketError error : socket.receiveErrors()) {
                    judge(error);
                }
            }
        } catch (ClosedChannelException e) {
            if (!closed) {
                listener.failed(e);
            }
        } catch (IOException | RuntimeException | Error e) {
            listener.failed(e);
        }
    }

    private ProbeFinding answer(Packet packet) {
        int length = packet.datagramLength();
        return ProbeFinding.answer(
                "answered with " + length + (length == 1 ? " byte" : " bytes") + ", "
                        + question.describe(packet.payload()),
                rttNanos(ArrivalClock.nanos(packet)));
    }

    private void judge(SocketError error) {
        Verdict verdict = Verdict.of(error, target.getAddress());
        if (verdict == null) {
            return;
        }
        ProbeQuestion.Quote quote = question.quotedBy(error.payload());
        if (quote == ProbeQuestion.Quote.FORGED) {
            listener.forged();
            return;
        }
        String evidence = ErrorFields.text(error, target.getAddress())
                + explanation(verdict, error)
                + (quote == ProbeQuestion.Quote.PROVEN ? ", quoting our datagram" : ", quoting only our ports");
        listener.found(this, ProbeFinding.ofNetwork(verdict, evidence, error, rttNanos(ArrivalClock.nanos(error))));
    }

    private String explanation(Verdict verdict, SocketError error) {
        if (verdict == Verdict.TOO_BIG && error.isIcmp()) {
            return " (its next link takes " + error.mtu() + " bytes)";
        }
        if (verdict == Verdict.HOST_UNREACHABLE && local.equals(error.offender())) {
            return ", which is this host: no neighbour answers";
        }
        return "";
    }

    private long rttNanos(long arrivalNanos) {
        return Math.max(arrivalNanos - sendNanos, 0);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        socket.close();
    }
}
