package dev.sockeye.tools;

import dev.sockeye.Packet;
import dev.sockeye.PacketBatch;
import dev.sockeye.SocketError;
import dev.sockeye.tools.MtuAnswer.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Sends packets of given sizes to one peer and tells what became of each. A packet has arrived when the peer answers it,
 * or when an ICMP error of the peer itself quotes it.
 */
final class MtuProber implements AutoCloseable, HopSocket.Listener {
    private static final int LARGEST_PAYLOAD = 65507;
    private static final int IPV4_HEADERS = 28;
    private static final int IPV6_HEADERS = 48;

    /** Linux sends so many errors to one peer at once, and then one a second. */
    private static final int ICMP_BURST = 5;

    private static final long ICMP_LIMIT_NANOS = 1_050_000_000;
    private static final long LEAST_LINGER_NANOS = 10_000_000;

    private final HopSocket socket;
    private final InetAddress target;
    private final int headers;
    private final int attempts;
    private final long timeoutNanos;
    private final long nonce = new SecureRandom().nextLong();
    private final ProbePayload quotes = new ProbePayload(nonce, LARGEST_PAYLOAD);
    private final PacketBatch outgoing = PacketBatch.allocate(1, LARGEST_PAYLOAD);
    /** By sequence number. */
    private final List<Probe> probes = new ArrayList<>();

    private long longestRttNanos;
    private int arrivedByIcmp;
    private boolean answersInItsOwnWay;
    private int forged;
    /** What this host says of its own link, for the packet that it does not let out. */
    private long mtuHere;

    /** A packet that was sent, and what is known of it. */
    private static final class Probe {
        final int size;
        final long sentNanos = System.nanoTime();
        MtuAnswer answer;

        Probe(int size) {
            this.size = size;
        }

        boolean isArrived() {
            return answer != null && answer.outcome() == Outcome.ARRIVED;
        }
    }

    private MtuProber(HopSocket socket, InetSocketAddress remote, int attempts, long timeoutNanos) {
        this.socket = socket;
        this.target = remote.getAddress();
        this.headers = target.getAddress().length == 4 ? IPV4_HEADERS : IPV6_HEADERS;
        this.attempts = attempts;
        this.timeoutNanos = timeoutNanos;
    }

    static MtuProber open(InetSocketAddress remote, int attempts, long timeoutNanos) throws IOException {
        return new MtuProber(HopSocket.open(remote, LARGEST_PAYLOAD), remote, attempts, timeoutNanos);
    }

    /** {@return how many errors came that do not quote what was sent} */
    int forged() {
        return forged;
    }

    /** {@return the largest size that arrived so far, be it late; 0 when none did} */
    int largestArrived() {
        return probes.stream()
                .filter(Probe::isArrived)
                .mapToInt(probe -> probe.size)
                .max()
                .orElse(0);
    }

    /** Sends packets of a size until something is known of one. */
    MtuAnswer ask(int size) throws IOException {
        int first = probes.size();
        MtuAnswer answer = MtuAnswer.SILENT;
        for (int attempt = 1; attempt <= attempts && answer == MtuAnswer.SILENT; attempt++) {
            pace(attempt);
            long sent = send(size).sentNanos;
            answer = await(first, sent + timeoutNanos);
            if (attempt > 1
                    && answersInItsOwnWay) { // maybe the first packet's answer: let no other be taken for the next's
                receiveUntil(System.nanoTime() + timeoutNanos);
            }
        }
        return answer;
    }

    /** A peer whose port is closed must not be asked faster than it may say so. */
    private void pace(int attempt) throws IOException {
        if (arrivedByIcmp > 0 && (attempt > 1 || arrivedByIcmp >= ICMP_BURST)) {
            receiveUntil(probes.get(probes.size() - 1).sentNanos + ICMP_LIMIT_NANOS);
        }
    }

    private MtuAnswer await(int first, long deadline) throws IOException {
        while (answer(first) == MtuAnswer.SILENT && System.nanoTime() < deadline) {
            socket.receive(deadline - System.nanoTime(), this);
        }
        // An ICMP message may be a lie, and the answer come all the same: it takes about as long as any.
        long linger = Math.min(deadline, System.nanoTime() + Math.max(2 * longestRttNanos, LEAST_LINGER_NANOS));
        while (answer(first).isIcmp() && System.nanoTime() < linger) {
            socket.receive(linger - System.nanoTime(), this);
        }
        return answer(first);
    }

    /** What is known of the packets from one on; that one of them arrived is worth more than what ICMP says. */
    private MtuAnswer answer(int first) {
        List<MtuAnswer> answers = probes.subList(first, probes.size()).stream()
                .map(probe -> probe.answer)
                .filter(Objects::nonNull)
                .toList();
        return answers.stream()
                .filter(answer -> answer.outcome() == Outcome.ARRIVED)
                .findFirst()
                .orElse(answers.isEmpty() ? MtuAnswer.SILENT : answers.get(0));
    }

    private Probe send(int size) throws IOException {
        socket.receive(0, this); // what is late belongs to earlier packets
        outgoing.clear();
        new ProbePayload(nonce, size - headers).write(probes.size(), outgoing.add());
        Probe probe = new Probe(size);
        probes.add(probe);
        mtuHere = 0;
        if (!socket.send(outgoing)) {
            socket.receive(0, this);
            probe.answer = new MtuAnswer(Outcome.TOO_BIG_HERE, mtuHere, null, "longer than this host's link takes");
        }
        return probe;
    }

    private void receiveUntil(long deadline) throws IOException {
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            socket.receive(left, this);
        }
    }

    // ---- what comes back

    @Override
    public void answer(Packet packet, long nanos) {
        int length = packet.datagramLength();
        long sequence = length < ProbePayload.HEADER_BYTES
                ? ProbePayload.NOT_OURS
                : new ProbePayload(nonce, length).read(packet);
        if (isSent(sequence) && probes.get((int) sequence).size == length + headers) {
            arrived(probes.get((int) sequence), HopAnswer.ofTarget(target), nanos);
            return;
        }
        // A service that answers in its own way: when only one packet can be meant, it is that one.
        List<Probe> outstanding = probes.stream()
                .filter(probe -> probe.answer == null && nanos - probe.sentNanos < timeoutNanos)
                .limit(2)
                .toList();
        if (outstanding.size() == 1) {
            answersInItsOwnWay = true;
            arrived(outstanding.get(0), HopAnswer.ofTarget(target), nanos);
        }
    }

    @Override
    public void error(SocketError error, long nanos) {
        if (!error.isIcmp()) {
            mtuHere = error.mtu();
            return;
        }
        long sequence = quotes.quoted(error.payload());
        if (!isSent(sequence)) {
            forged++;
            return;
        }
        Probe probe = probes.get((int) sequence);
        HopAnswer answer = HopAnswer.of(error, target);
        switch (answer.verdict()) {
            case ARRIVED:
                arrivedByIcmp++;
                arrived(probe, answer, nanos);
                break;
            case TOO_BIG:
                learn(probe, new MtuAnswer(Outcome.TOO_BIG, error.mtu(), error.offender(), answer.words()));
                break;
            case HOP:
            case END:
                String words = ErrorFields.text(error, target);
                learn(probe, new MtuAnswer(Outcome.FAILED, 0, error.offender(), words));
                break;
            default:
                break;
        }
    }

    private boolean isSent(long sequence) {
        return sequence >= 0 && sequence < probes.size();
    }

    private void arrived(Probe probe, HopAnswer answer, long nanos) {
        if (!probe.isArrived()) {
            longestRttNanos = Math.max(longestRttNanos, nanos - probe.sentNanos);
            probe.answer = MtuAnswer.arrived(answer);
        }
    }

    private static void learn(Probe probe, MtuAnswer answer) {
        if (probe.answer == null) {
            probe.answer = answer;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
