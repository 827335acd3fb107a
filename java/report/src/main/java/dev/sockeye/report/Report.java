package dev.sockeye.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measurements as one HTML file: tables, charts, the environment, and all of it once more as JSON in the element with
 * the id {@code data}. The file loads nothing from anywhere. For one thread.
 *
 * <pre>{@code
 * Report.checkWritable(file);          // before the run, not after it
 * Report.titled("sockeye load", "127.0.0.1:7007, 64 bytes, 8 flows, 10 s")
 *         .environment(Environment.describe())
 *         .add(Chart.percentiles("Round-trip time", "us", List.of(new Chart.Series("replies", points))))
 *         .add(new Table("Totals", List.of("", "Packets"), List.of(List.of("sent", sent), List.of("lost", lost))))
 *         .raw(resultAsJson)
 *         .write(file);
 * }</pre>
 */
public final class Report {
    private final String title;
    private final String subtitle;
    private final List<Object> items = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> raw = new ArrayList<>();

    private Report(String title, String subtitle) {
        this.title = Objects.requireNonNull(title);
        this.subtitle = Objects.requireNonNull(subtitle);
    }

    /**
     * An empty report.
     *
     * @param title what was measured
     * @param subtitle how, in a line; may be empty
     * @return the report
     */
    public static Report titled(String title, String subtitle) {
        return new Report(title, subtitle);
    }

    /**
     * Adds to what is said about the machine and the software.
     *
     * @param entries names and values, shown in their order
     * @return this report
     */
    public Report environment(Map<String, String> entries) {
        environment.putAll(entries);
        return this;
    }

    /**
     * Adds a table after what is there.
     *
     * @param table the table
     * @return this report
     */
    public Report add(Table table) {
        items.add(Objects.requireNonNull(table));
        return this;
    }

    /**
     * Adds a chart after what is there. Charts that follow one another stand side by side where there is room.
     *
     * @param chart the chart
     * @return this report
     */
    public Report add(Chart chart) {
        items.add(Objects.requireNonNull(chart));
        return this;
    }

    /**
     * Adds a paragraph after what is there.
     *
     * @param text plain text
     * @return this report
     */
    public Report note(String text) {
        items.add(Objects.requireNonNull(text));
        return this;
    }

    /**
     * Adds to the file's data, as what the figures were computed from. It is not shown.
     *
     * @param json one JSON value
     * @return this report
     * @throws IllegalArgumentException when it is not one
     */
    public Report raw(String json) {
        ReportData.check(json);
        raw.add(json);
        return this;
    }

    /**
     * Makes sure that a report can be written, for the start of a run that ends with one.
     *
     * @param file where the report is to be
     * @throws IOException when it cannot; the message names the file and says why
     */
    public static void checkWritable(Path file) throws IOException {
        Files.delete(writeBeside(file, ""));
    }

    /**
     * Writes the report: a file that was there is replaced once all is written, and kept when that fails.
     *
     * @param file where to
     * @throws IOException when it cannot be written; the message names the file and says why
     */
    public void write(Path file) throws IOException {
        String data = ReportData.json(title, subtitle, items, environment, raw);
        Path whole = writeBeside(file, Page.html(title, subtitle, items, environment, data));
        try {
            Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(whole);
            throw refusal(file, e);
        }
    }

    /** Writes a temporary file in the same directory, so that it can be renamed. */
    private static Path writeBeside(Path file, String text) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("cannot write the report " + file + ": it is there and is no regular file");
        }
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            throw new IOException("cannot write the report " + file + ": there is no directory " + directory);
        }
        Path temporary = directory.resolve(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            Files.write(temporary, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
            return temporary;
        } catch (FileAlreadyExistsException e) {
            throw refusal(file, e);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw refusal(file, e);
        }
    }

    private static IOException refusal(Path file, IOException e) {
        String reason = e.toString();
        if (e instanceof AccessDeniedException) {
            reason = "permission denied";
        } else if (e instanceof NoSuchFileException) {
            reason = "no such file";
        } else if (e instanceof FileAlreadyExistsException) {
            reason = e.getMessage() + " is in the way";
        } else if (e instanceof FileSystemException refused && refused.getReason() != null) {
            reason = refused.getReason();
        }
        return new IOException("cannot write the report " + file + ": " + reason, e);
    }
}
