package dev.sockeye.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** See {@link Chart#percentiles} and {@link Chart#timeline}. */
final class LineChart extends Chart {
    private final String kind;
    private final String axis;
    private final List<Series> series;

    LineChart(String kind, String axis, String title, String unit, List<Series> series) {
        super(title, unit);
        this.kind = kind;
        this.axis = axis;
        this.series = series;
    }

    @Override
    String kind() {
        return kind;
    }

    @Override
    boolean isEmpty() {
        return series.stream()
                .flatMap(one -> one.points().stream())
                .noneMatch(point -> Double.isFinite(point.y()) && (kind.equals("timeline") || point.x() < 100));
    }

    /** One row for each x that a line has, and one column for each line. */
    @Override
    Table figures() {
        List<String> columns = new ArrayList<>(List.of(axis));
        SortedMap<Double, Double[]> rows = new TreeMap<>();
        for (int i = 0; i < series.size(); i++) {
            columns.add(series.get(i).name() + ", " + unit);
            for (Point point : series.get(i).points()) {
                rows.computeIfAbsent(point.x(), x -> new Double[series.size()])[i] = point.y();
            }
        }
        List<List<Object>> cells = new ArrayList<>();
        rows.forEach((x, figures) -> {
            List<Object> row = new ArrayList<>();
            row.add(BigDecimal.valueOf(x).stripTrailingZeros()); // with all its digits: 99.999 is not 100
            row.addAll(Arrays.asList(figures));
            cells.add(row);
        });
        return new Table(title, columns, cells);
    }

    @Override
    void write(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("series");
        for (Series one : series) {
            json.writeStartObject();
            json.writeStringField("name", one.name());
            json.writeArrayFieldStart("points");
            for (Point point : one.points()) {
                json.writeStartArray();
                json.writeNumber(point.x());
                ReportData.write(json, point.y());
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
