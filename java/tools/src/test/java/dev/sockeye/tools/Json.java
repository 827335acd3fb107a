package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What --json prints, as maps. Fails on anything that is not one whole object a line. */
final class Json {
    private Json() {}

    static List<Map<String, Object>> events(String lines) {
        return lines.lines().map(Json::object).toList();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String line) {
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new AssertionError("no JSON object: " + line);
            }
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new AssertionError("more than one JSON object: " + line);
            }
            return (Map<String, Object>) value;
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT:
                Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, value(parser));
                }
                return object;
            case START_ARRAY:
                List<Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser));
                }
                return array;
            case VALUE_NUMBER_INT:
                return parser.getLongValue();
            case VALUE_NUMBER_FLOAT:
                return parser.getDoubleValue();
            case VALUE_TRUE:
                return true;
            case VALUE_FALSE:
                return false;
            case VALUE_NULL:
                return null;
            default:
                return parser.getText();
        }
    }

    static long number(Map<String, Object> event, String field) {
        return (Long) event.get(field);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> dropped(Map<String, Object> event) {
        return (Map<String, Object>) event.get("dropped");
    }

    /** What the totals say was dropped, all reasons together. */
    static long allDropped(Map<String, Object> event) {
        return dropped(event).values().stream().mapToLong(Long.class::cast).sum();
    }
}
