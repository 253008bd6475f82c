/* Escape hides what is shown on hover or focus, until the pointer or the focus moves on. */
"use strict";

document.addEventListener("keydown", event => {
  if (event.key === "Escape") document.documentElement.classList.add("ovp-quiet");
});
for (const kind of ["pointerover", "focusin"])
  document.addEventListener(kind, event => {
    if (event.target.closest(".ovp-term, .ovp-map > a"))
      document.documentElement.classList.remove("ovp-quiet");
  });
