package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sockeye.report.Chart;
import java.util.Locale;

/**
 * One server under one workload, beside a reference.
 *
 * @param result as {@link Bracket#measure} gives it
 * @param allocatedPerPacket bytes, NaN for a server that does not say
 */
record Measurement(String server, String reference, Workload workload, ObjectNode result, double allocatedPerPacket) {
    boolean isAccepted() {
        return result.path("accepted").asBoolean();
    }

    /** Why it is not accepted. */
    String complaint() {
        return result.path("complaint").asText();
    }

    /** The median of a figure over the kept rounds, NaN when there is none. */
    double median(String figure) {
        return result.path(figure).path("median").asDouble(Double.NaN);
    }

    /** The median of a ratio and its range, as "1.01 (0.98-1.04)". */
    String ratio(String figure) {
        if (!isAccepted()) {
            return "-";
        }
        JsonNode ratio = result.path(figure);
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f-%.2f)",
                ratio.path("median").asDouble(),
                ratio.path("min").asDouble(),
                ratio.path("max").asDouble());
    }

    /** The same as a bar, absent when there is no figure. */
    Chart.Bar bar(String figure) {
        JsonNode ratio = isAccepted() ? result.path(figure) : MissingNode.getInstance();
        return new Chart.Bar(
                server,
                ratio.path("median").asDouble(Double.NaN),
                ratio.path("min").asDouble(Double.NaN),
                ratio.path("max").asDouble(Double.NaN));
    }

    /** Kept of those that were run. */
    String kept() {
        return result.path("kept").asInt() + "/" + result.path("rounds").asInt();
    }

    /** Datagrams that were not answered, in percent, as "0/0.21": by the reference, by the server. */
    String lost() {
        return percentLost("a") + "/" + percentLost("b");
    }

    private String percentLost(String side) {
        long lost = result.path(side + "Lost").asLong();
        long sent = lost + result.path(side + "Packets").asLong();
        return lost == 0 ? "0" : String.format(Locale.ROOT, "%.3f", 100.0 * lost / sent);
    }

    /** Whether replies came from the address that was asked: those that were asked at another one than 127.0.0.1. */
    String source() {
        long wrong = result.path("bWrongSource").asLong();
        long packets = result.path("bPackets").asLong();
        if (packets == 0) {
            return "-";
        }
        return wrong == 0 ? "yes" : wrong == packets ? "no" : "no, " + wrong + " of " + packets;
    }
}
