"""What each parameter moves, at the tiny preset; `python -m tests.pages.moves` puts it on record.

Every page is run once as it is and once with each parameter changed, to the value that its tests
take (``MOVES``). The claims whose numbers then differ, and the figures whose data do, are in
``results/moves.json``, by page and parameter. ``ovp list NAME`` and ``ovp run`` show it; the tests
of the pages hold it against what they compute anyway.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ovp_lib.pages import STATEMENTS
from tests.notebooks.conftest import Run, cells_runner, data, numbers
from tests.pages.remembered import remember

RECORD = Path(__file__).parents[2] / "results" / "moves.json"

Moved = dict[str, list[str]]
"""Ids of ``claims``, and names of the ``data`` of figures."""


def moves(name: str) -> dict[str, tuple[Any, str]]:
    """Return for each parameter another value, and what it must move."""
    module = import_module(f"tests.pages.{name.replace('-', '_')}")
    return dict(getattr(module, "MOVES", {}))


def changes(parameter: str, value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {parameter: value}


def moved(before: Run, after: Run, *, whole: bool = False) -> Moved:
    """Return which claims and data differ between two runs; the second may have ended early.

    In a whole run a claim that cannot be judged any more has moved, too.
    """
    was, now = numbers(before), numbers(after)
    old, new = data(before), data(after)
    return {
        "claims": [id_ for id_ in was if (id_ in now or whole) and was[id_] != now.get(id_)],
        "data": [file for file in old if file in new and old[file] != new[file]],
    }


def of_page(run: Callable[..., Run], name: str) -> dict[str, Moved]:
    """Run a page with each of its parameters changed."""
    before = run(name)
    return {
        parameter: moved(before, run(name, **changes(parameter, value)), whole=True)
        for parameter, (value, _) in moves(name).items()
    }


def main(names: list[str]) -> None:
    """Put pages on record, all of them if none is named; others keep what they have."""
    found = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    for name in names or STATEMENTS:
        with pytest.MonkeyPatch.context() as patch:
            remember(patch)
            found[name] = of_page(cells_runner(patch, lenient=True), name)
        in_order = {each: found[each] for each in STATEMENTS if each in found}
        RECORD.write_text(json.dumps(in_order, indent=1) + "\n")
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
