package dev.sockeye.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * A chart of a report. Below it the same figures stand as a table, which paper shows up to 40 rows of, and a link saves
 * the chart as an SVG file. Figures that are NaN are absent.
 */
public abstract sealed class Chart permits BarChart, LineChart {
    final String title;
    final String unit;

    Chart(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    /** What the page's script draws this as. */
    abstract String kind();

    /** Whether there is no figure that could be drawn. */
    abstract boolean isEmpty();

    /** The table below the chart. */
    abstract Table figures();

    /** Writes the fields that the page's script draws from. */
    abstract void write(JsonGenerator json) throws IOException;

    /**
     * One figure of a bar chart.
     *
     * @param label what was measured
     * @param value the bar's length
     * @param low where the range of the figure begins, or NaN
     * @param high where it ends, or NaN
     */
    public record Bar(String label, double value, double low, double high) {
        /**
         * A figure without a range.
         *
         * @param label what was measured
         * @param value the bar's length
         */
        public Bar(String label, double value) {
            this(label, value, Double.NaN, Double.NaN);
        }
    }

    /**
     * A point of a line.
     *
     * @param x seconds, or a percentile from 0 to 100
     * @param y the figure, or NaN where there is none, which leaves a gap in the line
     */
    public record Point(double x, double y) {}

    /**
     * A line of a chart.
     *
     * @param name what was measured
     * @param points its points, by rising x
     */
    public record Series(String name, List<Point> points) {
        /**
         * A line.
         *
         * @param name what was measured
         * @param points its points, by rising x
         */
        public Series {
            points = List.copyOf(points);
        }
    }

    /**
     * Bars from zero, with whiskers for ranges: throughput, CPU per packet, drops by cause.
     *
     * @param title what it shows
     * @param unit the figures' unit, as "us/packet"
     * @param bars the bars from top to bottom
     * @return the chart
     */
    public static Chart bars(String title, String unit, List<Bar> bars) {
        return new BarChart(title, unit, List.copyOf(bars));
    }

    /**
     * Curves over percentiles, on an axis that gives each further nine the same space.
     *
     * @param title what it shows
     * @param unit the figures' unit, as "us"
     * @param series the curves; x is the percentile. The greatest figure may be given at 100: the table shows it, the
     *     axis cannot
     * @return the chart
     * @throws IllegalArgumentException when an x is not from 0 to 100
     */
    public static Chart percentiles(String title, String unit, List<Series> series) {
        for (Series one : series) {
            for (Point point : one.points()) {
                if (!(point.x() >= 0 && point.x() <= 100)) {
                    throw new IllegalArgumentException(
                            one.name() + ": " + point.x() + " is no percentile: give 0 to 100");
                }
            }
        }
        return new LineChart("percentiles", "Percentile", title, unit, List.copyOf(series));
    }

    /**
     * Lines over the time of a run.
     *
     * @param title what it shows
     * @param unit the figures' unit, as "us"
     * @param series the lines; x is the time in seconds since the run began
     * @return the chart
     */
    public static Chart timeline(String title, String unit, List<Series> series) {
        return new LineChart("timeline", "Time, s", title, unit, List.copyOf(series));
    }
}
