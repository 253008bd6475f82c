"""Which tasks of a grid are asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.plan import SweepPlan, plan, refresh
from ovp_lib.lab.sweeps.where import narrow
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.test_table import HERE, record
from tests.lab.sweeps.tiny_sweep import Tiny


@pytest.fixture
def planned(tmp_path: Path) -> SweepPlan:
    tasks = [
        Tiny(width=width, folder=str(tmp_path), seed=seed, sizes=(width, 7), does=does)
        for width, does in ((100, "run"), (20, "fail"), (3, "run"))
        for seed in (0, 1)
    ]
    return plan(tiny_sweep.sweep(tasks), "quick", Store(tmp_path / "store"))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], [(100, 0), (100, 1), (20, 0), (20, 1), (3, 0), (3, 1)]),
        (["width=3,1e2"], [(100, 0), (100, 1), (3, 0), (3, 1)]),
        (["does=run", "seed=1"], [(100, 1), (3, 1)]),
        (["sizes=20, 3.0", "seed=0"], [(20, 0), (3, 0)]),
        (["sizes=7", "width=20"], [(20, 0), (20, 1)]),
    ],
    ids=str,
)
def test_points_that_meet_every_condition_stay_in_their_order(
    planned: SweepPlan, conditions: list[str], expected: list[tuple[int, int]]
) -> None:
    chosen = narrow(planned, conditions)
    assert [(point.task.width, point.task.seed) for point in chosen.points] == expected
    assert set(chosen.points) <= set(planned.points)
    assert chosen.where == tuple(conditions)


def test_what_is_finished_elsewhere_in_the_grid_does_not_count(
    planned: SweepPlan, tmp_path: Path
) -> None:
    keys = [point.key for point in planned.points]
    other = {p.other_key: record(p.key, HERE) for p in planned.points[:4]}
    damaged = {keys[0]: "cut", keys[2]: "short"}
    known = replace(planned, damaged=damaged, instead=other)
    chosen = narrow(known, ["width=20"])
    assert chosen.damaged == {keys[2]: "short"}
    assert {each.key for each in chosen.instead.values()} == set(keys[2:4])
    assert [point.key for point in chosen.missing] == keys[2:4]
    fresh = refresh(chosen, Store(tmp_path / "store"))
    assert (fresh.points, fresh.damaged, fresh.where) == (chosen.points, {}, ("width=20",))
    assert fresh.instead == {}


def test_values_are_listed_as_numbers_are_counted(planned: SweepPlan) -> None:
    with pytest.raises(InputError, match=r"has width=4; there is 3, 20, 100$"):
        narrow(planned, ["width=4"])
    with pytest.raises(InputError, match=r"has does=walk; there is fail, run$"):
        narrow(planned, ["does=walk"])


@pytest.mark.parametrize("condition", ["", "width", "=3", "width="])
def test_a_condition_has_a_field_and_a_value(planned: SweepPlan, condition: str) -> None:
    with pytest.raises(InputError, match="a condition is like width=100"):
        narrow(planned, [condition])


def test_conditions_that_nothing_meets_together(planned: SweepPlan) -> None:
    with pytest.raises(InputError, match=r"tiny \(quick\) meets does=fail and width=3 together"):
        narrow(planned, ["does=fail", "width=3"])
