/* The bound of Cao and Gu's theorem as a function of R: 4 times the least loss in the ball, which was
   solved for, plus c L R / sqrt(n), for label noise and a constant c of the reader's choice. */
"use strict";

(() => {
  const { instrument, plot, short } = window.ovp;
  const CONSTANTS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5];
  const percent = (share) => `${Math.round(100 * share)} %`;

  /* Linear between the given x, which increase; the end values beyond them. */
  function between(x, xs, ys) {
    if (!(x > xs[0])) return ys[0];
    for (let i = 1; i < xs.length; i += 1)
      if (x <= xs[i]) return ys[i - 1] + ((ys[i] - ys[i - 1]) * (x - xs[i - 1])) / (xs[i] - xs[i - 1] || 1);
    return ys[ys.length - 1];
  }

  const price = (c, { depth, n }) => (c * depth) / Math.sqrt(n);

  /* Where 4 times the slope is the price of a unit of R, log-log between radii. */
  function optimum(k, c, data) {
    let most = -Infinity;
    const falls = data.slope[k].map((s) => (most = Math.max(most, -Math.log(s))));
    return Math.exp(between(-Math.log(price(c, data) / 4), falls, data.radii.map(Math.log)));
  }

  const least = (k, r, data) => between(Math.log(r), data.radii.map(Math.log), data.least[k]);
  const bound = (k, r, c, data) => 4 * least(k, r, data) + price(c, data) * r;

  function drawBound(view, { k, c, r, best }, data) {
    const ends = [data.radii[0], data.radii[data.radii.length - 1]];
    const fine = Array.from({ length: 121 }, (_, i) => ends[0] * (ends[1] / ends[0]) ** (i / 120));
    const line = (of, css, label) => ({ kind: "line", css, label, points: fine.map((x) => [x, of(x)]) });
    view.bound.render({
      x: { range: ends, log: true, label: "radius R of the ball" },
      y: { range: [0, 6], label: "bound" },
      series: [
        line((x) => 4 * least(k, x, data), "c0", "4 × least loss in the ball"),
        line((x) => price(c, data) * x, "c1", "c L R / √n"),
        line((x) => bound(k, x, c, data), "black", "their sum, the bound"),
        line(() => 1, "faint", "1: says nothing above"),
        { kind: "upright", x: r, css: "here", label: "your R" },
        { kind: "marks", css: "black", r: 5, points: [[best, bound(k, best, c, data), `optimal R: ${short(best)}`]] },
      ],
      says: `the bound over the radius with ${percent(data.shares[k])} random labels; least at R = ${short(best)}`,
    });
  }

  function drawOptima(view, { k, c, best }, data) {
    const ends = [data.radii[0], data.radii[data.radii.length - 1]];
    const points = data.shares.map((share, i) => [100 * share, optimum(i, c, data)]);
    view.optima.render({
      x: { range: [0, 100], label: "random labels, %" },
      y: { range: ends, log: true, label: "optimal radius R" },
      series: [
        { kind: "both", css: "c2", label: "where the bound is least", points },
        { kind: "upright", x: 100 * data.shares[k], css: "here", label: "your noise" },
      ],
      says: `the optimal radius over the share of random labels; ${short(best)} at ${percent(data.shares[k])}`,
    });
  }

  instrument("balls", {
    intro: "Raise the label noise and see the lowest point of the bound move to smaller balls; then lower the constant " +
      "c, which the theorem does not name, until the bound says something, raise the noise again, and see the lowest " +
      "point move to larger balls.",
    controls: (data) => [
      { kind: "slider", key: "r", label: "radius R", values: data.radii, value: 4 },
      { kind: "slider", key: "share", label: "random labels", values: data.shares, value: 0, show: percent },
      { kind: "slider", key: "c", label: "constant c", values: CONSTANTS, value: 1 },
    ],
    tries: () => [
      { label: "Random labels", set: { share: 1, r: 1 } },
      { label: "40 % random labels", set: { share: 0.4, r: 2 } },
      { label: "A small constant", set: { c: 0.05, r: 32 } },
    ],
    view: () => {
      const bound_ = plot({ height: 270 }), optima = plot({ height: 270 });
      return { bound: bound_, optima, nodes: [bound_.node, optima.node] };
    },
    draw: ({ share, c, r }, view, data) => {
      const k = data.shares.indexOf(share), best = optimum(k, c, data);
      const state = { k, c, r, best };
      drawBound(view, state, data);
      drawOptima(view, state, data);
      const low = Math.min(...[best, ...data.radii].map((x) => bound(k, x, c, data)));
      return { readout: [
        ["at your R", `${short(4 * least(k, r, data))} + ${short(price(c, data) * r)} = ${short(bound(k, r, c, data))}`],
        ["optimal radius", short(best)],
        ["least value of the bound", `${short(low)}${low > 1 ? ", above 1: it says nothing about the risk" : ""}`],
        ["measured on", `digits, n = ${data.n}, L = ${data.depth}`],
      ] };
    },
  });
})();
