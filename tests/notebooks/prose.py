"""Numbers in the prose of notebooks; `python -m tests.notebooks.prose` puts them on record.

A run cannot contradict what a markdown cell or a card says. So every number there, in digits or in
words, is on record in ``prose.json`` with a few words around it, and a number that changed is a
failing test until somebody has looked at the difference and renewed the record. What can be
computed is also computed again by ``test_prose.py``.
"""

import json
import re
from pathlib import Path
from typing import Any

from ovp_lib.pages import STATEMENTS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
RECORD = Path(__file__).with_name("prose.json")

WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million|"
    "twice|half|halves|third|quarter|fifths?|tenth"
)
NUMBER = re.compile(rf"\d+(?:[.,]\d+|\{{,\}}\d+|[ ]\d{{3}}\b)*|\b(?:{WORDS})\b", re.IGNORECASE)

BEFORE, AFTER = 24, 12
"""Characters shown around a number."""


def numbers(text: str) -> list[str]:
    """Return every number of a text between bars, with what stands around it.

    Example:
        >>> numbers("It takes 800 epochs.")
        ['It takes |800| epochs.']
    """
    plain = " ".join(text.split())
    return [
        f"{plain[max(0, m.start() - BEFORE) : m.start()]}|{m[0]}|{plain[m.end() : m.end() + AFTER]}"
        for m in NUMBER.finditer(plain)
    ]


def prose(notebook: dict[str, Any]) -> dict[str, str]:
    """Return the markdown cells of a notebook by their ids, in order."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def on_record(notebook: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is put on record of a notebook: the numbers of each markdown cell, in order."""
    return {cell: numbers(text) for cell, text in prose(notebook).items()}


def on_card(stem: str) -> list[str]:
    """Return the numbers in what is written by hand on the card of a page."""
    card = STATEMENTS[stem].card
    return numbers(card.text) if card else []


def read(stem: str) -> dict[str, Any]:
    """Read a stored notebook."""
    notebook: dict[str, Any] = json.loads((NOTEBOOKS / f"{stem}.ipynb").read_text())
    return notebook


def main() -> None:
    """Write the record."""
    stems = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    record = {stem: {"card": on_card(stem), **on_record(read(stem))} for stem in stems}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
