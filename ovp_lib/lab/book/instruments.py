"""Interactive figures in the book: their place on a page, their numbers, their scripts.

The numbers are computed while the book is rendered and travel in the page, and only a page that has
an instrument loads scripts for it. Without JavaScript nothing of it is shown.
"""

import html
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from ovp_lib.errors import InputError
from ovp_lib.lab.book.directives import NOTEBOOKS, RESULTS, LabDirective
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.sweeps.results import read_committed
from ovp_lib.pages import STATEMENTS, Statement
from ovp_lib.pages.instrument import Instrument, rounded

SHARED = ("base", "plot")
"""Scripts that every instrument needs, in ``book/_assets/instruments``."""

TITLE, ANCHOR = "Try it", "try-it"
"""Heading of the section that has the instrument of a page, and its anchor."""

SIGNIFICANT_DIGITS = 9
"""Most digits kept of a number: some errors of 1e-8 are differences of such numbers."""


class instrument_node(nodes.General, nodes.Element):  # type: ignore[misc]
    """An interactive figure; ``script`` is its script, ``html`` the element with its data."""


@dataclass(frozen=True)
class PageSource:
    """The tables of a page, from the source directory of a book.

    Attributes:
        notebook: path of the page's notebook.
        results: folder of the tables of sweeps.
    """

    notebook: Path
    results: Path

    def published(self, name: str) -> pd.DataFrame:
        """Return the numbers of a figure, as a reader downloads them.

        Args:
            name: of the download, without its ending.

        Returns:
            The table.

        Raises:
            InputError: if the notebook offers no such download.
        """
        found = notebooks.downloads(notebooks.read(self.notebook))
        if name not in found:
            offered = ", ".join(found) or "none"
            raise InputError(f"{self.notebook.name} offers no table {name!r}, but {offered}")
        return pd.read_csv(io.StringIO(found[name]))

    def sweep(self, name: str, preset: str) -> pd.DataFrame:
        """Return the committed table of a sweep.

        Args:
            name: of the sweep.
            preset: of its grid.

        Returns:
            The table.

        Raises:
            InputError: if there is none, or if it is damaged.
        """
        return read_committed(self.results / name / f"{preset}.parquet")[0]


def element(statement: Statement, source: PageSource) -> str:
    """Return the element of a statement's instrument, with its numbers.

    Args:
        statement: one that has an instrument.
        source: its tables.

    Returns:
        HTML, hidden until the script finds it.

    Raises:
        InputError: if the statement has none.
    """
    instrument = statement.instrument
    if instrument is None:
        having = ", ".join(name for name, each in STATEMENTS.items() if each.instrument)
        raise InputError(f"{statement.name} has no instrument; there are those of {having}")
    return carried(instrument, instrument.numbers(source))


def carried(instrument: Instrument, numbers: Mapping[str, Any]) -> str:
    """Return the element that a script brings to life.

    Args:
        instrument: whose script it is.
        numbers: JSON-ready values, or arrays of finite numbers.

    Returns:
        HTML, hidden, with the numbers in it.

    Raises:
        ValueError: if a number is not finite, which JSON cannot carry.
    """
    values = {key: _plain(value) for key, value in numbers.items()}
    payload = json.dumps(values, allow_nan=False, separators=(",", ":"))
    payload = payload.replace("</", "<\\/")  # the only way to end the element early
    return (
        f'<div class="ovp-instrument" data-instrument="{html.escape(instrument.script)}" '
        f'role="group" aria-label="{html.escape(instrument.label)}" hidden>'
        f'<script type="application/json">{payload}</script></div>'
    )


def _plain(value: Any) -> Any:
    """Return arrays as nested lists of short numbers."""
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, float):
        return rounded(value, SIGNIFICANT_DIGITS)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in (value.tolist() if hasattr(value, "tolist") else value)]


class InstrumentDirective(LabDirective):
    """``{instrument} <stem>``: the instrument of a statement, on any page."""

    required_arguments = 1

    def show(self) -> list[nodes.Node]:
        """Return its node."""
        (name,) = self.arguments
        if name not in STATEMENTS:
            raise InputError(f"no statement {name!r}; there are {', '.join(STATEMENTS)}")
        return [_node(self.env, STATEMENTS[name])]


class PlaceInstrument(SphinxTransform):
    """Put the instrument of a statement on its page, before the first section."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        """Insert a section with the instrument, if the page is that of a statement with one."""
        folder, _slash, name = self.env.docname.rpartition("/")
        statement = STATEMENTS.get(name)
        if folder != NOTEBOOKS or statement is None or statement.instrument is None:
            return
        page = next(iter(self.document.findall(nodes.section)), None)
        if page is None:
            return
        section = nodes.section("", nodes.title("", TITLE), ids=[ANCHOR])
        section += _node(self.env, statement)
        page.insert(_first_section(page), section)


def _first_section(page: nodes.section) -> int:
    sections = (
        index for index, child in enumerate(page.children) if isinstance(child, nodes.section)
    )
    return next(sections, len(page))


def _node(env: BuildEnvironment, statement: Statement) -> instrument_node:
    source = PageSource(
        Path(env.srcdir) / NOTEBOOKS / f"{statement.name}.ipynb", Path(env.srcdir) / RESULTS
    )
    env.note_dependency(str(source.notebook))
    html = element(statement, source)
    assert statement.instrument is not None  # `element` has refused it
    return instrument_node("", script=statement.instrument.script, html=html)


def add_scripts(
    app: Sphinx, _page: str, _template: str, _context: Any, doctree: nodes.document | None
) -> None:
    """Let a page with an instrument load what it needs, and no other page.

    Args:
        app: the application, given by Sphinx.
        doctree: of the page; None for those without a source.
    """
    found = [] if doctree is None else doctree.findall(instrument_node)
    if scripts := dict.fromkeys(each["script"] for each in found):
        for name in (*SHARED, *scripts):
            app.add_js_file(f"instruments/{name}.js", loading_method="defer")


def _visit(writer: Any, node: instrument_node) -> None:
    writer.body.append(node["html"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register node, directive and the place on the page.

    Args:
        app: the application, given by Sphinx.
    """
    app.add_node(instrument_node, html=(_visit, None))
    app.add_directive("instrument", InstrumentDirective)
    app.add_transform(PlaceInstrument)
    app.connect("html-page-context", add_scripts)
