// Return what a page's structure withholds from those who do not see it: cheap, so on every page.
() => {
  const main = document.querySelector("#main-content");
  const all = (selector) => [...main.querySelectorAll(selector)].filter((n) => !n.closest(".citation-list, mjx-container"));
  const found = [];
  const say = (rule, nodes) => nodes.forEach((n) => found.push(`${rule}: ${n.outerHTML.slice(0, 100)}`));
  const hidden = (n) => !n.checkVisibility() || n.closest("[aria-hidden='true']");
  const texts = (ids) => (ids || "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id));
  const drawn = (n) => n.textContent.trim() || n.querySelector("img[alt]:not([alt='']), mjx-container, svg title");
  const named = (n) => n.getAttribute("aria-label")?.trim() || n.title
    || texts(n.getAttribute("aria-labelledby")).some((each) => each?.textContent.trim());
  const labelled = (n) => named(n) || [...(n.labels || [])].some((label) => label.textContent.trim());
  const KINDS = ["button", "submit", "reset", "hidden"];

  const ids = all("[id]").map((n) => n.id);
  const REFER = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"];
  const meant = new Set(REFER.flatMap((name) => all(`[${name}]`).flatMap((n) => n.getAttribute(name).split(/\s+/)))
    .concat(all("a[href^='#']").map((n) => decodeURIComponent(n.getAttribute("href").slice(1)))));
  say("an id that is meant is there twice", all("[id]").filter((n, i) => meant.has(n.id) && ids.indexOf(n.id) !== i));
  say("a picture says nothing", all("img:not([alt])"));
  say("a link has no name", all("a[href]").filter((n) => !hidden(n) && !drawn(n) && !named(n)));
  say("a button has no name", all("button, summary, [role=button]").filter((n) => !hidden(n) && !drawn(n) && !named(n)));
  say("a control has no label", all("input, select, textarea")
    .filter((n) => !KINDS.includes(n.type) && !hidden(n) && !labelled(n)));
  say("a drawing has no name", all("svg[role=img], canvas[role=img], [role=img]:not(svg, canvas, img)")
    .filter((n) => !hidden(n) && !named(n) && !n.querySelector("title")));

  const heads = all("h1, h2, h3, h4, h5, h6").filter((n) => !hidden(n));
  say("a heading is empty", heads.filter((n) => !drawn(n)));
  say("a heading skips a level", heads.filter((n, i) => i && n.tagName[1] - heads[i - 1].tagName[1] > 1));
  say("there is not one first heading", heads.filter((n) => n.tagName === "H1").slice(1));

  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"])
    say(`${name} leads nowhere`, all(`[${name}]`).filter((n) => texts(n.getAttribute(name)).includes(null)));
  say("the order of the keyboard is changed", all("[tabindex]").filter((n) => n.tabIndex > 0));
  say("what is hidden takes the keyboard", all("[aria-hidden='true']")
    .filter((n) => n.matches("a[href], button") || n.querySelector("a[href], button:not([tabindex='-1'])")));
  say("a list has more than items", all("ul, ol").filter((n) => !n.role)
    .flatMap((n) => [...n.children]).filter((n) => !["LI", "SCRIPT", "TEMPLATE"].includes(n.tagName)));
  say("an item is in no list", all("li").filter((n) => !n.parentElement.matches("ul, ol, menu, [role=list]")));
  say("a term is in no list", all("dt, dd").filter((n) => !n.closest("dl")));
  /* axe's rule "link-in-text-block", by what is drawn beside the colours: a line, a box, or the weight of the letters. */
  const style = (n) => getComputedStyle(n);
  const block = (n) => (style(n).display.startsWith("inline") || style(n).display === "contents" ? block(n.parentElement) : n);
  const inText = (n) => block(n.parentElement).textContent.trim().length > n.textContent.trim().length;
  const marked = (n) => [n, ...n.querySelectorAll("*")].some((each) => {
    const own = style(each), around = style(block(n.parentElement));
    return own.textDecorationLine !== "none" || own.borderBottomStyle !== "none"
      || own.backgroundImage !== "none" || own.fontWeight !== around.fontWeight;
  });
  const seen = (n) => n.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && n.textContent.trim();
  say("a link is told from its text by its colour alone", all("a[href]")
    .filter((n) => seen(n) && style(n).display.startsWith("inline") && inText(n) && !marked(n)));

  say("one control is in another", all("a[href], button, summary").filter((n) => n.querySelector("a[href], button, input, select")));
  return found;
}
