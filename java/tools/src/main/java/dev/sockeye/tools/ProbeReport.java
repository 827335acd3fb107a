package dev.sockeye.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What probe says: a line for each port, in order, or for many ports one for all with the same verdict. In JSON an object
 * for each port, as it comes.
 *
 * <p>Safe for two threads: a signal may sum up at any time, and then nothing more is said.
 */
final class ProbeReport {
    /** More are put together. */
    private static final int MOST_LINES = 50;

    private final PrintWriter out;
    private final JsonLines json;
    private final ProgressLine progress;
    private final int ports;
    private final boolean inGroups;
    private final long startNanos = System.nanoTime();
    private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
    private final Map<Verdict, Map<String, BitSet>> groups = new EnumMap<>(Verdict.class);
    /** The lines of ports that wait for the verdict of a lower one. */
    private final TreeMap<Integer, String> early = new TreeMap<>();

    private final BitSet undecided;
    private long forged;
    private boolean finished;

    ProbeReport(PrintWriter out, ProgressLine progress, boolean json, BitSet ports) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.progress = progress;
        this.ports = ports.cardinality();
        this.inGroups = this.ports > MOST_LINES;
        this.undecided = (BitSet) ports.clone();
        for (Verdict verdict : Verdict.values()) {
            counts.put(verdict, 0);
        }
    }

    void start(InetAddress target) {
        if (json == null) {
            line("probe udp " + Host.text(target) + ", " + count(ports, "port"));
        }
    }

    synchronized void forged() {
        forged++;
    }

    synchronized void progress(long leftNanos) {
        int done = ports - undecided.cardinality();
        progress.show(() ->
                done + " of " + ports + " ports, about " + TimeUnit.NANOSECONDS.toSeconds(leftNanos) + " s to go");
    }

    synchronized void verdict(int port, ProbeFinding finding, int attempts) throws IOException {
        if (finished) {
            return;
        }
        counts.merge(finding.verdict(), 1, Integer::sum);
        undecided.clear(port);
        if (json != null) {
            json.event("verdict", event -> {
                event.writeNumberField("port", port);
                event.writeStringField("verdict", finding.verdict().text());
                finding.writeError(event);
                if (finding.rttNanos() < 0) {
                    event.writeNullField("rttUs");
                } else {
                    event.writeNumberField("rttUs", finding.rttNanos() / 1000.0);
                }
                event.writeNumberField("attempts", attempts);
                event.writeStringField("evidence", finding.evidence());
            });
        } else if (inGroups) {
            groups.computeIfAbsent(finding.verdict(), key -> new TreeMap<>())
                    .computeIfAbsent(finding.evidence(), key -> new BitSet())
                    .set(port);
        } else {
            early.put(
                    port,
                    port + " " + finding.verdict().text() + ": " + finding.evidence() + details(finding, attempts));
            int next = undecided.nextSetBit(0);
            while (!early.isEmpty() && (next < 0 || early.firstKey() < next)) {
                line(early.pollFirstEntry().getValue());
            }
        }
    }

    private static String details(ProbeFinding finding, int attempts) {
        String after = finding.rttNanos() < 0
                ? ""
                : String.format(Locale.ROOT, ", after %.2f ms", finding.rttNanos() / 1_000_000.0);
        return after + (attempts == 1 ? "" : ", " + count(attempts, "attempt"));
    }

    /** Sums up, once, and returns the exit code. */
    synchronized int finish() throws IOException {
        if (!finished) {
            finished = true;
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            if (json != null) {
                summarize(seconds);
            } else {
                early.values().forEach(this::line);
                groups.forEach((verdict, byEvidence) -> byEvidence.forEach(
                        (evidence, group) -> line(verdict.text() + ": " + ProbePorts.text(group) + ": " + evidence)));
                if (!undecided.isEmpty()) {
                    line("without a verdict yet: " + ProbePorts.text(undecided));
                }
                line(summary(seconds));
            }
        }
        return counts.get(Verdict.OPEN) == ports ? 0 : Main.NEGATIVE;
    }

    private void summarize(double seconds) throws IOException {
        json.event("summary", event -> {
            event.writeNumberField("ports", ports);
            for (Map.Entry<Verdict, Integer> entry : counts.entrySet()) {
                event.writeNumberField(entry.getKey().text(), entry.getValue());
            }
            event.writeNumberField("undecided", undecided.cardinality());
            event.writeNumberField("forged", forged);
            event.writeNumberField("seconds", Math.round(seconds * 1000) / 1000.0);
        });
    }

    private String summary(double seconds) {
        StringBuilder text = new StringBuilder();
        counts.forEach((verdict, count) -> {
            if (count > 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(' ')
                        .append(verdict.text());
            }
        });
        if (!undecided.isEmpty()) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(undecided.cardinality())
                    .append(" undecided");
        }
        if (forged > 0) {
            text.append(", ").append(count(forged, "forged ICMP error")).append(" ignored");
        }
        return text + String.format(Locale.ROOT, " in %.1f s", seconds);
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private void line(String text) {
        progress.clear();
        out.println(text);
        out.flush();
    }
}
