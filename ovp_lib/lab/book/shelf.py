"""The shelf: what of the book follows from statements, inventory and library, and nobody types.

``ovp shelf`` writes it, and a test compares it with what is stored. The pages of the API are whole
files; in other files it is what stands between a line with ``begin NAME`` and one with
``end NAME``. All the rest of those files is written by people.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from ovp_lib.errors import InputError
from ovp_lib.lab.book import coverage, errata, findings, front, pictures, symbols
from ovp_lib.lab.book.api_pages import PACKAGES, TOP, api_pages
from ovp_lib.lab.book.drawing import draw
from ovp_lib.lab.book.inventory import Inventory, read
from ovp_lib.lab.files.address import repository
from ovp_lib.pages import Statement


def generated(root: Path, statements: Mapping[str, Statement]) -> dict[str, str]:
    """Return the text that every file with something generated in it should have.

    Args:
        root: folder of the project.
        statements: every statement by name, in the order of the book.

    Returns:
        The texts by path from ``root``.

    Raises:
        InputError: the inventory or the symbols do not fit the statements, an erratum lacks
            something, or a file the lines between which something belongs.
    """
    inventory = read(root, statements)
    claims = findings.on_record(root)
    door = _front(root)
    blocks = {
        "_toc.yml": {"statements": _contents(inventory, statements), "api": _api_contents()},
        "README.md": {
            **door,
            "findings": findings.rows(claims),
            "legend": front.legend(inventory),
            "coverage": f"{coverage.sentence(inventory)}\n{front.missing(inventory)}",
        },
        "book/index.md": {
            **door,
            "findings": findings.cards(claims),
            "coverage": "\n\n".join(
                say(inventory) for say in (front.bar, front.labels, front.missing)
            ),
        },
        "book/argument.md": {"reading": front.reading(root)},
        "CITATION.cff": {"address": front.citation(root)},
        "book/errata.md": errata.blocks(root, inventory.documents, repository(root)),
        "book/map.md": _map(inventory),
        "book/symbols.md": symbols.tables(root, statements),
    }
    filled = {
        path: fill((root / path).read_text(encoding="utf-8"), parts, path)
        for path, parts in blocks.items()
    }
    drawn = {each.picture: pictures.svg(root, each.name) for each in findings.FINDINGS}
    return {**filled, **drawn, front.COVERAGE: front.bar_file(inventory), **api_pages(root)}


def write(root: Path, statements: Mapping[str, Statement]) -> list[str]:
    """Write what is not as it should be, and return the paths of what was written.

    Args:
        root: folder of the project.
        statements: every statement by name, in the order of the book.

    Returns:
        The paths from ``root``.
    """
    changed = []
    for path, text in generated(root, statements).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def fill(text: str, blocks: Mapping[str, str], path: str) -> str:
    r"""Put every block between the two lines of its name.

    Args:
        text: the whole text.
        blocks: what belongs there, by name.
        path: where the text is from, for the message.

    Returns:
        The text with new blocks.

    Raises:
        InputError: if the two lines of a block are not there exactly once.

    Example:
        >>> print(fill("% begin sum (of one and one)\n3\n% end sum", {"sum": "2"}, "sums.md"))
        % begin sum (of one and one)
        2
        % end sum
    """
    for name, block in blocks.items():
        first, last = (rf"^[^\n]*\b{word} {name}(?![\w-])" for word in ("begin", "end"))
        found = list(re.finditer(rf"(?sm){first}[^\n]*\n(.*?){last}", text))
        if len(found) != 1:
            raise InputError(
                f"{path} has {len(found)} times the lines 'begin {name}' and 'end {name}'"
            )
        # By slices: in the replacement of re.sub the backslashes of formulas would be escapes.
        text = f"{text[: found[0].start(1)]}{block}\n{text[found[0].end(1) :]}"
    return text


def _contents(inventory: Inventory, statements: Mapping[str, Statement]) -> str:
    """Return the parts of the table of contents that hold the pages of the statements."""
    parts: dict[str, list[str]] = {}
    for name, statement in statements.items():
        parts.setdefault(inventory.documents[statement.paper].part, []).append(name)
    lines = []
    for part, names in parts.items():
        lines += [f"  - caption: {part}", "    chapters:"]
        for name in names:
            lines += [f"      - file: notebooks/{name}"]
            lines += [f"        title: {json.dumps(short(inventory, statements[name]))}"]
    return "\n".join(lines)


def short(inventory: Inventory, statement: Statement) -> str:
    """Return the name of a page in the sidebar, whose caption says the paper.

    Args:
        inventory: with the row of the statement.
        statement: the statement.

    Returns:
        What it says, or the first part of its title and the name of its row.
    """
    named = f"{inventory.titles[statement.name]}: {inventory.rows[statement.row].name}"
    return statement.short or named


def _api_contents() -> str:
    return "\n".join(f"          - file: book/api/{name}" for name in (*PACKAGES, TOP))


def _front(root: Path) -> dict[str, str]:
    """Return the blocks that the front page and the README share."""
    return {
        "commands": front.commands(root),
        "ask": front.ask(root),
        "papers": front.papers(root),
    }


def _map(inventory: Inventory) -> dict[str, str]:
    """Return the blocks of the map: legend, summary, and for each document drawing and table."""
    blocks = {
        "legend": coverage.legend(),
        "summary": coverage.summary(inventory),
        "missing": coverage.missing(inventory),
    }
    for name in inventory.documents:
        drawing = f'```{{raw}} html\n<div class="ovp-scroll">\n{draw(inventory, name)}\n</div>\n```'
        blocks[name] = f"{drawing}\n\n{coverage.rows(inventory, name)}"
    return blocks
