package dev.sockeye.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;

/** What ping saw, told as it happens and summed up at the end. */
final class PingReport {
    private final PrintWriter out;
    private final JsonLines json;
    private final InetAddress target;
    private final int count;
    /** When each ping that is not answered yet was sent. */
    private final Map<Long, Long> sentNanos = new HashMap<>();

    private final BitSet answered = new BitSet();
    private final LongSummaryStatistics rttNanos = new LongSummaryStatistics();
    private InetSocketAddress remote;
    private int sent;
    private int refused;
    private int wrongSource;
    private int duplicates;
    private int strays;
    private IOException lastRefusal;

    PingReport(PrintWriter out, boolean json, InetAddress target, int count) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.target = target;
        this.count = count;
    }

    void start(InetSocketAddress to, int size) {
        remote = to;
        if (json == null) {
            out.println("ping udp " + Host.text(to) + ", " + size + " bytes, " + count + " times");
            out.flush();
        }
    }

    void sending(long sequence, long nowNanos) {
        sentNanos.put(sequence, nowNanos);
        sent++;
    }

    int outstanding() {
        return sentNanos.size();
    }

    void refused(long sequence, IOException reason) throws IOException {
        sentNanos.remove(sequence);
        refused++;
        lastRefusal = reason;
        if (json == null) {
            out.println("seq " + sequence + ": not sent: " + reason.getMessage());
            out.flush();
            return;
        }
        json.event("refused", event -> {
            event.writeNumberField("seq", sequence);
            event.writeStringField("reason", reason.getMessage());
        });
    }

    /**
     * Takes a datagram in.
     *
     * @param sequence the ping it answers, or -1 when it is none of ours
     */
    void received(long sequence, InetSocketAddress from, long nowNanos) throws IOException {
        boolean duplicate = sequence >= 0 && sequence < count && answered.get((int) sequence);
        if (!duplicate && !sentNanos.containsKey(sequence)) {
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
        long rtt = nowNanos - sentNanos.remove(sequence);
        rttNanos.accept(rtt);
        tell(sequence, from, rtt, right);
    }

    private void tell(long sequence, InetSocketAddress from, long rtt, boolean right) throws IOException {
        if (json == null) {
            String verdict = right ? "right" : "WRONG, asked " + Host.text(remote);
            out.println("seq " + sequence + ": " + micros(rtt) + " us, from " + Host.text(from) + " (" + verdict + ")");
            out.flush();
            return;
        }
        json.event("reply", event -> {
            event.writeNumberField("seq", sequence);
            event.writeNumberField("rttUs", rtt / 1000.0);
            event.writeStringField("from", Host.text(from.getAddress()));
            event.writeStringField("expected", Host.text(target));
            event.writeBooleanField("sourceCorrect", right);
        });
    }

    /** Sums up and returns the exit code. */
    int finish() throws IOException {
        long received = rttNanos.getCount();
        if (json == null) {
            out.println("sent " + (sent - refused) + ", answered " + received + ", no answer " + sentNanos.size()
                    + ", wrong source " + wrongSource + ", duplicates " + duplicates + ", strays " + strays
                    + ", not sent "
                    + refused);
            if (received > 0) {
                out.println("rtt us: min " + micros(rttNanos.getMin()) + ", mean "
                        + micros((long) rttNanos.getAverage()) + ", max " + micros(rttNanos.getMax()));
            }
            out.flush();
        } else {
            summarize(received);
        }
        if (refused == sent) {
            throw lastRefusal;
        }
        return received > 0 && wrongSource == 0 ? 0 : Main.NEGATIVE;
    }

    private void summarize(long received) throws IOException {
        json.event("summary", event -> {
            event.writeNumberField("sent", sent - refused);
            event.writeNumberField("received", received);
            event.writeNumberField("lost", sentNanos.size());
            event.writeNumberField("wrongSource", wrongSource);
            event.writeNumberField("duplicates", duplicates);
            event.writeNumberField("refused", refused);
            event.writeNumberField("strays", strays);
            if (received > 0) {
                event.writeObjectFieldStart("rttUs");
                event.writeNumberField("min", rttNanos.getMin() / 1000.0);
                event.writeNumberField("mean", Math.round(rttNanos.getAverage()) / 1000.0);
                event.writeNumberField("max", rttNanos.getMax() / 1000.0);
                event.writeEndObject();
            }
        });
    }

    private static String micros(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / 1000.0);
    }
}
