"""How a benchmark measures: alternately, several times, and by the median."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

Run = Callable[[], object]


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


def alternately(ours: Run, other: Run, repeats: int = 7) -> tuple[float, float]:
    """Return the median seconds of both, run in turn, after one run of each to warm up."""
    medians = in_turn({"ours": ours, "other": other}, repeats)
    return medians["ours"], medians["other"]


def in_turn(runs: Mapping[str, Run], repeats: int = 7) -> dict[str, float]:
    """Return the median seconds of each, run one after the other in ``repeats`` rounds.

    A round before them warms up. Whatever else the machine does meets all of them alike.
    """
    for run in runs.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(kept) for name, kept in seconds.items()}


def seconds_of(run: Run, repeats: int = 7) -> float:
    """Return the median seconds of one run alone."""
    return in_turn({"it": run}, repeats)["it"]


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
