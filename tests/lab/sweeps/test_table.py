import datetime
from pathlib import Path

import pandas as pd
import pytest

from ovp_lib.lab.files import provenance
from ovp_lib.lab.files.shard import ShardRecord
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.origin import ORIGIN, require_free_names
from ovp_lib.lab.sweeps.plan import plan
from ovp_lib.lab.sweeps.table import (
    environments,
    fields,
    is_of,
    origins,
)
from ovp_lib.pages import SWEEPS, Sweep, SweepError, Task
from tests.lab.files.test_provenance import BITS
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.tiny_sweep import Tiny, grid


class Odd(Task):
    """Fields that look different beside those of other tasks."""

    size: int | None = None
    shape: str | tuple[int, ...] = "round"


class Named(Task):
    host: str


HERE = provenance.environment(device="cpu", threads=1, arithmetic=BITS)
THERE = HERE.model_copy(update={"cpu": "another"})
AT = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


def record(key: str, environment: provenance.Environment) -> ShardRecord:
    return ShardRecord(
        sweep="tiny",
        key=key,
        task={},
        code="c",
        version=1,
        arithmetic="native",
        environment=environment,
        host=f"host-of-{key}",
        started=AT,
        wall_seconds=3.25,
        cpu_seconds=1e-3,
    )


def test_where_rows_come_from_has_plain_columns_and_counts_environments() -> None:
    records = [record("a", HERE), record("b", THERE), record("c", HERE.model_copy())]
    assert environments(records) == (HERE, THERE)
    table = origins(records)
    assert dict(table.dtypes.astype(str)) == ORIGIN
    assert list(table["environment"]) == [0, 1, 0]
    when = dict.fromkeys(("started", "wall_seconds", "cpu_seconds"))
    unknown = origins([record("a", HERE).model_copy(update=when)])
    assert dict(unknown.dtypes.astype(str)) == ORIGIN
    assert unknown["started"].tolist() == [""]
    assert unknown[["wall_seconds", "cpu_seconds"]].isna().all(axis=None)
    assert table.iloc[1].to_dict() == {
        **{"key": "b", "arithmetic": "native", "environment": 1, "host": "host-of-b"},
        **{"started": "2026-03-01T12:30:00+02:00", "wall_seconds": 3.25, "cpu_seconds": 1e-3},
    }


@pytest.mark.parametrize(
    "tasks",
    [
        [Odd(size=None), Odd(size=None, shape="square")],
        [Odd(size=1), Odd(size=None), Odd(size=3)],
        [Odd(size=1), Odd(size=2, shape=(1, 2)), Odd(size=3, shape="[1, 2]")],
        [Tiny(width=1, folder="x"), Tiny(width=1, folder="x", sizes=())],
    ],
    ids=str,
)
def test_a_row_is_known_by_its_fields_whatever_stands_beside_it(tasks: list[Task]) -> None:
    rows = fields(tasks).to_dict("records")
    known = [[is_of({str(k): v for k, v in row.items()}, task) for task in tasks] for row in rows]
    assert known == [[row is other for other in tasks] for row in tasks]


def test_a_sweep_leaves_the_names_of_an_export_free(tmp_path: Path) -> None:
    for declared in SWEEPS.values():
        require_free_names(declared)
    usual = tiny_sweep.sweep(grid(tmp_path, [1]))
    columns = Sweep(**{**vars(usual), "columns": {**usual.columns, "key": "str", "started": "str"}})
    with pytest.raises(SweepError, match=r"tiny: \['key', 'started'\] cannot be .* environment, "):
        plan(columns, "quick", Store(tmp_path))
    with pytest.raises(SweepError, match=r"\['host'\] cannot be"):
        require_free_names(Sweep(**{**vars(usual), "task": Named}))


def test_fields_are_plain(tmp_path: Path) -> None:
    table = fields(grid(tmp_path, [2, 1]))
    expected = {"width": [2, 1], "folder": str(tmp_path), "seed": 0, "does": "run"}
    pd.testing.assert_frame_equal(table, pd.DataFrame({**expected, "sizes": "[1, 2]"}))
