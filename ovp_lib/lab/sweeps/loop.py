"""The loop that computes the missing tasks of a sweep on a Dask cluster."""

import contextlib
import platform
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ovp_lib.lab.files.provenance import now
from ovp_lib.lab.files.store import FailureRecord, Store
from ovp_lib.lab.sweeps.cluster import threads
from ovp_lib.lab.sweeps.plan import GridPoint, SweepPlan
from ovp_lib.lab.sweeps.progress import Pace, State, SweepBar
from ovp_lib.lab.sweeps.worker import Assignment, Result, work

if TYPE_CHECKING:
    import distributed

TICK = 0.5
"""Seconds between two updates of the display, if no task ends."""

LOOK_AGAIN = 2.0
"""Seconds until a task that another process is computing is tried again."""

LOST = "the connection to the scheduler is lost"


class SweepStopped(RuntimeError):
    """A sweep cannot go on; finished tasks stay. The message says why and what to do."""


@dataclass(frozen=True)
class SweepOutcome:
    """The outcome of a run.

    Attributes:
        computed: number of tasks that this run finished.
        elsewhere: number of tasks that other runs finished meanwhile.
        failures: the record of every task that failed.
    """

    computed: int
    elsewhere: int
    failures: tuple[FailureRecord, ...]


def run(
    planned: SweepPlan,
    store: Store,
    client: "distributed.Client",
    display: SweepBar,
    *,
    device: str = "cpu",
    at_a_time: int | None = None,
    cheapest_first: bool = False,
) -> SweepOutcome:
    """Compute the missing tasks, the longest first.

    A task that fails is recorded and the others go on; so is one whose workers die again and again.
    SIGTERM counts as Ctrl-C. On a cluster that goes on without this process, the tasks that run
    then are finished and stored all the same.

    Args:
        planned: the tasks.
        store: opened for writing.
        client: of the cluster.
        display: shows the progress.
        device: ``auto``, or a device that every worker has.
        at_a_time: number of tasks that the cluster gets at a time; ``None`` for one per thread.
        cheapest_first: start with the shortest tasks instead: the run ends later, but if it is
            stopped early, most of the tasks are finished.

    Returns:
        The numbers of tasks by outcome.

    Raises:
        SweepStopped: if no task can go on: the disk is full, the code of the workers is not that
            of the client, the scheduler is gone.
        StoreError: if the client itself cannot write.
        KeyboardInterrupt: after Ctrl-C or SIGTERM.
    """
    with display, _sigterm_as_interrupt():
        run = _Run(planned, store, client, display, device, at_a_time, cheapest_first)
        return run.until_done()


def assignment(planned: SweepPlan, point: GridPoint, store: Store, device: str) -> Assignment:
    """Return everything that a worker needs to compute a point of a plan.

    Args:
        planned: the plan that the point is from.
        point: the task, and its keys.
        store: folder of the shards, opened for writing.
        device: ``auto``, or a device that the worker must have.

    Returns:
        The assignment, which can be sent to another process.
    """
    sweep = planned.sweep
    return Assignment(
        sweep=sweep.name,
        key=point.key,
        task=point.task,
        run=sweep.run,
        columns=dict(sweep.columns),
        code=planned.code,
        version=sweep.version,
        store=store,
        device=device,
        mode=planned.arithmetic,
    )


@dataclass(frozen=True)
class _Flight:
    point: GridPoint
    since: float


class _Run:
    """The state of the loop: the cluster never has more tasks than it can compute at once.

    So the tasks start in the order of their cost; if the client is killed, only the running tasks
    are lost; and if a worker dies, no task is blamed but the one that it was computing.
    """

    def __init__(
        self,
        planned: SweepPlan,
        store: Store,
        client: "distributed.Client",
        display: SweepBar,
        device: str,
        at_a_time: int | None,
        cheapest_first: bool,
    ):
        self.plan, self.store, self.client, self.display = planned, store, client, display
        self.device, self.at_a_time = device, at_a_time
        # The longest first, so that no long task runs alone at the end.
        order = sorted(planned.missing, key=lambda point: point.cost, reverse=not cheapest_first)
        self.waiting = deque(order)
        self.locked: deque[tuple[float, GridPoint]] = deque()
        self.flying: dict[distributed.Future[Any], _Flight] = {}
        self.landed: queue.SimpleQueue[distributed.Future[Any]] = queue.SimpleQueue()
        self.failures: list[FailureRecord] = []
        self.computed = self.elsewhere = 0
        self.slots = 1
        self.pace = Pace()

    def until_done(self) -> SweepOutcome:
        try:
            while self.flying or self.locked or self.waiting:
                with _lost_if_broken():
                    self.fill()
                self.show()
                with contextlib.suppress(queue.Empty), _lost_if_broken():
                    self.land(self.landed.get(timeout=TICK))
            self.show()
        finally:
            for future in self.flying:
                future.release()
        return SweepOutcome(self.computed, self.elsewhere, tuple(self.failures))

    def fill(self) -> None:
        """Give the cluster as many tasks as it can compute at once."""
        if self.client.status != "running":
            raise SweepStopped(LOST)
        self.slots = self.at_a_time or max(1, threads(self.client))
        # All wait for the same time, so the first one in the queue is the first one due.
        while self.locked and self.locked[0][0] <= time.monotonic():
            self.waiting.append(self.locked.popleft()[1])
        while self.waiting and len(self.flying) < self.slots:
            self.submit(self.waiting.popleft())

    def submit(self, point: GridPoint) -> None:
        work_on = assignment(self.plan, point, self.store, self.device)
        # One key for one task in one store: two clients of a scheduler share its computation.
        key = f"{work_on.sweep}-{point.key}-{self.store.short_identity}"
        future = self.client.submit(work, work_on, key=key, pure=False)
        self.flying[future] = _Flight(point, time.monotonic())
        # Dask calls this in another thread: the queue brings the future back to the loop.
        future.add_done_callback(self.landed.put)

    def land(self, future: "distributed.Future[Any]") -> None:
        """Take a result, unless its worker died before the result was fetched.

        In that case the scheduler computes it again, maybe on a worker that :meth:`fill` has to
        bring back first. So waiting here without a limit could last for ever.

        Raises:
            SweepStopped: if the scheduler is gone, or a worker cannot do its task.
        """
        if (flight := self.flying.get(future)) is None:
            return
        if future.status == "cancelled":
            raise SweepStopped(LOST)
        if future.status == "error":
            self.blame(flight.point, future.exception())
        else:
            try:
                result = future.result(timeout=TICK)
            except TimeoutError:
                self.landed.put(future)
                return
            except Exception as error:
                # Dask's own code breaks where a future is cancelled while its result is fetched,
                # as all are when the connection ends: it has neither a result nor an error then.
                if future.cancelled():
                    raise SweepStopped(LOST) from error
                raise
            self.accept(flight.point, result)
        del self.flying[future]
        future.release()

    def accept(self, point: GridPoint, result: Result) -> None:
        match result.status:
            case "finished":
                name = self.plan.sweep.name
                # The same task may come twice, from a worker that was thought to be dead.
                if result.data is not None and not self.store.holds(name, point.key):
                    self.store.write(name, point.key, result.data)
                self.computed += 1
                self.pace.add(point.cost, result.seconds)
            case "already":
                self.elsewhere += 1
            case "locked":
                self.locked.append((time.monotonic() + LOOK_AGAIN, point))
            case "failed":
                self.fail(point, result.error, result.trace, result.host)
            case _:
                raise SweepStopped(result.error)

    def blame(self, point: GridPoint, error: BaseException) -> None:
        """Record a task that killed its workers; any other error is one of the cluster."""
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            raise SweepStopped(f"a worker cannot do its task: {type(error).__name__}: {error}")
        message = (
            f"{error.allowed_failures + 1} workers died while they had it, the last on "
            f"{error.last_worker.address} (killed, crashed, or out of memory)"
        )
        self.fail(point, message, message, platform.node())

    def fail(self, point: GridPoint, error: str, trace: str, host: str) -> None:
        failure = FailureRecord(
            sweep=self.plan.sweep.name,
            key=point.key,
            task=point.task.model_dump(mode="json"),
            code=self.plan.code,
            error=error,
            traceback=trace,
            host=host,
            when=now(),
        )
        self.store.write_failure(failure)
        self.failures.append(failure)

    def show(self) -> None:
        clock = time.monotonic()
        running = [(f.point.cost, clock - f.since) for f in self.flying.values()]
        waiting = [*self.waiting, *(point for _, point in self.locked)]
        cost = sum(point.cost for point in waiting)
        state = State(
            done=len(self.plan.finished) + self.computed + self.elsewhere,
            total=len(self.plan.points),
            running=len(self.flying),
            elsewhere=len(self.locked),
            failed=len(self.failures),
            per_minute=self.pace.per_minute(clock),
            seconds_left=self.pace.seconds_left(cost, running, self.slots),
        )
        self.display.show(state)


@contextlib.contextmanager
def _lost_if_broken() -> Iterator[None]:
    """Report an error of the network, unlike one of the store, as a lost scheduler."""
    try:
        yield
    except OSError as error:
        raise SweepStopped(LOST) from error


@contextlib.contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM, with which batch systems end a job, like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
