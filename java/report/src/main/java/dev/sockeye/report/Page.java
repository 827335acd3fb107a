package dev.sockeye.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A report's HTML: all its text and tables, and the places for its charts, which the page's script draws. */
final class Page {
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    /** More would tell more than a measurement is worth. */
    private static final MathContext DIGITS = new MathContext(4);

    private Page() {}

    static String html(
            String title, String subtitle, List<Object> items, Map<String, String> environment, String data) {
        String style = resource("report.css");
        String chartStyle = resource("chart.css");
        String library = resource("d3/d3.min.js");
        String script = resource("report.js");
        Map<String, String> parts = Map.of(
                "title",
                escaped(title),
                "subtitle",
                escaped(subtitle),
                "policy",
                policy(List.of(style, chartStyle), List.of(library, script)),
                "style",
                style,
                "chartStyle",
                chartStyle,
                "content",
                content(items, environment),
                "data",
                data,
                "licence",
                escaped(resource("d3/LICENSE")),
                "library",
                library,
                "script",
                script);
        return PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
    }

    /** Nothing may be loaded, and nothing run but these scripts. */
    private static String policy(List<String> styles, List<String> scripts) {
        return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src " + hashes(styles)
                + "; script-src " + hashes(scripts);
    }

    private static String hashes(List<String> texts) {
        return texts.stream().map(Page::hash).collect(Collectors.joining(" "));
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static String content(List<Object> items, Map<String, String> environment) {
        StringBuilder html = new StringBuilder();
        boolean inCharts = false;
        for (int i = 0; i < items.size(); i++) {
            Object item = items.get(i);
            if (item instanceof Chart != inCharts) {
                html.append(inCharts ? "</div>\n" : "<div class=\"charts\">\n");
                inCharts = !inCharts;
            }
            if (item instanceof Chart chart) {
                chart(html, i, chart);
            } else if (item instanceof Table table) {
                table(html, table);
            } else {
                html.append("<p>").append(escaped(item.toString())).append("</p>\n");
            }
        }
        html.append(inCharts ? "</div>\n" : "");
        if (!environment.isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            environment.forEach((name, value) -> rows.add(List.of(name, value)));
            table(html, new Table("Environment", List.of("", ""), rows));
        }
        return html.toString();
    }

    private static void chart(StringBuilder html, int item, Chart chart) {
        html.append("<figure class=\"chart\"");
        html.append(chart.isEmpty() ? ">" : " data-item=\"" + item + "\">");
        html.append("\n<figcaption><h2>").append(escaped(chart.title)).append(" <span class=\"unit\">");
        html.append(escaped(chart.unit)).append("</span></h2></figcaption>\n");
        html.append(chart.isEmpty() ? "<p>no figures</p>\n" : "<div class=\"plot\"></div>\n");
        Table figures = chart.figures();
        if (!figures.rows().isEmpty()) {
            html.append("<details open><summary>Figures</summary>\n");
            table(html, figures);
            html.append("</details>\n");
        }
        html.append("</figure>\n");
    }

    private static void table(StringBuilder html, Table table) {
        html.append("<div class=\"scroll\"><table>\n<caption>").append(escaped(table.title()));
        html.append("</caption>\n");
        boolean[] numeric = new boolean[table.columns().size()];
        for (int i = 0; i < numeric.length; i++) {
            int column = i;
            numeric[i] = table.rows().stream()
                    .map(row -> row.get(column))
                    .allMatch(cell -> cell == null || cell instanceof Number);
        }
        if (table.columns().stream().anyMatch(column -> !column.isEmpty())) {
            html.append("<thead><tr>");
            for (int i = 0; i < numeric.length; i++) {
                cell(html, "th scope=\"col\"", numeric[i], table.columns().get(i));
            }
            html.append("</tr></thead>\n");
        }
        html.append("<tbody>\n");
        for (List<?> row : table.rows()) {
            html.append("<tr>");
            for (int i = 0; i < numeric.length; i++) {
                cell(html, i == 0 ? "th scope=\"row\"" : "td", numeric[i], shown(row.get(i)));
            }
            html.append("</tr>\n");
        }
        html.append("</tbody>\n</table></div>\n");
    }

    private static void cell(StringBuilder html, String tag, boolean numeric, String text) {
        html.append('<')
                .append(tag)
                .append(numeric ? " class=\"number\">" : ">")
                .append(escaped(text));
        html.append("</").append(tag, 0, 2).append('>');
    }

    /** A cell's text. */
    static String shown(Object cell) {
        if (!(cell instanceof Number number)) {
            return cell == null ? "-" : cell.toString();
        }
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            return "-";
        }
        BigDecimal exact = new BigDecimal(number.toString());
        int decimals = exact.scale();
        if (number instanceof Double || number instanceof Float) {
            BigDecimal rounded = exact.round(DIGITS);
            decimals = value == Math.rint(value) ? 0 : DIGITS.getPrecision() - rounded.precision() + rounded.scale();
        }
        return String.format(Locale.ROOT, "%,." + Math.max(0, decimals) + "f", exact);
    }

    private static String escaped(String text) {
        // HTML drops the character 0, so it becomes what stands for it.
        return text.replace('\0', '\ufffd')
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String resource(String name) {
        try (InputStream resource = Page.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of the report module", e);
        }
    }
}
