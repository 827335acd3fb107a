package dev.sockeye.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;
import java.util.LongSummaryStatistics;

/** Round-trip times, and what a summary tells of them. */
final class RoundTrips {
    private final LongSummaryStatistics nanos = new LongSummaryStatistics();

    void add(long rttNanos) {
        nanos.accept(rttNanos);
    }

    long count() {
        return nanos.getCount();
    }

    /** For people; there must be one. */
    String text() {
        return "rtt us: min " + micros(nanos.getMin()) + ", mean " + micros((long) nanos.getAverage()) + ", max "
                + micros(nanos.getMax());
    }

    /** As a field of an event, when there is one. */
    void write(JsonGenerator event) throws IOException {
        if (count() > 0) {
            event.writeObjectFieldStart("rttUs");
            event.writeNumberField("min", nanos.getMin() / 1000.0);
            event.writeNumberField("mean", Math.round(nanos.getAverage()) / 1000.0);
            event.writeNumberField("max", nanos.getMax() / 1000.0);
            event.writeEndObject();
        }
    }

    static String micros(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / 1000.0);
    }
}
