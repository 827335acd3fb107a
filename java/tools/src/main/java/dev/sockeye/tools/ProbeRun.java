package dev.sockeye.tools;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Asks each port until it has a verdict. Runs in the thread that calls; others only wait for what comes back and put it
 * into a queue.
 *
 * <p>Silence is a verdict only after the last of the attempts was sent when nothing else had been sent to the host for so
 * long that its limit on the rate of ICMP errors would have let one through.
 */
final class ProbeRun implements AutoCloseable {
    /** As many sockets, and threads that wait. When more are needed the oldest go: their ports will be asked again. */
    private static final int MOST_SOCKETS = 256;

    /** Something that happened, to be dealt with by the thread that owns the state. */
    private interface Event {
        void happen() throws IOException;
    }

    /** A port without a verdict. */
    private static final class Port {
        private final int number;
        private final List<ProbeAttempt> attempts = new ArrayList<>();
        private int sent;
        private boolean decided;

        Port(int number) {
            this.number = number;
        }
    }

    private final InetAddress target;
    private final ProbeQuestion given;
    private final int attempts;
    private final long timeoutNanos;
    private final ProbeReport report;
    private final ProbePace pace;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ExecutorService waiters = Executors.newCachedThreadPool();
    /** Attempts whose answers still count but whose ports would be asked again, oldest first. */
    private final ArrayDeque<ProbeAttempt> open = new ArrayDeque<>();
    /** Ports that were asked for the last time, in that order. */
    private final ArrayDeque<Port> askedOut = new ArrayDeque<>();

    private boolean sentAny;
    private long lastSentNanos;
    private int undecided;

    /** @param given what to send, or null for what fits each port */
    ProbeRun(InetAddress target, ProbeQuestion given, int attempts, Duration timeout, ProbeReport report) {
        this.target = target;
        this.given = given;
        this.attempts = attempts;
        this.timeoutNanos = timeout.toNanos();
        this.report = report;
        this.pace = new ProbePace(attempts);
    }

    void ask(BitSet numbers) throws IOException {
        List<Port> left = new ArrayList<>(numbers.stream().mapToObj(Port::new).toList());
        undecided = left.size();
        while (!left.isEmpty()) {
            askEach(left);
            left.removeIf(port -> port.decided || askedOut.contains(port));
        }
        while (undecided > 0) {
            dealWithEventsUntil(lastSentNanos + timeoutNanos);
        }
    }

    private void askEach(List<Port> ports) throws IOException {
        long first = -1;
        for (int i = 0; i < ports.size(); i++) {
            Port port = ports.get(i);
            if (sentAny) {
                dealWithEventsUntil(lastSentNanos + pace.spacingNanos());
            }
            makeRoom();
            if (!port.decided) {
                send(port);
                first = first < 0 ? lastSentNanos : first;
            }
            report.progress((ports.size() - i) * pace.spacingNanos() + timeoutNanos);
        }
        dealWithEventsUntil(lastSentNanos + pace.patienceNanos());
        pace.roundEnded(first, lastSentNanos);
    }

    private void makeRoom() throws IOException {
        while (open.size() + askedOut.size() >= MOST_SOCKETS) {
            ProbeAttempt oldest = open.peek();
            if (oldest == null) {
                dealWithEventsUntil(lastOf(askedOut.getFirst()).sentNanos() + timeoutNanos);
                continue;
            }
            dealWithEventsUntil(oldest.sentNanos() + pace.patienceNanos());
            if (open.peek() == oldest) {
                open.remove().close();
            }
        }
    }

    private void send(Port port) throws IOException {
        boolean quiet = !sentAny || System.nanoTime() - lastSentNanos >= pace.quietNanos();
        ProbeQuestion question = given == null ? ProbeQuestion.forPort(port.number) : given;
        ProbeAttempt attempt = new ProbeAttempt(new InetSocketAddress(target, port.number), question, new Waiter(port));
        open.add(attempt);
        port.attempts.add(attempt);
        port.sent++;
        ProbeFinding refusal = attempt.send();
        if (refusal != null) {
            decide(port, refusal);
            return;
        }
        sentAny = true;
        lastSentNanos = attempt.sentNanos();
        waiters.execute(attempt);
        if (quiet && port.sent >= attempts) {
            open.removeLast();
            askedOut.add(port);
        }
    }

    private void decide(Port port, ProbeFinding finding) throws IOException {
        if (port.decided) {
            return;
        }
        port.decided = true;
        undecided--;
        for (ProbeAttempt attempt : port.attempts) {
            attempt.close();
            open.remove(attempt);
        }
        askedOut.remove(port);
        report.verdict(port.number, finding, port.sent);
    }

    /** Hands what a waiting thread sees to the thread that owns the state. */
    private final class Waiter implements ProbeAttempt.Listener {
        private final Port port;

        Waiter(Port port) {
            this.port = port;
        }

        @Override
        public void found(ProbeAttempt attempt, ProbeFinding finding) {
            events.add(() -> {
                pace.heard(finding.rttNanos(), finding.error() != null && !port.decided);
                decide(port, finding);
            });
        }

        @Override
        public void forged() {
            events.add(report::forged);
        }

        @Override
        public void failed(Throwable cause) {
            events.add(() -> {
                throw new IOException("waiting at port " + port.number + ": " + cause, cause);
            });
        }
    }

    /** Deals with what happens until a time of System.nanoTime(), or until no port is left. */
    private void dealWithEventsUntil(long nanos) throws IOException {
        while (undecided > 0) {
            long now = System.nanoTime();
            Port silent = askedOut.peek();
            long silentAfter = silent == null ? nanos : lastOf(silent).sentNanos() + timeoutNanos;
            Event event = poll(Math.min(nanos, silentAfter) - now);
            if (event != null) {
                event.happen();
            } else if (silent != null && silentAfter - System.nanoTime() <= 0) {
                decide(silent, ProbeFinding.silence());
            } else if (nanos - System.nanoTime() <= 0) {
                return;
            }
        }
    }

    private static ProbeAttempt lastOf(Port port) {
        return port.attempts.get(port.attempts.size() - 1);
    }

    private Event poll(long nanos) throws IOException {
        try {
            return events.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void close() throws IOException {
        waiters.shutdown();
        for (ProbeAttempt attempt : open) {
            attempt.close();
        }
        for (Port port : askedOut) {
            lastOf(port).close();
        }
    }
}
