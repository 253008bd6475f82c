from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ovp_lib.sweeps import SWEEPS, Sweep, SweepError
from ovp_lib.sweeps.base import require_columns
from tests.lab.tiny_sweep import Tiny, grid, run, sweep

COLUMNS = {"member": "int64", "loss": "float64", "device": "str"}


def table(**changed: object) -> pd.DataFrame:
    return pd.DataFrame({"member": [0, 1], "loss": [0.5, np.nan], "device": "cpu", **changed})


def test_a_task_is_frozen_knows_its_fields_and_has_one_form() -> None:
    task = Tiny(width=3, folder="x")
    assert task.canonical() == Tiny(sizes=(1, 2), folder="x", width=3).canonical()
    assert task.canonical() != Tiny(width=3, folder="x", seed=1).canonical()
    assert '"sizes":[1,2]' in task.canonical()
    with pytest.raises(ValidationError, match="frozen"):
        task.width = 4
    with pytest.raises(ValidationError, match="Extra inputs"):
        Tiny(width=3, folder="x", depth=2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "Tiny One"}, "a sweep's name is like 'width-and-depth', got 'Tiny One'"),
        ({"name": "../tiny"}, "a sweep's name is like"),
        ({"presets": {}}, "at least one preset"),
        ({"columns": {}}, "one column"),
        ({"columns": {"loss": "object"}}, "column 'loss' is 'object', not one of bool"),
        ({"columns": {"width": "int64"}}, r"\['width'\] are fields of the task and columns too"),
    ],
)
def test_a_sweep_that_cannot_work_is_refused(changed: dict[str, object], message: str) -> None:
    usual = {
        "name": "tiny",
        "title": "t",
        "task": Tiny,
        "presets": {"quick": list},
        "run": run,
        "columns": COLUMNS,
    }
    assert Sweep(**usual).name == "tiny"
    with pytest.raises(SweepError, match=message):
        Sweep(**{**usual, **changed})


def test_a_grid_is_not_empty_repeats_nothing_and_has_one_type(tmp_path: Path) -> None:
    tasks = grid(tmp_path, [1, 2])
    assert sweep(tasks).tasks("quick") == tasks
    with pytest.raises(SweepError, match="no preset 'huge'; it has quick, paper"):
        sweep(tasks).tasks("huge")
    with pytest.raises(SweepError, match="the grid of 'quick' is empty or repeats a task"):
        sweep([]).tasks("quick")
    with pytest.raises(SweepError, match="is empty or repeats a task"):
        sweep([*tasks, *tasks[:1]]).tasks("quick")

    class Other(Tiny):
        pass

    with pytest.raises(SweepError, match="a task is a Tiny, got Other"):
        sweep([Other(width=1, folder="x")]).tasks("quick")


def test_only_what_a_worker_can_import_is_run() -> None:
    sweep([]).require_importable()

    def local(_: Tiny, __: str) -> pd.DataFrame:
        raise AssertionError

    for function in (local, lambda _, __: table()):
        broken = Sweep("tiny", "t", Tiny, {"quick": list}, function, COLUMNS)
        with pytest.raises(SweepError, match="must be at the top level of a module"):
            broken.require_importable()


def test_a_cost_is_positive() -> None:
    task = Tiny(width=3, folder="x")
    assert sweep([]).cost_of(task) == 3.0
    assert Sweep("tiny", "t", Tiny, {"quick": list}, run, COLUMNS).cost_of(task) == 1.0
    for width in (0, -1):
        with pytest.raises(SweepError, match="the cost of a task is positive, got"):
            sweep([]).cost_of(Tiny(width=width, folder="x"))


def test_columns_come_in_order_and_nothing_is_converted() -> None:
    shuffled = table()[["device", "loss", "member"]].set_index(pd.Index([7, 9]))
    kept = require_columns("tiny", shuffled, COLUMNS)
    pd.testing.assert_frame_equal(kept, table())
    assert kept["loss"].isna().sum() == 1


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "must return a DataFrame, got NoneType"),
        (table(loss=[1, 2]), "'loss': 'int64'"),
        (table(loss=np.float32([1, 2])), "'loss': 'float32'"),
        (table(device=pd.Series(["a", "b"], dtype=object)), "'device': 'object'"),
        (table(more=1), "'more'"),
        (table().drop(columns="loss"), "got {'member': 'int64', 'device': 'str'}"),
        (table()[["member", "loss", "loss", "device"]], "must return columns"),
        (table().iloc[:0], "no rows"),
        (table(device=["cpu", None]), "column 'device' has a missing value"),
    ],
    ids=str,
)
def test_another_table_is_refused(returned: object, message: str) -> None:
    with pytest.raises(SweepError) as refused:
        require_columns("tiny", returned, COLUMNS)
    assert message in str(refused.value)


def test_every_declared_sweep_can_be_planned() -> None:
    for name, declared in SWEEPS.items():
        assert declared.name == name
        declared.require_importable()
        for preset in declared.presets:
            assert all(declared.cost_of(task) > 0 for task in declared.tasks(preset))
