"use strict";

const PAPER_WIDTH = 680; // CSS pixels between the margins of A4 and of US Letter
const SAVED_WIDTH = 720;
const NARROWEST = 200;
const NINES = [50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999];
const COLOURS = 6; // chart.css has as many

const data = JSON.parse(document.getElementById("data").textContent);

const tickText = v => d3.format(Math.abs(v) >= 1e4 ? "~s" : ",~r")(v);
const extent = values => d3.extent(values.filter(v => v !== null));

/* Shortens a text that is too wide, and tells it in full to the pointer. */
function fit(text, full, width) {
    text.text(full);
    const characters = Array.from(full);
    let length = characters.length;
    while (length > 1 && text.node().getComputedTextLength() > width) {
        length = Math.max(1, Math.min(length - 1, Math.floor(length * width / text.node().getComputedTextLength())));
        text.text(characters.slice(0, length).join("") + "…");
    }
    if (length < characters.length) text.append("title").text(full);
    return text;
}

function newSvg(place, width, chart, titled) {
    const svg = d3.select(place).append("svg").attr("role", "img");
    svg.attr("aria-label", `${chart.title}, ${chart.unit}` + (titled ? "" : ". The table of its figures follows."));
    if (titled) fit(svg.append("text").attr("class", "title").attr("y", 16), chart.title, width);
    return svg;
}

function setSize(svg, width, height) {
    svg.attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
}

function nameAxis(svg, name, left, right, y) {
    fit(svg.append("text").attr("x", (left + right) / 2).attr("y", y).attr("text-anchor", "middle"), name, right - left);
}

function drawBars(place, width, chart, titled) {
    const svg = newSvg(place, width, chart, titled);
    const top = titled ? 30 : 4;
    const labels = svg.selectAll(".label").data(chart.bars).join("text").attr("class", "label");
    const values = svg.selectAll(".value").data(chart.bars).join("text").attr("class", "value");
    labels.text(b => b.label);
    values.text((b, i) => chart.cells[i][1]);
    const widest = texts => d3.max(texts.nodes(), text => text.getComputedTextLength());
    const beside = width - widest(labels) - widest(values) - 20 >= Math.max(130, width * 0.4);
    const left = beside ? Math.ceil(widest(labels)) + 10 : 14; // half of the first tick's text
    const right = width - Math.ceil(widest(values)) - 10;
    labels.each(function (b) { fit(d3.select(this), b.label, beside ? left : width - left - 4); });

    const row = beside ? 26 : 42;
    const thick = 14;
    const bottom = top + row * chart.bars.length;
    const middle = i => top + row * i + (beside ? row / 2 : row - thick / 2 - 5);
    const [low, high] = extent(chart.bars.flatMap(b => [0, b.value, b.low, b.high]));
    const x = d3.scaleLinear([low, high || 1], [left, right]);
    const axis = d3.axisBottom(x).ticks(Math.max(2, (right - left) / 90)).tickFormat(tickText).tickSize(top - bottom);
    const axisGroup = svg.insert("g", "text").attr("transform", `translate(0,${bottom})`).call(axis);
    axisGroup.attr("class", "axis").attr("font-size", null).attr("font-family", null).select(".domain").remove();
    axisGroup.selectAll(".tick text").attr("y", 4);
    nameAxis(svg, chart.unit, left, right, bottom + 36);

    const known = svg.append("g").selectAll("g")
        .data(chart.bars.map((b, i) => ({ ...b, y: middle(i), cells: chart.cells[i] })))
        .join("g").filter(b => b.value !== null);
    known.append("rect").attr("class", "bar").attr("y", b => b.y - thick / 2).attr("height", thick)
        .attr("x", b => Math.min(x(0), x(b.value))).attr("width", b => Math.abs(x(b.value) - x(0)))
        .append("title").text(b => `${b.label}: ${b.cells[1]} ${chart.unit}`);
    known.filter(b => b.low !== null && b.high !== null).append("path").attr("class", "whisker")
        .attr("d", b => `M${x(b.low)},${b.y - 4}v8m0,-4H${x(b.high)}m0,-4v8`)
        .append("title").text(b => `${b.label}: ${b.cells[2]} to ${b.cells[3]} ${chart.unit}`);
    svg.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y1", top).attr("y2", bottom);
    labels.attr("x", beside ? 0 : left + 4).attr("y", (b, i) => beside ? middle(i) + 4 : middle(i) - thick / 2 - 5);
    values.attr("x", b => x(d3.max([0, b.value, b.high])) + 6).attr("y", (b, i) => middle(i) + 4).raise();
    setSize(svg, width, bottom + 42);
}

/* Names beside samples of the lines, in as many rows as they need. Returns where the rows end. */
function drawLegend(svg, series, width, top) {
    let x = 0;
    let y = top + 10;
    series.forEach((s, i) => {
        const item = svg.append("g").attr("class", "legend");
        const text = fit(item.append("text").attr("x", 28).attr("y", 4), s.name, width - 28);
        const wide = 28 + text.node().getComputedTextLength() + 18;
        if (x > 0 && x + wide - 18 > width) {
            x = 0;
            y += 18;
        }
        item.attr("transform", `translate(${x},${y})`);
        item.append("path").attr("class", `key s${i % COLOURS}`).attr("d", "M0,0H22");
        x += wide;
    });
    return y + 14;
}

/* The figures' axis: logarithmic where the greatest would hide the others, otherwise from zero. */
function figureScale(values, bottom, top) {
    const [least, greatest] = extent(values);
    if (least > 0 && greatest / least > 30) {
        const powers = d3.range(Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest)) + 1);
        const steps = powers.length > 4 ? [1] : [1, 2, 5];
        const scale = d3.scaleLog([least / 1.1, greatest * 1.1], [bottom, top]);
        const ticks = powers.flatMap(p => steps.map(s => s * 10 ** p));
        return { scale, ticks: ticks.filter(t => t >= least / 1.1 && t <= greatest * 1.1), logarithmic: true };
    }
    const scale = d3.scaleLinear([Math.min(0, least), greatest || 1], [bottom, top]).nice(5);
    return { scale, ticks: scale.ticks(5), logarithmic: false };
}

function percentileScale(xs) {
    const nines = p => -Math.log10(1 - p / 100);
    const [first, last] = d3.extent(xs);
    const scale = d3.scaleLinear([nines(first), Math.max(nines(last), nines(first) + 1)], [0, 1]);
    return {
        at: p => scale(nines(p)),
        ticks: NINES.filter(p => nines(p) >= nines(first) - 1e-9 && nines(p) <= scale.domain()[1] + 1e-9),
        text: p => `p${p}`,
        name: "percentile",
    };
}

function timeScale(xs, width) {
    const [first, last] = d3.extent(xs);
    const scale = d3.scaleLinear([Math.min(0, first), last > Math.min(0, first) ? last : first + 1], [0, 1]);
    return { at: scale, ticks: scale.ticks(Math.max(2, width / 90)), text: t => `${t}`, name: "time, s" };
}

function drawLines(place, width, chart, titled) {
    const svg = newSvg(place, width, chart, titled);
    const percentiles = chart.kind === "percentiles";
    const series = chart.series.map(s => ({
        name: s.name,
        points: s.points.filter(([x]) => !percentiles || x < 100), // the axis has no place for the 100th
    }));
    const points = series.flatMap(s => s.points);
    const top = drawLegend(svg, series, width, titled ? 30 : 0) + 22;
    const bottom = top + Math.max(170, Math.min(260, width * 0.42));
    const y = figureScale(points.map(p => p[1]), bottom, top);
    const tickTexts = y.ticks.map(tickText);
    const left = 14 + 7 * d3.max(tickTexts, t => t.length);
    const right = width - 28; // half of the last tick's text
    const xs = points.map(p => p[0]);
    const x = percentiles ? percentileScale(xs) : timeScale(xs, right - left);
    const at = p => left + x.at(p) * (right - left);

    const grid = svg.append("g").attr("class", "axis");
    const horizontal = grid.selectAll(".h").data(y.ticks).join("g").attr("class", "tick h")
        .attr("transform", t => `translate(0,${y.scale(t)})`);
    horizontal.append("line").attr("x1", left).attr("x2", right);
    horizontal.append("text").attr("x", left - 6).attr("y", 4).attr("text-anchor", "end").text(tickText);
    const vertical = grid.selectAll(".v").data(x.ticks).join("g").attr("class", "tick v")
        .attr("transform", t => `translate(${at(t)},0)`);
    vertical.append("line").attr("y1", top).attr("y2", bottom);
    vertical.append("text").attr("y", bottom + 19).attr("text-anchor", "middle").text(x.text);
    grid.append("path").attr("class", "domain").attr("d", `M${left},${top}V${bottom}H${right}`);
    fit(svg.append("text").attr("y", top - 12), chart.unit + (y.logarithmic ? ", logarithmic" : ""), width);
    nameAxis(svg, x.name, left, right, bottom + 38);

    const line = d3.line(p => at(p[0]), p => y.scale(p[1])).defined(p => p[1] !== null);
    series.forEach((s, i) => {
        svg.append("path").attr("class", `line s${i % COLOURS}`).attr("d", line(s.points));
        const alone = (p, j) => (s.points[j - 1]?.[1] ?? null) === null && (s.points[j + 1]?.[1] ?? null) === null;
        svg.append("g").selectAll("circle")
            .data(s.points.filter((p, j) => p[1] !== null && (s.points.length <= 24 || alone(p, j))))
            .join("circle").attr("class", `s${i % COLOURS}`).attr("r", 2.5)
            .attr("cx", p => at(p[0])).attr("cy", p => y.scale(p[1]));
    });
    setSize(svg, width, bottom + 44);
    readOut(svg, place.parentNode.querySelector(".readout"), chart, x, xs, at);
}

/* Tells the figures nearest to the pointer. */
function readOut(svg, place, chart, x, xs, at) {
    if (!place) return;
    const sorted = d3.sort(new Set(xs)); // as the table's rows are
    svg.on("pointermove", event => {
        const pointer = d3.pointer(event)[0];
        const [nearest, ...texts] = chart.cells[d3.minIndex(sorted, value => Math.abs(at(value) - pointer))];
        const figures = chart.series.map((s, i) => `${s.name} ${texts[i]}`);
        place.textContent = `${x.name} ${nearest}: ${figures.join(", ")}`;
    });
    svg.on("pointerleave", () => { place.textContent = ""; });
}

function draw(place, width, chart, titled = false) {
    place.replaceChildren();
    (chart.kind === "bars" ? drawBars : drawLines)(place, Math.max(NARROWEST, width), chart, titled);
}

/* The chart as an SVG file of its own, with its title and its style. */
function svgFile(chart) {
    const place = document.createElement("div");
    place.className = "aside";
    document.body.append(place); // texts have no width outside the page
    draw(place, SAVED_WIDTH, chart, true);
    const svg = place.firstChild;
    place.remove();
    const style = document.createElementNS(svg.namespaceURI, "style");
    style.textContent = document.getElementById("chart-style").textContent;
    svg.prepend(style);
    return new XMLSerializer().serializeToString(svg);
}

const charts = [...document.querySelectorAll("figure[data-item]")].map(figure => {
    // A chart's texts are those of its table: the same figures rounded once.
    const cells = [...figure.querySelectorAll("tbody tr")].map(row => [...row.cells].map(cell => cell.textContent));
    const chart = { ...data.items[figure.dataset.item], cells };
    const place = figure.querySelector(".plot");
    const details = figure.querySelector("details");
    const readout = document.createElement("p");
    readout.className = "readout";
    place.after(readout);
    const save = document.createElement("a");
    save.className = "save";
    save.download = chart.title.replace(/[^\p{L}\p{N}]+/gu, "-") + ".svg";
    save.textContent = "Save as SVG";
    save.href = "#";
    save.addEventListener("click", () => { save.href = "data:image/svg+xml," + encodeURIComponent(svgFile(chart)); });
    details.before(save);
    details.open = false;
    return { chart, place, details, drawn: 0 };
});

function drawAt(one, width) {
    if (width > 0 && width !== one.drawn) {
        one.drawn = width;
        draw(one.place, width, one.chart);
    }
}

const observer = new ResizeObserver(() => charts.forEach(one => drawAt(one, Math.floor(one.place.clientWidth))));
charts.forEach(one => {
    drawAt(one, Math.floor(one.place.clientWidth));
    observer.observe(one.place);
});

addEventListener("beforeprint", () => charts.forEach(one => {
    one.wasOpen = one.details.open;
    one.details.open = one.details.querySelectorAll("tbody tr").length <= 40; // a long run's would be many pages
    drawAt(one, PAPER_WIDTH);
}));
addEventListener("afterprint", () => charts.forEach(one => {
    one.details.open = one.wasOpen;
    drawAt(one, Math.floor(one.place.clientWidth));
}));
