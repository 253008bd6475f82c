/* Lemma 6.5, first layer: the gates that the best adversary flips at a fixed x, and those that a random
   movement of the same norm flips, in the limit of many neurons. What goes into a ReLU is N(0, 2/m). */
"use strict";

(() => {
  const { instrument, plot, short, draw, make } = window.ovp;
  const DIMENSION = 5, WIDTHS = [];
  for (let k = 2; k <= 6; k += 1) for (const c of [1, 2, 5]) if (c * 10 ** k <= 1e6) WIDTHS.push(c * 10 ** k);
  const TAUS = Array.from({ length: 41 }, (_, i) => Number((0.001 * 10 ** (i / 20)).toPrecision(3)));

  const density = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

  /* E[Z^p; |Z| <= z] for even p and a standard normal Z: all terms are positive. */
  function momentWithin(p, z) {
    let term = z ** (p + 1) / (p + 1), sum = term;
    for (let k = 1; k < 300 && term > 1e-17 * sum; k += 1) sum += term *= (z * z) / (p + 1 + 2 * k);
    return 2 * density(z) * sum;
  }
  const within = (z) => Math.min(1, momentWithin(0, z));

  const sigma = (m) => Math.sqrt(2 / m);

  /* The adversary flips what is nearer to zero than a reach with m E[z^4; |z| <= reach] = tau^4. */
  function adversary(m, tau) {
    const budget = tau ** 4 / (m * sigma(m) ** 4);
    let low = 0, high = 6; // in standard deviations; beyond six there is no gate
    for (let k = 0; k < 60; k += 1) {
      const middle = (low + high) / 2;
      if (momentWithin(4, middle) <= budget) low = middle;
      else high = middle;
    }
    return { reach: low * sigma(m), count: m * within(low) };
  }

  /* Entries N(0, s^2) with (sum_i |w_i|^4)^(1/4) = tau; a neuron flips if |z| is less than its move. */
  const entry = (m, tau) => tau / (m * DIMENSION * (DIMENSION + 2)) ** 0.25;
  const random = (m, tau) => (m / Math.PI) * Math.atan(entry(m, tau) / sigma(m));
  const flips = (z, s) => 0.5 * (1 - within(Math.min(6, z / s))); // P(moved across zero)
  const bound = (m, tau) => tau ** 0.8 * m ** 1.2;

  /* Gates by their distance from zero, each a stroke: the darker, the more of them flip. */
  function strip(name) {
    const shown = 300;
    const svg = draw("svg", { role: "img", "aria-labelledby": name, class: "strip", viewBox: "0 0 600 22",
      preserveAspectRatio: "none", height: 22 });
    const title = draw("title", { id: name }, "gates");
    svg.append(title);
    const strokes = Array.from({ length: shown }, (_, i) => {
      const stroke = draw("rect", { x: 2 * i, y: 0, width: 2, height: 22 });
      svg.append(stroke);
      return stroke;
    });
    return { svg, render: (share, says) => {
      strokes.forEach((stroke, i) => stroke.setAttribute("fill-opacity", share(i / shown).toFixed(3)));
      title.textContent = says;
    } };
  }

  function drawWho(view, { m, tau, reach }) {
    const s = entry(m, tau);
    const end = Math.max(1.5 * reach, 3 * s);
    const unit = end / 100, grid = Array.from({ length: 101 }, (_, i) => i * unit);
    view.who.render({
      x: { range: [0, end], label: "distance |z| of a gate from zero" },
      y: { range: [0, 1.05], label: "share of the gates there that flip" },
      series: [
        { kind: "line", css: "c3", label: "best adversary", points: [[0, 1], [reach, 1], [reach, 0], [end, 0]] },
        { kind: "line", css: "c0", label: "random movement", points: grid.map((z) => [z, flips(z, s)]) },
      ],
      says: `the adversary flips every gate nearer to zero than ${short(reach)}; a random movement a part of those`,
    });
    view.strips.forEach(({ render }, i) => render(
      (t) => (i === 0 ? (t * end <= reach ? 1 : 0) : flips(t * end, s)),
      i === 0 ? "gates by distance from zero, those that the adversary flips filled" : "the same, random movement"));
  }

  function drawCounts(view, { m, tau, count }) {
    const line = (of, css, label) => ({ kind: "line", css, label, points: WIDTHS.map((x) => [x, of(x, tau)]) });
    view.counts.render({
      x: { range: [100, 1e6], log: true, label: "width m" },
      y: { range: [0.1, 1e6], log: true, label: "gates flipped" },
      series: [
        line(bound, "black dashed", "τ^(4/5) m^(6/5)"), line((x, y) => adversary(x, y).count, "c3", "best adversary"),
        line(random, "c0", "random movement"), line((x) => x, "faint", "all m gates"),
        { kind: "marks", css: "c3", points: [[m, count]], r: 5 },
        { kind: "marks", css: "c0", points: [[m, random(m, tau)]], r: 5 },
      ],
      says: `gates flipped over the width: ${short(count)} by the adversary, ${short(random(m, tau))} at random, at m = ${m}`,
    });
  }

  instrument("adversary", {
    intro: "Lower the norm τ: the adversary, who spends all of it on the gates nearest to zero, flips ever " +
      "more times what a random movement of the same norm flips; raise m, and both stay below the bound.",
    controls: () => [
      { kind: "slider", key: "m", label: "width m", values: WIDTHS, value: 10_000 },
      { kind: "slider", key: "tau", label: "norm τ of the movement", values: TAUS, value: 0.01 },
    ],
    tries: () => [
      { label: "A tiny movement", set: { m: 10_000, tau: 0.001 } },
      { label: "A hundred times wider", set: { m: 1_000_000, tau: 0.01 } },
      { label: "As far as the lemma goes, τ = m^(−1/4)", set: { m: 10_000, tau: 0.1 } },
    ],
    view: () => {
      const who = plot({ height: 230 }), counts = plot({ height: 270 });
      const strips = [strip(window.ovp.newName()), strip(window.ovp.newName())];
      const row = (words, { svg }) => make("p", {}, make("span", {}, words), svg);
      const box = make("div", { class: "strips" }, row("adversary", strips[0]), row("random", strips[1]));
      const left = make("div", {}, who.node, box);
      return { who, counts, strips, nodes: [left, counts.node] };
    },
    draw: ({ m, tau }, view) => {
      const { reach, count } = adversary(m, tau), state = { m, tau, reach, count };
      drawWho(view, state);
      drawCounts(view, state);
      const chance = random(m, tau);
      return { readout: [
        ["best adversary", `${short(count)} gates, ${short((100 * count) / m)} % of all`],
        ["random movement of the same norm", `${short(chance)} gates, on average`],
        ["the bound's τ^(4/5) m^(6/5)", short(bound(m, tau))],
        ["adversary over random", `${short(count / chance)} times`],
      ] };
    },
  });
})();
