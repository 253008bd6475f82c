"""A sweep that takes no time, does what its tasks say, and keeps a log of every call of ``run``.

The tests steer it by files in a folder that each task names: a task may wait until a file is there,
kill its own process, fail, or fill the disk.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ovp_lib.experiments.base import Named
from ovp_lib.pages import Sweep, Task

PATIENCE = 180.0

Does = Literal["run", "wait", "kill", "fail", "exit", "lie", "fill", "threads"]


class Tiny(Task):
    width: int
    folder: str
    seed: int = 0
    does: Does = "run"
    sizes: tuple[int, ...] = (1, 2)


def values(task: Tiny) -> np.ndarray:
    return np.random.default_rng(task.seed).normal(size=3) / task.width


def run(task: Tiny, device: str) -> pd.DataFrame:
    folder = Path(task.folder)
    with (folder / "calls").open("a") as log:
        log.write(f"{task.width} {os.getpid()}\n")
    match task.does:
        case "wait":
            wait_for(folder / f"go-{task.width}")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fail":
            raise ArithmeticError(f"width {task.width} diverged")
        case "exit":
            sys.exit("out of here")
        case "lie":
            return pd.DataFrame({"member": [0], "loss": [1]})
        case "fill":
            fill(folder / "store" / "filling")
        case "threads":
            return pd.DataFrame({"member": range(3), "loss": threads(), "device": device})
    loss = values(task)
    return pd.DataFrame({"member": range(len(loss)), "loss": loss, "device": device})


def fill(path: Path) -> None:
    """Fill a disk to the last page."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(2**12))


def threads() -> list[float]:
    """Return how many threads torch would use, and what the environment says of two others."""
    import torch

    rest = [float(os.environ[f"{name}_NUM_THREADS"]) for name in ("OMP", "NUMBA")]
    return [float(torch.get_num_threads()), *rest]


def want_two_threads() -> None:
    import torch

    torch.set_num_threads(2)


def wait_for(path: Path) -> None:
    """Wait until there is a file."""
    wait_until(path.exists)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; that it never does is an error, after a while."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def calls(folder: Path) -> list[int]:
    """Return the widths of all tasks that were begun, in order."""
    log = folder / "calls"
    return [int(line.split()[0]) for line in log.read_text().splitlines()] if log.exists() else []


def grid(folder: Path, widths: Sequence[int], **does: Does) -> list[Tiny]:
    """Return a task for each width; ``w3="wait"`` says what the task of width 3 does."""
    return [
        Tiny(width=w, folder=str(folder), **({"does": does[f"w{w}"]} if f"w{w}" in does else {}))
        for w in widths
    ]


def sweep(tasks: Sequence[Tiny], name: str = "tiny", paper: Sequence[Tiny] = ()) -> Sweep[Tiny]:
    return Sweep(
        name=name,
        title="A tiny sweep",
        task=Tiny,
        presets={"quick": lambda: tasks, "paper": lambda: paper or tasks},
        run=Named("tests.lab.sweeps.tiny_sweep", "run"),
        columns={"member": "int64", "loss": "float64", "device": "str"},
        cost=lambda task: task.width,
    )
