"""Which claims a parameter moves, as the tests of the pages found it at the tiny preset.

``results/moves.json`` is written by ``python -m tests.pages.moves``.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

FILE = "moves.json"

Moves: TypeAlias = Mapping[str, Mapping[str, list[str]]]
"""Ids of ``claims``, and names of the ``data`` of figures, by parameter."""


def read(results: Path, name: str) -> Moves:
    """Return what each parameter of a page moves.

    Args:
        results: folder of the record.
        name: of the page.

    Returns:
        By parameter; nothing if it is not on record.
    """
    path = results / FILE
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return dict(found.get(name, {}))


def in_words(moves: Moves, parameter: str, claims: int) -> str:
    """Say what a parameter moves.

    Args:
        moves: of its page.
        parameter: its name.
        claims: number of claims of the page.

    Returns:
        How many claims and which ones; figures where no claim moves; a dash if nothing is known.

    Example:
        >>> in_words({"phi": {"claims": [], "data": ["h"]}}, "phi", 12)
        'none of 12 claims, figure h'
        >>> in_words({"eps": {"claims": ["a.risk", "a.rate"], "data": []}}, "eps", 12)
        '2 of 12 claims: risk, rate'
    """
    if parameter not in moves:
        return "–"
    ids, data = moves[parameter]["claims"], moves[parameter]["data"]
    if not ids:
        figures = f", figure {', '.join(data)}" if data else ""
        return f"none of {claims} claims{figures}"
    if len(ids) == claims:
        return f"all {claims} claims"
    return f"{len(ids)} of {claims} claims: {', '.join(_short(ids))}"


def _short(ids: Iterable[str]) -> list[str]:
    """Return ids without the part that all claims of a page have in common."""
    ids = list(ids)
    labels = {id_.partition(".")[0] for id_ in ids}
    return [id_.partition(".")[2] for id_ in ids] if len(labels) == 1 else ids
