"""Plain Markdown and MyST: there, back, and twice."""

import re

import pytest

from ovp_lib.lab.files.myst import to_myst
from ovp_lib.lab.files.plain import Links, notebook_links, to_plain

LINKS = Links(
    cited={"li2019": ("Li and Wu", "2019", "https://arxiv.org/abs/1905.1")},
    titles={"figure-2": "Figure 2: again"},
    equations={"eq-a": 1, "eq-b": 2},
    theorems={"prop-a": "Proposition"},
)

PAIRS = {
    "theorem": (
        ":::{prf:lemma} gates, {cite}`li2019`, Lemma B.3\n:label: lem-gates\nFor $x$\n\n- one\n:::",
        '> <a id="lem-gates"></a>**Lemma B.3** (gates, [Li and Wu, 2019]'
        '(https://arxiv.org/abs/1905.1 "cite li2019")). <!-- {prf:lemma} -->\n>\n> For $x$\n>\n'
        "> - one",
    ),
    "other number": (
        ":::{prf:observation} what SGD finds, Figure 1 and footnote 3\nIt.\n:::",
        "> **Observation** (what SGD finds, Figure 1 and footnote 3). <!-- {prf:observation} -->"
        "\n>\n> It.",
    ),
    "proof": (":::{prf:proof}\nClear.\n:::", "> **Proof.** <!-- {prf:proof} -->\n>\n> Clear."),
    "options": (
        ":::{prf:theorem} a, Theorem 3\n:label: thm-a\n:nonumber:\n:class: x y\nIt.\n:::",
        '> <a id="thm-a"></a>**Theorem 3** (a). <!-- {prf:theorem} :nonumber: :class: x y -->'
        "\n>\n> It.",
    ),
    "box": (
        ":::{admonition} Protocol $\\Ceps$\n:class: dropdown\nOne.\n\nTwo.\n:::",
        "> **Protocol $\\mathfrak{C}_\\varepsilon$** <!-- {admonition} :class: dropdown -->"
        "\n>\n> One.\n>\n> Two.",
    ),
    "note": (":::{note}\nLook.\n:::", "> **Note** <!-- {note} -->\n>\n> Look."),
    "nested": (
        "::::{admonition} Out\n:::{note}\nIn.\n:::\n::::",
        "> **Out** <!-- {admonition} -->\n>\n> > **Note** <!-- {note} -->\n> >\n> > In.",
    ),
    "table of the book": (
        "Before.\n\n```{results} figure-1 paper\n```",
        "Before.\n\n<!-- {results} figure-1 paper -->*(The book has a table here.)*",
    ),
    "silent": ("```{provenance} figure-1\n```", "<!-- {provenance} figure-1 -->"),
    "label": ("(here)=\n# Title", '<a id="here"></a>\n\n# Title'),
    "equation": (
        "So\n\n$$a\n= b .$$ (eq-a)\n\nand {eq}`eq-b`.",
        'So\n\n<a id="eq-a"></a>\n\n$$a\n= b . \\tag{1}$$\n\nand [(2)](#eq-b "eq eq-b").',
    ),
    "equation in a quotation": (
        ":::{prf:lemma}\n$$a\n= b$$ (eq-a)\n:::",
        '> **Lemma.** <!-- {prf:lemma} -->\n>\n> <a id="eq-a"></a>\n>\n> $$a = b \\tag{1}$$',
    ),
    "page": (
        "{doc}`How to read </book/verdicts>` and {doc}`Figure 1 <figure-1>`",
        '[How to read](../book/verdicts.md "doc /book/verdicts") and '
        '[Figure 1](figure-1.ipynb "doc figure-1")',
    ),
    "page by its title": ("{doc}`figure-2`", '[Figure 2: again](figure-2.ipynb "doc figure-2 …")'),
    "erratum": (
        "{ref}`an erratum <erratum-a>`",
        '[an erratum](../book/errata.md#erratum-a "ref erratum-a")',
    ),
    "module": (
        "{py:mod}`~ovp_lib.maths.smooth`",
        '[`smooth`](../ovp_lib/maths/smooth.py "py:mod ~ovp_lib.maths.smooth …")',
    ),
    "download": (
        "{download}`all <../r/a.parquet>`",
        '[all](../r/a.parquet "download ../r/a.parquet")',
    ),
    "statement": ("by {prf:ref}`prop-a`", 'by [Proposition](#prop-a "prf:ref prop-a")'),
    "author": (
        "{cite:t}`li2019`",
        '[Li and Wu (2019)](https://arxiv.org/abs/1905.1 "cite:t li2019")',
    ),
    "two papers": (
        "{cite}`li2019,wu2020`",
        '[Li and Wu, 2019; wu2020](../book/references.md "cite li2019,wu2020")',
    ),
    "unknown role": ("{abbr}`NTK (kernel)`", '<span title="{abbr}">NTK (kernel)</span>'),
    "attributes": ("{.wide}\n![a](b)", "<!-- {.wide} -->\n![a](b)"),
    "code": ("`$\\R$ {cite}` and\n\n```python\n{doc} = r'\\R'\n:::{note}\n```", None),
    "quotation": ("> Somebody **says** so.\n> Twice.", None),
    "html": ("<details><summary>Answer</summary>\n\nNo.\n\n</details>", None),
    "link": ('[a](https://b.c "a title of two")', None),
}


@pytest.mark.parametrize("case", PAIRS)
def test_what_is_written_is_stored_plain_and_read_back(case: str) -> None:
    myst, plain = PAIRS[case]
    plain = myst if plain is None else plain
    assert to_plain(myst, LINKS) == plain
    assert to_plain(plain, LINKS) == plain
    back = to_myst(plain)
    if case == "equation in a quotation":  # its lines are joined
        back = back.replace("a = b", "a\n= b")
    if case == "box":  # macros are not told apart again
        back = back.replace(r"\mathfrak{C}_\varepsilon", r"\Ceps")
    assert back == myst


def test_a_formula_in_a_quotation_is_one_line() -> None:
    """Or viewers would take the marks of the quotation for signs of the formula."""
    stored = to_plain(":::{note}\nWith $a >\nb$ and\n$$c\nd$$\n:::")
    assert "$a > b$" in stored
    assert "$$c d$$" in stored


def test_equations_are_numbered_through_the_notebook_and_afresh() -> None:
    cells = ["$$a$$ (eq-x)", "$$b$$ (eq-y) {eq}`eq-x`"]
    stored = [to_plain(cell, notebook_links(cells, {}, {})) for cell in cells]
    assert r"\tag{2}" in stored[1]
    assert "[(1)]" in stored[1]
    turned = stored[::-1]
    again = [to_plain(cell, notebook_links(turned, {}, {})) for cell in turned]
    assert r"\tag{1}" in again[0]
    assert "[(2)]" in again[0]


def test_a_statement_is_referred_to_by_its_kind() -> None:
    cells = [":::{prf:proposition} p\n:class: x\n:label: prop-x\nIt.\n:::", "{prf:ref}`prop-x`"]
    links = notebook_links(cells, {}, {})
    assert re.match(r"\[Proposition\]", to_plain(cells[1], links))
