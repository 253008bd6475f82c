"""The norm figure with the other schedule, against the run that it changes."""

from ovp_lib.experiments import minimal_norm
from ovp_lib.experiments.minimal_norm_halved import HalvedTask, run
from tests.experiments.test_minimal_norm import task


def test_the_step_size_falls_at_half_of_the_budget() -> None:
    halved = HalvedTask(**task(epochs=10).model_dump())
    assert halved.drop == 5
    assert halved.looks == (5, 10)
    assert halved.protocol.drops == ((5, 0.1),)


def test_another_schedule_ends_elsewhere() -> None:
    halved, whole = run(task(epochs=10), "cpu"), minimal_norm.run(task(epochs=10), "cpu")
    assert list(halved.columns) == list(whole.columns)
    assert set(halved["epoch"]) == {5, 10}
    ends = [table[table["epoch"] == 10].set_index(["lr", "wd"]) for table in (halved, whole)]
    assert (ends[0]["norm"] != ends[1]["norm"]).all()
