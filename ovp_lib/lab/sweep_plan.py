"""What of a sweep is finished, missing or damaged."""

from dataclasses import dataclass, replace
from typing import Any

from ovp_lib.lab.fingerprint import fingerprint
from ovp_lib.lab.shard import DamagedShard, ShardRecord
from ovp_lib.lab.store import Store, key_of
from ovp_lib.lab.sweep_origin import require_free_names
from ovp_lib.sweeps import Sweep, Task


@dataclass(frozen=True)
class Point:
    """A task of a grid, the key of its shard and its cost."""

    task: Task
    key: str
    cost: float


@dataclass(frozen=True)
class Plan:
    """A grid, and what of it is in the store.

    Attributes:
        sweep: what is computed.
        preset: which grid.
        code: fingerprint of the code behind its numbers.
        points: the grid, in its own order.
        finished: the record of every good shard, by key.
        damaged: what is wrong with every damaged one, by key.
        where: the conditions that points of the grid had to meet, if there were any.
    """

    sweep: Sweep[Any]
    preset: str
    code: str
    points: tuple[Point, ...]
    finished: dict[str, ShardRecord]
    damaged: dict[str, str]
    where: tuple[str, ...] = ()

    @property
    def missing(self) -> list[Point]:
        """Points without a good shard, in the order of the grid."""
        return [point for point in self.points if point.key not in self.finished]


def plan(sweep: Sweep[Any], preset: str, store: Store) -> Plan:
    """Find out what is finished; every shard is checked, nothing is changed.

    Raises:
        SweepError: if the sweep or its grid cannot be used.
        StoreError: if a shard cannot be read.
    """
    sweep.require_importable()
    require_free_names(sweep)
    code = fingerprint(sweep.run.module)
    points = tuple(
        Point(task, key_of(sweep.name, task.canonical(), code, sweep.columns), sweep.cost_of(task))
        for task in sweep.tasks(preset)
    )
    return refresh(Plan(sweep, preset, code, points, {}, {}), store)


def refresh(planned: Plan, store: Store) -> Plan:
    """Look at the store again for the points of a plan.

    Raises:
        StoreError: if a shard cannot be read.
    """
    finished, damaged = {}, {}
    for point in planned.points:
        try:
            finished[point.key] = store.record(planned.sweep.name, point.key)
        except DamagedShard as error:
            damaged[point.key] = str(error)
        except FileNotFoundError:
            pass
    return replace(planned, finished=finished, damaged=damaged)
