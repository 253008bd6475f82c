"""A new page, made from a template: a statement that runs, renders and is tested from the start.

What it measures is a placeholder, and its text says so. Its row of the inventory has to be there;
title, source and place in the book follow from it.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ovp_lib.errors import InputError
from ovp_lib.lab.book.inventory import INVENTORY, Inventory, read
from ovp_lib.pages import Statement

TEMPLATE = Path(__file__).with_name("template")

ENVIRONMENTS = ("theorem", "lemma", "corollary", "proposition", "remark", "definition", "algorithm")
"""What the book can put a statement into; anything else is a proposition."""

QUICK = {"seed": 0, "n_seeds": 8, "device": "auto", "sample_sizes": [100, 300, 1000, 3000]}
"""What the parameters cell of the template shows, but for its own dimension."""

CHANGELOG = "CHANGELOG.md"

LINE = 100
"""Characters in a line of code."""


def create(root: Path, statements: Mapping[str, Statement], name: str, row: str) -> list[str]:
    """Make the files of a new page, give it to its row, and add a line to the changelog.

    Args:
        root: folder of the project.
        statements: every statement that there is, by name.
        name: stem of the page: lower case, digits and hyphens.
        row: full id of its row in the inventory, for instance ``resnet/section-6``.

    Returns:
        The paths of what was written, from ``root``.

    Raises:
        InputError: a name that is no stem or is taken, a row that is not there or has claims
            already, or a file that is in the way. Nothing has been written then.
    """
    inventory = read(root, statements)
    _require_free(inventory, statements, name, row)
    words = _words(inventory, statements, name, row)
    stem = words["STEM"]
    # Every text is made before the first file is written, so that a refusal leaves nothing behind.
    files = {
        f"ovp_lib/pages/{stem}/__init__.py": f'"""{words["TITLE"]}."""\n',
        f"ovp_lib/pages/{stem}/statement.py": _filled("statement.py.txt", words),
        f"tests/pages/{stem}/__init__.py": _filled("moves.py.txt", words),
        f"notebooks/{name}.ipynb": _notebook(_filled("notebook.txt", words)),
        INVENTORY: _with_claims((root / INVENTORY).read_text(encoding="utf-8"), name, row),
        CHANGELOG: _with_line((root / CHANGELOG).read_text(encoding="utf-8"), words),
    }
    made = [path for path in files if path not in {INVENTORY, CHANGELOG}]
    if existing := [path for path in made if (root / path).exists()]:
        raise InputError(f"{', '.join(existing)}: there already")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(files)


def _require_free(
    inventory: Inventory, statements: Mapping[str, Statement], name: str, row: str
) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InputError(f"a page is named like resnet-mirror-descent, not {name!r}")
    if name in statements:
        raise InputError(f"there is a page {name} already")
    if row not in inventory.rows:
        waiting = [id_ for id_, each in inventory.rows.items() if each.state == "to come"]
        raise InputError(f"no row {row!r} in {INVENTORY}; to come are {', '.join(waiting)}")
    if inventory.rows[row].claims:
        pages = ", ".join(inventory.pages[row])
        raise InputError(f"{row} is judged by {pages} already; edit {INVENTORY} by hand")


def _words(
    inventory: Inventory, statements: Mapping[str, Statement], name: str, row: str
) -> dict[str, str]:
    """Return what the template leaves open."""
    document, content = inventory.documents[row.partition("/")[0]], inventory.rows[row]
    kind = content.label.partition(" ")[0].lower()
    return {
        "NAME": name,
        "NAME_IN_WORDS": content.name,
        "STEM": name.replace("-", "_"),
        "CLASS": "".join(part.capitalize() for part in name.split("-")) + "Parameters",
        "TITLE": f"{content.label}: {content.name}",
        "LABEL": content.label,
        "SAYS": content.says,
        "KIND": kind if kind in ENVIRONMENTS else "proposition",
        "CITE": document.cite,
        "SOURCE": f"{document.source}, {content.label}",
        "ROW": row,
        "FEEDS": _feeds(inventory.feeds[row]),
        "PLACE": str(_place(inventory, statements, document.part)),
        "PARAMETERS": "\n".join(
            f"{key} = {json.dumps(value)}" for key, value in {**QUICK, "dimension": 6}.items()
        ),
    }


def _feeds(rows: Sequence[str]) -> str:
    """Return the argument of the statement as it is formatted, or nothing."""
    if not rows:
        return ""
    line = f"feeds=({', '.join(map(json.dumps, rows))}{',' if len(rows) == 1 else ''}),"
    lines = ["feeds=(", *(f"    {json.dumps(row)}," for row in rows), "),"]
    return "".join(f"\n    {each}" for each in ([line] if len(line) < LINE - 4 else lines))


def _place(inventory: Inventory, statements: Mapping[str, Statement], part: str) -> int:
    """Return a place behind the pages of the same part, or behind all if it has none."""
    places = {each.place: inventory.documents[each.paper].part for each in statements.values()}
    same = [place for place, of_part in places.items() if of_part == part]
    place = max(same or places, default=0) + 1
    while place in places:
        place += 1
    return place


def _filled(template: str, words: Mapping[str, str]) -> str:
    text = (TEMPLATE / template).read_text(encoding="utf-8")
    return re.sub("@([A-Z_]+)@", lambda found: words[found[1]], text)


def _notebook(text: str) -> str:
    """Return a notebook from cells that begin with ``%% kind [tags]``."""
    cells = list(_cells(text))
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def _cells(text: str) -> Iterator[dict[str, Any]]:
    for number, block in enumerate(re.split(r"(?m)^%% ", text)[1:]):
        head, _, source = block.partition("\n")
        kind, *tags = head.split()
        metadata: dict[str, Any] = {"tags": tags} if tags else {}
        if source.startswith("{"):  # what stands on a closed box, or caption and alt text
            words, _, source = source.partition("\n")
            metadata["mystnb"] = _shown(json.loads(words), source)
        if "exercise-answer" in tags:
            metadata["jupyter"] = {"source_hidden": True}
        cell = {"cell_type": kind, "id": f"cell-{number:02}", "metadata": metadata}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        yield {**cell, "source": source.rstrip("\n").splitlines(keepends=True)}


def _shown(words: Mapping[str, str], source: str) -> dict[str, Any]:
    if prompt := words.get("prompt"):
        return {"code_prompt_show": prompt, "code_prompt_hide": prompt}
    published = re.search(r'figures\.publish\(figure, "([^"]+)"\)', source)
    assert published is not None
    figure = {"caption": words["caption"], "name": f"fig-{published[1]}"}
    return {"figure": figure, "image": {"alt": words["alt"]}}


def _with_claims(text: str, name: str, row: str) -> str:
    """Return the inventory where the row has the claims of the page, and no longer an excuse."""
    document, _, id_ = row.partition("/")
    block = re.search(rf"(?ms)^{document}:\n.*?(^    {re.escape(id_)}:\n(?:      [^\n]*\n)+)", text)
    assert block is not None
    lines = [line for line in block[1].splitlines() if not line.startswith("      feeds:")]
    claimed = [
        f"      claims: [{name}.*]" if line.startswith("      why:") else line
        for line in lines
        if not line.startswith("      needs:")
    ]
    return text[: block.start(1)] + "\n".join(claimed) + "\n" + text[block.end(1) :]


def _with_line(text: str, words: Mapping[str, str]) -> str:
    """Return the changelog with a line on the page as the last one of what was added."""
    line = f"- {words['TITLE']} (`{words['NAME']}`): {words['SAYS']}."
    head = re.search(r"(?s)## \[Unreleased\]\n.*?### Added\n\n.*?(?=\n### |\n## |\Z)", text)
    if head is None:
        raise InputError(f"{CHANGELOG} has no section Added under Unreleased")
    wrapped = "\n  ".join(textwrap.wrap(line, 98, break_on_hyphens=False))
    return text[: head.end()].rstrip("\n") + f"\n{wrapped}\n" + text[head.end() :]
