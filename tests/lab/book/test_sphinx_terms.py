"""The first use of each symbol on a page carries its meaning, for the pointer and the keyboard."""

from pathlib import Path

from docutils import nodes
from docutils.utils import new_document

from ovp_lib.lab.book import sphinx_terms, symbols
from ovp_lib.lab.book.symbols import Symbol
from ovp_lib.pages import STATEMENTS

ROOT = Path(__file__).parents[3]
ROW = {"identifier": "`m`", "module": "here", "equation": "(1)"}


def symbol(meaning: str, *tex: str) -> Symbol:
    return Symbol(symbol="a $m$", meaning=meaning, tex=tex, **ROW)


def page(*formulas: str) -> nodes.document:
    document = new_document("page")
    document += nodes.title("", "", nodes.math("", "m"))
    for formula in formulas:
        document += nodes.paragraph("", "", nodes.math("", formula))
    return document


def test_only_the_first_use_is_marked_and_not_the_one_in_the_title() -> None:
    width, count = symbol("the width", "m"), symbol("a number", "N")
    document = page("x", "m N", "m", "N")
    [(formula, first)] = sphinx_terms.first_uses(document, [width, count])
    assert (formula.astext(), first) == ("m N", [width, count])
    assert isinstance(formula.parent, nodes.paragraph)


def test_the_page_s_own_meaning_goes_before_the_general_one() -> None:
    own, general = symbol("its own", "k"), symbol("the general one", "k", "y")
    found = sphinx_terms.first_uses(page("k", "y"), [own, general])
    assert [(f.astext(), s) for f, s in found] == [("k", [own]), ("y", [general])]


def test_a_term_can_be_reached_by_keyboard_and_names_what_describes_it() -> None:
    made = sphinx_terms._term(nodes.math("", "m"), [symbol("the width", "m")], "term-0")
    text = "".join(node.astext() for node in made)
    assert '<dfn class="ovp-term" tabindex="0" aria-describedby="term-0">m<span' in text
    assert 'role="tooltip" id="term-0"><span>a m: the width</span></span></dfn>' in text


def test_a_page_knows_its_own_symbols_first_and_none_that_means_something_else_there() -> None:
    sections = symbols.read(ROOT)
    every = {key: each for rows in sections.values() for key, each in rows.items()}
    for name, statement in STATEMENTS.items():
        known = symbols.known_on(name, sections, STATEMENTS)
        own = [every[key] for key in statement.symbols.split()]
        assert known[: len(own)] == own
    level = symbols.known_on("kernel-lower-bound", sections, STATEMENTS)
    assert next(each for each in level if "k" in each.tex) == every["level"]
    assert every["b"] not in level
    assert [page for each in every.values() for page in each.not_on if page not in STATEMENTS] == []
