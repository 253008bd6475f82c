"""Which modules of the library run while tasks of a sweep are computed, in a process of its own.

Called as ``python -m tests.lab.sweeps.traced``; prints JSON: for each sweep the modules that ran.

A module runs if one of its functions is called, by Python or as machine code that Numba made of it,
or if it is imported, while a task is computed. Every task is computed in every way that there is:
as it comes (compiled and fused where that applies), and by PyTorch alone.
"""

import contextlib
import gc
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import torch

from ovp_lib.pages import SWEEPS, Sweep, Task
from ovp_lib.training import fused

SMALL = {"width": 8, "samples": 100, "epochs": 5, "dimension": 20}


def kinds(sweep: Sweep[Any]) -> list[Task]:
    """Return a tiny task for everything that the words of a sweep's tasks say."""
    found: dict[tuple[str, ...], Task] = {}
    for task in sweep.tasks("paper"):
        values = task.model_dump()
        words = tuple(value for value in values.values() if isinstance(value, str))
        firsts = {name: value[:1] for name, value in values.items() if isinstance(value, tuple)}
        small = {name: value for name, value in SMALL.items() if name in values}
        found.setdefault(words, sweep.task(**(values | firsts | small)))
    return list(found.values())


@contextlib.contextmanager
def traced(seen: set[str]) -> Iterator[None]:
    """Note the module of every function that is called, in every thread."""

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call":
            seen.add(frame.f_globals.get("__name__", ""))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@contextlib.contextmanager
def by_torch_alone() -> Iterator[None]:
    """Let the fused step apply to nothing."""
    usual = fused.why_not
    fused.why_not = lambda *_, **__: "the test wants it so"
    try:
        yield
    finally:
        fused.why_not = usual


def compiled() -> set[str]:
    """Return the modules of functions that Numba has compiled, or read from its cache."""
    from numba.core.dispatcher import Dispatcher

    there = [thing for thing in gc.get_objects() if isinstance(thing, Dispatcher)]
    return {each.py_func.__module__ for each in there if each.signatures}


def ran(sweep: Sweep[Any]) -> set[str]:
    """Return the modules that run while tasks of a sweep are computed."""
    seen: set[str] = set()
    run = sweep.run.function()  # imports what it needs before anything is traced
    for task in kinds(sweep):
        with traced(seen):
            run(task, "cpu")
        with by_torch_alone(), traced(seen):
            run(task, "cpu")
    return seen


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = {name: ran(sweep) for name, sweep in SWEEPS.items()}
    print(json.dumps({name: sorted(seen | compiled()) for name, seen in found.items()}))
