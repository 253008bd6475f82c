"""The pages of the book: one folder for each statement, with everything that is about it alone.

``<stem>/statement.py`` has its parameters, presets and predictions, ``grid.py`` the sweep that it
shows, ``analysis.py`` the tables and panels of its notebook. The stem is that of the notebook, of
the results and of the tests. Nothing is computed when a statement or a grid is imported, so that a
run can be refused before it starts.

The registries are not typed: a folder with a ``statement.py`` is a statement.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from ovp_lib.experiments.base import Sweep, SweepError, Task
from ovp_lib.pages.base import ParameterError, Parameters, Statement


def _modules(name: str) -> list[Any]:
    """Import the module of that name of every page that has one."""
    pages = sorted(path.parent.name for path in Path(__file__).parent.glob(f"*/{name}.py"))
    return [import_module(f"{__name__}.{page}.{name}") for page in pages]


def _statements() -> dict[str, Statement]:
    found: list[Statement] = [module.STATEMENT for module in _modules("statement")]
    return {each.name: each for each in sorted(found, key=lambda each: each.place)}


STATEMENTS: dict[str, Statement] = _statements()
"""Every statement by the stem of its notebook, in the order of the book."""

SWEEPS: dict[str, Sweep[Any]] = {module.SWEEP.name: module.SWEEP for module in _modules("grid")}
"""Every sweep by its name, which is the stem of its page."""

__all__ = [
    "STATEMENTS",
    "SWEEPS",
    "ParameterError",
    "Parameters",
    "Statement",
    "Sweep",
    "SweepError",
    "Task",
]
