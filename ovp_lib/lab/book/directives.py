"""What the directives of the book share: paths, links to pages, errors, tables."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from ovp_lib.errors import InputError, NotebookError

NOTEBOOKS = "notebooks"
"""Folder of the notebooks in a book's source directory."""

RESULTS = "results"
"""Folder of the records of longer runs there, with a folder for each preset."""

Cell: TypeAlias = str | nodes.Node
"""What a line of a table's cell holds."""

Row: TypeAlias = Sequence[Cell | list[Cell]]
"""The cells of a row; a list is a cell of several lines."""


class LabDirective(SphinxDirective):
    """Base of the directives: paths of notebooks, and errors that name their place."""

    def run(self) -> list[nodes.Node]:
        """Show the content; what is wrong with a notebook becomes an error of this page."""
        try:
            return self.show()
        except (InputError, NotebookError) as error:
            raise self.error(str(error)) from error

    def show(self) -> list[nodes.Node]:
        """Return the nodes to insert."""
        raise NotImplementedError

    def notebook(self, name: str) -> Path:
        """Return a notebook's path, on whose content this page depends from now on.

        Args:
            name: stem of the notebook.

        Returns:
            The path, whether or not there is a file.
        """
        path = Path(self.env.srcdir) / NOTEBOOKS / f"{name}.ipynb"
        self.env.note_dependency(str(path))
        return path

    def page(self, name: str) -> nodes.Node:
        """Return a link to a notebook's page that reads as the page's title.

        Args:
            name: stem of the notebook.

        Returns:
            A reference, which Sphinx resolves later.
        """
        target = f"/{NOTEBOOKS}/{name}"
        link = addnodes.pending_xref(
            "",
            nodes.inline("", name),
            refdomain="std",
            reftype="doc",
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        self.set_source_info(link)
        return link


def table(columns: Row, rows: Iterable[Row], *, css: str) -> nodes.Node:
    """Return a table that scrolls sideways where the screen is narrow.

    Args:
        columns: headings of the columns.
        rows: cells of each row, as many as there are columns.
        css: class of the table in the style sheet.

    Returns:
        A container with the table in it.
    """
    group = nodes.tgroup("", cols=len(columns))
    group += [nodes.colspec("", colwidth=1) for _ in columns]
    group += nodes.thead("", _row(columns))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.container("", nodes.table("", group, classes=[css]), classes=["ovp-scroll"])


def _row(cells: Row) -> nodes.row:
    return nodes.row("", *(nodes.entry("", *_paragraphs(cell)) for cell in cells))


def _paragraphs(cell: Cell | list[Cell]) -> list[nodes.paragraph]:
    lines = cell if isinstance(cell, list) else [cell]
    return [
        nodes.paragraph("", "", nodes.Text(line) if isinstance(line, str) else line)
        for line in lines
    ]
