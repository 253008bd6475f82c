"""How a benchmark measures: alternately, several times, and by the median."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        name: what is compared with what.
        ours: what this library needs.
        other: what the alternative needs, or the limit that was set.
        unit: unit of both.
        note: what was checked along the way.
    """

    name: str
    ours: float
    other: float
    unit: str
    note: str

    @property
    def ratio(self) -> float:
        """How many times more the alternative needs."""
        return self.other / self.ours


def alternately(
    ours: Callable[[], object], other: Callable[[], object], repeats: int = 7
) -> tuple[float, float]:
    """Return the median seconds of both, run in turn, after one run of each to warm up."""
    ours(), other()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for run, kept in zip((ours, other), seconds, strict=True):
            start = time.perf_counter()
            run()
            kept.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def peak_gigabytes(code: str) -> float:
    """Return the largest resident memory of a fresh Python that runs ``code``."""
    command = [sys.executable, "-c", f"{code}\n{_REPORT}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) * 1024 / 1e9


_REPORT = """
from pathlib import Path
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
"""Linux; ``ru_maxrss`` would not do, since a process inherits that of the one that starts it."""
