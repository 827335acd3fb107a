package dev.sockeye.tools;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Pings over a TCP connection, one after the other, and makes a new connection when there is none any more. */
final class PingTcp {
    private final InetSocketAddress remote;
    private final InetAddress source;
    private final Duration timeout;
    private final PingTcpReport report;
    private final ProbePayload payload;
    private final ByteBuffer question;
    private final ByteBuffer answer;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Null while there is none; only the thread that pings sets it. */
    private volatile PingTcpConnection connection;

    /** @param source the address to connect from, or null */
    PingTcp(InetSocketAddress remote, InetAddress source, int size, Duration timeout, PingTcpReport report) {
        this.remote = remote;
        this.source = source;
        this.timeout = timeout;
        this.report = report;
        this.payload = new ProbePayload(new SecureRandom().nextLong(), size);
        this.question = ByteBuffer.allocateDirect(size);
        this.answer = ByteBuffer.allocateDirect(size);
    }

    /** Until all are asked, or {@link #stop}. */
    void run(int count, Duration interval) throws IOException, InterruptedException {
        try {
            long due = System.nanoTime();
            for (int sequence = 0; sequence < count && !isStopped(); sequence++) {
                ping(sequence);
                // One that waited long for its answer delays the next: they are not made up for in a burst.
                due = Math.max(due + interval.toNanos() - System.nanoTime(), 0) + System.nanoTime();
                if (sequence < count - 1) {
                    waitUntil(due);
                }
            }
        } finally {
            disconnect();
        }
    }

    /** Makes {@link #run} end soon. */
    void stop() throws IOException {
        stopped.countDown();
        PingTcpConnection current = connection;
        if (current != null) {
            current.close(); // wakes who waits for it
        }
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private void ping(int sequence) throws IOException {
        long start = System.nanoTime();
        try {
            if (connection == null) {
                connect();
                start = System.nanoTime();
            }
            payload.write(sequence, question.clear());
            PingTcpConnection.Outcome outcome = connection.ask(question.flip(), answer.clear(), timeout.toNanos());
            long now = System.nanoTime();
            switch (outcome) {
                case RIGHT:
                    report.reply(sequence, start, now);
                    return;
                case WRONG:
                    report.error(sequence, start, PingTcpFailure.WRONG);
                    break;
                case CLOSED:
                    report.error(sequence, start, PingTcpFailure.CLOSED);
                    break;
                default:
                    report.noAnswer(sequence, start);
            }
        } catch (IOException e) {
            if (isStopped()) {
                return;
            }
            report.error(sequence, start, PingTcpFailure.of(e));
        }
        disconnect(); // its answer may still come, and nobody could tell it from the next one
    }

    private void connect() throws IOException {
        connection = PingTcpConnection.open(remote, source);
        if (isStopped()) {
            disconnect();
        }
        report.connected(connection.connect(remote, timeout));
    }

    private void waitUntil(long due) throws IOException, InterruptedException {
        if (connection != null) {
            PingTcpFailure end = rest(due);
            if (end == null) {
                return;
            }
            disconnect();
            report.ended(end);
        }
        stopped.await(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    /** {@return why the connection ended before the time was over, or null} */
    private PingTcpFailure rest(long due) throws IOException {
        try {
            switch (connection.rest(Duration.ofNanos(due - System.nanoTime()))) {
                case CLOSED:
                    return PingTcpFailure.CLOSED;
                case WRONG:
                    return PingTcpFailure.UNASKED;
                default:
                    return null;
            }
        } catch (IOException e) {
            return isStopped() ? null : PingTcpFailure.of(e);
        }
    }

    private void disconnect() throws IOException {
        PingTcpConnection current = connection;
        connection = null;
        if (current != null) {
            current.close();
        }
    }
}
