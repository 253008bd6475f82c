"""Running a sweep: what is finished stays, what is missing is computed, on whatever cluster."""

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
from ovp_lib.lab.sweeps.plan import Plan, Point
from ovp_lib.lab.sweeps.progress import Pace, State, SweepBar
from ovp_lib.lab.sweeps.worker import Job, Result, work

if TYPE_CHECKING:
    import distributed

TICK = 0.5
"""Seconds between two looks at what is shown, if nothing happens."""

LOOK_AGAIN = 2.0
"""Seconds until a task that somebody else is computing is asked for again."""


LOST = "the connection to the scheduler is lost"


class SweepStopped(RuntimeError):
    """A sweep cannot go on; what was finished stays. The message says why and what to do."""


@dataclass(frozen=True)
class SweepOutcome:
    """What a run came to: tasks finished by it, finished by others meanwhile, and failed."""

    computed: int
    elsewhere: int
    failures: tuple[FailureRecord, ...]


def run(
    planned: Plan,
    store: Store,
    client: "distributed.Client",
    display: SweepBar,
    *,
    device: str = "cpu",
    at_a_time: int | None = None,
    cheapest_first: bool = False,
) -> SweepOutcome:
    """Compute what is missing, the longest tasks first.

    A task that fails is recorded and the others go on; so is one whose workers die again and again.
    SIGTERM counts as Ctrl-C. On a cluster that goes on without this process, the tasks that run
    then are finished and stored all the same.

    Args:
        planned: what is missing.
        store: opened for writing.
        client: of the cluster.
        display: what shows the progress.
        device: ``auto``, or a device that every worker has.
        at_a_time: tasks that the cluster is given at a time; as many as it has threads if ``None``.
        cheapest_first: start with the shortest tasks instead: it ends later, but whoever has to
            stop it has finished most of the tasks.

    Returns:
        What it came to.

    Raises:
        SweepStopped: if no task can go on: the disk is full, the code of the workers is not that
            of the client, the scheduler is gone.
        StoreError: if the client itself cannot write.
        KeyboardInterrupt: after Ctrl-C or SIGTERM.
    """
    with display, _sigterm_as_interrupt():
        run = _Run(planned, store, client, display, device, at_a_time, cheapest_first)
        return run.until_done()


def job_of(planned: Plan, point: Point, store: Store, device: str) -> Job:
    """Return what a worker needs to compute a point of a plan."""
    sweep = planned.sweep
    return Job(
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
    point: Point
    since: float


class _Run:
    """The loop around the cluster: never more tasks in it than it can work on at once.

    So they start in the order of their cost, nothing is lost with the client but what is being
    computed, and a worker that dies takes no other task's reputation with it.
    """

    def __init__(
        self,
        planned: Plan,
        store: Store,
        client: "distributed.Client",
        display: SweepBar,
        device: str,
        at_a_time: int | None,
        cheapest_first: bool,
    ):
        self.plan, self.store, self.client, self.display = planned, store, client, display
        self.device, self.at_a_time = device, at_a_time
        order = sorted(planned.missing, key=lambda point: point.cost, reverse=not cheapest_first)
        self.waiting = deque(order)
        self.claimed: deque[tuple[float, Point]] = deque()
        self.flying: dict[distributed.Future[Any], _Flight] = {}
        self.landed: queue.SimpleQueue[distributed.Future[Any]] = queue.SimpleQueue()
        self.failures: list[FailureRecord] = []
        self.computed = self.elsewhere = 0
        self.slots = 1
        self.pace = Pace()

    def until_done(self) -> SweepOutcome:
        try:
            while self.flying or self.claimed or self.waiting:
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
        """Give the cluster as many tasks as it can work on."""
        if self.client.status != "running":
            raise SweepStopped(LOST)
        self.slots = self.at_a_time or max(1, threads(self.client))
        while self.claimed and self.claimed[0][0] <= time.monotonic():
            self.waiting.append(self.claimed.popleft()[1])
        while self.waiting and len(self.flying) < self.slots:
            self.submit(self.waiting.popleft())

    def submit(self, point: Point) -> None:
        job = job_of(self.plan, point, self.store, self.device)
        # One key for one task in one store: two clients of a scheduler share its computation.
        key = f"{job.sweep}-{point.key}-{self.store.short_identity}"
        future = self.client.submit(work, job, key=key, pure=False)
        self.flying[future] = _Flight(point, time.monotonic())
        future.add_done_callback(self.landed.put)

    def land(self, future: "distributed.Future[Any]") -> None:
        """Take a result, unless it died with its worker before it was taken.

        Then the scheduler asks for it once more, of workers that may have to be brought back first:
        waiting here for it without end would be waiting for ever.
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
            self.accept(flight.point, result)
        del self.flying[future]
        future.release()

    def accept(self, point: Point, result: Result) -> None:
        match result.status:
            case "finished":
                name = self.plan.sweep.name
                if result.data is not None and not self.store.holds(name, point.key):
                    self.store.write(name, point.key, result.data)
                self.computed += 1
                self.pace.add(point.cost, result.seconds)
            case "already":
                self.elsewhere += 1
            case "claimed":
                self.claimed.append((time.monotonic() + LOOK_AGAIN, point))
            case "failed":
                self.fail(point, result.error, result.trace, result.host)
            case _:
                raise SweepStopped(result.error)

    def blame(self, point: Point, error: BaseException) -> None:
        """Record a task that killed its workers; anything else is the cluster's own fault."""
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            raise SweepStopped(f"a worker cannot do its task: {type(error).__name__}: {error}")
        said = (
            f"{error.allowed_failures + 1} workers died while they had it, the last on "
            f"{error.last_worker.address} (killed, crashed, or out of memory)"
        )
        self.fail(point, said, said, platform.node())

    def fail(self, point: Point, error: str, trace: str, host: str) -> None:
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
        at = time.monotonic()
        running = [(f.point.cost, at - f.since) for f in self.flying.values()]
        rest = [*self.waiting, *(point for _, point in self.claimed)]
        state = State(
            done=len(self.plan.finished) + self.computed + self.elsewhere,
            total=len(self.plan.points),
            running=len(self.flying),
            elsewhere=len(self.claimed),
            failed=len(self.failures),
            per_minute=self.pace.per_minute(at),
            seconds_left=self.pace.seconds_left(sum(p.cost for p in rest), running, self.slots),
        )
        self.display.show(state)


@contextlib.contextmanager
def _lost_if_broken() -> Iterator[None]:
    """Say of an error of the network, unlike one of the store, that the scheduler is gone."""
    try:
        yield
    except OSError as error:
        raise SweepStopped(LOST) from error


@contextlib.contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM, which is how batch systems end a job, do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
