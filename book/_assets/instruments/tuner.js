/* Figure 1 of Going Beyond Two Layers, tuned by the reader: every run of the stored sweep is here, and the
   reader says which of them may be chosen, and by what. */
"use strict";

(() => {
  const { instrument, plot, short } = window.ovp;
  const ALL = "all", TEST = "test", LETTERS = { a: "m", b: "N" }, CLOSE = 1.5;

  /* The error of the run that is chosen for one point and seed; undefined if none may be. */
  function chosenError([, tests, places], rates, { cap, by }) {
    let best;
    tests.forEach((test, i) => {
      if (test === null || rates[i] > cap) return;
      const score = by === TEST ? test : places[i];
      if (!best || score < best.score) best = { score, test };
    });
    return best?.test;
  }

  /* Errors of a curve by point and seed, as a map of maps. */
  function errorsOf(curve, panel, state, data) {
    const wanted = data.conventions.indexOf(state.inputs);
    const points = new Map();
    for (const [at, convention, m, n, numbers, seeds] of data.points) {
      if (at !== curve || convention !== wanted) continue;
      if (panel === "a" ? n !== data.samples : m !== data.width) continue;
      const rates = numbers.map((i) => data.rates[i]), found = new Map();
      for (const each of seeds) {
        const error = chosenError(each, rates, state);
        if (error !== undefined) found.set(each[0], error);
      }
      points.set(panel === "a" ? m : n, found);
    }
    return new Map([...points].sort(([x], [y]) => x - y));
  }

  /* Seeds that were added later count only if they have every point that the first ones have. */
  function wholeSeeds(points, first) {
    const seeds = new Set([...points.values()].flatMap((found) => [...found.keys()]));
    const early = [...seeds].filter((seed) => seed < first);
    const needed = [...points.values()].filter((found) => early.every((seed) => found.has(seed)));
    return [...seeds].filter((seed) => seed < first || needed.every((found) => found.has(seed)));
  }

  function curveOf(curve, panel, state, data) {
    const points = errorsOf(curve, panel, state, data);
    const whole = wholeSeeds(points, data.seeds);
    const seeds = state.seed === ALL ? whole : whole.filter((seed) => String(seed) === state.seed);
    const mean = [];
    for (const [x, found] of points) {
      const errors = seeds.filter((seed) => found.has(seed)).map((seed) => found.get(seed));
      if (errors.length)
        mean.push([x, Math.exp(errors.reduce((sum, y) => sum + Math.log(y), 0) / errors.length)]);
    }
    return mean;
  }

  const LOOK = (name, i) => ({ css: `c${i}${name.startsWith("3") ? "" : " dashed"}`,
    mark: name.startsWith("3") ? "circle" : "square" });

  function drawPanel(view, panel, ours, data) {
    const printed = data.printed[panel];
    const series = data.curves.flatMap((name, i) => {
      const words = (who) => ([x, y]) => [x, y, `${who}${name}, ${LETTERS[panel]} = ${x}: ${y.toPrecision(4)}`];
      return [
        { kind: "both", label: name, points: ours[name].map(words("")), ...LOOK(name, i) },
        { kind: "marks", points: (printed[name] ?? []).map(words("printed ")), r: 5.5,
          mark: LOOK(name, i).mark, css: `c${i} hollow` },
      ];
    });
    const xs = series.flatMap((each) => each.points.map(([x]) => x));
    view.figure.render({
      x: { range: [Math.min(...xs) / 1.2, 1.2 * Math.max(...xs)], log: true,
        label: panel === "a" ? `width m, N = ${data.samples}` : `samples N, m = ${data.width}` },
      y: { range: [0.005, 40], log: true, label: "test error", ticks: [0.01, 0.1, 1, 10] },
      series: [...series, { kind: "marks", label: "hollow: the print", css: "black hollow", points: [] }],
      says: `test errors of ${data.curves.length} learners, and hollow marks of the print`,
    });
  }

  /* How far each curve is from its print: the largest factor over the points that both have. */
  function factors(ours, printed) {
    const rows = [];
    for (const [name, points] of Object.entries(printed)) {
      const there = new Map(ours[name]);
      const both = points.filter(([x]) => there.has(x));
      const off = both.map(([x, y]) => Math.exp(Math.abs(Math.log(there.get(x) / y))));
      if (off.length) rows.push([name, Math.max(...off), off.length]);
    }
    return rows;
  }

  function order(curves, x) {
    const at = Object.entries(curves)
      .map(([name, points]) => [name, points.find(([place]) => place === x)?.[1]])
      .filter(([, error]) => error !== undefined);
    return at.sort(([, a], [, b]) => a - b).map(([name]) => name).join(" < ") || "nothing was run there";
  }

  const RATES = (data) => data.rates.filter((rate) => rate >= 1e-3);

  instrument("tuner", {
    intro: "Choose as the authors may have chosen: take the padding away and the curves leave the print " +
      "(hollow marks); end the search for step sizes at 2 and 2layer(last) comes nearer to where it was printed.",
    controls: (data) => [
      { kind: "choice", key: "panel", label: "figure", value: "a",
        options: [["a", "1(a): against the width"], ["b", "1(b): against the samples"]] },
      { kind: "choice", key: "inputs", label: "inputs", value: "padded",
        options: [["padded", "padded"], ["plain", "plain (m = 100, 500, 1000)"]], shown: (s) => s.panel === "a" },
      { kind: "choice", key: "by", label: "chosen by", value: "validation",
        options: [["validation", "validation data"], [TEST, "test data, as in the paper"]] },
      { kind: "slider", key: "cap", label: "largest step size allowed", values: RATES(data),
        value: data.rates.at(-1), show: String },
      { kind: "choice", key: "seed", label: "seeds", value: ALL,
        options: [[ALL, "all, geometric mean"], ...Array.from({ length: data.seeds }, (_, i) => [String(i), `only seed ${i}`])] },
    ],
    tries: () => [
      { label: "Without padding", set: { inputs: "plain" } },
      { label: "End the search at 2", set: { cap: 2 } },
      { label: "As printed: chosen by test data", set: { by: TEST } },
    ],
    view: () => {
      const figure = plot({ height: 380, wide: true });
      return { figure, nodes: [figure.node] };
    },
    draw: (given, view, data) => {
      const state = given.panel === "a" ? given : { ...given, inputs: "padded" };
      const ours = Object.fromEntries(
        data.curves.map((name, i) => [name, curveOf(i, state.panel, state, data)]));
      drawPanel(view, state.panel, ours, data);
      const printed = data.printed[state.panel], off = factors(ours, printed);
      const close = off.filter(([, factor]) => factor <= CLOSE).map(([name]) => name);
      const each = off.map(([name, factor]) => `${name} ${short(factor)}`);
      const place = `${LETTERS[state.panel]} = 1000`;
      return { readout: [
        [`order of ours at ${place}`, order(ours, 1000)],
        ["order of the print there", order(printed, 1000)],
        [`within a factor ${CLOSE} of the print everywhere`, `${close.length} of ${off.length} curves`],
        ["largest factor from the print", each.join(", ")],
      ] };
    },
  });
})();
