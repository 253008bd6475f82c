/* What is shown on hover or focus stays on the screen, and Escape hides it until the next one. */
"use strict";

document.addEventListener("keydown", event => {
  if (event.key === "Escape") document.documentElement.classList.add("ovp-quiet");
});
for (const kind of ["pointerover", "focusin"])
  document.addEventListener(kind, event => {
    const term = event.target.closest(".ovp-term, .ovp-map > a");
    if (!term) return;
    document.documentElement.classList.remove("ovp-quiet");
    const right = term.getBoundingClientRect().left > innerWidth / 2;
    if (term.matches(".ovp-term")) {
      term.querySelector(".ovp-tip").classList.toggle("right", right);
      term.querySelector(".ovp-tip").classList.toggle("left", !right);
    }
  });
