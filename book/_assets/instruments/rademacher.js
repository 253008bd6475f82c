/* Lemmas 6.10 and 6.12: the printed bounds on the Rademacher complexity with every O~(.) read as one,
   at m1 = m2 = m and the radii ||W'||_{2,4} <= m^(-w), ||V'||_F <= m^(-v), beside what was measured. */
"use strict";

(() => {
  const { instrument, plot, short } = window.ovp;
  const WIDTHS = [25, 50, 100, 200, 400, ...[3, 4, 5, 6].flatMap((p) => [10 ** p, 3 * 10 ** p])];
  const SIZES = [100, 200, 400, 800, 1600,
    ...[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((p) => 10 ** p)];
  const MOST = { m: [10, 2e7], n: [10, 4e15], y: [1e-3, 1e5] };
  const USEFUL = 0.5; // twice the complexity is what bounds the gap between training and test

  function without({ m, n, w, v }) {
    const tauW = m ** -w, tauV = m ** -v, root = Math.sqrt(n);
    const parts = [(tauW * m ** 1.5) / root, (tauV * m) / root,
      tauV * Math.sqrt((m * m * tauW * (m ** -0.5 + tauW)) / root)];
    return { parts, total: parts[0] + parts[1] + parts[2] };
  }

  function averaged({ m, n, w, v }) {
    const tauW = m ** -w, tauV = m ** -v;
    const main = (tauW * tauV * m ** 0.75) / Math.sqrt(n);
    const B = tauW ** 1.6 * m ** 0.9 + tauW ** 3.2 * m ** 2.3 + tauV;
    return { main, B, total: main + B };
  }

  /* N at which a bound is USEFUL. The first is alpha s^2 + beta s with s = N^(-1/4). */
  function samplesWithout(state) {
    const [first, second, beta] = without({ ...state, n: 1 }).parts, alpha = first + second;
    return Math.max(1, ((2 * USEFUL) / (beta + Math.sqrt(beta ** 2 + 4 * alpha * USEFUL))) ** -4);
  }
  function samplesAveraged(state) {
    const { main, B } = averaged({ ...state, n: 1 });
    return B < USEFUL ? Math.max(1, (main / (USEFUL - B)) ** 2) : Infinity;
  }

  const LOW = "frozen gates without Σ", EXACT = "frozen gates with Σ";
  const SHAPE = { [LOW]: ["c0", "circle"], [EXACT]: ["c3", "circle"],
    "ascent without Σ": ["c0", "square"], "ascent with Σ": ["c3", "square"] };

  /* What was measured: only the class with signs has a known value at other radii, since its supremum
     is in proportion to both. */
  function measured({ w, v }, data) {
    const change = w - data.w + v, there = Math.abs(w - data.w) + v < 1e-9;
    return data.series.filter(({ name }) => there || name === EXACT).map(({ name, points }) =>
      ({ name, points: points.map(([m, n, value]) => [m, n, value * m ** -change]) }));
  }

  function marks(series, axis, state) {
    const near = axis === "m" ? ([, n]) => n === state.n : ([m]) => m === state.m;
    return series.map(({ name, points }) => ({
      kind: "marks", css: SHAPE[name][0], mark: SHAPE[name][1], label: name,
      points: points.filter(near).map(([m, n, value]) =>
        [axis === "m" ? m : n, value, `${name}, m = ${m}, N = ${n}: ${short(value)}`]),
    })).filter(({ points }) => points.length);
  }

  const grid = ([low, high]) => Array.from({ length: 121 }, (_, i) => low * (high / low) ** (i / 120));

  const shown = ([, y]) => y > MOST.y[0] && y < MOST.y[1];

  function drawOver(view, axis, state, data) {
    const line = (of, css, label) => ({ kind: "line", css, label,
      points: grid(MOST[axis]).map((x) => [x, of({ ...state, [axis]: x })]).filter(shown) });
    const other = axis === "m" ? `N = ${short(state.n)}` : `m = ${short(state.m)}`;
    view[axis].render({
      x: { range: MOST[axis], log: true, label: `${axis === "m" ? "width m" : "samples N"}, ${other}` },
      y: { range: MOST.y, log: true, label: "complexity or bound" },
      series: [
        line((s) => without(s).total, "c0", "bound without Σ"),
        line((s) => averaged(s).total, "c3", "bound with Σ"),
        line((s) => averaged(s).main, "c3 dashed", "its part that falls with N"),
        line(() => USEFUL, "black dashed", "above: guarantees nothing"),
        { kind: "upright", x: state[axis], css: "here", label: axis === "m" ? "your m" : "your N" },
        ...marks(measured(state, data), axis, state),
      ],
      says: `bounds over ${axis === "m" ? "the width" : "the number of samples"} at ${other}: ` +
        `${short(without(state).total)} without Σ and ${short(averaged(state).total)} with Σ at your place`,
    });
  }

  function found(name, { m, n, ...radii }, data) {
    const series = measured(radii, data).find((each) => each.name === name);
    return series?.points.find(([x, y]) => x === m && y === n)?.[2];
  }

  function readout(state, data) {
    const one = without(state), two = averaged(state), needed = samplesAveraged(state);
    const low = found(LOW, state, data), exact = found(EXACT, state, data);
    const measuredWords = [low && `at least ${short(low)} without Σ`, exact && `${short(exact)} with Σ`];
    const nowhere = `at m = ${data.m.join(", ")} for N = ${data.samples}, and at m = ${data.width} for other N`;
    return [
      ["bound without Σ", `${short(one.total)}, of which W′ ${short(one.parts[0])}, ` +
        `V′ ${short(one.parts[1])}, both ${short(one.parts[2])}`],
      ["bound with Σ", `${short(two.total)}, of which ${short(two.main)} falls with N, B = ${short(two.B)} does not`],
      ["measured, frozen gates", measuredWords.filter(Boolean).join(", ") || nowhere],
      ["samples for a guarantee without Σ", short(samplesWithout(state))],
      ["samples for a guarantee with Σ",
        Number.isFinite(needed) ? short(needed) : `none is enough: B alone is ${short(two.B)}`],
    ];
  }

  const powers = (low, high) =>
    Array.from({ length: Math.round(20 * (high - low)) + 1 }, (_, i) => (Math.round(20 * low) + i) / 20);
  const power = (p) => (p === 0 ? "1" : `m^(−${p.toFixed(2)})`);

  instrument("rademacher", {
    intro: "Raise the width m, and the bound without random signs rises while the main part of the bound " +
      "with signs stays where it is; then raise N, and see what stays of that bound however large N is.",
    controls: (data) => [
      { kind: "slider", key: "m", label: "width m", values: WIDTHS, value: data.width },
      { kind: "slider", key: "n", label: "samples N", values: SIZES, value: data.samples },
      { kind: "slider", key: "w", label: "bound on ‖W′‖₂,₄", values: powers(0.6, 1), value: data.w, show: power },
      { kind: "slider", key: "v", label: "bound on ‖V′‖_F", values: powers(0, 0.5), value: 0, show: power },
    ],
    tries: () => [
      { label: "A hundred million times the samples", set: { n: 1e10 } },
      { label: "A thousand times wider", set: { m: 1e5 } },
      { label: "Smaller radii, 10¹⁰ samples", set: { m: 1e5, n: 1e10, w: 0.9, v: 0.2 } },
    ],
    view: () => {
      const m = plot({ height: 290 }), n = plot({ height: 290 });
      return { m, n, nodes: [m.node, n.node] };
    },
    draw: (state, view, data) => {
      drawOver(view, "m", state, data);
      drawOver(view, "n", state, data);
      return { readout: readout(state, data) };
    },
  });
})();
