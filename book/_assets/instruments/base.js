/* What all interactive figures share: controls, what to try, reset, numbers beside the plots.

   A page carries a hidden element for each instrument, with its data as JSON; nothing is fetched, so
   that a book on disk works as well. A script declares an instrument:

     ovp.instrument("name", {
       intro,                       one sentence that says what to try
       controls: (data) => [...],   see the makers of controls below; each has a key
       tries: (data) => [...],      three of {label, set: {key: value, ...}}
       view: (data) => {...},       nodes to be drawn into, at least {nodes: [...]}
       draw: (state, view, data) => ({error, readout: [[name, value], ...]}),
     }) */
"use strict";

window.ovp = (() => {
  const known = {};
  let named = 0;
  const newName = () => `ovp-instrument-${(named += 1)}`;

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  /* Three digits; powers of ten where there would be many zeros. */
  function short(x) {
    if (x === 0) return "0";
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x < 0 ? "−∞" : "∞";
    const size = Math.abs(x);
    const text = size >= 1e7 || size < 1e-3
      ? x.toExponential(1)
      : size >= 1000 ? Math.round(x).toLocaleString("en-GB") : String(Number(x.toPrecision(3)));
    return text.replace(".0e", "e").replace("-", "−").replace("e+", "e").replace("e-", "e−");
  }

  /* A number as a person types it: 0.5, -2, 1e-3 or 1/3; NaN for anything else. */
  function number(text) {
    const parts = text.trim().replace("−", "-").split("/");
    if (parts.length > 2 || parts.some((part) => part.trim() === "")) return NaN;
    return parts.length === 1 ? Number(parts[0]) : Number(parts[0]) / Number(parts[1]);
  }

  /* Each maker returns {nodes, get, set, input}: what is shown, and how its value is read and set.
     A slider has numbers from min to max, or a list of values, and says how it shows them. */
  const MAKERS = {
    slider(control, id) {
      const { values, show = short } = control;
      const { min, max, step } = values ? { min: 0, max: values.length - 1, step: 1 } : control;
      const input = make("input", { type: "range", id, min, max, step: step ?? 1 });
      const output = make("output", { for: id });
      const get = () => (values ? values[Number(input.value)] : Number(input.value));
      const say = () => {
        const words = show(get());
        output.textContent = words;
        input.setAttribute("aria-valuetext", words);
      };
      const set = (value) => {
        input.value = values ? nearest(values, value) : value;
        say();
      };
      input.addEventListener("input", say);
      return { nodes: [input, output], input, get, set };
    },
    choice(control, id) {
      const input = make("select", { id });
      for (const [value, words] of control.options)
        input.append(make("option", { value }, words));
      return { nodes: [input], input, get: () => input.value, set: (v) => { input.value = v; } };
    },
    text(control, id) {
      const input = make("input", { type: "text", id, size: control.size ?? 24, spellcheck: "false" });
      return { nodes: [input], input, get: () => input.value, set: (v) => { input.value = v; } };
    },
  };

  function nearest(values, value) {
    let best = 0;
    values.forEach((each, i) => {
      if (Math.abs(each - value) < Math.abs(values[best] - value)) best = i;
    });
    return best;
  }

  function build(root, about, data) {
    const controls = about.controls(data).map((control) => {
      const id = newName();
      const made = MAKERS[control.kind](control, id);
      made.input.classList.add("ovp-input");
      const row = make("p", {}, make("label", { for: id }, control.label), ...made.nodes);
      made.set(control.value);
      return { ...control, ...made, row };
    });
    const view = about.view(data);
    const message = make("p", { class: "ovp-instrument-message", role: "status" });
    const readout = make("dl", { class: "ovp-instrument-readout" });

    function update() {
      const state = Object.fromEntries(controls.map((each) => [each.key, each.get()]));
      for (const each of controls) if (each.shown) each.row.hidden = !each.shown(state);
      const { error, invalid, readout: rows = [] } = about.draw(state, view, data);
      message.textContent = error ?? "";
      for (const each of controls)
        each.input.setAttribute("aria-invalid", String(Boolean(error) && each.key === invalid));
      if (error) return;
      readout.replaceChildren(...rows.flatMap(([k, v]) => [make("dt", {}, k), make("dd", {}, v)]));
    }

    function put(values) {
      for (const each of controls) if (each.key in values) each.set(values[each.key]);
      update();
    }
    const start = Object.fromEntries(controls.map((each) => [each.key, each.value]));
    const button = (words, values, css) => {
      const node = make("button", { type: "button", class: css }, words);
      node.addEventListener("click", () => put({ ...start, ...values }));
      return node;
    };
    root.append(
      make("p", { class: "ovp-instrument-intro" }, about.intro),
      make("div", { class: "ovp-instrument-tries", role: "group", "aria-label": "Try this" },
        make("span", { "aria-hidden": "true" }, "Try this:"),
        ...about.tries(data).map(({ label, set }) => button(label, set, "ovp-try")),
        button("Reset", {}, "ovp-reset")),
      make("div", { class: "ovp-instrument-controls" }, ...controls.map((each) => each.row)),
      message,
      make("div", { class: "ovp-instrument-plots" }, ...view.nodes),
      readout);
    for (const each of controls) each.input.addEventListener("input", update);
    root.hidden = false;
    update();
    watchWidth(root, update);
  }

  /* Plots are drawn for the width that they have, so that text keeps its size. */
  function watchWidth(root, update) {
    let width = root.clientWidth;
    new ResizeObserver(() => {
      if (root.clientWidth === width) return;
      width = root.clientWidth;
      update();
    }).observe(root);
  }

  function start() {
    for (const root of document.querySelectorAll(".ovp-instrument")) {
      const about = known[root.dataset.instrument];
      const source = root.querySelector('script[type="application/json"]');
      if (about && source) build(root, about, JSON.parse(source.textContent));
    }
  }
  document.addEventListener("DOMContentLoaded", start); // deferred scripts come before it

  const instrument = (name, about) => { known[name] = about; };
  return { instrument, make, newName, number, short };
})();
