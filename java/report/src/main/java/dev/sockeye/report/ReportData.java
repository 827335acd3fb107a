package dev.sockeye.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** All that a report says, as the JSON that its page carries and draws its charts from. */
final class ReportData {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ReportData() {}

    static String json(
            String title, String subtitle, List<Object> items, Map<String, String> environment, List<String> raw)
            throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("title", title);
            json.writeStringField("subtitle", subtitle);
            json.writeObjectFieldStart("environment");
            for (Map.Entry<String, String> entry : environment.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("items");
            for (Object item : items) {
                json.writeStartObject();
                writeItem(json, item);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("raw");
            for (String value : raw) {
                json.writeRawValue(value);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        // In JSON it stands only in strings. HTML would see tags and comments in it, even the end of the script.
        return text.toString().replace("<", "\\u003c");
    }

    private static void writeItem(JsonGenerator json, Object item) throws IOException {
        if (item instanceof Chart chart) {
            json.writeStringField("kind", chart.kind());
            json.writeStringField("title", chart.title);
            json.writeStringField("unit", chart.unit);
            chart.write(json);
        } else if (item instanceof Table table) {
            json.writeStringField("kind", "table");
            json.writeStringField("title", table.title());
            json.writeArrayFieldStart("columns");
            for (String column : table.columns()) {
                json.writeString(column);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("rows");
            for (List<?> row : table.rows()) {
                json.writeStartArray();
                for (Object cell : row) {
                    write(json, cell);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        } else {
            json.writeStringField("kind", "note");
            json.writeStringField("text", item.toString());
        }
    }

    static void writeField(JsonGenerator json, String name, double value) throws IOException {
        json.writeFieldName(name);
        write(json, value);
    }

    /** Writes a figure or a text; what is not a number to JSON is null. */
    static void write(JsonGenerator json, Object cell) throws IOException {
        if (cell == null || cell instanceof Number number && !Double.isFinite(number.doubleValue())) {
            json.writeNull();
        } else if (cell instanceof Number) {
            json.writeNumber(cell.toString());
        } else {
            json.writeString(cell.toString());
        }
    }

    /** Throws IllegalArgumentException with the place of the mistake when it is not one JSON value. */
    static void check(String json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("no JSON value in '" + json + "'");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON value in " + json);
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
        }
    }
}
