/* Lemma 6.3: three h whose expectation behind the gate is phi. The first two are linear in the Taylor
   coefficients of phi; the third, of least sup|h|, was computed for each phi of the list. */
"use strict";

(() => {
  const { instrument, plot, map, number, short, linearTicks } = window.ovp;
  const OWN = "own", LEAST_SUP = "of least sup|h|";

  const maps = (axis, ticks) => ({ range: [axis[0], axis.at(-1)], ticks });

  function readCoefficients(text, most) {
    const c = text.split(",").map(number);
    if (!c.every(Number.isFinite))
      return { error: "Write numbers separated by commas, such as 0, 1, 0, -1/3." };
    if (c.length > most) return { error: `At most ${most} coefficients, got ${c.length}.` };
    return { c };
  }

  /* h on the grid of the map and its expectation on x1, for an h that is linear in c. */
  function linear(c, { outer, terms }, data) {
    return {
      h: data.b0.map((_, r) => data.alpha1.map((_, q) =>
        c.reduce((sum, ci, i) => sum + ci * data.inner[i][q] * outer[i][r], 0))),
      got: data.x1.map((_, j) => c.reduce((sum, ci, i) => sum + ci * terms[i][j], 0)),
    };
  }

  /* The same for the h that is constant on cells. */
  function onCells({ sup, cells, values }, data) {
    const cell = (x) => data.edges.filter((edge) => edge < x).length;
    const rows = data.alpha1.map(cell), columns = data.b0.map(cell);
    return { h: columns.map((b) => rows.map((a) => sup * cells[a][b])), got: values, sup };
  }

  function chosen(state, data) {
    const own = state.phi === OWN, most = data.inner.length;
    const given = own ? readCoefficients(state.own, most) : { c: data.phi[state.phi].c };
    if (given.error) return { error: given.error, invalid: "own" };
    if (state.kind === LEAST_SUP && own)
      return { error: `The h ${LEAST_SUP} was computed for the functions of the list only.`, invalid: "kind" };
    const target = own
      ? data.x1.map((x) => given.c.reduceRight((sum, ci) => sum * x + ci, 0))
      : data.phi[state.phi].values;
    const found = state.kind === LEAST_SUP
      ? onCells(data.phi[state.phi].least_sup, data)
      : linear(given.c.slice(0, state.degree + 1), data.kinds[state.kind], data);
    return { target, ...found };
  }

  function drawFit(view, data, target, got) {
    const all = [...target, ...got], low = Math.min(...all), high = Math.max(...all);
    const pad = 0.05 * (high - low) || 1;
    const error = got.map((y, j) => Math.abs(y - target[j]));
    const worst = Math.max(...error);
    const line = (ys, css, label) =>
      ({ kind: "line", css, label, points: data.x1.map((x, j) => [x, ys[j]]) });
    const x = { range: [-1, 1], label: "x₁" };
    view.fit.render({
      x, y: { range: [low - pad, high + pad], label: "expectation behind the gate" },
      series: [line(target, "thick", "φ"), line(got, "c0", "𝔼[𝟙 h]")],
      says: `phi and its approximation; largest error ${short(worst)}`,
    });
    view.miss.render({
      x, y: { range: [1e-8, 10], log: true, label: "error" },
      series: [line(error, "c0", "|𝔼[𝟙 h] − φ|"), line(data.x1.map(() => data.eps), "dashed", "ε")],
      says: `absolute error over x1, at most ${short(worst)}`,
    });
    return worst;
  }

  instrument("indicator", {
    intro: "Choose φ and watch how large h must be: change the kind of h and see its largest value " +
      "fall while the error stays within ε.",
    controls: (data) => [
      { kind: "choice", key: "phi", label: "φ", value: data.start,
        options: [...Object.keys(data.phi).map((name) => [name, name]), [OWN, "your own Taylor coefficients"]] },
      { kind: "text", key: "own", label: "c₀, c₁, …", value: "0, 1, 0, -1/3", shown: (s) => s.phi === OWN },
      { kind: "choice", key: "kind", label: "h", value: "the paper's",
        options: [...Object.keys(data.kinds), ...(data.edges ? [LEAST_SUP] : [])].map((name) => [name, name]) },
      { kind: "slider", key: "degree", label: "series cut at degree", min: 0, max: data.inner.length - 1,
        value: Math.min(7, data.inner.length - 1), show: String, shown: (s) => s.kind !== LEAST_SUP },
    ],
    tries: (data) => {
      const phi = data.start, degree = data.inner.length - 1;
      return [
        { label: "The paper's h needs more than ε asks for", set: { phi, kind: "the paper's", degree } },
        { label: "Least norm: spread out, and smaller", set: { phi, kind: "of least norm", degree } },
        { label: "Least sup: two values are enough", set: { phi, kind: LEAST_SUP } },
      ];
    },
    view: (data) => {
      const picture = map({
        x: { ...maps(data.alpha1, [-3, -2, -1, 0, 1, 2, 3]), label: "α₁" },
        y: { ...maps(data.b0, linearTicks([data.b0[0], data.b0.at(-1)])), label: "b₀" },
        caption: "h over α₁ and b₀: red positive, blue negative, by decades.",
      });
      const fit = plot(), miss = plot();
      return { picture, fit, miss, nodes: [picture.node, fit.node, miss.node] };
    },
    draw: (state, view, data) => {
      const { error, invalid, target, got, h, sup } = chosen(state, data);
      if (error) return { error, invalid };
      const largest = sup ?? Math.max(...h.map((row) => Math.max(...row.map(Math.abs))));
      view.picture.render(h, Math.max(10, largest), `h over alpha1 and b0; largest value ${short(largest)}`);
      const worst = drawFit(view, data, target, got);
      const where = worst <= data.eps * (sup ? 1.02 : 1.005) ? "within" : "above"; // of sup: between points
      return { readout: [
        [sup ? "largest |h|" : "largest |h| in this picture", short(largest)],
        ["largest error", `${short(worst)}, ${where} ε = ${short(data.eps)}${sup ? " at the points where it is asked for" : ""}`],
      ] };
    },
  });
})();
