"""The steps of ``ovp sweep`` after a request was checked: restore, execute, describe."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ovp_lib.lab.files.disk import StoreError
from ovp_lib.lab.files.store import FailureRecord, Store
from ovp_lib.lab.sweeps import restore as sweep_restore
from ovp_lib.lab.sweeps.cluster import LOCAL, connect
from ovp_lib.lab.sweeps.loop import SweepOutcome, SweepStopped, run
from ovp_lib.lab.sweeps.plan import SweepPlan, refresh
from ovp_lib.lab.sweeps.progress import SweepBar
from ovp_lib.lab.sweeps.request import Request
from ovp_lib.lab.sweeps.restore import Restored

MAX_FAILURES = 5
"""Failed tasks that are shown; all of them are in the store."""


@dataclass(frozen=True)
class Report:
    """The plan after a run, and the outcome of the run; ``None`` if no task was missing."""

    plan: SweepPlan
    outcome: SweepOutcome | None


def restore(planned: SweepPlan, store: Store, results: Path) -> tuple[SweepPlan, Restored]:
    """Take missing tasks from exported tables, and read the store again.

    Args:
        planned: a fresh plan.
        store: folder of the shards, opened for writing.
        results: folder of exported tables; every ``<sweep>/*.parquet`` in it is read.

    Returns:
        The plan after restoring, and the outcome of restoring.

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
    planned: SweepPlan, store: Store, request: Request, display: SweepBar | None = None
) -> Report:
    """Compute the missing tasks and read the store again.

    Args:
        planned: a fresh plan.
        store: folder of the shards, opened for writing.
        request: how the tasks are to be computed; which ones, the plan says.
        display: shows the progress; by default a bar with the name of the sweep.

    Returns:
        The plan after the run, and the outcome of the run.

    Raises:
        InputError: if there is no scheduler at the address.
        SweepError: if the function that computes the tasks is not where the sweep says.
        SweepStopped: if the sweep cannot go on; the message says how much is finished.
        KeyboardInterrupt: after Ctrl-C or SIGTERM.
    """
    missing, local = len(planned.missing), request.scheduler == LOCAL
    if not missing:
        return Report(planned, None)
    planned.sweep.run.function()  # a wrong name fails here, not in every worker
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
            display or SweepBar(planned.sweep.name),
            device=request.device,
            at_a_time=None if local else request.jobs,
            cheapest_first=request.cheapest_first,
        )
    return Report(refresh(planned, store), outcome)


def describe(report: Report, store: Store) -> list[str]:
    """Return a summary in lines: first the failures, last the number of finished tasks.

    Args:
        report: the plan and the outcome of a run.
        store: folder of the shards, which has the record of every failure.

    Returns:
        The lines; at most :data:`MAX_FAILURES` failures are told in full, in two lines each.
    """
    planned, outcome = report.plan, report.outcome
    failures = outcome.failures if outcome else ()
    lines = [line for failure in failures[:MAX_FAILURES] for line in _failure(failure, store)]
    if len(failures) > MAX_FAILURES:
        lines.append(f"and {len(failures) - MAX_FAILURES} more tasks failed")
    return [*lines, _summary(planned, outcome)]


def _summary(planned: SweepPlan, outcome: SweepOutcome | None) -> str:
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
    path = store.path(failure.sweep, failure.key, ".failed.json")
    return [
        f"{failure.sweep} {failure.task} failed on {failure.host}: {failure.error}",
        f"    with its traceback: {path}",
    ]


@contextlib.contextmanager
def _stops_are_explained(planned: SweepPlan, store: Store) -> Iterator[None]:
    """Add to the reason for a stop how many tasks are finished, and that they stay."""
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
