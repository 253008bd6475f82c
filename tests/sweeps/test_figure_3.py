import pytest

from ovp_lib.sweeps import SWEEPS, figure_1, figure_3


def test_every_width_and_seed_comes_once_without_weight_decay() -> None:
    assert SWEEPS["figure-3"] is figure_3.SWEEP
    for preset, widths in (("standard", 4), ("paper", 6)):
        tasks = figure_3.SWEEP.tasks(preset)
        points = [(task.width, *task.seeds) for task in tasks]
        assert len(set(points)) == len(points) == 3 * widths
        assert all(task.wds == (0.0,) and any(task.w24s) for task in tasks)


@pytest.mark.parametrize("preset", ["standard", "paper"])
def test_it_differs_from_figure_1_in_the_regulariser_alone(preset) -> None:
    panel = figure_1.panel_a("sine", "3layer", figure_1.THREE_LAYER)
    with_decay = {(task.width, task.seeds): task for task in panel}
    for task in figure_3.SWEEP.tasks(preset):
        other = with_decay[task.width, task.seeds]
        assert task.model_copy(update={"wds": other.wds, "w24s": other.w24s}) == other
        assert other.w24s == (0.0,)


def test_a_larger_preset_computes_nothing_of_a_smaller_one_again() -> None:
    standard, paper = (
        {task.canonical() for task in figure_3.SWEEP.tasks(preset)}
        for preset in ("standard", "paper")
    )
    assert standard < paper
