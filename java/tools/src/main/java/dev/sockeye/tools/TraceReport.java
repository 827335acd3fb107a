package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Tells the hops as they become known, and how the path ends. */
final class TraceReport implements Tracer.Listener {
    private final PrintWriter out;
    private final JsonLines json;
    private final InetSocketAddress remote;
    private final int maxHops;
    private final List<TraceFlow> flows;
    /** The next hop to be told: silent ones wait until one beyond them has answered. */
    private int next = 1;

    private boolean complete;

    TraceReport(PrintWriter out, boolean json, InetSocketAddress remote, int maxHops, List<TraceFlow> flows) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
        this.remote = remote;
        this.maxHops = maxHops;
        this.flows = flows;
    }

    void start(int probes, int count) {
        if (json == null) {
            say("trace udp " + Host.text(remote) + ", at most " + count(maxHops, "hop") + ", " + count(probes, "probe")
                    + " each" + (count > 1 ? ", " + count + " flows" : ""));
        }
    }

    /** What the flows that have the same answer at a hop got. */
    private static final class Group {
        final List<Integer> flows = new ArrayList<>();
        final List<Long> rttNanos = new ArrayList<>();
        HopAnswer answer;
    }

    /** By address; the silent ones under null. */
    private Map<InetAddress, Group> groups(int ttl) {
        Map<InetAddress, Group> groups = new LinkedHashMap<>();
        Group silent = new Group();
        for (int index = 0; index < flows.size(); index++) {
            TraceFlow flow = flows.get(index);
            List<TraceProbe> answered = flow.answered(ttl);
            for (TraceProbe probe : answered) {
                Group group = groups.computeIfAbsent(probe.answer().address(), address -> new Group());
                if (!group.flows.contains(index)) {
                    group.flows.add(index);
                }
                group.rttNanos.add(probe.rttNanos());
                if (group.answer == null || probe.answer().isLast()) {
                    group.answer = probe.answer();
                }
            }
            if (answered.isEmpty() && ttl <= flow.end()) {
                silent.flows.add(index);
            }
        }
        if (!silent.flows.isEmpty()) {
            groups.put(null, silent);
        }
        return groups;
    }

    @Override
    public void hop(int ttl) throws IOException {
        boolean answered = flows.stream().anyMatch(flow -> ttl <= flow.end() && !flow.isSilent(ttl));
        while (answered && next <= ttl) {
            tell(next++);
        }
    }

    private void tell(int ttl) throws IOException {
        for (Map.Entry<InetAddress, Group> entry : groups(ttl).entrySet()) {
            Group group = entry.getValue();
            String address = entry.getKey() == null ? null : Host.text(entry.getKey());
            if (json == null) {
                say(line(ttl, address, group));
            } else {
                json.event("hop", event -> write(event, ttl, address, group));
            }
        }
    }

    private static void write(JsonGenerator event, int ttl, String address, Group group) throws IOException {
        event.writeNumberField("ttl", ttl);
        event.writeStringField("address", address);
        event.writeArrayFieldStart("rttUs");
        for (long nanos : group.rttNanos) {
            event.writeNumber(nanos / 1000.0);
        }
        event.writeEndArray();
        if (group.answer == null || group.answer.error() == null) {
            event.writeNullField("icmp");
        } else {
            event.writeObjectFieldStart("icmp");
            event.writeNumberField("type", group.answer.error().type());
            event.writeNumberField("code", group.answer.error().code());
            event.writeEndObject();
        }
        event.writeStringField("description", group.answer == null ? "no answer" : group.answer.words());
        event.writeArrayFieldStart("flows");
        for (int flow : group.flows) {
            event.writeNumber(flow);
        }
        event.writeEndArray();
    }

    private String line(int ttl, String address, Group group) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%2d  ", ttl));
        line.append(Objects.requireNonNullElse(address, "no answer"));
        if (flows.size() > 1) {
            line.append(", flow").append(group.flows.size() > 1 ? "s" : "");
            group.flows.forEach(flow -> line.append(' ').append(flow));
        }
        if (group.answer == null) {
            return line.toString();
        }
        line.append(": ");
        if (group.answer.verdict() != HopVerdict.HOP) {
            line.append(group.answer.words()).append(", ");
        }
        return line.append(rtts(group.rttNanos)).append(" us").toString();
    }

    /** One by one as long as that can be read. */
    private String rtts(List<Long> nanos) {
        if (flows.size() == 1) {
            return nanos.stream().map(RoundTrips::micros).collect(Collectors.joining(" "));
        }
        long least = nanos.stream().min(Long::compare).orElseThrow();
        long most = nanos.stream().max(Long::compare).orElseThrow();
        return RoundTrips.micros(least) + " to " + RoundTrips.micros(most);
    }

    /** All was asked; without this, {@link #finish()} tells of a trace that was ended early. */
    void complete() {
        complete = true;
    }

    /** Sums up, and returns whether each flow reached the target. */
    boolean finish() throws IOException {
        int furthest = flows.stream().mapToInt(TraceFlow::furthest).max().orElse(0);
        hop(furthest); // of a trace that was ended early
        boolean ended = !complete || flows.stream().allMatch(flow -> flow.last() != null || flow.refusal() != null);
        tellSilent(ended ? furthest : maxHops);
        Map<String, Integer> reasons = new LinkedHashMap<>();
        boolean reached = true;
        for (TraceFlow flow : flows) {
            reached &= flow.last() != null && flow.last().verdict() == HopVerdict.ARRIVED;
            reasons.merge(reason(flow), 1, Integer::sum);
        }
        String reason = reasons.size() == 1
                ? reasons.keySet().iterator().next()
                : reasons.entrySet().stream()
                        .map(entry -> count(entry.getValue(), "flow") + ": " + entry.getKey())
                        .collect(Collectors.joining("; "));
        finish(
                reached,
                furthest,
                reason,
                flows.stream().mapToInt(TraceFlow::forged).sum());
        return reached;
    }

    /** The hops at the end of the path that nobody answered from. */
    private void tellSilent(int last) throws IOException {
        if (json != null) {
            while (next <= last) {
                tell(next++);
            }
        } else if (next <= last) {
            say(String.format(Locale.ROOT, "%2d", next) + (next < last ? " to " + last : "") + "  no answer");
        }
    }

    void finish(boolean reached, int hops, String reason, int forged) throws IOException {
        if (json == null) {
            String ignored =
                    forged > 0 ? " (" + count(forged, "error") + " that quote none of the probes ignored)" : "";
            say((reached ? "reached in " + count(hops, "hop") : "not reached") + ": " + reason + ignored);
            return;
        }
        json.event("end", event -> {
            event.writeBooleanField("reached", reached);
            event.writeNumberField("hops", hops);
            event.writeStringField("reason", reason);
            event.writeNumberField("forged", forged);
        });
    }

    private String reason(TraceFlow flow) {
        if (flow.last() != null) {
            return flow.last().sentence(remote.getAddress(), flow.local());
        }
        if (flow.refusal() != null) {
            return flow.refusal().getMessage();
        }
        int furthest = flow.furthest();
        if (furthest == 0) {
            return complete ? "nobody answers" : "ended early, before anybody had answered";
        }
        String hop = "hop " + furthest + ", "
                + Host.text(flow.answered(furthest).get(0).answer().address());
        if (!complete) {
            return "ended early, when nobody had answered behind " + hop;
        }
        return furthest == maxHops ? "the path goes on behind " + hop : "nobody answers behind " + hop;
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
