"""Progress of a sweep: tasks done, their rate, and the time that the others will take."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tqdm import tqdm

from ovp_lib.lab.progress import LOG_INTERVAL, Bar


@dataclass
class Pace:
    """The pace of a run: how long its tasks took, as a forecast for the others.

    Tasks differ in length by orders of magnitude, so the forecast goes by their declared cost and
    not by their number.

    Attributes:
        began: when the run began, on the clock of :func:`time.monotonic`.
        count: number of tasks finished since.
        seconds: time that the workers took for them, in total.
        cost: their declared cost, in total.
    """

    began: float = field(default_factory=time.monotonic)
    count: int = 0
    seconds: float = 0.0
    cost: float = 0.0

    def add(self, cost: float, seconds: float) -> None:
        """Count a finished task.

        Args:
            cost: its declared cost, at least 0, in the unit of the sweep.
            seconds: time that its worker took for it, at least 0.
        """
        self.count, self.cost, self.seconds = (
            self.count + 1,
            self.cost + cost,
            self.seconds + seconds,
        )

    def per_minute(self, now: float) -> float | None:
        """Return how many tasks are finished in a minute, ``None`` before the first.

        Args:
            now: the time on the clock of :func:`time.monotonic`.

        Returns:
            The rate since the run began.
        """
        return 60.0 * self.count / max(now - self.began, 1e-9) if self.count else None

    def seconds_left(
        self, waiting: float, running: Iterable[tuple[float, float]], slots: int
    ) -> float | None:
        """Return how long the rest will take: the work that is left, divided among the workers.

        It is never less than what the longest of the running tasks still needs.

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
        # A task that already takes longer than its cost says counts as nearly finished.
        left = [max(0.0, unit * cost - elapsed) for cost, elapsed in running]
        return max([(unit * waiting + sum(left)) / max(slots, 1), *left])


@dataclass(frozen=True)
class State:
    """Tasks of a sweep by state; rate and time left are ``None`` before the first is finished.

    Attributes:
        done: number of finished tasks.
        total: number of all tasks.
        running: number of tasks that this run is computing.
        elsewhere: number of tasks that another run is computing.
        failed: number of tasks that failed.
        per_minute: finished tasks per minute.
        seconds_left: forecast of :class:`Pace`.
    """

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
            '2 running, 1 failed, 4.0 per minute, 01:15 left'
        """
        words = [f"{self.running} running"]
        if self.elsewhere:
            words.append(f"{self.elsewhere} elsewhere")
        if self.failed:
            words.append(f"{self.failed} failed")
        if self.per_minute is not None:
            words.append(f"{self.per_minute:.1f} per minute")
        if self.seconds_left is not None:
            words.append(f"{tqdm.format_interval(self.seconds_left)} left")
        return ", ".join(words)


class SweepBar:
    """One bar for a whole sweep.

    Args:
        name: of the sweep.
        interval: seconds between two lines, where standard error is no terminal.
    """

    def __init__(self, name: str, interval: float = LOG_INTERVAL):
        self._name, self._interval = name, interval
        self._bar: Bar | None = None
        self._failed = 0

    def __enter__(self) -> "SweepBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.close()

    def show(self, state: State) -> None:
        """Move the bar; a task that failed is shown at once.

        Args:
            state: how many tasks are in which state now.
        """
        note = state.describe()
        if self._bar is None:
            self._bar = Bar(
                *(self._name, "tasks"),
                done=state.done,
                total=state.total,
                note=note,
                interval=self._interval,
            )
        self._bar.show(state.done, state.total, note, at_once=state.failed > self._failed)
        self._failed = state.failed
