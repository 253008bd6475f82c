/* Filters the rows of the scoreboard. Without it the page is a table of all claims. */
"use strict";

(() => {
  const form = document.querySelector("form.ovp-filter");
  if (!form) return;
  const rows = [...document.querySelectorAll('tr[id^="score-"]')];
  const pages = [...document.querySelectorAll("details.ovp-page")];
  const choices = [...form.querySelectorAll("select")];
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));

  const shows = row =>
    choices.every(({name, value}) => !value || row.classList.contains(`${name}-${value}`)) &&
    form.elements.text.value.toLowerCase().split(/\s+/).every(word => texts.get(row).includes(word));

  /* Hide what has no row left: a table with the words above it, and a whole page. */
  const tidy = () => {
    for (const table of form.parentElement.querySelectorAll("table.ovp-scoreboard")) {
      const empty = !table.querySelector("tr[id]:not([hidden])");
      const box = table.closest(".ovp-scroll") || table;
      box.hidden = empty;
      const title = box.previousElementSibling;
      if (title && title.matches(".ovp-checks-title")) title.hidden = empty;
    }
    for (const page of pages) page.hidden = !page.querySelector("tr[id]:not([hidden])");
  };

  /* What is asked for is open; without a question a page stays as it was. */
  const isAsked = () => [...new FormData(form)].some(([, value]) => value);
  const unfold = () => {
    for (const page of pages) page.open = isAsked() && !page.hidden;
  };

  const remember = () => {
    const asked = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(asked).toString();
    try {
      history.replaceState(null, "", `${query ? `?${query}` : location.pathname}${location.hash}`);
    } catch {
      /* A page that was opened as a file has no address to change. */
    }
  };

  const filter = () => {
    for (const row of rows) row.hidden = !shows(row);
    tidy();
    const left = rows.filter(row => !row.hidden).length;
    form.querySelector("output").textContent = `${left} of ${rows.length} claims`;
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field) field.value = value;
  }
  form.hidden = false;
  form.addEventListener("input", () => { filter(); unfold(); remember(); });
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); unfold(); remember(); }));
  filter();
  if (isAsked()) unfold();

  /* A link to a claim opens its page; if the filter hides it, all are shown again. */
  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row) return;
    if (rows.includes(row) && row.hidden) form.reset();
    setTimeout(() => {
      const page = row.closest("details.ovp-page");
      if (page) page.open = true;
      row.scrollIntoView();
    }, 1);
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
