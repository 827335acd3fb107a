package dev.sockeye.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A table of a report.
 *
 * <p>A cell is a number, null or any other object, shown as its text. Numbers are shown with four digits, integers and
 * {@link java.math.BigDecimal} with all they have; null and NaN, for what was not measured, as "-". A column of numbers
 * alone is aligned to the right.
 *
 * @param title what it shows
 * @param columns the heading of each column, with the unit of its figures
 * @param rows the cells, as many in each row as there are columns
 */
public record Table(String title, List<String> columns, List<? extends List<?>> rows) {

    /**
     * A table.
     *
     * @param title what it shows
     * @param columns the heading of each column, with the unit of its figures
     * @param rows the cells, as many in each row as there are columns
     * @throws IllegalArgumentException when a row does not have as many cells as there are columns
     */
    public Table {
        columns = List.copyOf(columns);
        List<List<?>> copies = new ArrayList<>();
        for (List<?> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(
                        row.size() + " cells " + row + " in a row of " + columns.size() + " columns " + columns);
            }
            copies.add(Collections.unmodifiableList(new ArrayList<>(row)));
        }
        rows = Collections.unmodifiableList(copies);
    }
}
