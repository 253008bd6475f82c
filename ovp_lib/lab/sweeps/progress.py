"""How far a sweep is, how fast it goes, and how long it will still take."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

PLAIN_INTERVAL = 10.0
"""Seconds between two plain lines."""


@dataclass
class Pace:
    """What the tasks of this run have taken so far, and what that means for the others.

    Attributes:
        began: when the run began, on the clock of :func:`time.monotonic`.
        count: tasks finished since.
        seconds: that workers took for them, together.
        cost: their declared cost, together.
    """

    began: float = field(default_factory=time.monotonic)
    count: int = 0
    seconds: float = 0.0
    cost: float = 0.0

    def add(self, cost: float, seconds: float) -> None:
        """Count a finished task."""
        self.count, self.cost, self.seconds = (
            self.count + 1,
            self.cost + cost,
            self.seconds + seconds,
        )

    def per_minute(self, now: float) -> float | None:
        """Return how many tasks are finished in a minute, ``None`` before the first."""
        return 60.0 * self.count / max(now - self.began, 1e-9) if self.count else None

    def seconds_left(
        self, waiting: float, running: Iterable[tuple[float, float]], slots: int
    ) -> float | None:
        """Return how long the rest will take: the work that is left, divided among the workers.

        No less, though, than what the longest of the running tasks still needs.

        Args:
            waiting: cost of the tasks that have not started.
            running: cost of each running task, and the seconds it has been running.
            slots: tasks that run at a time.

        Returns:
            Seconds, ``None`` before the first task is finished.

        Example:
            >>> pace = Pace()
            >>> pace.add(cost=2.0, seconds=20.0)
            >>> pace.seconds_left(waiting=10.0, running=[(1.0, 5.0), (1.0, 3.0)], slots=2)
            56.0
        """
        if not self.cost:
            return None
        unit = self.seconds / self.cost
        rest = [max(0.0, unit * cost - elapsed) for cost, elapsed in running]
        return max([(unit * waiting + sum(rest)) / max(slots, 1), *rest])


@dataclass(frozen=True)
class State:
    """How far a sweep is; rate and time left are ``None`` as long as nobody knows."""

    done: int
    total: int
    running: int
    elsewhere: int
    failed: int
    per_minute: float | None = None
    seconds_left: float | None = None

    def describe(self) -> str:
        """Return it in words.

        Example:
            >>> State(3, 9, 2, 0, 1, per_minute=4.0, seconds_left=75.0).describe()
            '2 running, 1 failed, 4.0 a minute, 1:15 left'
        """
        words = [f"{self.running} running"]
        if self.elsewhere:
            words.append(f"{self.elsewhere} claimed elsewhere")
        if self.failed:
            words.append(f"{self.failed} failed")
        if self.per_minute is not None:
            words.append(f"{self.per_minute:.1f} a minute")
        if self.seconds_left is not None:
            words.append(f"{clock(self.seconds_left)} left")
        return ", ".join(words)


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds.

    Example:
        >>> clock(59.6), clock(3601)
        ('1:00', '1:00:01')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@runtime_checkable
class SweepDisplay(Protocol):
    """What is told how far a sweep is."""

    def __enter__(self) -> "SweepDisplay":
        """Begin to show."""
        ...

    def __exit__(self, *_: object) -> None:
        """Stop showing."""
        ...

    def show(self, state: State) -> None:
        """Show how far the sweep is."""
        ...


def sweep_display(name: str, console: Console | None = None) -> SweepDisplay:
    """Return a bar if standard error is a terminal, plain lines otherwise."""
    console = console or Console(stderr=True)
    return SweepBar(name, console) if console.is_terminal else SweepLines(name)


class SweepBar:
    """One bar for the whole sweep."""

    def __init__(self, name: str, console: Console):
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("tasks"),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        )
        self._task = self._progress.add_task(name, total=None, note="starting")

    def __enter__(self) -> "SweepBar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, state: State) -> None:
        """Move the bar."""
        self._progress.update(
            self._task, completed=state.done, total=state.total, note=state.describe()
        )


class SweepLines:
    """A line now and then, and one whenever a task fails and at the end."""

    def __init__(self, name: str, interval: float = PLAIN_INTERVAL):
        self._name = name
        self._interval = interval
        self._said = -float("inf")
        self._before: State | None = None

    def __enter__(self) -> "SweepLines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, state: State) -> None:
        """Say how far the sweep is, unless something was said just now."""
        before, now = self._before, time.monotonic()
        failed = before is not None and state.failed > before.failed
        ended = state.done + state.failed == state.total and state != before
        if now - self._said >= self._interval or failed or ended:
            line = f"{self._name}: {state.done}/{state.total} tasks, {state.describe()}"
            print(line, file=sys.stderr, flush=True)
            self._said, self._before = now, state
