"""Words by which the search finds a page at once: those people use, and the labels of statements.

Sphinx ranks an entry of an index that equals the query above everything else. Such entries are put
into every page: from ``book/search.yml``, from the title of its statement, and from the inventory.
A statement that no page judges is found on the map.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from ovp_lib.errors import InputError
from ovp_lib.lab.book import inventory
from ovp_lib.lab.book.directives import NOTEBOOKS
from ovp_lib.lab.book.drawing import anchor
from ovp_lib.pages import STATEMENTS

WORDS = "book/search.yml"
MAP = "book/map"

Entry = tuple[str, str]
"""What people look for, and where on the page it is: the id of an element, or nothing."""


def words(root: Path) -> dict[str, list[str]]:
    """Read by which words people look for a page.

    Args:
        root: folder of the project.

    Returns:
        The words by the name of the page; none if there is no such file.

    Raises:
        InputError: if a page has the same words twice, or an entry is no text.
    """
    path = root / WORDS
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for page, given in found.items():
        if not all(isinstance(each, str) for each in given):
            raise InputError(f"{WORDS}: {page} has an entry that is no text")
        if len({each.lower() for each in given}) < len(given):
            raise InputError(f"{WORDS}: {page} has the same words twice")
    return dict(found)


def labels(root: Path) -> dict[str, list[Entry]]:
    """Return by which labels of statements each page is found.

    Args:
        root: folder of the project.

    Returns:
        The entries by the name of the page; the map has those that no page judges.
    """
    found: dict[str, list[Entry]] = {
        f"{NOTEBOOKS}/{name}": [(each.title.partition(":")[0], "")]
        for name, each in STATEMENTS.items()
    }
    if not (root / inventory.INVENTORY).is_file():
        return found
    book = inventory.read(root, STATEMENTS)
    main = next(iter(book.documents.values())).part
    for id_, row in book.rows.items():
        pages, document = book.pages[id_], id_.partition("/")[0]
        page, place = (f"{NOTEBOOKS}/{pages[0]}", "") if pages else (MAP, anchor(id_))
        owner = "" if book.documents[document].part == main else f"{document} "
        found.setdefault(page, []).extend(
            (said, place) for said in _said(owner, row.label, row.name)
        )
    return found


def _said(owner: str, label: str, name: str) -> Iterator[str]:
    """Return what a statement may be called: its label, the first part of it, what it is about.

    Where two papers have a statement of one number, the plain label is that of the main paper.
    """
    yield f"{owner}{label}"
    yield f"{owner}{label.partition(',')[0].partition(';')[0]}"
    yield name


def add_entries(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the entries of a page into it, where the search finds them; called by Sphinx.

    Args:
        app: the application.
        doctree: the page.
        page: its name.
    """
    entries = _entries(Path(app.srcdir)).get(page, [])
    if entries:
        made = [("single", said, place, "main", None) for said, place in dict.fromkeys(entries)]
        doctree.append(addnodes.index(entries=made))


@cache
def _entries(root: Path) -> dict[str, list[Entry]]:
    """Return all entries by page; read once in a process, since every page asks for them."""
    found = labels(root)
    for page, given in words(root).items():
        found[page] = [(each, "") for each in given] + found.get(page, [])
    return found
