"""How far a run is: bars on a terminal, plain lines anywhere else."""

import sys
import time
from types import TracebackType
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

PLAIN_INTERVAL = 10.0
"""Seconds between two plain lines about the same notebook."""


@runtime_checkable
class Display(Protocol):
    """What is told how far the notebooks of a run are."""

    def __enter__(self) -> "Display":
        """Begin to show."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop showing."""
        ...

    def start(self, name: str) -> None:
        """Show that a notebook starts."""
        ...

    def update(self, name: str, done: int, total: int, note: str = "") -> None:
        """Show that ``done`` of ``total`` cells are done, and what the running cell says."""
        ...

    def finish(self, name: str, outcome: str) -> None:
        """Show how a notebook ended."""
        ...


def display(console: Console | None = None) -> Display:
    """Return bars if standard error is a terminal, plain lines otherwise."""
    console = console or Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines()


class Bars:
    """A bar for each notebook: cells done and total, time, the running cell's own progress."""

    def __init__(self, console: Console):
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("cells"),
            Elapsed(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, name: str) -> None:
        """Add the notebook's bar."""
        self._tasks[name] = self._progress.add_task(name, total=None, note="starting")

    def update(self, name: str, done: int, total: int, note: str = "") -> None:
        """Move the notebook's bar and write the note at its end."""
        self._progress.update(self._tasks[name], completed=done, total=total, note=escape(note))

    def finish(self, name: str, outcome: str) -> None:
        """Stop the notebook's clock."""
        self._progress.update(self._tasks[name], note=outcome)
        self._progress.stop_task(self._tasks[name])


class Lines:
    """A line when a notebook starts, now and then while it runs, and when it ends."""

    def __init__(self, interval: float = PLAIN_INTERVAL):
        self._interval = interval
        self._started: dict[str, float] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, name: str) -> None:
        """Say that the notebook starts."""
        self._started[name] = time.monotonic()
        self._say(name, "started")

    def update(self, name: str, done: int, total: int, note: str = "") -> None:
        """Say how far the notebook is, unless something was said just now."""
        if time.monotonic() - self._said[name] >= self._interval:
            self._say(name, f"{done}/{total} cells {note}".rstrip())

    def finish(self, name: str, outcome: str) -> None:
        """Say how the notebook ended."""
        self._say(name, outcome)

    def _say(self, name: str, what: str) -> None:
        self._said[name] = time.monotonic()
        minutes, seconds = divmod(int(self._said[name] - self._started[name]), 60)
        print(f"{name}: {what} ({minutes}:{seconds:02})", file=sys.stderr, flush=True)
