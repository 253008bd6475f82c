"""What ``ovp sweep`` does, from checking what was asked to saying what came out."""

import contextlib
import difflib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovp_lib.arithmetic import Mode, current
from ovp_lib.lab import sweep_restore
from ovp_lib.lab.disk import StoreError
from ovp_lib.lab.notebooks import InputError
from ovp_lib.lab.store import FailureRecord, Store, open_store
from ovp_lib.lab.sweep import SweepOutcome, SweepStopped, run
from ovp_lib.lab.sweep_cluster import LOCAL, connect
from ovp_lib.lab.sweep_plan import Plan, plan, refresh
from ovp_lib.lab.sweep_progress import SweepDisplay, sweep_display
from ovp_lib.lab.sweep_restore import Restored
from ovp_lib.lab.sweep_where import narrow
from ovp_lib.sweeps import Sweep

MAX_FAILURES = 5
"""Failed tasks that are shown; all of them are in the store."""


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        preset: which grid.
        scheduler: ``local``, or the address of a scheduler.
        jobs: worker processes of a local cluster, or tasks that another is given at a time;
            ``None`` for as many as there are cores, or threads.
        device: ``auto``, or a device that the workers must have.
        store: folder of the results.
        cheapest_first: whether the shortest tasks start first, and not the longest.
        where: conditions that a task must meet, see :func:`~ovp_lib.lab.sweep_where.narrow`.
        arithmetic: in which it is computed; by default that of this process.
    """

    preset: str
    scheduler: str
    jobs: int | None
    device: str
    store: Path
    cheapest_first: bool = False
    where: tuple[str, ...] = ()
    arithmetic: Mode = field(default_factory=current)


@dataclass(frozen=True)
class Report:
    """What came out: the plan after the run, and the run, ``None`` if there was nothing to do."""

    plan: Plan
    outcome: SweepOutcome | None


def find(name: str, sweeps: Mapping[str, Sweep[Any]]) -> Sweep[Any]:
    """Return the sweep of this name.

    Raises:
        InputError: naming those that there are.
    """
    if name not in sweeps:
        close = difflib.get_close_matches(name, sweeps, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(
            f"there is no sweep {name!r}{hint}; there is {', '.join(sweeps) or 'none'}"
        )
    return sweeps[name]


def prepare(sweep: Sweep[Any], request: Request) -> tuple[Plan, Store]:
    """Check everything that can be checked before anything is computed.

    Raises:
        InputError: a scheduler or a device that there cannot be, a condition that no task meets, a
            store that cannot be written.
        SweepError: an unknown preset, or a sweep that cannot be used.
        StoreError: a shard that cannot be read.
    """
    local = request.scheduler == LOCAL
    if not local and "://" not in request.scheduler:
        raise InputError(
            f"a scheduler is 'local' or an address like tcp://10.0.0.1:8786, got "
            f"{request.scheduler!r}"
        )
    if local and request.device not in ("auto", "cpu"):
        _require_device(request.device)
    whole = plan(sweep, request.preset, Store(request.store), request.arithmetic)
    wanted = narrow(whole, request.where)
    return wanted, open_store(request.store, sweep.name)  # no folder for what is refused


def restore(planned: Plan, store: Store, results: Path) -> tuple[Plan, Restored]:
    """Take what exported tables hold of what is missing; return a fresh plan, and what was taken.

    Raises:
        InputError: naming a table that cannot be used.
        SweepStopped: if a shard cannot be written; the message says how much is finished.
    """
    with _stops_are_explained(planned, store):
        restored = sweep_restore.restore(planned, store, results)
        fresh = refresh(planned, store)
    for key in planned.damaged.keys() & fresh.finished.keys():
        print(f"{planned.damaged[key]}; it is restored", file=sys.stderr)
    return fresh, restored


def execute(
    planned: Plan, store: Store, request: Request, display: SweepDisplay | None = None
) -> Report:
    """Compute what is missing and look at the store again.

    Raises:
        InputError: if there is no scheduler at the address.
        SweepStopped: if the sweep cannot go on; the message says how much is finished.
        KeyboardInterrupt: after Ctrl-C or SIGTERM.
    """
    missing, local = len(planned.missing), request.scheduler == LOCAL
    if not missing:
        return Report(planned, None)
    for text in planned.damaged.values():
        print(f"{text}; it is computed again", file=sys.stderr)
    from dask.system import CPU_COUNT  # of those, the cores that this process may use

    workers = min(request.jobs or CPU_COUNT, missing)
    cluster = connect(request.scheduler, workers)
    with _stops_are_explained(planned, store), cluster as client:
        outcome = run(
            planned,
            store,
            client,
            display or sweep_display(planned.sweep.name),
            device=request.device,
            at_a_time=None if local else request.jobs,
            cheapest_first=request.cheapest_first,
        )
    return Report(refresh(planned, store), outcome)


def describe(report: Report, store: Store) -> list[str]:
    """Say what came out, in lines: first the failures."""
    planned, outcome = report.plan, report.outcome
    failures = outcome.failures if outcome else ()
    lines = [line for failure in failures[:MAX_FAILURES] for line in _failure(failure, store)]
    if len(failures) > MAX_FAILURES:
        lines.append(f"and {len(failures) - MAX_FAILURES} more tasks failed")
    return [*lines, _summary(planned, outcome)]


def _summary(planned: Plan, outcome: SweepOutcome | None) -> str:
    computed = outcome.computed if outcome else 0
    elsewhere = f", {outcome.elsewhere} elsewhere" if outcome and outcome.elsewhere else ""
    conditions = f" where {' and '.join(planned.where)}" if planned.where else ""
    native = ", native arithmetic" if planned.arithmetic == "native" else ""
    return (
        f"{len(planned.finished)} of {len(planned.points)} tasks of {planned.sweep.name} "
        f"({planned.preset}{native}{conditions}) are finished, {computed} of them computed "
        f"now{elsewhere}"
    )


def _failure(failure: FailureRecord, store: Store) -> list[str]:
    where = store.path(failure.sweep, failure.key, ".failed.json")
    return [
        f"{failure.sweep} {failure.task} failed on {failure.host}: {failure.error}",
        f"    all of it: {where}",
    ]


def _require_device(name: str) -> None:
    from ovp_lib.models.devices import resolve_device  # torch takes seconds to import

    try:
        resolve_device(name)
    except ValueError as error:
        raise InputError(str(error)) from error


@contextlib.contextmanager
def _stops_are_explained(planned: Plan, store: Store) -> Iterator[None]:
    """Say with the reason for a stop how much is finished, and that it stays."""
    try:
        yield
    except (StoreError, SweepStopped) as error:
        try:
            done = len(refresh(planned, store).finished)
        except StoreError:
            raise SweepStopped(str(error)) from error
        raise SweepStopped(
            f"{error}; {done} of {len(planned.points)} tasks are finished and stay: when that is "
            "put right, run the same command again"
        ) from error
