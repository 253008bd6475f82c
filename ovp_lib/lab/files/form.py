"""The form in which notebooks are stored: plain Markdown, and two cells that every one has.

The first of these says what the notebook is and, once the repository has an address, has badges of
Binder and Colab; the second installs the library where it is missing. The book leaves both out.
Neither is written by hand: ``ovp run NAME --out notebooks`` stores a notebook in this form, and
``ovp plain`` brings only its text into it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.address import repository
from ovp_lib.lab.files.macros import expand
from ovp_lib.lab.files.myst import to_myst
from ovp_lib.lab.files.notebooks import Notebook
from ovp_lib.lab.files.plain import notebook_links, to_plain

ABOUT, INSTALL = "ovp-about", "ovp-install"
"""Ids of the two cells."""

UNSEEN = ["remove-cell"]
"""Their tag: the book does without them."""

BRANCH = "main"


@dataclass(frozen=True)
class Form:
    """What the form of a notebook depends on, beside the notebook.

    Attributes:
        cited: authors and year of each reference, and its address, by its key.
        titles: of the pages, by stem.
        address: of the repository; empty if it has none yet.
    """

    cited: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def of_project(root: Path, titles: Mapping[str, str]) -> Form:
    """Return the form of the notebooks of a project.

    Args:
        root: folder of the project; what it has no file for is left open.
        titles: of its pages, by stem.

    Returns:
        The form.
    """
    references = root / "book" / "references.bib"
    text = references.read_text(encoding="utf-8") if references.is_file() else ""
    return Form(cited(text), titles, repository(root))


_FIELD = re.compile(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
"""A field of a BibTeX entry; inside of it braces may keep the case of a word."""


def cited(bibliography: str) -> dict[str, tuple[str, str, str]]:
    """Return what a notebook shows of each reference.

    Args:
        bibliography: text of a BibTeX file.

    Returns:
        Its authors, its year and its address on arXiv (empty if it has none), by its key.

    Example:
        >>> cited("@misc{a, author = {Li, Yi and Wu, Bo}, year = {2019}, eprint = {1905.1}}")
        {'a': ('Li and Wu', '2019', 'https://arxiv.org/abs/1905.1')}
        >>> cited("@misc{b, author = {{LeCun}, Yann and Wu, Bo}, title = {On {SGD}}}")
        {'b': ('LeCun and Wu', '', '')}
    """
    found = {}
    for entry in re.split(r"(?m)^@", bibliography)[1:]:
        key = re.match(r"\w+\{([^,]+),", entry)
        fields = dict(_FIELD.findall(entry))
        if key is not None:
            paper = fields.get("eprint", "")
            link = f"https://arxiv.org/abs/{paper}" if paper else ""
            found[key[1]] = (_surnames(fields.get("author", "")), fields.get("year", ""), link)
    return found


def _surnames(authors: str) -> str:
    names = authors.replace("{", "").replace("}", "").split(" and ")
    *first, last = [name.split(",")[0].strip() for name in names]
    return f"{', '.join(first)} and {last}" if first else last


def store(notebook: Notebook, name: str, form: Form) -> None:
    """Bring a notebook into the form in which it is stored, in place.

    Args:
        notebook: a notebook; one whose first cell is a title gets the two cells behind it.
        name: its stem.
        form: what it depends on.

    Raises:
        ValueError: if a formula cannot be read.
    """
    plain(notebook, form)
    if not notebook["cells"] or notebook["cells"][0]["cell_type"] != "markdown":
        return  # no page of the book
    rest = [cell for cell in notebook["cells"] if cell.get("id") not in (ABOUT, INSTALL)]
    before = {cell.get("id"): cell for cell in notebook["cells"]}
    install = _cell("code", INSTALL, install_source(form.address))
    # A cell that is the same stays, since a new one would lose its execution count and outputs.
    present = before.get(INSTALL)
    if present is not None and notebooks.source(present) == install["source"]:
        install = present
    about = _cell("markdown", ABOUT, about_source(name, form.address))
    notebook["cells"] = [*rest[:1], about, install, *rest[1:]]


def plain(notebook: Notebook, form: Form) -> None:
    """Bring the text of a notebook into its stored form, in place; its code and cells stay.

    Args:
        notebook: the notebook; captions of its figures belong to the text.
        form: what it depends on.

    Raises:
        ValueError: if a formula cannot be read.
    """
    texts = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    links = notebook_links([notebooks.source(c) for c in texts], form.cited, form.titles)
    for cell in texts:
        _rewrite(cell, to_plain(notebooks.source(cell), links))
    for cell in notebook["cells"]:
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            figure["caption"] = expand(figure["caption"])


def book(notebook: Notebook) -> None:
    """Turn the text of a stored notebook back into MyST, in place.

    Args:
        notebook: the notebook, as it is stored.
    """
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            _rewrite(cell, to_myst(notebooks.source(cell)))


def is_stored(notebook: Notebook, name: str, form: Form) -> bool:
    """Return whether a notebook is in its stored form.

    Args:
        notebook: the notebook, which is left as it is.
        name: its stem.
        form: what the form depends on.
    """
    after = {**notebook, "cells": [_copy(cell) for cell in notebook["cells"]]}
    store(after, name, form)
    pairs = [[(c["cell_type"], notebooks.source(c)) for c in n["cells"]] for n in (notebook, after)]
    return pairs[0] == pairs[1]


def about_source(name: str, address: str) -> str:
    """Return what the first of the two cells says.

    Args:
        name: stem of the notebook.
        address: of the repository; empty if it has none yet.
    """
    words = (
        "This notebook is a page of the book *Over-parameterised networks, executed*, which adds "
        f"captions, links and tables. All numbers are here. To run it again: `ovp run {name}`."
    )
    if not address:
        return words
    path = f"notebooks/{name}.ipynb"
    where = address.removeprefix("https://github.com/")
    binder = f"https://mybinder.org/v2/gh/{where}/{BRANCH}?labpath={path}"
    colab = f"https://colab.research.google.com/github/{where}/blob/{BRANCH}/{path}"
    badges = (
        f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder}) "
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    )
    return f"{badges}\n\n{words}"


def install_source(address: str) -> str:
    """Return the code of the second cell, which does nothing where the library is installed.

    Args:
        address: of the repository; empty if it has none yet, and the cell says what to do.
    """
    needed = (
        f'package = "ovp-companion[run] @ git+{address}"\n'
        '    subprocess.run([sys.executable, "-m", "pip", "install", "-q", package], check=True)'
        if address
        else "print(\"ovp_lib is missing: in a checkout of the book, pip install '.[run]'\")"
    )
    imports = "import subprocess\nimport sys\n" if address else ""
    return (
        "# Installs the library where it is missing (Colab, Kaggle); elsewhere it does nothing.\n"
        f"import importlib.util\n{imports}\n"
        f'if importlib.util.find_spec("ovp_lib") is None:\n    {needed}'
    )


def _cell(kind: str, id_: str, source: str) -> Any:
    cell = {"cell_type": kind, "id": id_, "metadata": {"tags": [*UNSEEN]}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _copy(cell: Mapping[str, Any]) -> dict[str, Any]:
    metadata = dict(cell["metadata"])
    if "figure" in metadata.get("mystnb", {}):
        shown = metadata["mystnb"]
        metadata["mystnb"] = {**shown, "figure": dict(shown["figure"])}
    return {**cell, "metadata": metadata}


def _rewrite(cell: dict[str, Any], source: str) -> None:
    """Give a cell other text, in the form (string or lines) that it has."""
    lines = source.splitlines(keepends=True)
    cell["source"] = lines if isinstance(cell["source"], list) else source
