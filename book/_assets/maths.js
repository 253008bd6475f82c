/* MathJax is large: it is fetched when text and pictures are there. `ovpMaths` tells when it is done. */
"use strict";

window.ovpMaths = new Promise((done) => {
  const source = document.currentScript.src.replace(/maths\.js.*$/, "mathjax/tex-svg-full.js");
  window.addEventListener("load", () => {
    const script = document.createElement("script");
    script.src = source;
    script.addEventListener("load", () => window.MathJax.startup.promise.then(done));
    document.head.append(script);
  });
});
