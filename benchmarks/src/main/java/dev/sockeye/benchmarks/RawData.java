package dev.sockeye.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** All that was measured, as JSON. */
final class RawData {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RawData() {}

    static String json(Map<String, String> environment, Bracket bracket, Results results)
            throws JsonProcessingException {
        ObjectNode root = JSON.createObjectNode();
        root.putPOJO("environment", environment);
        root.putPOJO("bracket", bracket);
        var measurements = root.putArray("measurements");
        for (Measurement measured : results.all()) {
            ObjectNode node = measurements.addObject();
            node.put("server", measured.server());
            node.put("reference", measured.reference());
            node.put("workload", measured.workload().label());
            if (Double.isNaN(measured.allocatedPerPacket())) {
                node.putNull("allocatedBytesPerPacket");
            } else {
                node.put("allocatedBytesPerPacket", measured.allocatedPerPacket());
            }
            node.setAll(measured.result());
        }
        root.putPOJO("skipped", results.skipped);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }
}
