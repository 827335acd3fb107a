package dev.sockeye.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The file of --json: opened before anything is measured, so that it is known to be writable. */
final class RawData implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final OutputStream file;

    /** @param path null for none */
    RawData(Path path) throws IOException {
        try {
            file = path == null ? OutputStream.nullOutputStream() : Files.newOutputStream(path);
        } catch (NoSuchFileException e) {
            throw new IOException("cannot write " + path + ": its directory does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write " + path + ": permission denied", e);
        }
    }

    void write(Map<String, String> environment, Bracket bracket, List<Measurement> all, List<String> skipped)
            throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.putPOJO("environment", environment);
        root.putPOJO("bracket", bracket);
        var measurements = root.putArray("measurements");
        for (Measurement measured : all) {
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
        root.putPOJO("skipped", skipped);
        ObjectWriter writer = JSON.writerWithDefaultPrettyPrinter();
        writer.writeValue(file, root);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
