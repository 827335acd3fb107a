package dev.sockeye.tools;

import dev.sockeye.LinuxSocketOptions;
import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Sends pings and takes in what comes back: answers, and what the network says of those that did not arrive. It goes on
 * whatever it meets, so that it sees a server come back.
 */
final class Pinger {
    private final UdpSocket socket;
    private final InetSocketAddress remote;
    private final ProbePayload payload;
    private final PingReport report;
    private final PacketBatch outgoing;
    private final PacketBatch incoming = PacketBatch.allocate(16, 65535);

    /** @param socket bound and not connected: a connected one would not even see an answer from a wrong address */
    Pinger(UdpSocket socket, InetSocketAddress remote, ProbePayload payload, int size, PingReport report)
            throws IOException {
        this.socket = socket.setOption(LinuxSocketOptions.IP_RECVERR, true)
                .setOption(LinuxSocketOptions.SO_TIMESTAMPNS, true);
        this.remote = remote;
        this.payload = payload;
        this.report = report;
        this.outgoing = PacketBatch.allocate(1, size);
    }

    /** Until each was answered or its time is over. */
    void run(int count, Duration interval) throws IOException {
        long start = System.nanoTime();
        for (int sequence = 0; sequence < count; sequence++) {
            send(sequence);
            boolean last = sequence == count - 1;
            receiveUntil(start + (sequence + 1) * interval.toNanos(), last);
        }
    }

    private void send(int sequence) throws IOException {
        outgoing.clear();
        Packet packet = outgoing.add().remote(remote);
        payload.write(sequence, packet);
        long sentNanos = System.nanoTime();
        socket.send(outgoing);
        report.sent(sequence, sentNanos);
        if (outgoing.refused() > 0) {
            report.refused(sequence, packet.refusal());
        }
    }

    /** Until the next ping is due; after the last one until nothing is outstanding. */
    private void receiveUntil(long due, boolean last) throws IOException {
        // At least once, also when the next ping is overdue: nobody else makes room for what comes in.
        do {
            long before = System.nanoTime();
            long timeout = report.nextTimeout(before) - before;
            long wait = last ? timeout : Math.min(timeout, due - before);
            int received = last && report.outstanding() == 0
                    ? socket.receiveNow(incoming)
                    : socket.receive(incoming, Duration.ofNanos(Math.max(wait, 0)));
            for (int slot = 0; slot < received; slot++) {
                Packet packet = incoming.get(slot);
                report.received(payload.read(packet), packet.remote(), ArrivalClock.nanos(packet));
            }
            for (SocketError error : socket.receiveErrors()) {
                if (error.isIcmp()) { // this host's own refusals are told by the send
                    report.error(payload.quoted(error.payload()), error, ArrivalClock.nanos(error));
                }
            }
            report.expire(System.nanoTime());
        } while (last ? report.outstanding() > 0 : System.nanoTime() < due);
    }
}
