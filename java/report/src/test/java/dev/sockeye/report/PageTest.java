package dev.sockeye.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sockeye.report.Chart.Bar;
import dev.sockeye.report.Chart.Point;
import dev.sockeye.report.Chart.Series;
import java.io.ByteArrayInputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** Reports as a browser shows them. */
@Tag("browser")
@Timeout(120)
class PageTest {
    /** The texts of each chart that stand in another text's place, or stick out of the chart. */
    private static final String CROWDED =
            """
            const found = [];
            for (const svg of document.querySelectorAll("svg")) {
                const frame = svg.getBoundingClientRect();
                const texts = [...svg.querySelectorAll("text")].filter(t => t.textContent !== "");
                const boxes = texts.map(t => t.getBoundingClientRect());
                boxes.forEach((a, i) => {
                    if (a.left < frame.left - 1 || a.right > frame.right + 1
                        || a.top < frame.top - 1 || a.bottom > frame.bottom + 1) found.push("out: " + texts[i].textContent);
                    boxes.forEach((b, j) => {
                        if (i < j && a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2)
                            found.push(texts[i].textContent + " | " + texts[j].textContent);
                    });
                });
            }
            return found;
            """;

    private static Browser browser;

    @TempDir
    private Path directory;

    @AfterAll
    @Timeout(120)
    static void endBrowser() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    /** One browser for all; started here, where each test can be skipped by name. */
    @BeforeEach
    @Timeout(120)
    void prepareBrowser() throws Exception {
        if (browser == null) {
            browser = Browser.start();
        }
        colours("light");
        width(1280);
        browser.log("browser");
        browser.log("performance");
    }

    private void open(Report report) throws Exception {
        Path file = directory.resolve("report.html");
        report.write(file);
        browser.open(file);
    }

    private static void colours(String scheme) throws Exception {
        List<?> features = List.of(Map.of("name", "prefers-color-scheme", "value", scheme));
        browser.command("Emulation.setEmulatedMedia", Map.of("media", "", "features", features));
    }

    /** Waits until the page is laid out anew, and drawn. */
    private static void width(int pixels) throws Exception {
        browser.command(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", pixels < 500));
        settle();
    }

    private static void settle() throws Exception {
        browser.await("for (let i = 0; i < 3; i++) await new Promise(done => requestAnimationFrame(done));");
    }

    private static JsonNode data() throws Exception {
        return browser.run("return JSON.parse(document.getElementById('data').textContent)");
    }

    private static int count(String selector) throws Exception {
        return browser.run("return document.querySelectorAll('" + selector + "').length")
                .asInt();
    }

    private static List<String> texts(JsonNode nodes) {
        List<String> texts = new ArrayList<>();
        nodes.forEach(node -> texts.add(node.asText()));
        return texts;
    }

    @Test
    void shouldDrawEveryChart() throws Exception {
        open(Sample.report());

        JsonNode boxes =
                browser.run("return [...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect())");
        assertThat(boxes).hasSize(5).allSatisfy(box -> {
            assertThat(box.path("width").asDouble()).isGreaterThan(300);
            assertThat(box.path("height").asDouble()).isGreaterThan(80);
        });
        assertThat(count("rect.bar")).as("bars of known figures").isEqualTo(4 + 4);
        assertThat(count("path.whisker")).isEqualTo(4);
        assertThat(count("path.line")).isEqualTo(2 + 2 + 1);
        assertThat(count("circle")).as("points of short lines").isEqualTo(12 + 12 + 7);
    }

    @Test
    void shouldDrawTheBarsOfItsData() throws Exception {
        open(Sample.report());

        JsonNode bars = browser.run(
                """
                const svg = document.querySelector("svg");
                const whiskers = [...svg.querySelectorAll("path.whisker")]
                    .map(w => w.getAttribute("d").match(/M([\\d.]+),.*H([\\d.]+)/).slice(1).map(Number));
                return [...svg.querySelectorAll("rect.bar")]
                    .map((b, i) => [b.x.baseVal.value, b.width.baseVal.value, ...whiskers[i]]);
                """);
        JsonNode figures = data().path("items").get(1).path("bars");
        List<Tick> ticks = ticks(0, ".tick", "e");
        Tick first = ticks.get(0);
        Tick last = ticks.get(ticks.size() - 1);
        double pixelsPerUnit = (last.at - first.at) / (last.value - first.value);
        assertThat(pixelsPerUnit).isGreaterThan(10);
        for (int i = 0; i < 4; i++) {
            double zero = bars.get(i).get(0).asDouble();
            assertThat(zero).isCloseTo(first.at, within(1.0));
            assertThat(bars.get(i).get(1).asDouble() / pixelsPerUnit)
                    .isCloseTo(figures.get(i).path("value").asDouble(), within(0.005));
            assertThat((bars.get(i).get(2).asDouble() - zero) / pixelsPerUnit)
                    .isCloseTo(figures.get(i).path("low").asDouble(), within(0.005));
            assertThat((bars.get(i).get(3).asDouble() - zero) / pixelsPerUnit)
                    .isCloseTo(figures.get(i).path("high").asDouble(), within(0.005));
        }
    }

    @Test
    void shouldDrawTheLinesOfItsData() throws Exception {
        open(Sample.report());

        checkLines(1, 2, p -> -Math.log10(1 - p / 100), Math::log10);
        checkLines(2, 2, DoubleUnaryOperator.identity(), DoubleUnaryOperator.identity());
        JsonNode lines = browser.run("return [...document.querySelectorAll('path.line')]"
                + ".map(l => l.getAttribute('d').match(/[ML]/g).join(''))");
        assertThat(lines.get(0).asText())
                .as("a curve without its 100th percentile")
                .isEqualTo("M" + "L".repeat(11));
        assertThat(lines.get(2).asText()).as("a line with a gap").isEqualTo("MLLL" + "M" + "L".repeat(113));
    }

    /** Whether each point is where the ticks beside it say, on axes that lead to the right and up. */
    private static void checkLines(int svg, int series, DoubleUnaryOperator x, DoubleUnaryOperator y) throws Exception {
        List<Tick> across = ticks(svg, ".tick.v", "e");
        List<Tick> upwards = ticks(svg, ".tick.h", "f");
        assertThat(across.get(0).at).isLessThan(across.get(1).at);
        assertThat(upwards.get(0).at).isGreaterThan(upwards.get(1).at);
        JsonNode paths = browser.run("return [...document.querySelectorAll('svg')[" + svg
                + "].querySelectorAll('.line')]" + ".map(l => l.getAttribute('d').match(/[\\d.]+/g).map(Number))");
        assertThat(paths).hasSize(series);
        for (int i = 0; i < series; i++) {
            List<Double> expected = new ArrayList<>();
            for (JsonNode point :
                    data().path("items").get(1 + svg).path("series").get(i).path("points")) {
                if (!point.get(1).isNull()
                        && Double.isFinite(x.applyAsDouble(point.get(0).asDouble()))) {
                    expected.add(position(point.get(0).asDouble(), across, x));
                    expected.add(position(point.get(1).asDouble(), upwards, y));
                }
            }
            assertThat(paths.get(i)).hasSameSizeAs(expected);
            for (int j = 0; j < expected.size(); j++) {
                assertThat(paths.get(i).get(j).asDouble()).isCloseTo(expected.get(j), within(0.005));
            }
        }
    }

    private static double position(double value, List<Tick> ticks, DoubleUnaryOperator scale) {
        Tick first = ticks.get(0);
        Tick last = ticks.get(ticks.size() - 1);
        double from = scale.applyAsDouble(first.value);
        double part = (scale.applyAsDouble(value) - from) / (scale.applyAsDouble(last.value) - from);
        return first.at + part * (last.at - first.at);
    }

    /** What a tick says, and how many pixels from the chart's edge it stands. */
    private record Tick(double value, double at) {}

    private static List<Tick> ticks(int svg, String selector, String direction) throws Exception {
        List<Tick> ticks = new ArrayList<>();
        browser.run("return [...document.querySelectorAll('svg')[" + svg + "].querySelectorAll('" + selector + "')]"
                        + ".map(t => [t.textContent, t.transform.baseVal.consolidate().matrix." + direction + "])")
                .forEach(tick -> ticks.add(new Tick(
                        number(tick.get(0).asText().replace("p", "")),
                        tick.get(1).asDouble())));
        return ticks;
    }

    @Test
    void shouldWriteTheSameFiguresInChartsAsInTables() throws Exception {
        open(Sample.report());

        List<String> labels = new ArrayList<>();
        for (String chart : List.of("CPU per packet", "Drops by cause")) {
            List<List<String>> rows = cells(chart);
            rows.subList(1, rows.size()).forEach(row -> labels.add(row.get(1)));
        }
        assertThat(labels).contains("1.013", "1,000", "-");
        assertThat(texts(browser.run("return [...document.querySelectorAll('svg .value')].map(v => v.textContent)")))
                .isEqualTo(labels);

        List<String> range = cells("CPU per packet").get(4);
        assertThat(browser.run("return document.querySelectorAll('.whisker')[3].textContent")
                        .asText())
                .isEqualTo(range.get(0) + ": " + range.get(2) + " to " + range.get(3) + " us/packet");

        JsonNode told = browser.run(
                """
                const figure = document.querySelectorAll("figure")[1];
                const point = figure.querySelectorAll("circle")[9].getBoundingClientRect();
                figure.querySelector("svg").dispatchEvent(
                    new PointerEvent("pointermove", { clientX: point.x + 3, clientY: point.y }));
                return figure.querySelector(".readout").textContent;
                """);
        List<String> row = cells("Round-trip time").get(1 + 9);
        assertThat(told.asText())
                .isEqualTo("percentile 99.95: C, recvmmsg " + row.get(1) + ", Sockeye, JDK 17 " + row.get(2));
    }

    @Test
    void shouldShowTheFiguresOfItsDataInTables() throws Exception {
        open(Sample.report());

        JsonNode data = data();
        JsonNode totals = data.path("items").get(6);
        List<List<String>> shown = cells("Totals");
        assertThat(shown.get(0)).containsExactly("server", "sent", "lost", "ratio");
        assertThat(shown.get(1)).containsExactly("C, recvmmsg", "3,456,789", "9", "1.016");
        assertThat(shown.get(2)).containsExactly("Sockeye, JDK 17", "3,456,712", "-", "0.9971");
        assertThat(totals.path("rows").get(1).get(2).isNull()).isTrue();
        assertThat(totals.path("rows").get(1).get(3).asDouble()).isEqualTo(0.99712);
        assertThat(data.path("raw").get(0).path("ratioMedian").asDouble()).isEqualTo(1.5);

        List<List<String>> curves = cells("Round-trip time");
        JsonNode series = data.path("items").get(2).path("series");
        assertThat(curves).hasSize(1 + 13);
        for (int row = 0; row < 13; row++) {
            for (int line = 0; line < 2; line++) {
                JsonNode point = series.get(line).path("points").get(row);
                List<String> cells = curves.get(1 + row);
                assertThat(number(cells.get(0))).isEqualTo(point.get(0).asDouble());
                assertThat(number(cells.get(1 + line))).isCloseTo(point.get(1).asDouble(), withinPercentage(0.05));
            }
        }
        assertThat(cells("CPU per packet").get(5)).containsExactly("not measured", "-", "-", "-");
        assertThat(cells("Environment")).containsExactly(List.of("CPU", "AMD EPYC"));
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace(",", ""));
    }

    private static List<List<String>> cells(String caption) throws Exception {
        JsonNode rows = browser.run("const table = [...document.querySelectorAll('table')]"
                + ".find(t => t.caption.textContent === '" + caption + "');"
                + "return [...table.rows].map(r => [...r.cells].map(c => c.textContent))");
        List<List<String>> cells = new ArrayList<>();
        rows.forEach(row -> cells.add(texts(row)));
        return cells;
    }

    @Test
    void shouldAlignFiguresAndNameWhatIsOnlySeen() throws Exception {
        open(Sample.report());

        JsonNode number = browser.run("const style = getComputedStyle(document.querySelector('td.number'));"
                + "return [style.textAlign, style.fontVariantNumeric]");
        assertThat(texts(number)).containsExactly("right", "tabular-nums");
        JsonNode names = browser.run("return [...document.querySelectorAll('svg')].map(s => s.ariaLabel)");
        assertThat(texts(names)).hasSize(5).allSatisfy(name -> assertThat(name).contains(", "));
        assertThat(texts(names).get(0)).startsWith("CPU per packet, us/packet");
        assertThat(count("table:not(:has(caption))")).isZero();
        assertThat(count("figure.chart:not(:has(table))")).isZero();
    }

    @Test
    void shouldLoadNothingAndComplainOfNothing() throws Exception {
        open(Sample.report());
        browser.run("document.querySelectorAll('.save').forEach(link => link.dispatchEvent(new Event('click')))");

        List<String> requests = new ArrayList<>();
        for (JsonNode entry : browser.log("performance")) {
            JsonNode event =
                    new ObjectMapper().readTree(entry.path("message").asText()).path("message");
            if (event.path("method").asText().equals("Network.requestWillBeSent")) {
                requests.add(event.path("params").path("request").path("url").asText());
            }
        }
        assertThat(requests)
                .contains(directory.resolve("report.html").toUri().toString())
                .allMatch(url -> url.endsWith("/report.html") || url.startsWith("data:"));
        assertThat(browser.run("return performance.getEntriesByType('resource').length")
                        .asInt())
                .isZero();
        assertThat(browser.log("browser")).isEmpty();
    }

    @Test
    void shouldKeepTheBrowserFromRunningAndLoadingAnythingElse() throws Exception {
        open(Sample.report());

        JsonNode seen = browser.await(
                """
                const refused = [];
                document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
                const image = document.createElement("img");
                image.src = "http://127.0.0.1:9/x.png";
                document.body.append(image);
                await new Promise(done => image.onerror = done);
                await fetch("http://127.0.0.1:9/").catch(error => error);
                document.body.insertAdjacentHTML("beforeend", "<b onclick='window.ran = true'>x</b>");
                document.body.lastChild.click();
                while (refused.length < 4) await new Promise(done => setTimeout(done, 5));
                return [window.ran ?? "nothing", ...refused];
                """);
        assertThat(texts(seen))
                .containsExactlyInAnyOrder("nothing", "script-src-elem", "img-src", "connect-src", "script-src-attr");
    }

    @ParameterizedTest
    @ValueSource(ints = {320, 360, 414, 768, 1024, 1280, 1920})
    void shouldFitScreensOfAllWidths(int pixels) throws Exception {
        width(pixels);
        open(Sample.report());
        settle();

        assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(pixels);
        assertThat(texts(browser.run(CROWDED))).isEmpty();
    }

    @Test
    void shouldDrawAnewWhenTheWindowChanges() throws Exception {
        open(Sample.report());
        String widths = "return Math.max(...[...document.querySelectorAll('svg')].map(s => s.clientWidth))";
        assertThat(browser.run(widths).asInt()).isGreaterThan(400);

        width(360);

        assertThat(browser.run(widths).asInt()).isBetween(250, 360);
        assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(360);
        assertThat(texts(browser.run(CROWDED))).isEmpty();
    }

    @Test
    void shouldFollowTheColourSchemeWhileItIsOpen() throws Exception {
        open(Sample.report());
        assertThat(contrasts()).allSatisfy(contrast -> assertThat(contrast).isGreaterThan(3));
        String colours = "return ['body', 'svg text', '.line.s0', '.bar'].map(what => "
                + "{ const s = getComputedStyle(document.querySelector(what)); return s.backgroundColor + s.fill + s.stroke })";
        List<String> light = texts(browser.run(colours));
        assertThat(luminance()).isGreaterThan(0.9);

        colours("dark");

        List<String> dark = texts(browser.run(colours));
        for (int i = 0; i < light.size(); i++) {
            assertThat(dark.get(i)).isNotEqualTo(light.get(i));
        }
        assertThat(luminance()).isLessThan(0.1);
        assertThat(contrasts()).hasSizeGreaterThan(20).allSatisfy(contrast -> assertThat(contrast)
                .isGreaterThan(3));
    }

    private static final String LUMINANCE =
            """
            const luminance = colour => {
                const [r, g, b] = colour.match(/[0-9.]+/g).map(v => v / 255)
                    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const page = luminance(getComputedStyle(document.body).backgroundColor);
            """;

    private static double luminance() throws Exception {
        return browser.run(LUMINANCE + "return page").asDouble();
    }

    /** Of all that is written or drawn in a colour to the page's, after WCAG. */
    private static List<Double> contrasts() throws Exception {
        List<Double> contrasts = new ArrayList<>();
        browser.run(
                        LUMINANCE
                                + """
                        const contrast = colour => {
                            const one = luminance(colour);
                            return (Math.max(one, page) + 0.05) / (Math.min(one, page) + 0.05);
                        };
                        const of = (selector, property) => [...document.querySelectorAll(selector)]
                            .map(element => contrast(getComputedStyle(element)[property]));
                        return [...of("svg text, .bar", "fill"), ...of(".line, .whisker", "stroke"),
                            ...of("h1, h2, p, th, td, caption, a, summary, footer", "color")];
                        """)
                .forEach(value -> contrasts.add(value.asDouble()));
        return contrasts;
    }

    @Test
    void shouldPrintEveryChartWholeInLightColours() throws Exception {
        colours("dark");
        open(Sample.report());

        try (PDDocument document = Loader.loadPDF(print())) {
            List<String> pages = new ArrayList<>();
            for (int page = 1; page <= document.getNumberOfPages(); page++) {
                PDFTextStripper stripper = new PDFTextStripper();
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                pages.add(stripper.getText(document));
            }
            String all = String.join("\n", pages);
            assertThat(all).contains("Echo servers", "The whiskers span", "3,456,789", "AMD EPYC", "99.999");
            assertThat(all).doesNotContain("Save as SVG");
            assertThat(pages)
                    .as("a page with the first and the last text of the chart")
                    .anySatisfy(
                            page -> assertThat(page).contains("CPU per packet", "not measured", "us/packet", "4.010"))
                    .anySatisfy(page -> assertThat(page).contains("Round-trip time us", "p99.999", "percentile"))
                    .anySatisfy(page -> assertThat(page).contains("over the run us", "p50", "100", "time, s"))
                    .anySatisfy(page -> assertThat(page).contains("Drops by cause", "1,203", "packets"));
        }
        browser.command("Emulation.setEmulatedMedia", Map.of("media", "print"));
        assertThat(luminance()).isGreaterThan(0.9);
    }

    private static byte[] print() throws Exception {
        JsonNode pdf = browser.command("Page.printToPDF", Map.of("printBackground", true));
        return Base64.getDecoder().decode(pdf.path("data").asText());
    }

    @Test
    void shouldBeAsBeforeOncePrinted() throws Exception {
        open(Sample.report());
        String before =
                browser.run("return document.querySelector('main').innerHTML").asText();

        print();
        settle();

        assertThat(browser.run("return document.querySelector('main').innerHTML")
                        .asText())
                .isEqualTo(before);
    }

    @Test
    void shouldShowHostileTextAsText() throws Exception {
        String hostile = "</script><script>window.ran=1</script><img src=x onerror=window.ran=1>"
                + "<!--<script>\"'`${window.ran=1}{{data}}\u2028\u2029&lt;\u202e\u0000\ud83d\ude00\ud83d";
        String seen = hostile.replace('\u0000', '\ufffd').replaceAll("\ud83d$", "?");
        open(Report.titled(hostile, hostile)
                .note(hostile)
                .add(Chart.bars(hostile, hostile, List.of(new Bar(hostile, 1, 0.5, 2), new Bar("b", 2))))
                .add(Chart.percentiles(hostile, hostile, List.of(new Series(hostile, List.of(new Point(50, 1))))))
                .add(Chart.timeline(hostile, hostile, List.of(new Series(hostile, List.of(new Point(0, 1))))))
                .add(new Table(hostile, List.of(hostile), List.of(List.of(hostile))))
                .environment(Map.of(hostile, hostile))
                .raw(new ObjectMapper().writeValueAsString(List.of(hostile))));
        browser.run("document.querySelectorAll('.save').forEach(link => link.dispatchEvent(new Event('click')))");
        settle();

        assertThat(browser.run("return window.ran ?? 'nothing'").asText()).isEqualTo("nothing");
        assertThat(count("script")).isEqualTo(3);
        assertThat(count("img")).isZero();
        assertThat(count("svg")).isEqualTo(3);
        assertThat(browser.run("return document.querySelector('h1').textContent")
                        .asText())
                .isEqualTo(seen);
        assertThat(browser.run("return document.querySelector('main > p').textContent")
                        .asText())
                .isEqualTo(seen);
        assertThat(cells(seen.replace("'", "\\'").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")))
                .isNotEmpty();
        assertThat(data().path("title").asText()).startsWith(hostile.substring(0, 60));
        assertThat(data().path("raw").get(0).get(0).asText()).startsWith(hostile.substring(0, 60));
        assertThat(browser.log("browser")).isEmpty();
        width(360);
        assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(360);
        assertThat(texts(browser.run(CROWDED))).isEmpty();
    }

    @Test
    void shouldShortenLongNamesBetweenCharacters() throws Exception {
        String face = "\ud83d\ude00".repeat(300);
        open(Report.titled("faces", "").add(Chart.bars(face, face, List.of(new Bar(face, 1), new Bar("x" + face, 2)))));

        browser.run("document.querySelector('.save').dispatchEvent(new Event('click'))");

        JsonNode labels = browser.run("return [...document.querySelectorAll('.label')].map(l => l.firstChild.data)");
        assertThat(texts(labels)).hasSize(2).allSatisfy(label -> assertThat(label)
                .matches("x?(\ud83d\ude00)+\u2026"));
        assertThat(browser.log("browser")).isEmpty();
    }

    @Test
    void shouldDrawOddFigures() throws Exception {
        double nan = Double.NaN;
        open(Report.titled("odd", "")
                .add(Chart.bars("none", "x", List.of()))
                .add(Chart.bars("unknown", "x", List.of(new Bar("a", nan))))
                .add(Chart.bars("zero", "x", List.of(new Bar("a", 0))))
                .add(Chart.bars("negative", "x", List.of(new Bar("a", -5, -7, nan), new Bar("b", 1e12, 1e-9, 2e12))))
                .add(Chart.percentiles("one", "x", List.of(new Series("s", List.of(new Point(99, 5))))))
                .add(Chart.percentiles("greatest alone", "x", List.of(new Series("s", List.of(new Point(100, 5))))))
                .add(Chart.timeline("no point", "x", List.of(new Series("s", List.of()))))
                .add(Chart.timeline("zeros", "x", List.of(new Series("s", List.of(new Point(0, 0), new Point(9, 0))))))
                .add(Chart.timeline(
                        "wide", "x", List.of(new Series("s", List.of(new Point(3, 1e-6), new Point(4, 1e9)))))));

        assertThat(count("svg")).isEqualTo(5);
        assertThat(count("figure.chart")).isEqualTo(9);
        JsonNode wrong = browser.run(
                "return document.querySelector('main').innerHTML.match(/.{0,80}(NaN|undefined|Infinity)/)?.[0] ?? 'none'");
        assertThat(wrong.asText()).isEqualTo("none");
        assertThat(cells("unknown")).contains(List.of("a", "-"));
        assertThat(texts(browser.run(CROWDED))).isEmpty();
        assertThat(browser.log("browser")).isEmpty();
    }

    @Test
    void shouldSaveAChartAsAFileOfItsOwn() throws Exception {
        open(Sample.report());
        JsonNode saved = browser.run("const link = document.querySelectorAll('.save')[1];"
                + "link.addEventListener('click', event => event.preventDefault()); link.click();"
                + "return [link.download, link.href]");
        assertThat(saved.get(0).asText()).isEqualTo("Round-trip-time.svg");
        String href = saved.get(1).asText();
        assertThat(href).startsWith("data:image/svg+xml,");
        String svg =
                URLDecoder.decode(href.substring(href.indexOf(',') + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
        assertThat(count(".aside")).isZero();

        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document =
                factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(document.getDocumentElement().getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
        assertThat(document.getDocumentElement().getAttribute("viewBox")).startsWith("0 0 720 ");
        assertThat(svg).doesNotContain("href", "url(", "@import").contains("Round-trip time", "p99.99");

        Path file = directory.resolve("chart.svg");
        Files.writeString(file, svg);
        browser.open(file);
        assertThat(count("path.line")).isEqualTo(2);
        assertThat(browser.run("return getComputedStyle(document.querySelector('.line')).stroke")
                        .asText())
                .isEqualTo("rgb(21, 101, 169)");
        colours("dark");
        assertThat(browser.run("return getComputedStyle(document.querySelector('.line')).stroke")
                        .asText())
                .isEqualTo("rgb(106, 176, 238)");
    }
}
