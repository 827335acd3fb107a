package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** What one listener's loop counts. One thread writes, any thread reads. */
final class EchoTcpCounters implements EchoProtocol.Counts {
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong resets = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();

    private static void count(AtomicLong counter, long more) {
        counter.lazySet(counter.getPlain() + more);
    }

    void opened() {
        count(connections, 1);
        count(open, 1);
    }

    /** @param broken the connection was reset, or its peer does not answer any more */
    void closed(boolean broken) {
        count(resets, broken ? 1 : 0);
        count(open, -1);
    }

    void received(int bytes) {
        count(received, bytes);
    }

    void sent(int bytes) {
        count(sent, bytes);
    }

    long open() {
        return open.get();
    }

    long connections() {
        return connections.get();
    }

    /** Adds another listener's counts. */
    void add(EchoTcpCounters other) {
        count(connections, other.connections.get());
        count(open, other.open.get());
        count(resets, other.resets.get());
        count(received, other.received.get());
        count(sent, other.sent.get());
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeNumberField("connections", connections.get());
        json.writeNumberField("bytes", received.get());
        json.writeNumberField("sent", sent.get());
        json.writeNumberField("resets", resets.get());
        json.writeNumberField("open", open.get());
    }

    @Override
    public String toString() {
        return "connections " + connections + ", bytes received " + received + ", bytes sent " + sent + ", resets "
                + resets + ", still open " + open;
    }
}
