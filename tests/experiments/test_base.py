from pathlib import Path

import pytest
from pydantic import ValidationError

from ovp_lib.experiments.base import Named
from ovp_lib.pages import SWEEPS, Sweep, SweepError
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.tiny_sweep import Tiny, grid, sweep

RUN = Named("tests.lab.sweeps.tiny_sweep", "run")
COLUMNS = {"member": "int64", "loss": "float64", "device": "str"}


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
        "run": RUN,
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

    class Local(Tiny):
        pass

    with pytest.raises(SweepError, match=r"Local' must be at the top level of a module"):
        Sweep("tiny", "t", Local, {"quick": list}, RUN, COLUMNS).require_importable()
    for module in ("__main__", "tests.lab.tinny", "tests.lob.tiny_sweep"):
        broken = Sweep("tiny", "t", Tiny, {"quick": list}, Named(module, "run"), COLUMNS)
        with pytest.raises(SweepError, match=f"there is no module '{module}' to import"):
            broken.require_importable()


def test_what_computes_is_imported_when_it_is_called() -> None:
    assert RUN.function() is tiny_sweep.run
    with pytest.raises(SweepError, match=r"no function 'walk' in tests.lab.sweeps.tiny_sweep"):
        Named("tests.lab.sweeps.tiny_sweep", "walk").function()


def test_a_cost_is_positive() -> None:
    task = Tiny(width=3, folder="x")
    assert sweep([]).cost_of(task) == 3.0
    assert Sweep("tiny", "t", Tiny, {"quick": list}, RUN, COLUMNS).cost_of(task) == 1.0
    for width in (0, -1):
        with pytest.raises(SweepError, match="the cost of a task is positive, got"):
            sweep([]).cost_of(Tiny(width=width, folder="x"))


def test_every_declared_sweep_can_be_planned() -> None:
    for name, declared in SWEEPS.items():
        assert declared.name == name
        declared.require_importable()
        assert callable(declared.run.function())
        for preset in declared.presets:
            assert all(declared.cost_of(task) > 0 for task in declared.tasks(preset))
