package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** One JSON object a line on stdout, whole lines only. Safe for several threads. */
final class JsonLines {
    /** ASCII alone, so that the locale's encoding does not matter. */
    private final JsonFactory factory =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final PrintWriter out;

    /** Writes an event's fields. */
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    JsonLines(PrintWriter out) {
        this.out = out;
    }

    void event(String name, Fields fields) throws IOException {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("event", name);
            fields.write(json);
            json.writeEndObject();
        }
        synchronized (this) {
            out.println(line);
            out.flush();
        }
    }
}
