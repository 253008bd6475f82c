/* How the search of the book ranks what it finds. Sphinx puts this into its own script. */

/* Objects of the library come after pages, and lists of everything after what they list. */
const OBJECTS_LATER = 60;
const LISTS_LATER = {"book/api": 40, "book/history": 8, "book/errata": 4, "book/references": 20};

var Scorer = {
  score: ([page, , , description, score]) => {
    const list = Object.keys(LISTS_LATER).find(name => page.startsWith(name));
    return score - (description ? OBJECTS_LATER : 0) - (list ? LISTS_LATER[list] : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 30,
  partialTitle: 12,
  term: 5,
  partialTerm: 2,
};

/* The book is spelt as in Britain; who writes as in America finds the same. */
const respelt = query => query
  .replace(/(parametr|parameter|initial|regular|memor|optim|general|normal|linear|real)iz(e[ds]?|ing|ation|able)\b/gi,
    (_, stem, end) => `${stem.toLowerCase() === "parametr" ? "parameter" : stem}is${end}`)
  .replace(/\bover ?(?=parameter)/gi, "over-")
  .replace(/\b(behavi|col|neighb)or/gi, "$1our");

document.addEventListener("DOMContentLoaded", () => {
  const asked = Search._parseQuery;
  Search._parseQuery = query => asked(respelt(query));
});
