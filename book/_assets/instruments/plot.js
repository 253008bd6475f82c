/* Plots of the interactive figures: axes, lines, marks and maps, as SVG in the page's own colours. */
"use strict";

(() => {
  const { make, newName, short } = window.ovp;
  const SVG = "http://www.w3.org/2000/svg";

  function draw(tag, attributes, text) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /* 1, 2 or 5 times a power of ten, a few of them between the ends of an axis. */
  function linearTicks([low, high], most = 5) {
    const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw * 0.999);
    const ticks = [];
    for (let y = Math.ceil(low / step - 1e-9) * step; y <= high + 1e-9 * step; y += step)
      ticks.push(Number(y.toPrecision(9)));
    return ticks;
  }

  function logTicks([low, high], most = 6) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    if (last - first < 1) return [low, Math.sqrt(low * high), high].map((x) => Number(x.toPrecision(2)));
    const every = Math.max(1, Math.ceil((last - first) / (most - 1)));
    const ticks = [];
    for (let k = first; k <= last; k += every) ticks.push(10 ** k);
    return ticks;
  }

  /* Powers of ten as such where they are long. */
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  function decade(x) {
    const k = Math.round(Math.log10(x));
    if (Math.abs(k) < 4 || Math.abs(x / 10 ** k - 1) > 1e-9) return short(x);
    return `10${k < 0 ? "⁻" : ""}${[...String(Math.abs(k))].map((digit) => RAISED[digit]).join("")}`;
  }

  /* From values to pixels; what lies outside is put just beyond the end. */
  function scale({ range, log }, from, to) {
    const of = log ? Math.log10 : (x) => x;
    const a = of(range[0]), b = of(range[1]);
    return (x) => {
      const t = log && x <= 0 ? -1 : (of(x) - a) / (b - a);
      return from + Math.min(1.03, Math.max(-0.03, t)) * (to - from);
    };
  }

  const MARKS = {
    circle: (x, y, r, rest) => draw("circle", { cx: x, cy: y, r, ...rest }),
    square: (x, y, r, rest) =>
      draw("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, ...rest }),
  };

  const at = (x) => x.toFixed(1);

  function drawSeries(layer, series, px, py, box) {
    const css = series.css ?? "";
    if (series.kind === "upright") {
      const x = at(px(series.x));
      layer.append(draw("line", { x1: x, x2: x, y1: box.top, y2: box.bottom, class: `upright ${css}` }));
      return;
    }
    const points = series.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    if (series.kind !== "marks") {
      const path = points.map(([x, y], i) => `${i ? "L" : "M"}${at(px(x))} ${at(py(y))}`);
      layer.append(draw("path", { d: path.join(""), class: `line ${css}` }));
    }
    if (series.kind === "line") return;
    const mark = MARKS[series.mark ?? "circle"];
    for (const [x, y, words] of points) {
      const node = mark(px(x), py(y), series.r ?? 3.6, { class: `mark ${css}` });
      node.append(draw("title", {}, words ?? `${short(x)}: ${short(y)}`));
      layer.append(node);
    }
  }

  function drawAxes(layer, { x, y }, px, py, box) {
    layer.append(draw("text", { x: box.left - 40, y: 13, class: "label" }, y.label));
    for (const tick of y.ticks ?? (y.log ? logTicks(y.range) : linearTicks(y.range))) {
      const level = at(py(tick));
      layer.append(draw("line", { x1: box.left, x2: box.right, y1: level, y2: level, class: "grid" }));
      const words = y.log ? decade(tick) : short(tick);
      layer.append(draw("text", { x: box.left - 6, y: Number(level) + 4, "text-anchor": "end" }, words));
    }
    const most = Math.max(3, Math.floor((box.right - box.left) / 70));
    for (const tick of x.ticks ?? (x.log ? logTicks(x.range, most) : linearTicks(x.range, most))) {
      const place = at(px(tick));
      layer.append(draw("line", { x1: place, x2: place, y1: box.bottom, y2: box.bottom + 4, class: "grid" }));
      const words = x.log ? decade(tick) : short(tick);
      layer.append(draw("text", { x: place, y: box.bottom + 17, "text-anchor": "middle" }, words));
    }
    layer.append(draw("text",
      { x: (box.left + box.right) / 2, y: box.bottom + 34, class: "label", "text-anchor": "middle" }, x.label));
  }

  function drawLegend(legend, series) {
    const entries = series.filter((each) => each.label).map((each) => {
      const key = draw("svg", { width: 26, height: 12, "aria-hidden": "true" });
      const line = { kind: each.kind, css: each.css, mark: each.mark, points: [[2, 6], [24, 6]], x: 13 };
      const box = { top: 0, bottom: 12 };
      const same = (x) => x;
      if (each.kind === "marks") line.points = [[13, 6]];
      if (each.kind === "both") {
        drawSeries(key, { ...line, kind: "line" }, same, same, box);
        drawSeries(key, { ...line, kind: "marks", points: [[13, 6]] }, same, same, box);
      } else drawSeries(key, line, same, same, box);
      key.querySelectorAll("title").forEach((title) => title.remove());
      return make("li", {}, key, each.label);
    });
    legend.replaceChildren(...entries);
  }

  /* A plot as {node, render}. Render takes {x, y, series, says}: axes are {range, label} and may have
     log and ticks; a series has points, a kind (line, marks, both, or upright at x), a css class
     and perhaps a label for the legend; says is the plot in words. */
  function plot({ height = 240, wide = false } = {}) {
    const id = newName();
    const svg = draw("svg", { role: "img", "aria-labelledby": id, height });
    const name = draw("title", { id }, "plot");
    const layer = draw("g", {});
    const legend = make("ul", { class: "ovp-instrument-legend" });
    const node = make("figure", wide ? { class: "wide" } : {}, svg, legend);
    svg.append(name, layer);
    let room = 0; // asked for when it changes: asking lays out the page, at each step of a slider
    new ResizeObserver(([{ contentRect }]) => { room = Math.round(contentRect.width); }).observe(svg);
    function render({ x, y, series, says }) {
      room ||= svg.clientWidth || node.clientWidth;
      const width = Math.max(240, room || 360);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const box = { left: 54, right: width - 12, top: 24, bottom: height - 42 };
      const px = scale(x, box.left, box.right), py = scale(y, box.bottom, box.top);
      layer.replaceChildren();
      drawAxes(layer, { x, y }, px, py, box);
      for (const each of series) drawSeries(layer, each, px, py, box);
      drawLegend(legend, series);
      name.textContent = says;
    }
    return { node, render };
  }

  /* Blue below zero, red above, by the decade: the colours of the static figures. */
  const STOPS = [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]];
  function colour(t) {
    const s = Math.min(3.999, Math.max(0, (t + 1) * 2));
    const i = Math.floor(s), f = s - i;
    return STOPS[i].map((v, k) => v + f * (STOPS[i + 1][k] - v));
  }

  function paint(canvas, values, end) {
    const rows = values.length, columns = values[0].length;
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    const size = Math.log10(1 + end);
    values.forEach((row, r) => row.forEach((v, c) => {
      const place = 4 * ((rows - 1 - r) * columns + c);
      image.data.set([...colour((Math.sign(v) * Math.log10(1 + Math.abs(v))) / size), 255], place);
    }));
    context.putImageData(image, 0, 0);
  }

  /* A map of values over a rectangle, with ticks at its sides: {node, render(values, end, says)}. */
  function map({ x, y, caption }) {
    const canvas = make("canvas", { role: "img" });
    const place = (axis, tick) =>
      (100 * (tick - axis.range[0])) / (axis.range[1] - axis.range[0]);
    const ticks = (axis, side, css) => make("div", { class: css, "aria-hidden": "true" },
      ...axis.ticks.map((tick) =>
        make("span", { style: `${side}: ${place(axis, tick).toFixed(1)}%` }, short(tick))));
    const node = make("figure", { class: "wide" },
      make("div", { class: "ovp-instrument-map" },
        make("span", { class: "y-label", "aria-hidden": "true" }, y.label),
        ticks(y, "bottom", "y-ticks"), canvas, ticks(x, "left", "x-ticks"),
        make("span", { class: "x-label", "aria-hidden": "true" }, x.label)),
      make("figcaption", {}, caption));
    function render(values, end, says) {
      paint(canvas, values, end);
      canvas.setAttribute("aria-label", says);
    }
    return { node, render };
  }

  Object.assign(window.ovp, { plot, map, draw, linearTicks });
})();
