"""The lab: it runs, checks and scores notebooks, computes sweeps, and renders the book.

Four rooms: ``files`` (storing) is below ``runs`` (notebooks) and ``sweeps`` (grids of tasks), which
do not know each other; ``book`` is on top. A script uses the modules below, which are attributes of
this package; all others are internal, and reached by the command ``ovp``.

- ``notebooks``: read a stored notebook, its parameters and its claims
- ``provenance``: read the record of a run
- ``execution``: plan and run notebooks
- ``check``: run stored notebooks again and compare every output
- ``score``: collect claims, and compare their verdicts with the record
- ``status``: count the finished and the missing tasks of sweeps
- ``results``: read the table of a sweep

Example::

    >>> from ovp_lib import lab
    >>> table = lab.results.reference("figure-1", "paper")
    >>> int(table["width"].min())
    100
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ovp_lib.lab.files import notebooks, provenance
    from ovp_lib.lab.runs import check, execution, score
    from ovp_lib.lab.sweeps import results, status

__all__ = ["check", "execution", "notebooks", "provenance", "results", "score", "status"]

_ROOMS = {
    **dict.fromkeys(["notebooks", "provenance"], "files"),
    **dict.fromkeys(["check", "execution", "score"], "runs"),
    **dict.fromkeys(["results", "status"], "sweeps"),
}


def __getattr__(name: str) -> ModuleType:
    """Import a public module when it is first used: the command line does not wait for pandas."""
    if name not in _ROOMS:
        raise AttributeError(f"{__name__} has no {name!r}; its public modules are {__all__}")
    return import_module(f"{__name__}.{_ROOMS[name]}.{name}")
