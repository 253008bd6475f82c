/* Interactive figures. Each reads its numbers from the page, where a notebook has put them; nothing
   is fetched and nothing is computed here but weighted sums of those numbers. */
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function draw(tag, attributes, text) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const short = (x) => {
    if (x === 0) return "0";
    const size = Math.abs(x);
    const text = size >= 1e4 || size < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3)));
    return text.replace(".0e", "e").replace("-", "−").replace("e+", "e");
  };

  let named = 0;
  const newName = () => `ovp-instrument-${(named += 1)}`;

  /* A plot in a 360 x 170 box with linear x and a given scale for y. */
  function plot(title, xs, yLabel) {
    const box = { left: 52, right: 350, top: 22, bottom: 140 };
    const id = newName();
    const svg = draw("svg", { viewBox: "0 0 360 170", role: "img", "aria-labelledby": id });
    const name = draw("title", { id }, title);
    const layer = draw("g", {});
    svg.append(name, layer);
    const lo = xs[0], hi = xs[xs.length - 1];
    const px = (x) => box.left + ((x - lo) / (hi - lo)) * (box.right - box.left);
    function render(curves, [low, high], ticks, label, log) {
      const scale = log ? Math.log10 : (y) => y;
      const a = scale(low), b = scale(high);
      const py = (y) => {
        const t = (scale(Math.max(log ? low : -Infinity, y)) - a) / (b - a);
        return box.bottom - Math.min(1.02, Math.max(-0.02, t)) * (box.bottom - box.top);
      };
      layer.replaceChildren();
      layer.append(draw("text", { x: box.left, y: 13, class: "label" }, yLabel));
      for (const tick of ticks) {
        const y = py(tick);
        layer.append(draw("line", { x1: box.left, x2: box.right, y1: y, y2: y, class: "grid" }));
        layer.append(draw("text", { x: box.left - 6, y: y + 4, "text-anchor": "end" }, short(tick)));
      }
      for (const x of [lo, (lo + hi) / 2, hi])
        layer.append(draw("text", { x: px(x), y: 156, "text-anchor": "middle" }, short(x)));
      layer.append(draw("text", { x: (px(lo) + px(hi)) / 2 + 40, y: 168, class: "label" }, label));
      for (const [ys, css] of curves) {
        const path = ys.map((y, i) => `${i ? "L" : "M"}${px(xs[i]).toFixed(1)} ${py(y).toFixed(1)}`);
        layer.append(draw("path", { d: path.join(""), class: css }));
      }
    }
    return { svg, render, describe: (text) => { name.textContent = text; } };
  }

  /* Blue below zero, red above, by the decade: the colours of the static figure. */
  const STOPS = [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]];
  function colour(t) {
    const s = Math.min(3.999, Math.max(0, (t + 1) * 2));
    const i = Math.floor(s), f = s - i;
    return STOPS[i].map((v, k) => v + f * (STOPS[i + 1][k] - v));
  }

  function heat(canvas, values, end) {
    const rows = values.length, columns = values[0].length;
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    const size = Math.log10(1 + end);
    values.forEach((row, r) => row.forEach((v, c) => {
      const at = 4 * ((rows - 1 - r) * columns + c);
      image.data.set([...colour((Math.sign(v) * Math.log10(1 + Math.abs(v))) / size), 255], at);
    }));
    context.putImageData(image, 0, 0);
  }

  function niceTicks(low, high) {
    const raw = (high - low) / 3, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw);
    const ticks = [];
    for (let y = Math.ceil(low / step) * step; y <= high + 1e-9 * step; y += step)
      ticks.push(Number(y.toPrecision(6)));
    return ticks;
  }

  function readCoefficients(text, most) {
    const c = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (!c.every(Number.isFinite)) return { error: "Write numbers separated by commas, c0, c1, …" };
    if (c.length > most) return { error: `At most ${most} coefficients, got ${c.length}.` };
    return { c };
  }

  /* Lemma 6.3: everything is linear in the Taylor coefficients of phi. */
  function indicator(root, data) {
    const id = newName();
    const own = "own";
    const phi = make("select", { id: `${id}-phi` });
    for (const name of Object.keys(data.phi)) phi.append(make("option", { value: name }, name));
    phi.append(make("option", { value: own }, "your own Taylor coefficients"));
    phi.value = data.start;
    const kind = make("select", { id: `${id}-kind` });
    for (const name of Object.keys(data.kinds)) kind.append(make("option", { value: name }, name));
    const most = data.inner.length - 1;
    const degree = make("input", {
      type: "range", min: 0, max: most, value: Math.min(7, most), id: `${id}-degree`,
    });
    const degreeText = make("output", { for: `${id}-degree` });
    const coefficients = make("input", {
      type: "text", id: `${id}-own`, value: "0, 1, 0, -0.5", size: 28, spellcheck: "false",
    });
    const ownRow = make("p", {}, make("label", { for: `${id}-own` }, "c₀, c₁, … "), coefficients);
    const message = make("p", { class: "ovp-instrument-message", "aria-live": "polite" });
    const canvas = make("canvas", { role: "img" });
    const readout = make("dl", { class: "ovp-instrument-readout" });
    const fit = plot("φ and its approximation", data.x1, "φ (thick) and 𝔼[𝟙 h] (thin)");
    const miss = plot("error", data.x1, "|𝔼[𝟙 h] − φ|, with ε dashed");
    const control = (target, words, node, ...rest) =>
      make("p", {}, make("label", { for: target }, words), node, ...rest);

    root.append(
      make("div", { class: "ovp-instrument-controls" },
        control(phi.id, "φ ", phi), ownRow,
        control(degree.id, "degree ", degree, degreeText),
        control(kind.id, "h ", kind)),
      message,
      make("div", { class: "ovp-instrument-plots" },
        make("figure", {}, canvas, make("figcaption", {},
          `h over α₁ from ${short(data.alpha1[0])} to ${short(data.alpha1.at(-1))} (across) and ` +
          `b₀ from ${short(data.b0[0])} to ${short(data.b0.at(-1))} (up); ` +
          "red positive, blue negative, by decades")),
        fit.svg, miss.svg),
      readout);

    function update() {
      const mine = phi.value === own;
      ownRow.hidden = !mine;
      const given = mine ? readCoefficients(coefficients.value, most + 1) : { c: data.phi[phi.value].c };
      message.textContent = given.error ?? "";
      coefficients.setAttribute("aria-invalid", String(Boolean(given.error)));
      if (given.error) return;
      const D = Number(degree.value), { outer, terms } = data.kinds[kind.value];
      degreeText.textContent = ` ${D}`;
      const c = given.c.slice(0, D + 1);
      const target = mine
        ? data.x1.map((x) => given.c.reduceRight((sum, ci) => sum * x + ci, 0))
        : data.phi[phi.value].values;
      const got = data.x1.map((_, j) => c.reduce((sum, ci, i) => sum + ci * terms[i][j], 0));
      const error = got.map((y, j) => Math.abs(y - target[j]));
      const h = data.b0.map((_, r) => data.alpha1.map((_, q) =>
        c.reduce((sum, ci, i) => sum + ci * data.inner[i][q] * outer[i][r], 0)));
      const largest = Math.max(...h.map((row) => Math.max(...row.map(Math.abs))));
      const worst = Math.max(...error);

      heat(canvas, h, Math.max(10, largest));
      canvas.setAttribute("aria-label", `h over alpha1 and b0; largest value ${short(largest)}`);
      const all = [...target, ...got], low = Math.min(...all), high = Math.max(...all);
      const pad = 0.05 * (high - low) || 1;
      fit.render([[target, "target"], [got, "curve"]], [low - pad, high + pad],
        niceTicks(low - pad, high + pad), "x₁", false);
      fit.describe(`phi and its approximation; largest error ${short(worst)}`);
      const eps = data.x1.map(() => data.eps);
      miss.render([[eps, "level"], [error, "curve"]], [1e-8, 10], [1e-8, 1e-6, 1e-4, 1e-2, 1],
        "x₁", true);
      miss.describe(`absolute error over x1, at most ${short(worst)}`);
      const rows = [
        ["largest |h| in this picture", short(largest)],
        ["largest error", `${short(worst)}, ${worst <= data.eps ? "within" : "above"} ε = ${short(data.eps)}`],
      ];
      readout.replaceChildren(...rows.flatMap(([k, v]) => [make("dt", {}, k), make("dd", {}, v)]));
    }
    for (const node of [phi, kind, degree, coefficients]) node.addEventListener("input", update);
    update();
  }

  const INSTRUMENTS = { indicator };

  function start() {
    for (const root of document.querySelectorAll(".ovp-instrument")) {
      const build = INSTRUMENTS[root.dataset.instrument];
      const source = root.querySelector('script[type="application/json"]');
      if (!build || !source) continue;
      build(root, JSON.parse(source.textContent));
      root.hidden = false;
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
