"""Rows of a sweep's table: the fields of the task before them, their origin behind them."""

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ovp_lib.lab.files.provenance import Environment
from ovp_lib.lab.files.shard import ShardRecord
from ovp_lib.lab.sweeps.origin import ORIGIN
from ovp_lib.pages import Task


def fields(tasks: Sequence[Task]) -> pd.DataFrame:
    """Return a row of fields for each task; what is no number, string or truth value as JSON.

    Args:
        tasks: tasks of one sweep, in the order of the rows.

    Returns:
        The table, one column a field.
    """
    table = pd.DataFrame([task.model_dump(mode="json") for task in tasks])
    for name in table.columns:
        if table[name].map(lambda value: isinstance(value, list | dict)).any():
            table[name] = table[name].map(json.dumps).astype("str")
    return table


def is_of(row: Mapping[str, Any], task: Task) -> bool:
    """Return whether a row has the fields of a task, as :func:`fields` writes them.

    The same value may look different beside those of other tasks: a list among them makes a whole
    column JSON, and a missing number makes its integers floats.

    Args:
        row: values of a row by the name of the column; other columns do not matter.
        task: of the sweep that the table is of.

    Returns:
        Whether every field of the task has its value in the row.
    """
    return all(
        row[name] in (value, json.dumps(value)) or (value is None and pd.isna(row[name]))
        for name, value in task.model_dump(mode="json").items()
    )


def environments(records: Sequence[ShardRecord]) -> tuple[Environment, ...]:
    """Return every different environment of some shards, in the order of the first of each.

    Args:
        records: of the shards of a table.

    Returns:
        The environments, each once.
    """
    found: list[Environment] = []
    for record in records:
        if record.environment not in found:
            found.append(record.environment)
    return tuple(found)


def origins(records: Sequence[ShardRecord]) -> pd.DataFrame:
    """Return a row for each shard, with the columns :data:`~ovp_lib.lab.sweeps.origin.ORIGIN`.

    Args:
        records: of all shards of the table, whose :func:`environments` the numbers count.
    """
    distinct = environments(records)
    rows = [
        (
            *(record.key, record.arithmetic, distinct.index(record.environment), record.host),
            *(_text(record.started), record.wall_seconds, record.cpu_seconds),
        )
        for record in records
    ]
    return pd.DataFrame(rows, columns=list(ORIGIN)).astype(ORIGIN)


def _text(started: datetime.datetime | None) -> str:
    return "" if started is None else started.isoformat()
