/* What scrolls sideways can be reached from the keyboard and shows on which side there is more. */
"use strict";

(() => {
  const BOXES = ".ovp-scroll, .pst-scrollable-table-container, .cell_output > .output, .bd-article div.math, " +
    ".bd-article mjx-container:is([display], .ovp-wide), .bd-article pre, .bd-article .text_html, .jp-RenderedHTMLCommon";

  /* First all is measured, then all is changed: each change makes the next measure lay out the page. */
  function mark(boxes) {
    const measured = boxes.map((box) => {
      const more = box.scrollWidth - box.clientWidth;
      const scrolls = more > 1 && getComputedStyle(box).overflowX !== "visible";
      return { box, scrolls, left: scrolls && box.scrollLeft > 1, right: scrolls && box.scrollLeft < more - 1 };
    });
    for (const { box, scrolls, left, right } of measured) {
      box.classList.toggle("ovp-more-left", left);
      box.classList.toggle("ovp-more-right", right);
      if (scrolls) box.tabIndex = 0;
      else if (box.tabIndex === 0 && box.dataset.ovpScrolls) box.removeAttribute("tabindex");
      if (scrolls) box.dataset.ovpScrolls = "yes";
    }
  }

  const sizes = new ResizeObserver((entries) => mark(entries.map(({ target }) => target)));

  /* An equation in a line that is wider than its paragraph gets a line of its own, which scrolls. */
  function widen() {
    const inline = [...document.querySelectorAll(".bd-article mjx-container:not([display], .ovp-wide)")];
    const wide = inline.filter((each) => {
      const column = each.closest("p, li, td, dd, h1, h2, h3, div");
      return column && column.clientWidth && each.getBoundingClientRect().width > column.clientWidth;
    });
    wide.forEach((each) => each.classList.add("ovp-wide"));
    if (wide.length) widen(); // a column may be narrower now
  }

  function watch() {
    widen();
    const fresh = [...document.querySelectorAll(BOXES)].filter((box) => !box.dataset.ovpWatched);
    for (const box of fresh) {
      box.dataset.ovpWatched = "yes";
      box.addEventListener("scroll", () => mark([box]), { passive: true });
      sizes.observe(box);
    }
    mark(fresh);
  }
  document.addEventListener("DOMContentLoaded", watch);
  window.addEventListener("load", watch);
  window.addEventListener("resize", watch); // a telephone that is turned: other equations are too wide
  window.ovpMaths?.then(watch);
})();
