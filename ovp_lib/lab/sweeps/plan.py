"""Plans of sweeps: which tasks of a grid are finished, missing or damaged in a store.

A plan is for one arithmetic. A task that was computed in the other one is as good a result, but has
a key of its own. The plan lists such tasks too, so that they can be shown, and exported where there
is no other result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ovp_lib.arithmetic import Mode, current
from ovp_lib.lab.files.shard import DamagedShard, ShardRecord
from ovp_lib.lab.files.store import Store, key_of
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.lab.sweeps.origin import require_free_names
from ovp_lib.pages import Sweep, Task

OTHER: dict[Mode, Mode] = {"reproducible": "native", "native": "reproducible"}
"""The other arithmetic of each."""


@dataclass(frozen=True)
class GridPoint:
    """A task of a grid, its cost, and the keys of its shards in both arithmetics."""

    task: Task
    key: str
    other_key: str
    cost: float


@dataclass(frozen=True)
class SweepPlan:
    """The tasks of a grid, and the state of each in the store.

    Attributes:
        sweep: the sweep.
        preset: name of the grid.
        code: fingerprint of the code behind its numbers.
        arithmetic: in which the tasks are to be computed.
        points: the tasks, in the order of the grid.
        finished: the record of every good shard, by key.
        damaged: the fault of every damaged shard, by key.
        instead: the record of every good shard of the other arithmetic whose task is missing in
            this one, by its key there.
        where: the conditions by which the tasks were chosen, if there are any.
    """

    sweep: Sweep[Any]
    preset: str
    code: str
    arithmetic: Mode
    points: tuple[GridPoint, ...]
    finished: dict[str, ShardRecord]
    damaged: dict[str, str]
    instead: dict[str, ShardRecord]
    where: tuple[str, ...] = ()

    @property
    def missing(self) -> list[GridPoint]:
        """Points without a good shard in this arithmetic, in the order of the grid."""
        return [point for point in self.points if point.key not in self.finished]

    @property
    def there(self) -> list[tuple[GridPoint, ShardRecord]]:
        """Points with a good shard, and its record: in this arithmetic or, if not, the other."""
        records = (
            (p, self.finished.get(p.key) or self.instead.get(p.other_key)) for p in self.points
        )
        return [(point, record) for point, record in records if record is not None]


def plan(sweep: Sweep[Any], preset: str, store: Store, arithmetic: Mode | None = None) -> SweepPlan:
    """Find out which tasks are finished; every shard is checked, nothing is changed.

    Args:
        sweep: the sweep.
        preset: name of the grid.
        store: folder of the shards.
        arithmetic: in which the tasks are to be computed; by default that of this process.

    Returns:
        The plan, with the state of every task.

    Raises:
        SweepError: if the sweep or its grid cannot be used.
        StoreError: if a shard cannot be read.
    """
    sweep.require_importable()
    require_free_names(sweep)
    code = fingerprint(sweep.run.module)
    mode = arithmetic or current()
    points = tuple(
        GridPoint(
            task,
            task_key(sweep, task, code, mode),
            task_key(sweep, task, code, OTHER[mode]),
            sweep.cost_of(task),
        )
        for task in sweep.tasks(preset)
    )
    return refresh(SweepPlan(sweep, preset, code, mode, points, {}, {}, {}), store)


def task_key(sweep: Sweep[Any], task: Task, code: str, arithmetic: Mode) -> str:
    """Return the key of a task, which is the name of its shard.

    Args:
        sweep: the sweep that the task is of.
        task: the task.
        code: fingerprint of the code that computes it.
        arithmetic: ``reproducible`` or ``native``.

    Returns:
        The key, a hash of all of these, and of the columns and the version of the sweep.
    """
    return key_of(
        sweep.name,
        task.canonical(),
        code,
        sweep.columns,
        version=sweep.version,
        arithmetic=arithmetic,
    )


def refresh(planned: SweepPlan, store: Store) -> SweepPlan:
    """Read the store again for the tasks of a plan.

    Args:
        planned: the plan; it is not changed.
        store: folder of the shards.

    Returns:
        The plan of the same tasks with their state of now.

    Raises:
        StoreError: if a shard cannot be read.
    """
    name = planned.sweep.name
    finished, damaged = _read(name, [point.key for point in planned.points], store)
    # The other arithmetic matters only where this one has no result.
    others = [point.other_key for point in planned.points if point.key not in finished]
    return replace(
        planned, finished=finished, damaged=damaged, instead=_read(name, others, store)[0]
    )


def _read(
    name: str, keys: Sequence[str], store: Store
) -> tuple[dict[str, ShardRecord], dict[str, str]]:
    """Return the record of every good shard, and the fault of every damaged one."""
    good, damaged = {}, {}
    for key in keys:
        try:
            good[key] = store.record(name, key)
        except DamagedShard as error:
            damaged[key] = str(error)
        except FileNotFoundError:
            pass
    return good, damaged
