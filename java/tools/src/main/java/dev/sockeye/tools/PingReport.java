package dev.sockeye.tools;

import dev.sockeye.SocketError;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What ping saw, told as it happens and summed up at the end. Safe for the thread that pings and the one that ends it. */
final class PingReport {
    private final PrintWriter out;
    private final JsonLines json;
    private final InetSocketAddress remote;
    private final int count;
    private final long timeoutNanos;
    /** When each ping was sent that may still be answered in time, oldest first. */
    private final Map<Long, Long> waiting = new LinkedHashMap<>();
    /** When each was sent whose time is over. */
    private final Map<Long, Long> silent = new HashMap<>();

    private final BitSet answered = new BitSet();
    private final RoundTrips roundTrips = new RoundTrips();
    private int sent;
    private int refused;
    private int unreachable;
    private int wrongSource;
    private int duplicates;
    private int strays;
    private int forged;
    /** Pings that failed since the last answer, the latest of them, and when the first was sent. */
    private int failures;

    private long lastFailed = -1;
    private long lastAnswered = -1;
    private long failingSinceNanos;
    private boolean finished;

    PingReport(PrintWriter out, boolean json, InetSocketAddress remote, int count, long timeoutNanos) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.remote = remote;
        this.count = count;
        this.timeoutNanos = timeoutNanos;
    }

    private InetAddress target() {
        return remote.getAddress();
    }

    synchronized void start(int size) {
        if (json == null) {
            say("ping udp " + Host.text(remote) + ", " + size + " bytes, " + (count == 1 ? "once" : count + " times"));
        }
    }

    synchronized void sent(long sequence, long sentNanos) {
        waiting.put(sequence, sentNanos);
        sent++;
    }

    /** {@return how many pings may still be answered in time} */
    synchronized int outstanding() {
        return waiting.size();
    }

    /** {@return when the time of the oldest is over, or Long.MAX_VALUE after `nowNanos` when none waits} */
    synchronized long nextTimeout(long nowNanos) {
        return waiting.isEmpty()
                ? nowNanos + Long.MAX_VALUE
                : waiting.values().iterator().next() + timeoutNanos;
    }

    /** Tells of each ping whose time is over that nobody answered it. */
    synchronized void expire(long nowNanos) throws IOException {
        while (!waiting.isEmpty()) {
            Map.Entry<Long, Long> oldest = waiting.entrySet().iterator().next();
            if (nowNanos - oldest.getValue() < timeoutNanos) {
                return;
            }
            long sequence = oldest.getKey();
            waiting.remove(sequence);
            silent.put(sequence, oldest.getValue());
            failed(sequence, oldest.getValue());
            if (json == null) {
                say("seq " + sequence + ": no answer");
            } else {
                json.event("no-answer", event -> event.writeNumberField("seq", sequence));
            }
        }
    }

    /** Called once for each that fails. One older than the last answer says nothing of how the server is now. */
    private void failed(long sequence, long sentNanos) {
        if (sequence < lastAnswered) {
            return;
        }
        if (failures++ == 0) {
            failingSinceNanos = sentNanos;
        }
        lastFailed = Math.max(lastFailed, sequence);
    }

    synchronized void refused(long sequence, IOException reason) throws IOException {
        failed(sequence, waiting.remove(sequence));
        refused++;
        String words = Host.withoutSlashes(HopRefusal.of(reason).getMessage());
        if (json == null) {
            say("seq " + sequence + ": not sent: " + words);
            return;
        }
        json.event("refused", event -> {
            event.writeNumberField("seq", sequence);
            event.writeStringField("reason", words);
        });
    }

    /**
     * Takes an ICMP error in.
     *
     * @param sequence of the ping that it quotes; {@link ProbePayload#NOT_OURS}; or {@link ProbePayload#TOO_SHORT} for a
     *     quote that does not tell, which is believed when it can only be of one ping
     */
    synchronized void error(long sequence, SocketError error, long nowNanos) throws IOException {
        long of = sequence;
        if (sequence == ProbePayload.TOO_SHORT && waiting.size() == 1 && remote.equals(error.remote())) {
            of = waiting.keySet().iterator().next();
        }
        boolean late = silent.containsKey(of); // it has failed before
        Long sentNanos = late ? silent.remove(of) : waiting.remove(of);
        if (sentNanos == null) {
            forged++;
            return;
        }
        unreachable++;
        if (!late) {
            failed(of, sentNanos);
        }
        tell(of, error, Math.max(nowNanos - sentNanos, 0));
    }

    private void tell(long sequence, SocketError error, long rtt) throws IOException {
        if (json == null) {
            say("seq " + sequence + ": " + ErrorFields.text(error, target()) + ", after " + RoundTrips.micros(rtt)
                    + " us");
            return;
        }
        json.event("error", event -> {
            event.writeNumberField("seq", sequence);
            event.writeStringField("description", error.description());
            ErrorFields.write(event, error);
            event.writeNumberField("rttUs", rtt / 1000.0);
        });
    }

    /**
     * Takes a datagram in.
     *
     * @param sequence the ping it answers, or {@link ProbePayload#NOT_OURS}
     */
    synchronized void received(long sequence, InetSocketAddress from, long nowNanos) throws IOException {
        boolean duplicate = sequence >= 0 && sequence < count && answered.get((int) sequence);
        Long sentNanos = waiting.containsKey(sequence) ? waiting.remove(sequence) : silent.remove(sequence);
        if (!duplicate && sentNanos == null) {
            strays++;
            return;
        }
        boolean right = from.equals(remote);
        if (!right) {
            wrongSource++;
        }
        if (duplicate) {
            duplicates++;
            return;
        }
        answered.set((int) sequence);
        long rtt = Math.max(nowNanos - sentNanos, 0);
        roundTrips.add(rtt);
        lastAnswered = Math.max(lastAnswered, sequence);
        if (failures > 0 && sequence > lastFailed) {
            recovered(sequence, nowNanos - failingSinceNanos);
        }
        tell(sequence, from, rtt, right);
    }

    private void recovered(long sequence, long nanos) throws IOException {
        // Earlier ones whose time is not over yet were not answered either.
        int missed = failures
                + (int) waiting.keySet().stream()
                        .filter(earlier -> earlier < sequence)
                        .count();
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

    private void tell(long sequence, InetSocketAddress from, long rtt, boolean right) throws IOException {
        if (json == null) {
            String verdict = right ? "right" : "WRONG, asked " + Host.text(remote);
            say("seq " + sequence + ": " + RoundTrips.micros(rtt) + " us, from " + Host.text(from) + " (" + verdict
                    + ")");
            return;
        }
        json.event("reply", event -> {
            event.writeNumberField("seq", sequence);
            event.writeNumberField("rttUs", rtt / 1000.0);
            event.writeStringField("from", Host.text(from.getAddress()));
            event.writeStringField("expected", Host.text(target()));
            event.writeBooleanField("sourceCorrect", right);
        });
    }

    /** Sums up, once, and returns the exit code. */
    synchronized int finish() throws IOException {
        if (!finished) {
            finished = true;
            summarize(roundTrips.count(), waiting.size() + silent.size());
        }
        return roundTrips.count() > 0 && wrongSource == 0 ? 0 : Main.NEGATIVE;
    }

    private void summarize(long received, int lost) throws IOException {
        if (json == null) {
            say("sent " + (sent - refused) + ", answered " + received + ", unreachable " + unreachable + ", no answer "
                    + lost + ", wrong source " + wrongSource + ", duplicates " + duplicates + ", strays " + strays
                    + ", forged errors " + forged + ", not sent " + refused);
            if (received > 0) {
                say(roundTrips.text());
            }
            return;
        }
        json.event("summary", event -> {
            event.writeNumberField("sent", sent - refused);
            event.writeNumberField("received", received);
            event.writeNumberField("unreachable", unreachable);
            event.writeNumberField("lost", lost);
            event.writeNumberField("wrongSource", wrongSource);
            event.writeNumberField("duplicates", duplicates);
            event.writeNumberField("refused", refused);
            event.writeNumberField("strays", strays);
            event.writeNumberField("forged", forged);
            roundTrips.write(event);
        });
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
