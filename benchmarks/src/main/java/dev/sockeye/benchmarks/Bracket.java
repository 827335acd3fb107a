package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the bracket program, which measures a server beside a reference in rounds of A B A.
 *
 * @param generatorCpu where the bracket program runs
 * @param rounds at most
 * @param keep ends it when so many were kept
 * @param sliceSeconds the time on one server; short, so that the machine stays as it is over a round
 */
record Bracket(int generatorCpu, int rounds, int keep, double sliceSeconds) {
    /** Fewer are no figure: bracket has the same limit. */
    static final int LEAST_KEPT = 6;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Measures server B beside reference A.
     *
     * @return what bracket printed: its result, and in it the slices and the rounds; whether it is accepted, else why not
     */
    ObjectNode measure(EchoProcess a, double aWarmupSeconds, EchoProcess b, double bWarmupSeconds, Workload workload)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Programs.find("bracket").toString(),
                "--a=" + a.port() + ":" + a.pid(),
                "--b=" + b.port() + ":" + b.pid(),
                "--size=" + workload.payloadBytes(),
                "--window=" + workload.window(),
                "--rounds=" + rounds,
                "--keep=" + keep,
                "--slice=" + sliceSeconds,
                "--a-warmup=" + aWarmupSeconds,
                "--b-warmup=" + bWarmupSeconds,
                "--cpu=" + generatorCpu,
                "--spin=yes",
                "--allow-wrong-source"));
        try (ChildProcess bracket = new ChildProcess(new ProcessBuilder(command))) {
            return read(bracket.process());
        }
    }

    private static ObjectNode read(Process process) throws IOException, InterruptedException {
        ObjectNode result = null;
        ArrayNode slices = JSON.createArrayNode();
        ArrayNode roundsRun = JSON.createArrayNode();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line; (line = output.readLine()) != null; ) {
                JsonNode event = JSON.readTree(line);
                switch (event.path("event").asText()) {
                    case "slice" -> slices.add(event);
                    case "round" -> roundsRun.add(event);
                    default -> result = (ObjectNode) event;
                }
            }
        }
        String complaint = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = process.waitFor();
        if (result == null || code > 1) {
            throw new IOException("bracket exited with " + code + ": " + complaint);
        }
        result.remove("event");
        result.put("accepted", code == 0);
        result.put("complaint", complaint);
        result.set("roundsRun", roundsRun);
        result.set("slices", slices);
        return result;
    }
}
