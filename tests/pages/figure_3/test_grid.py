import pytest

from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages import SWEEPS
from ovp_lib.pages.figure_3 import grid as figure_3
from ovp_lib.pages.section_7 import curves, grids


def test_every_width_and_seed_comes_once_without_weight_decay() -> None:
    assert SWEEPS["figure-3"] is figure_3.SWEEP
    for preset, widths in (("standard", 4), ("paper", 6)):
        tasks = figure_3.SWEEP.tasks(preset)
        points = [(task.width, *task.seeds) for task in tasks]
        assert len(set(points)) == len(points) == 3 * widths
        assert all(task.wds == (0.0,) and any(task.w24s) for task in tasks)


@pytest.mark.parametrize("preset", ["standard", "paper"])
def test_it_differs_from_figure_1_in_the_regulariser_alone(preset) -> None:
    panel = grids.panel_a("sine", "3layer", grids.THREE_LAYER)
    with_decay = {(task.width, task.seeds): task for task in panel}
    for task in figure_3.SWEEP.tasks(preset):
        other = with_decay[task.width, task.seeds]
        same = {name: getattr(other, name) for name in ("wds", "w24s", "lrs")}
        assert task.model_copy(update=same) == other
        assert other.w24s == (0.0,)
        assert task.lrs == other.lrs if task.width <= 1000 else set(task.lrs) <= set(other.lrs)


def test_the_one_step_size_of_wide_networks_is_about_the_best_in_figure_1() -> None:
    runs = curves.finished(reference("figure-1", "paper"))
    wide = runs.query("curve == '3layer' and width == 2000 and samples == 1000")
    errors = wide.groupby(["seed", "lr"])["test"].min().unstack("lr")
    assert errors.shape == (3, 3)
    (only,) = figure_3.step_sizes(2000)
    assert (errors[only] < 1.1 * errors.min(axis=1)).all()


def test_a_larger_preset_computes_nothing_of_a_smaller_one_again() -> None:
    standard, paper = (
        {task.canonical() for task in figure_3.SWEEP.tasks(preset)}
        for preset in ("standard", "paper")
    )
    assert standard < paper
