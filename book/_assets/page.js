/* What scrolls sideways can be reached from the keyboard and shows on which side there is more. */
"use strict";

(() => {
  const BOXES = ".ovp-scroll, .pst-scrollable-table-container, .cell_output > .output, .bd-article div.math, " +
    ".bd-article mjx-container:is([display], .ovp-wide), .bd-article pre, .bd-article .text_html, .jp-RenderedHTMLCommon";

  function mark(box) {
    const more = box.scrollWidth - box.clientWidth;
    const scrolls = more > 1 && getComputedStyle(box).overflowX !== "visible";
    box.classList.toggle("ovp-more-left", scrolls && box.scrollLeft > 1);
    box.classList.toggle("ovp-more-right", scrolls && box.scrollLeft < more - 1);
    if (scrolls) box.tabIndex = 0;
    else if (box.tabIndex === 0 && box.dataset.ovpScrolls) box.removeAttribute("tabindex");
    if (scrolls) box.dataset.ovpScrolls = "yes";
  }

  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));

  /* An equation in a line that is wider than its paragraph gets a line of its own, which scrolls. */
  function widen() {
    for (const inline of document.querySelectorAll(".bd-article mjx-container:not([display], .ovp-wide)")) {
      const column = inline.closest("p, li, td, dd, h1, h2, h3, div");
      if (column && column.clientWidth && inline.getBoundingClientRect().width > column.clientWidth)
        inline.classList.add("ovp-wide");
    }
  }

  function watch() {
    widen();
    for (const box of document.querySelectorAll(BOXES)) {
      if (box.dataset.ovpWatched) continue;
      box.dataset.ovpWatched = "yes";
      box.addEventListener("scroll", () => mark(box), { passive: true });
      sizes.observe(box);
      mark(box);
    }
  }
  document.addEventListener("DOMContentLoaded", watch);
  window.addEventListener("load", watch);
  window.addEventListener("resize", watch); // a telephone that is turned: other equations are too wide
  window.ovpMaths?.then(watch);
})();
