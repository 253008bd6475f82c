/* The lower bound for kernels: alpha^2 (1 - N / C(d, k)) on average over the sets S of size k, beside
   what kernels and networks were measured to err. */
"use strict";

(() => {
  const { instrument, plot, short } = window.ovp;

  function binomial(d, k) {
    let count = 1;
    for (let i = 1; i <= k; i += 1) count = (count * (d - k + i)) / i;
    return Math.round(count);
  }
  const average = (n, parities) => Math.max(0, 1 - n / parities);
  const forMost = (n, parities) => Math.max(0, 1 - (100 * n) / parities); // all but 1 % of the S

  const grid = (low, high, count) =>
    Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
  const whole = (x) => Math.round(x).toLocaleString("en-GB");

  const SIZES = [1, 2, 3, 4, 5, 6].flatMap((p) => [1, 1.5, 2, 3, 5, 7].map((c) => Math.round(c * 10 ** p)));
  const LOOK = { "best kernel": ["c0", "circle"], "best NTK": ["c4", "circle"], "ResNet": ["c3", "square"],
    "plain, 3 layers": ["c2", "square"], "plain, 2 layers": ["c1", "square"] };

  const measured = (name, points, kind = "both") =>
    ({ kind, css: LOOK[name][0], mark: LOOK[name][1], label: name, points });

  function drawErrors(view, { d, k, n, parities }, data) {
    const here = d === data.at.d && k === data.at.k;
    const range = [10, Math.max(2000, 2 * parities)];
    const sizes = grid(...range, 160);
    const line = (of, css, label) => ({ kind: "line", css, label, points: sizes.map((x) => [x, of(x, parities)]) });
    const dots = here ? Object.entries(data.errors).map(([name, points]) =>
      measured(name, points.map(([x, y]) => [x, y, `${name}, N = ${x}: ${short(y)}`]))) : [];
    view.errors.render({
      x: { range, log: true, label: "samples N" },
      y: { range: [0, here ? 2.3 : 1.2], label: "error / kα²" },
      series: [
        line(average, "black", "least average over S, any span"),
        line(forMost, "black dashed", "least for 99 % of the S"),
        { kind: "upright", x: n, css: "here", label: "your N" }, ...dots,
      ],
      says: `error over the number of samples; any span of ${n} functions has an error of at least ` +
        `${short(average(n, parities))} on average${here ? ", and what was measured" : ""}`,
    });
  }

  function drawSizes(view, { d, k }, data) {
    const dims = Array.from({ length: 60 - k + 1 }, (_, i) => k + i);
    const line = (of, css, label) => ({ kind: "line", css, label, points: dims.map((x) => [x, of(x)]) });
    const half = line((x) => binomial(x, k) / 2, "black", "half of it, any span");
    const few = line((x) => binomial(x, k) / 1000, "black dashed", "99 % of the S fail up to here");
    const dots = k === data.at.k
      ? Object.entries(data.crossings).map(([name, points]) => measured(name, points, "marks")) : [];
    view.sizes.render({
      x: { range: [k, 60], label: "dimension d", ticks: [10, 20, 30, 40, 50, 60] },
      y: { range: [10, binomial(60, k)], log: true, label: `samples to learn half of the parity, k = ${k}` },
      series: [half, few, { kind: "upright", x: d, css: "here", label: "your d" }, ...dots],
      says: `samples needed for half over the dimension; C(${d}, ${k}) / 2 is ${whole(binomial(d, k) / 2)}`,
    });
  }

  function readout({ d, k, n, alpha, parities }, data) {
    const least = alpha ** 2 * average(n, parities);
    const rows = [
      ["parities C(d, k)", whole(parities)],
      ["least error of any kernel with your N", `${short(least)} of α² = ${short(alpha ** 2)} an output, on average`],
      ["samples for half of it", whole(Math.ceil(parities / 2))],
      ["99 % fail up to N =", whole(Math.floor(parities / 1000))],
    ];
    if (k === data.at.k && d === data.at.d) {
      const at = (name) => data.errors[name].reduce((a, b) =>
        (Math.abs(Math.log(b[0] / n)) < Math.abs(Math.log(a[0] / n)) ? b : a));
      const say = (name) => `${name} ${short(at(name)[1])} (N = ${at(name)[0]})`;
      rows.push(["measured nearest to your N, of kα²", Object.keys(data.errors).map(say).join("; ")]);
    } else {
      rows.push(["measured", `at d = ${data.at.d}, k = ${data.at.k}, α = ${data.at.alpha}: go there to see it`]);
    }
    return rows;
  }

  instrument("kernels", {
    intro: "Move N and see how few samples the networks need, while no kernel learns half of the parity, " +
      "on average over S, before N is half of C(d, k).",
    controls: (data) => [
      { kind: "slider", key: "d", label: "dimension d", min: 8, max: 60, value: data.at.d, show: String },
      { kind: "slider", key: "k", label: "size k of S", min: 2, max: 8, value: data.at.k, show: String },
      { kind: "slider", key: "n", label: "samples N", values: SIZES, value: 300, show: whole },
      { kind: "slider", key: "alpha", label: "size α of the parity", min: 0.05, max: 1, step: 0.05,
        value: data.at.alpha, show: (a) => a.toFixed(2) },
    ],
    tries: (data) => [
      { label: "Where everything was measured", set: { d: data.at.d, k: data.at.k, n: 300 } },
      { label: "k = 2: a kernel can do it too", set: { d: 30, k: 2, n: 300 } },
      { label: "The paper's Figure 2: k = 8, N = 1000", set: { d: 30, k: 8, n: 1000 } },
    ],
    view: () => {
      const errors = plot({ height: 270 }), sizes = plot({ height: 270 });
      return { errors, sizes, nodes: [errors.node, sizes.node] };
    },
    draw: (given, view, data) => {
      const state = { ...given, parities: binomial(given.d, given.k) };
      drawErrors(view, state, data);
      drawSizes(view, state, data);
      return { readout: readout(state, data) };
    },
  });
})();
