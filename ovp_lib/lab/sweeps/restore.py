"""Restoring a store from exported tables: their rows become shards again.

A shard is named by a hash of its task, code, columns and arithmetic, and a table says of every row
which shard it comes from. So only what the code of today would compute is taken, whatever preset it
was exported for. A shard is restored as it was, with the machine, the time and the versions that it
was computed with, and in its own arithmetic: what was computed natively does not become what a plan
in the reproducible arithmetic asks for, but it is there to be exported beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError
from ovp_lib.lab.files.shard import DamagedShard, ShardRecord, encode
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.origin import ORIGIN
from ovp_lib.lab.sweeps.plan import OTHER, GridPoint, SweepPlan
from ovp_lib.lab.sweeps.results import ResultsRecord, read_export
from ovp_lib.lab.sweeps.table import is_of

WHEN = ("started", "wall_seconds", "cpu_seconds")
"""Columns that may be unknown for a row: all of them or none."""


@dataclass(frozen=True)
class Restored:
    """The outcome of restoring.

    Attributes:
        tasks: shards that were written, of tasks that were missing.
        missing: tasks that were missing before.
        remarks: for every table from which nothing was taken, why.
        others: shards that were written of the other arithmetic.
        other: which that is.
    """

    tasks: int
    missing: int
    remarks: tuple[str, ...]
    others: int = 0
    other: Mode = "native"

    def describe(self, folder: str) -> str:
        """Say it in a line.

        Args:
            folder: of the tables, as it is to be shown.

        Returns:
            The line, without a full stop.

        Example:
            >>> Restored(0, 3, ("paper.parquet is of other code",)).describe("results/width")
            'restored 0 of 3 missing tasks from results/width: paper.parquet is of other code'
        """
        if not self.missing:
            return "nothing to restore: no task is missing"
        said = f"restored {self.tasks} of {self.missing} missing tasks from {folder}"
        if self.others:
            said += f", and {self.others} others that are of {self.other} arithmetic"
        return f"{said}: {', '.join(self.remarks)}" if self.remarks else said


def restore(planned: SweepPlan, store: Store, folder: Path) -> Restored:
    """Write a shard for every missing task that an exported table of the same code holds.

    Of a task that a table holds in the other arithmetic only, that shard is written, and the task
    stays missing.

    Every table of the sweep is checked before the first shard is written. If several hold a task,
    the one of the plan's own preset counts. A damaged shard is set aside.

    Args:
        planned: a fresh plan.
        store: opened for writing.
        folder: of exports; every ``<sweep>/*.parquet`` in it is read.

    Returns:
        How many shards were written, and why not more.

    Raises:
        InputError: naming a table that cannot be read, was changed, or is none of the sweep's.
        StoreError: if a shard cannot be written.
    """
    name, own = planned.sweep.name, f"{planned.preset}.parquet"
    paths = sorted((folder / name).glob("*.parquet"), key=lambda path: (path.name != own, path))
    shards: dict[str, bytes] = {}
    remarks = [] if paths else ["there is no table"]
    for path in paths:
        try:
            found = _held(path, planned)
        except (DamagedShard, OSError) as error:
            raise InputError(f"cannot restore: {error}") from error
        if isinstance(found, str):
            remarks.append(f"{path.name} {found}")
        else:
            shards = found | shards  # the first table wins, which is that of the plan's preset
    for key, data in shards.items():
        if not store.holds(name, key):
            store.write(name, key, data)
    tasks = len(shards.keys() & {point.key for point in planned.points})
    others, other = len(shards) - tasks, OTHER[planned.arithmetic]
    return Restored(tasks, len(planned.missing), tuple(remarks), others, other)


def _held(path: Path, planned: SweepPlan) -> dict[str, bytes] | str:
    """Return the missing shards that a table holds, by key, or why there are none."""
    table, record = read_export(path)
    if record.sweep != planned.sweep.name:
        raise DamagedShard(f"{path} is of {record.sweep!r}, not of {planned.sweep.name!r}")
    if "key" not in table:
        return "holds no keys"
    if record.code != planned.code:
        return "is of other code"
    if record.version != planned.sweep.version:
        return f"is of version {record.version}, not of {planned.sweep.version}"
    tasks = {str(key): rows for key, rows in table.groupby("key")}
    wanted = {key: point for key, point in _wanted(planned).items() if key in tasks}
    if not wanted:
        return "holds none of them"
    try:
        _require_whole(table, record, planned)
        return {
            key: _shard(key, point, tasks[key], record, planned) for key, point in wanted.items()
        }
    except ValueError as error:
        raise DamagedShard(f"{path} is not what was exported: {error}") from error


def _wanted(planned: SweepPlan) -> dict[str, GridPoint]:
    """Return the keys of the shards that a plan lacks, in its own and in the other arithmetic."""
    own = {point.key: point for point in planned.missing}
    others = {point.other_key: point for point in planned.missing}
    return own | {key: point for key, point in others.items() if key not in planned.instead}


def _require_whole(table: pd.DataFrame, record: ResultsRecord, planned: SweepPlan) -> None:
    """Check columns, dtypes and numbers of rows of a table that has tasks of the grid."""
    columns, fields = planned.sweep.columns, planned.points[0].task.model_dump()
    if list(table) != [*fields, *columns, *ORIGIN]:
        raise ValueError(f"its columns are {list(table)}, not {[*fields, *columns, *ORIGIN]}")
    dtypes = table.dtypes.astype(str)
    if wrong := [c for c, dtype in {**columns, **ORIGIN}.items() if dtypes[c] != dtype]:
        raise ValueError(f"its columns {wrong} are {list(dtypes[wrong])}")
    pieces = int((table["key"] != table["key"].shift()).sum())
    found = (len(table), table["key"].nunique(), pieces)
    if found != (record.rows, record.tasks, record.tasks):
        raise ValueError(
            f"it has {found[0]} rows of {found[1]} tasks in {found[2]} pieces, its record says "
            f"{record.rows} of {record.tasks}"
        )


def _shard(
    key: str, point: GridPoint, rows: pd.DataFrame, record: ResultsRecord, planned: SweepPlan
) -> bytes:
    """Return the shard that would be exported as these rows."""
    columns = list(planned.sweep.columns)
    same = rows.drop(columns=columns).drop_duplicates()
    first = {str(name): value for name, value in same.to_dict("records")[0].items()}
    if len(same) > 1 or not is_of(first, point.task):
        raise ValueError(f"its rows with the key {key} are not all of {point.task!r}")
    mode = planned.arithmetic if key == point.key else OTHER[planned.arithmetic]
    if first["arithmetic"] != mode:
        raise ValueError(f"{key} is of {mode} arithmetic, and its rows say {first['arithmetic']}")
    count, number = len(record.environments), first["environment"]
    if not 0 <= number < count:
        raise ValueError(f"{key} is of environment {number}, counted from 0, of {count}")
    values = {
        **{name: first[name] for name in ORIGIN},
        **(dict.fromkeys(WHEN) if _is_unknown(first) else {}),
        "sweep": planned.sweep.name,
        "task": point.task.model_dump(mode="json"),
        "code": planned.code,
        "version": planned.sweep.version,
        "environment": record.environments[number],
    }
    try:
        restored = ShardRecord.model_validate(values)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise ValueError(f"{wrong['loc'][0]} of {key}: {wrong['msg']}") from error
    return encode(rows[columns], restored)


def _is_unknown(row: Mapping[str, Any]) -> bool:
    """Return whether a row says neither when its task was computed nor what it took."""
    return row["started"] == "" and pd.isna(row["wall_seconds"]) and pd.isna(row["cpu_seconds"])
