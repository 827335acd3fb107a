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

/** A report's HTML: all its text and tables, and the places for its charts, which the page's script draws. */
final class Page {
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    private Page() {}

    static String html(
            String title, String subtitle, List<Object> items, Map<String, String> environment, String data) {
        String style = resource("report.css");
        String library = resource("d3/d3.min.js");
        String script = resource("report.js");
        Map<String, String> parts = Map.of(
                "title", escaped(title),
                "subtitle", escaped(subtitle),
                "policy", policy(style, library, script),
                "style", style,
                "content", content(items, environment),
                "data", data,
                "licence", escaped(resource("d3/LICENSE")),
                "library", library,
                "script", script);
        return PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
    }

    /** Nothing may be loaded, and nothing run but these scripts. */
    private static String policy(String style, String... scripts) {
        StringBuilder policy = new StringBuilder("default-src 'none'; img-src data:; style-src " + hash(style));
        policy.append("; script-src");
        for (String script : scripts) {
            policy.append(' ').append(hash(script));
        }
        return policy.append("; base-uri 'none'; form-action 'none'").toString();
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
                table(html, table, true);
            } else {
                html.append("<p>").append(escaped(item.toString())).append("</p>\n");
            }
        }
        html.append(inCharts ? "</div>\n" : "");
        if (!environment.isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            environment.forEach((name, value) -> rows.add(List.of(name, value)));
            table(html, new Table("Environment", List.of("", ""), rows), true);
        }
        return html.toString();
    }

    private static void chart(StringBuilder html, int item, Chart chart) {
        Table figures = chart.figures();
        html.append("<figure class=\"chart\" data-item=\"").append(item).append("\">\n<figcaption>");
        html.append(escaped(chart.title)).append(" <span class=\"unit\">").append(escaped(chart.unit));
        html.append("</span></figcaption>\n<div class=\"plot\"></div>\n");
        if (figures.rows().isEmpty()) {
            html.append("<p>no figures</p>\n");
        } else {
            html.append("<details open><summary>Figures</summary>\n");
            table(html, figures, false);
            html.append("</details>\n");
        }
        html.append("</figure>\n");
    }

    private static void table(StringBuilder html, Table table, boolean visibleCaption) {
        html.append("<div class=\"scroll\"><table>\n<caption").append(visibleCaption ? ">" : " class=\"hidden\">");
        html.append(escaped(table.title())).append("</caption>\n");
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

    /** A cell's text; four digits tell more than a measurement is worth. */
    static String shown(Object cell) {
        if (!(cell instanceof Number number)) {
            return cell == null ? "-" : cell.toString();
        }
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            return "-";
        }
        BigDecimal exact = new BigDecimal(number.toString());
        if (number instanceof Double || number instanceof Float) {
            BigDecimal rounded = exact.round(new MathContext(4));
            exact = value == Math.rint(value) || rounded.scale() < 0
                    ? exact.setScale(0, java.math.RoundingMode.HALF_EVEN)
                    : rounded;
        }
        return String.format(Locale.ROOT, "%,." + Math.max(0, exact.scale()) + "f", exact);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
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
