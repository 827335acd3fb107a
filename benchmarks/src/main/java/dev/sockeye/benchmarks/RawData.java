package dev.sockeye.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** All that was measured, as JSON, and the file of --json. */
final class RawData {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RawData() {}

    /** Makes sure that the file can be written: before minutes of measuring, not after them. */
    static void checkWritable(Path file) throws IOException {
        Files.delete(writeBeside(file, ""));
    }

    /** Replaces what was there once all is written. */
    static void write(Path file, String json) throws IOException {
        Files.move(writeBeside(file, json), file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path writeBeside(Path file, String text) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("cannot write " + file + ": it is there and is no regular file");
        }
        Path temporary = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            return Files.writeString(temporary, text);
        } catch (NoSuchFileException e) {
            throw new IOException("cannot write " + file + ": its directory does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write " + file + ": permission denied", e);
        } catch (IOException e) { // as from a full disk
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

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
        root.putPOJO("failed", results.failed);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }
}
