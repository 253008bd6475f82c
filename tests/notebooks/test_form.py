"""Stored notebooks are readable anywhere: plain Markdown, plain LaTeX, a PNG beside each SVG.

If not: ``ovp run NAME --out notebooks``, or ``ovp plain`` if only text was changed.
"""

import re

import pytest

from ovp_lib import home
from ovp_lib.evidence.claims import NARROW_MIMETYPE
from ovp_lib.lab.files import form
from ovp_lib.lab.files.macros import MACRO
from ovp_lib.pages import STATEMENTS
from tests.notebooks.prose import prose, read

MYST = re.compile(r"^:{3,}|^`{3,}\{|\{[a-z][\w:]*\}`|^\([\w-]+\)=$|\$\$ \([\w-]+\)$", re.MULTILINE)


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_macro_and_no_directive_is_left(name: str) -> None:
    notebook = read(name)
    texts = list(prose(notebook).values())
    figures = [c["metadata"].get("mystnb", {}).get("figure", {}) for c in notebook["cells"]]
    texts += [figure.get("caption", "") for figure in figures]
    assert [found[0] for text in texts for found in MYST.finditer(text)] == []
    assert [found[0] for text in texts for found in MACRO.finditer(text)] == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_has_its_form(name: str) -> None:
    titles = {stem: statement.title for stem, statement in STATEMENTS.items()}
    assert form.is_stored(read(name), name, form.of_project(home.ROOT, titles))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_picture_is_shown_to_those_who_do_not_trust_it(name: str) -> None:
    outputs = [output for cell in read(name)["cells"] for output in cell.get("outputs", [])]
    pictures = [o["data"] for o in outputs if "image/svg+xml" in o.get("data", {})]
    assert pictures
    assert all({"image/png", NARROW_MIMETYPE} <= set(data) for data in pictures)
