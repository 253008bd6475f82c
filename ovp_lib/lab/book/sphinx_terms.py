"""What a symbol means, where a page uses it first: shown to the pointer and to the keyboard."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.lab.book import symbols
from ovp_lib.lab.book.directives import NOTEBOOKS
from ovp_lib.lab.book.symbols import Symbol
from ovp_lib.lab.book.tex import uses
from ovp_lib.pages import STATEMENTS

NOT_INSIDE = (nodes.title, nodes.reference, nodes.caption, nodes.thead)
"""Where a term cannot be: inside a link, or in what is shown elsewhere again."""


def explain(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Mark the first use of each symbol on the page of a statement; called by Sphinx.

    Args:
        app: the application.
        doctree: the page.
        page: its name.
    """
    folder, _, name = page.rpartition("/")
    if folder != NOTEBOOKS or name not in STATEMENTS:
        return
    root = Path(app.srcdir)
    if not (root / symbols.SYMBOLS).is_file():
        return
    known = symbols.known_on(name, _sections(root), STATEMENTS)
    for number, (formula, first) in enumerate(first_uses(doctree, known)):
        formula.replace_self(_term(formula, first, f"term-{number}"))


@cache
def _sections(root: Path) -> symbols.Sections:
    """Read the symbols, once in a process."""
    return symbols.read(root)


def first_uses(
    doctree: nodes.document, known: Sequence[Symbol]
) -> list[tuple[nodes.math, list[Symbol]]]:
    """Return the formulas in the text that use a symbol which none before them uses.

    Args:
        doctree: a page.
        known: the symbols; of two that are written alike the first is meant.

    Returns:
        Each of those formulas with the symbols that it is the first to use.
    """
    taken: set[str] = set()
    waiting = []
    for symbol in known:
        written = [each for each in symbol.tex if each not in taken]
        taken.update(written)
        if written:
            waiting.append((symbol, written))
    found = []
    for formula in _formulas(doctree):
        first = [(s, w) for s, w in waiting if any(uses(formula.astext(), each) for each in w)]
        if first:
            found.append((formula, [symbol for symbol, _ in first]))
            waiting = [each for each in waiting if each not in first]
    return found


def _formulas(doctree: nodes.document) -> Iterator[nodes.math]:
    for formula in list(doctree.findall(nodes.math)):
        above = formula.parent
        while above is not None and not isinstance(above, NOT_INSIDE):
            above = above.parent
        if above is None:
            yield formula


def _term(formula: nodes.math, meanings: Sequence[Symbol], id: str) -> list[nodes.Node]:
    """Return the formula with what its symbols mean beside it, which is hidden at first."""
    opening = f'<dfn class="ovp-term" tabindex="0" aria-describedby="{id}">'
    tip = f'<span class="ovp-tip below left" role="tooltip" id="{id}">'
    lines = []
    for symbol in meanings:
        lines += [
            nodes.raw("", "<span>", format="html"),
            *_written(symbol.symbol),
            nodes.Text(f": {symbol.meaning}"),
            nodes.raw("", "</span>", format="html"),
        ]
    return [
        nodes.raw("", opening, format="html"),
        formula.deepcopy(),
        nodes.raw("", tip, format="html"),
        *lines,
        nodes.raw("", "</span></dfn>", format="html"),
    ]


def _written(symbol: str) -> Iterator[nodes.Node]:
    """Return text and formulas of a symbol, which is Markdown with formulas between dollars."""
    for number, part in enumerate(symbol.split("$")):
        if part:
            yield nodes.math("", part) if number % 2 else nodes.Text(part)
