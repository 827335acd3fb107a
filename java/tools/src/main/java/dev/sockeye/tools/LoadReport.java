package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Tells what a run found out. */
final class LoadReport {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 99.999};
    private static final String EVENT = "result";

    private final PrintWriter out;
    private final JsonLines json;

    LoadReport(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json ? new JsonLines(out) : null;
    }

    void start(LoadPlan plan) {
        if (json != null) {
            return;
        }
        say("load " + describe(plan));
    }

    /** What is done, in a line. */
    static String describe(LoadPlan plan) {
        String targets = plan.targets().endpoints().stream()
                .map((InetSocketAddress endpoint) -> Host.text(endpoint))
                .collect(Collectors.joining(", "));
        String pace = plan.isOpenLoop()
                ? plan.rate() + (plan.tcp() ? " messages" : " datagrams") + " a second"
                : plan.window() + " outstanding";
        String bursts = plan.burst() > 1 ? " in bursts of " + plan.burst() : "";
        return protocol(plan) + " " + targets + ", " + pace + bursts + " on " + plan.flows()
                + (plan.flows() == 1 ? " flow, " : " flows, ") + plan.sizes() + " bytes, for "
                + plan.duration().toMillis() / 1e3 + " s after " + plan.warmup().toMillis() / 1e3 + " s of warm-up";
    }

    private static String protocol(LoadPlan plan) {
        return plan.tcp() ? "tcp" : "udp";
    }

    static String progress(LoadSecond second) {
        String counts = format("%.0f s: sent %d, received %d", second.seconds(), second.sent(), second.received());
        return second.received() == 0
                ? counts
                : format(
                        "%s, rtt us p50 %.1f, p99 %.1f, max %.1f",
                        counts, second.rttMicros(50), second.rttMicros(99), second.rttMicros(100));
    }

    // ---- the end

    void finish(LoadResult result) throws IOException {
        if (json != null) {
            json.event(EVENT, event -> write(event, result));
            return;
        }
        say(format(
                "sent %d in %.3f s, received %d: %.0f a second",
                result.count(LoadCount.SENT),
                result.seconds(),
                result.count(LoadCount.RECEIVED),
                result.throughputPps()));
        say(format("lost %d%s", result.loss().total(), causes(result)));
        say(format(
                "wrong source %d, duplicates %d, reordered %d, corrupted %d, too late %d, strangers' %d",
                result.count(LoadCount.WRONG_SOURCE),
                result.count(LoadCount.DUPLICATES),
                result.count(LoadCount.REORDERED),
                result.count(LoadCount.CORRUPTED),
                result.count(LoadCount.TOO_LATE),
                result.count(LoadCount.STRANGERS)));
        if (result.count(LoadCount.BROKEN) > 0) {
            say("connections that broke " + result.count(LoadCount.BROKEN));
        }
        if (result.emptiness() != null) {
            say(result.emptiness());
        } else {
            table(result);
        }
        for (String limit : LoadStrain.of(result).values()) {
            say("the generator was at its limit: " + limit);
        }
    }

    /** {@return the event of a result, as --json prints it} */
    static String json(LoadResult result) throws IOException {
        StringWriter line = new StringWriter();
        new JsonLines(new PrintWriter(line)).event(EVENT, event -> write(event, result));
        return line.toString();
    }

    private static String causes(LoadResult result) {
        return result.loss().causes().entrySet().stream()
                .filter(cause -> cause.getValue() > 0)
                .map(cause -> cause.getKey() + " " + cause.getValue())
                .reduce((first, second) -> first + ", " + second)
                .map(text -> ": " + text)
                .orElse("");
    }

    private void table(LoadResult result) {
        say(format("%-10s %14s %20s", "rtt us", "the program's", "the kernel's clock"));
        line("min", micros(result.rttNanos().getMinValue()), result.kernelRttNanos(), 0);
        for (double percentile : PERCENTILES) {
            line(
                    label(percentile),
                    micros(result.rttNanos().getValueAtPercentile(percentile)),
                    result.kernelRttNanos(),
                    percentile);
        }
        line("max", micros(result.rttNanos().getMaxValue()), result.kernelRttNanos(), 100);
    }

    private void line(String name, double user, Histogram kernel, double percentile) {
        String byKernel = kernel.getTotalCount() == 0 ? "-" : format("%.1f", micros(at(kernel, percentile)));
        say(format("%-10s %14.1f %20s", name, user, byKernel));
    }

    private static long at(Histogram histogram, double percentile) {
        return percentile == 0 ? histogram.getMinValue() : histogram.getValueAtPercentile(percentile);
    }

    private static void write(JsonGenerator event, LoadResult result) throws IOException {
        LoadPlan plan = result.plan();
        event.writeStringField("protocol", protocol(plan));
        event.writeStringField("loop", plan.isOpenLoop() ? "open" : "closed");
        plan.write(event);
        event.writeNumberField("sent", result.count(LoadCount.SENT));
        event.writeNumberField("received", result.count(LoadCount.RECEIVED));
        event.writeNumberField("seconds", result.seconds());
        event.writeNumberField("throughputPps", result.throughputPps());
        event.writeNumberField("wrongSource", result.count(LoadCount.WRONG_SOURCE));
        event.writeNumberField("duplicates", result.count(LoadCount.DUPLICATES));
        event.writeNumberField("reordered", result.count(LoadCount.REORDERED));
        event.writeNumberField("corrupted", result.count(LoadCount.CORRUPTED));
        event.writeNumberField("tooLate", result.count(LoadCount.TOO_LATE));
        event.writeNumberField("strangers", result.count(LoadCount.STRANGERS));
        event.writeNumberField("brokenConnections", result.count(LoadCount.BROKEN));
        event.writeObjectFieldStart("lost");
        event.writeNumberField("total", result.loss().total());
        for (Map.Entry<String, Long> cause : result.loss().causes().entrySet()) {
            event.writeNumberField(cause.getKey(), cause.getValue());
        }
        event.writeEndObject();
        writePeer(event, result.peer());
        write(event, "rttUs", result.rttNanos());
        write(event, "kernelRttUs", result.kernelRttNanos());
        if (plan.isOpenLoop()) {
            write(event, "latenessUs", result.latenessNanos());
        }
        event.writeNumberField("notSent", result.count(LoadCount.NOT_SENT));
        event.writeNumberField("sendQueueFull", result.count(LoadCount.SEND_QUEUE_FULL));
        event.writeNumberField("cpuShare", result.cpuShare());
        event.writeNumberField("cpuWaitShare", result.cpuWaitShare());
        event.writeObjectFieldStart("bottleneck");
        for (Map.Entry<String, String> limit : LoadStrain.of(result).entrySet()) {
            event.writeStringField(limit.getKey(), limit.getValue());
        }
        event.writeEndObject();
        event.writeArrayFieldStart("timeline");
        for (LoadSecond second : result.timeline()) {
            write(event, second);
        }
        event.writeEndArray();
    }

    private static void writePeer(JsonGenerator event, EchoCounts peer) throws IOException {
        if (peer == null) {
            event.writeNullField("peer");
            return;
        }
        event.writeObjectFieldStart("peer");
        event.writeNumberField("received", peer.received());
        event.writeNumberField("sent", peer.sent());
        event.writeNumberField("kernelDropped", peer.kernelDropped());
        event.writeEndObject();
    }

    private static void write(JsonGenerator event, String name, Histogram nanos) throws IOException {
        if (nanos.getTotalCount() == 0) {
            event.writeNullField(name);
            return;
        }
        event.writeObjectFieldStart(name);
        event.writeNumberField("min", micros(nanos.getMinValue()));
        for (double percentile : PERCENTILES) {
            event.writeNumberField(label(percentile), micros(nanos.getValueAtPercentile(percentile)));
        }
        event.writeNumberField("max", micros(nanos.getMaxValue()));
        event.writeEndObject();
    }

    private static void write(JsonGenerator event, LoadSecond second) throws IOException {
        event.writeStartObject();
        event.writeNumberField("seconds", Math.round(second.seconds() * 1000) / 1000.0);
        event.writeNumberField("sent", second.sent());
        event.writeNumberField("received", second.received());
        if (second.rttNanos().getTotalCount() > 0) {
            event.writeNumberField("p50Us", second.rttMicros(50));
            event.writeNumberField("p99Us", second.rttMicros(99));
            event.writeNumberField("maxUs", second.rttMicros(100));
        }
        event.writeEndObject();
    }

    /** p50, p99.9 */
    private static String label(double percentile) {
        return "p" + (percentile == Math.rint(percentile) ? format("%.0f", percentile) : percentile);
    }

    private static double micros(long nanos) {
        return nanos / 1000.0;
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
