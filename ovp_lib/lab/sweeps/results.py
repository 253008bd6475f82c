"""Results of a sweep: one table of all its shards, for an analysis and for the repository."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError
from ovp_lib.home import ROOT
from ovp_lib.lab.files import shard
from ovp_lib.lab.files.disk import StoreError, write_bytes
from ovp_lib.lab.files.provenance import Environment
from ovp_lib.lab.files.shard import ShardRecord
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.plan import OTHER, SweepPlan
from ovp_lib.lab.sweeps.table import environments, fields, origins

__all__ = [
    "RESULTS",
    "ResultsRecord",
    "Stamp",
    "checksum_path",
    "collect",
    "export",
    "read_export",
    "reference",
    "write_table",
]

RESULTS = ROOT / "results"
"""Folder with the tables of finished sweeps."""


class Stamp(BaseModel):
    """The check that a table passed before its keys were written anew for other code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: AwareDatetime
    code: str = Field(description="fingerprint that the table had before")
    checked: int = Field(ge=1, description="tasks that were computed again")
    seed: int = Field(description="by which they were drawn")
    against: Literal["old code", "stored rows"] = Field(description="what had to agree")
    tolerance: float = Field(ge=0.0, description="largest median deviation allowed, in logarithms")
    equal: int = Field(ge=0, description="tasks of which every stored number came out again")
    worst: float = Field(ge=0.0, description="largest median deviation from what is stored")
    environment: Environment = Field(description="in which they were computed again")


class ResultsRecord(BaseModel):
    """The origin of the table of a whole preset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sweep: str
    title: str
    preset: str
    tasks: int = Field(ge=1, description="that the table has")
    missing: int = Field(default=0, ge=0, description="tasks of the preset that it lacks")
    rows: int = Field(ge=1)
    code: str = Field(description="fingerprint of the science code behind the numbers")
    version: int = Field(default=0, description="of the sweep; 0 if there was none")
    arithmetic: dict[Mode, int] = Field(default={}, description="tasks computed in each")
    stamps: tuple[Stamp, ...] = Field(
        default=(), description="how the keys became those of the code"
    )
    environments: tuple[Environment, ...] = Field(description="every different one")
    hosts: tuple[str, ...]
    first_started: AwareDatetime | None
    last_started: AwareDatetime | None
    wall_seconds: float = Field(ge=0.0, description="of all tasks together, as far as known")
    cpu_seconds: float = Field(ge=0.0, description="of all tasks together, as far as known")


def collect(planned: SweepPlan, store: Store) -> pd.DataFrame:
    """Return the rows of every finished task, in the order of the grid.

    If a task is finished in both arithmetics, the rows are those of the plan's; if only in the
    other one, those of the other. The column ``arithmetic`` says which.

    Args:
        planned: a fresh plan; its ``finished`` says what the table has.
        store: folder of the shards.

    Returns:
        The fields of the task (what is no number, string or truth value as JSON), then the columns
        of the sweep, then :data:`~ovp_lib.lab.sweeps.origin.ORIGIN`.

    Raises:
        InputError: if nothing is finished.
        DamagedShard: if a shard was changed since it was planned.
    """
    finished = planned.there
    if not finished:
        raise InputError(f"{_name(planned)}: no task is finished")
    tables = [store.read(planned.sweep.name, record.key)[0] for _, record in finished]
    task_of_row = [i for i, table in enumerate(tables) for _ in range(len(table))]
    before = fields([point.task for point, _ in finished]).loc[task_of_row]
    after = origins([record for _, record in finished]).loc[task_of_row]
    parts = (before, pd.concat(tables), after)
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def export(planned: SweepPlan, store: Store, folder: Path, *, partial: bool = False) -> Path:
    """Write the table of a preset, with its record and its checksum, to be committed.

    Args:
        planned: a fresh plan.
        store: folder of the shards.
        folder: gets ``<sweep>/<preset>.parquet`` and ``<preset>.parquet.sha256``, which
            ``sha256sum -c`` understands.
        partial: allow that tasks are missing; the record says how many.

    Returns:
        The path of the table.

    Raises:
        InputError: if a task is finished in neither arithmetic (with ``partial``: if none is), or
            if the table cannot be written.
    """
    lacking = len(planned.points) - len(planned.there)
    if lacking and not partial:
        raise InputError(
            f"{_name(planned)}: {lacking} of {len(planned.points)} tasks are not "
            f"finished; run: ovp sweep run {planned.sweep.name} --preset {planned.preset} "
            "(or export what there is with --partial)"
        )
    table = collect(planned, store)
    path = folder / planned.sweep.name / f"{planned.preset}.parquet"
    write_table(path, table, _summary(planned, len(table)))
    return path


def write_table(path: Path, table: pd.DataFrame, record: ResultsRecord) -> None:
    """Write a table with its record, and beside it its checksum.

    Args:
        path: where the table goes; its folder is made if it is not there.
        table: the rows, as :func:`collect` returns them.
        record: the origin of the table.

    Raises:
        InputError: if it cannot be written.
    """
    data = shard.encode(table, record)
    sums = f"{hashlib.sha256(data).hexdigest()}  {path.name}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
        # A kill between the two leaves a checksum of another table, which read_export refuses.
        write_bytes(checksum_path(path), sums.encode())
    except (OSError, StoreError) as error:
        raise InputError(f"cannot export: {error}") from error


def read_export(path: Path) -> tuple[pd.DataFrame, ResultsRecord]:
    """Read an exported table, if it is whole and the file of its checksum agrees.

    Args:
        path: of the table; the file of its checksum is beside it.

    Returns:
        The table and its record.

    Raises:
        FileNotFoundError: if one of the two is not there.
        DamagedShard: if one of them was changed.
    """
    data = path.read_bytes()
    table, record = shard.decode(data, ResultsRecord, str(path))
    expected = f"{hashlib.sha256(data).hexdigest()}  {path.name}"
    if checksum_path(path).read_text(encoding="utf-8", errors="replace").strip() != expected:
        raise shard.DamagedShard(f"{checksum_path(path)} does not say {expected!r}")
    return table, record


def read_committed(path: Path) -> tuple[pd.DataFrame, ResultsRecord]:
    """Read a table that the book shows: :func:`read_export`, whose errors are one line here.

    Args:
        path: of the table.

    Returns:
        The table and its record.

    Raises:
        InputError: if it is not there, or was changed.
    """
    try:
        return read_export(path)
    except FileNotFoundError as error:
        raise InputError(f"there is no table {path}") from error
    except shard.DamagedShard as error:
        raise InputError(str(error)) from error


def reference(sweep: str, preset: str) -> pd.DataFrame:
    """Return the table of a finished sweep that the repository holds, for a notebook.

    Its columns are those of :func:`collect`; a table that was exported before shards had keys lacks
    the last ones, :data:`~ovp_lib.lab.sweeps.origin.ORIGIN`.

    Args:
        sweep: name of the sweep.
        preset: name of the grid.

    Returns:
        The table.

    Raises:
        InputError: if there is none; it says how to make it.
        DamagedShard: if the table or its checksum was changed.
    """
    try:
        return read_export(RESULTS / sweep / f"{preset}.parquet")[0]
    except FileNotFoundError as error:
        raise InputError(
            f"there are no results of {sweep} ({preset}) here; "
            f"run: ovp sweep run {sweep} --preset {preset} && "
            f"ovp sweep export {sweep} --preset {preset}"
        ) from error


def checksum_path(path: Path) -> Path:
    """Return where the checksum of an exported table is.

    Args:
        path: of the table.

    Returns:
        The path with ``.sha256`` behind it.

    Example:
        >>> checksum_path(Path("results/width/paper.parquet")).name
        'paper.parquet.sha256'
    """
    return path.with_name(f"{path.name}.sha256")


def _name(planned: SweepPlan) -> str:
    return f"{planned.sweep.name} ({planned.preset})"


def _summary(planned: SweepPlan, rows: int) -> ResultsRecord:
    records = [record for _, record in planned.there]
    started = [record.started for record in records if record.started is not None]
    modes: list[Mode] = [record.arithmetic for record in records]
    return ResultsRecord(
        sweep=planned.sweep.name,
        title=planned.sweep.title,
        preset=planned.preset,
        tasks=len(records),
        missing=len(planned.points) - len(records),
        rows=rows,
        code=planned.code,
        version=planned.sweep.version,
        arithmetic={mode: modes.count(mode) for mode in OTHER if mode in modes},
        environments=environments(records),
        hosts=tuple(sorted({record.host for record in records})),
        first_started=min(started, default=None),
        last_started=max(started, default=None),
        wall_seconds=round(_total(records, "wall_seconds"), 1),
        cpu_seconds=round(_total(records, "cpu_seconds"), 1),
    )


def _total(records: Sequence[ShardRecord], field: str) -> float:
    values: list[Any] = [getattr(record, field) or 0.0 for record in records]
    return float(sum(values))
