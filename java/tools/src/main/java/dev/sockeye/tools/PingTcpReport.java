package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Locale;

/** What ping over TCP saw, told as it happens and summed up at the end. For one thread at a time. */
final class PingTcpReport {
    private final PrintWriter out;
    private final JsonLines json;
    private final InetSocketAddress remote;
    private final int count;
    private final RoundTrips roundTrips = new RoundTrips();
    private int connections;
    private int errors;
    private int lost;
    /** Pings that failed since the last answer, and when the first of them began. */
    private int failures;

    private long failingSinceNanos;

    PingTcpReport(PrintWriter out, boolean json, InetSocketAddress remote, int count) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.remote = remote;
        this.count = count;
    }

    void start(int size) {
        if (json == null) {
            say("ping tcp " + Host.text(remote) + ", " + size + " bytes, " + (count == 1 ? "once" : count + " times"));
        }
    }

    void connected(long nanos) throws IOException {
        connections++;
        if (json == null) {
            say("connected in " + RoundTrips.micros(nanos) + " us");
        } else {
            json.event("connected", event -> event.writeNumberField("rttUs", nanos / 1000.0));
        }
    }

    /** A connection that ended while no ping was under way. */
    void ended(PingTcpFailure reason) throws IOException {
        if (json == null) {
            say(reason.description());
        } else {
            json.event("closed", event -> write(event, reason));
        }
    }

    void reply(int sequence, long startNanos, long nowNanos) throws IOException {
        long rtt = nowNanos - startNanos;
        roundTrips.add(rtt);
        if (failures > 0) {
            recovered(sequence, nowNanos - failingSinceNanos);
        }
        if (json == null) {
            say("seq " + sequence + ": " + RoundTrips.micros(rtt) + " us");
            return;
        }
        json.event("reply", event -> {
            event.writeNumberField("seq", sequence);
            event.writeNumberField("rttUs", rtt / 1000.0);
            event.writeStringField("from", Host.text(remote.getAddress()));
        });
    }

    private void recovered(int sequence, long nanos) throws IOException {
        int missed = failures;
        failures = 0;
        if (json == null) {
            say("answered after " + missed + " that were not, for " + String.format(Locale.ROOT, "%.3f", nanos / 1e9)
                    + " s");
            return;
        }
        json.event("recovered", event -> {
            event.writeNumberField("seq", sequence);
            event.writeNumberField("unanswered", missed);
            event.writeNumberField("afterMs", nanos / 1e6);
        });
    }

    void error(int sequence, long startNanos, PingTcpFailure reason) throws IOException {
        errors++;
        failed(startNanos);
        if (json == null) {
            say("seq " + sequence + ": " + reason.description());
            return;
        }
        json.event("error", event -> {
            event.writeNumberField("seq", sequence);
            write(event, reason);
        });
    }

    void noAnswer(int sequence, long startNanos) throws IOException {
        lost++;
        failed(startNanos);
        if (json == null) {
            say("seq " + sequence + ": no answer");
        } else {
            json.event("no-answer", event -> event.writeNumberField("seq", sequence));
        }
    }

    private void failed(long startNanos) {
        if (failures++ == 0) {
            failingSinceNanos = startNanos;
        }
    }

    private static void write(JsonGenerator event, PingTcpFailure reason) throws IOException {
        event.writeStringField("description", reason.description());
        event.writeStringField("errno", reason.errno());
    }

    /** Sums up and returns the exit code. */
    int finish() throws IOException {
        long received = roundTrips.count();
        if (json == null) {
            summarize(received);
        } else {
            json.event("summary", event -> summarize(event, received));
        }
        return received > 0 ? 0 : Main.NEGATIVE;
    }

    private void summarize(long received) {
        say("asked " + (received + errors + lost) + ", answered " + received + ", errors " + errors + ", no answer "
                + lost + ", connections " + connections);
        if (received > 0) {
            say(roundTrips.text());
        }
    }

    private void summarize(JsonGenerator event, long received) throws IOException {
        event.writeNumberField("sent", received + errors + lost);
        event.writeNumberField("received", received);
        event.writeNumberField("errors", errors);
        event.writeNumberField("lost", lost);
        event.writeNumberField("connections", connections);
        roundTrips.write(event);
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
