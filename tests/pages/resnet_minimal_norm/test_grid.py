import pytest

from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.resnet_minimal_norm import halved_grid
from ovp_lib.pages.resnet_minimal_norm.grid import BUDGETS, LONG_DECAYS, LONG_STEP_SIZES, SWEEP
from ovp_lib.proofs import parity_network as best


@pytest.mark.parametrize("preset", ["quick", "standard", "paper"])
def test_every_grid_is_that_of_the_figure(preset: str) -> None:
    tasks = SWEEP.tasks(preset)
    assert {(task.inputs, task.parity, task.samples, task.batch) for task in tasks} == {
        (40, 6, 5000, 50)
    }
    assert len({task.seed for task in tasks}) >= 3


def test_the_settings_that_can_learn_are_there_for_six_seeds_at_every_budget() -> None:
    runs = [
        (task.epochs, task.seed, lr, wd)
        for task in SWEEP.tasks("paper")
        if task.width == 200 and task.init == "small"
        for lr in task.lrs
        for wd in task.wds
    ]
    assert len(set(runs)) == len(runs)
    for epochs in BUDGETS:
        for seed in range(6):
            for lr in LONG_STEP_SIZES:
                for wd in LONG_DECAYS:
                    assert (epochs, seed, lr, wd) in runs


def test_the_full_search_has_every_width_and_both_initial_scales() -> None:
    tasks = SWEEP.tasks("paper")
    assert {task.width for task in tasks} == {200, 400, 1000, 2000}
    assert {task.init for task in tasks} == {"small", "unit"}


def test_the_stored_search_finds_what_the_figure_does_not() -> None:
    stored = reference("resnet-minimal-norm", "paper").query("epoch == epochs")
    tasks = SWEEP.tasks("paper")
    assert len(stored) == sum(len(task.lrs) * len(task.wds) for task in tasks)
    assert stored.query("epochs <= 200").test.min() > 0.69
    edge = stored.query("lr >= 15")
    assert len(edge) == 6 * 2 * len(LONG_DECAYS)
    learned = stored.query("lr == 10 and wd == 2e-5 and width == 200 and init == 'small'")
    tests = {epochs: table.test for epochs, table in learned.groupby("epochs")}
    assert len(tests[1000]) == len(tests[4000]) == 6
    assert (tests[1000] < 0.69).sum() == 5
    assert tests[4000].max() < 0.3
    assert (stored.query("epochs == 4000 and test < 0.69").norm > best.least_norm(40, 6)).all()


def test_the_schedule_of_the_first_paper_has_the_same_settings_for_six_seeds() -> None:
    stored = reference("resnet-minimal-norm-halved", "paper")
    settings = stored.groupby(["seed", "epoch"])[["lr", "wd"]].apply(lambda rows: len(rows))
    assert set(settings.index) == {(seed, epoch) for seed in range(6) for epoch in (400, 800)}
    each = len(halved_grid.HALVED_STEP_SIZES) * len(halved_grid.HALVED_DECAYS)
    assert set(settings) == {each}
    end = stored.query("epoch == 800")
    first = end.query("lr == 10 and wd == 2e-5").test
    assert 0.65 < first.min() < 0.69 < first.median() < 1
    assert end.query("lr == 15 and wd == 1e-5").test.min() < 0.3
