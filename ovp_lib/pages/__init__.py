"""The pages of the book: one folder for each statement, with everything that is about it alone.

``<stem>/statement.py`` has its parameters, presets and predictions, ``grid.py`` the sweep that it
shows (a further one is in a file of its own whose name ends in ``_grid``), ``analysis.py`` the
tables and panels of its notebook. The stem is that of the notebook, of the results and of the
tests. Nothing is computed when a statement or a grid is imported, so that a run can be refused
before it starts.

The registries are not typed: a folder with a ``statement.py`` is a statement.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from ovp_lib.experiments.base import Sweep, SweepError, Task
from ovp_lib.pages.base import ParameterError, Parameters, Statement
from ovp_lib.pages.quiet import quiet_kernels

quiet_kernels()


def _modules(name: str) -> list[Any]:
    """Import the modules of that name, or pattern, of every page that has one."""
    found = sorted(Path(__file__).parent.glob(f"*/{name}.py"))
    return [import_module(f"{__name__}.{path.parent.name}.{path.stem}") for path in found]


def _statements() -> dict[str, Statement]:
    found: list[Statement] = [module.STATEMENT for module in _modules("statement")]
    return {each.name: each for each in sorted(found, key=lambda each: each.place)}


STATEMENTS: dict[str, Statement] = _statements()
"""Every statement by the stem of its notebook, in the order of the book."""

SWEEPS: dict[str, Sweep[Any]] = {module.SWEEP.name: module.SWEEP for module in _modules("*grid")}
"""Every sweep by its name, which is the stem of its page, or begins with it."""

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
