package dev.sockeye.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** See {@link Chart#bars}. */
final class BarChart extends Chart {
    private final List<Bar> bars;

    BarChart(String title, String unit, List<Bar> bars) {
        super(title, unit);
        this.bars = bars;
    }

    @Override
    String kind() {
        return "bars";
    }

    @Override
    boolean isEmpty() {
        return bars.stream().noneMatch(bar -> Double.isFinite(bar.value()));
    }

    @Override
    Table figures() {
        boolean ranges = bars.stream().anyMatch(bar -> !Double.isNaN(bar.low()) || !Double.isNaN(bar.high()));
        List<List<Object>> rows = new ArrayList<>();
        for (Bar bar : bars) {
            rows.add(
                    ranges
                            ? List.of(bar.label(), bar.value(), bar.low(), bar.high())
                            : List.of(bar.label(), bar.value()));
        }
        return new Table(title, ranges ? List.of("", unit, "low", "high") : List.of("", unit), rows);
    }

    @Override
    void write(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("bars");
        for (Bar bar : bars) {
            json.writeStartObject();
            json.writeStringField("label", bar.label());
            ReportData.writeField(json, "value", bar.value());
            ReportData.writeField(json, "low", bar.low());
            ReportData.writeField(json, "high", bar.high());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
