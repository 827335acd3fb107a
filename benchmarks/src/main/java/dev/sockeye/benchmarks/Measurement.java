package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sockeye.report.Chart;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One server under one workload, beside a reference.
 *
 * @param result as {@link Bracket#measure} gives it
 * @param allocatedPerPacket bytes, NaN for a server that does not say
 */
record Measurement(String server, String reference, Workload workload, ObjectNode result, double allocatedPerPacket) {
    static final String GENERATOR_BOUND = ", generator-bound";
    private static final double LEAST_BUSY_SHARE = 0.95;

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
        return bar(server, figure);
    }

    /** The same with the mark of a server that was not kept busy. */
    Chart.Bar throughputBar(String figure) {
        return bar(isGeneratorBound() ? server + GENERATOR_BOUND : server, figure);
    }

    private Chart.Bar bar(String label, String figure) {
        JsonNode ratio = isAccepted() ? result.path(figure) : MissingNode.getInstance();
        return new Chart.Bar(
                label,
                ratio.path("median").asDouble(Double.NaN),
                ratio.path("min").asDouble(Double.NaN),
                ratio.path("max").asDouble(Double.NaN));
    }

    /** The throughput beside the reference's, with the mark of a server that was not kept busy. */
    String throughputRatio() {
        String ratio = ratio("throughputRatio");
        return isAccepted() && isGeneratorBound() ? ratio + GENERATOR_BOUND : ratio;
    }

    /** Whether the server had CPU to spare with many outstanding, so that its throughput is the generator's. */
    boolean isGeneratorBound() {
        return workload.window() > 1 && median(keptSlices(), "/serverShare") < LEAST_BUSY_SHARE;
    }

    /** On the server itself, in their order. */
    List<JsonNode> slices() {
        return stream("slices")
                .filter(slice -> slice.path("server").asText().equals("B"))
                .toList();
    }

    /** Those of kept brackets. */
    List<JsonNode> keptSlices() {
        Set<Integer> kept = stream("roundsRun")
                .filter(round -> round.path("kept").asBoolean())
                .map(round -> round.path("round").asInt())
                .collect(Collectors.toSet());
        return slices().stream()
                .filter(slice -> kept.contains(slice.path("round").asInt()))
                .toList();
    }

    private Stream<JsonNode> stream(String list) {
        return StreamSupport.stream(result.path(list).spliterator(), false);
    }

    /** The median of what a JSON pointer names, NaN when there is none. */
    static double median(List<JsonNode> slices, String pointer) {
        double[] values = slices.stream()
                .mapToDouble(slice -> slice.at(pointer).asDouble(Double.NaN))
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        int middle = values.length / 2;
        if (values.length == 0) {
            return Double.NaN;
        }
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
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
