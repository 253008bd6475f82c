import pytest

from ovp_lib.evidence import published
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.pages import SWEEPS
from ovp_lib.pages.figure_1 import grid as figure_1
from ovp_lib.pages.figure_2 import grid as figure_2
from ovp_lib.pages.section_7 import grids, step_sizes
from ovp_lib.pages.section_7 import trained_biases_grid as biases
from ovp_lib.pages.section_7.grids import LEARNERS


def points(tasks: list[NetworkTask]) -> list[tuple[object, ...]]:
    return [
        (t.network, t.trained, t.convention, t.width, t.samples, seed)
        for t in tasks
        for seed in t.seeds
    ]


def runs(tasks: list[NetworkTask]) -> list[tuple[object, ...]]:
    return [(point, lr, wd) for t in tasks for point in points([t]) for lr in t.lrs for wd in t.wds]


@pytest.mark.parametrize(("sweep", "target"), [(figure_1.SWEEP, "sine"), (figure_2.SWEEP, "tanh")])
def test_every_grid_has_each_run_once_and_its_own_target(sweep, target) -> None:
    assert SWEEPS[sweep.name] is sweep
    for preset in sweep.presets:
        tasks = sweep.tasks(preset)
        assert {(t.target, t.epochs) for t in tasks} == {(target, 800)}
        assert len(set(runs(tasks))) == len(runs(tasks))


@pytest.mark.parametrize("sweep", [figure_1.SWEEP, figure_2.SWEEP])
def test_a_larger_preset_computes_nothing_of_a_smaller_one_again(sweep) -> None:
    standard, paper = ({t.canonical() for t in sweep.tasks(p)} for p in ("standard", "paper"))
    assert standard < paper


@pytest.mark.parametrize("sweep", [figure_1.SWEEP, figure_2.SWEEP])
def test_the_paper_preset_has_every_point_of_the_paper_with_its_seeds(sweep) -> None:
    table = published.points(sweep.name)
    there = set(points(sweep.tasks("paper")))
    for _, point in table.iterrows():
        a = point["panel"] == "a"
        width, samples = (point["x"], 1000) if a else (2000, point["x"])
        where = (*LEARNERS[point["series"]], "padded", width, samples)
        seeds = 3 if point["series"] == "3layer" else 10
        assert {(*where, seed) for seed in range(seeds)} <= there
        assert (*where, seeds) not in there


@pytest.mark.parametrize("preset", ["quick", "standard"])
def test_smaller_presets_have_three_seeds_at_most(preset) -> None:
    assert {seed for t in figure_1.SWEEP.tasks(preset) for seed in t.seeds} <= {0, 1, 2}


def test_both_conventions_are_tried_at_three_widths_for_every_learner() -> None:
    there = points(figure_1.SWEEP.tasks("paper"))
    for learner in LEARNERS.values():
        plain = {point[3] for point in there if point[:3] == (*learner, "plain")}
        padded = {point[3] for point in there if point[:3] == (*learner, "padded")}
        assert plain == {100, 500, 1000} <= padded


@pytest.mark.parametrize("target", step_sizes.EXTRA_STEP_SIZES)
def test_no_extra_step_size_is_tried_at_a_point_that_a_preset_lacks(target) -> None:
    tasks = grids.panel_a(target, "2layer", (1000, 2000))
    assert grids.with_extra_step_sizes(target, tasks) == tasks
    plain = grids.panel_a(target, "2layer", (1000, 2000), "plain")
    more = grids.with_extra_step_sizes(target, [*tasks, *plain])[len(tasks) + len(plain) :]
    assert [(t.convention, t.width, t.lrs, t.seeds) for t in more] == [
        ("plain", 1000, (2e-3,), (seed,)) for seed in range(10)
    ]


def test_trained_biases_are_tried_at_points_of_both_panels_on_the_same_data() -> None:
    tasks = biases.SWEEP.tasks("paper")
    assert SWEEPS["trained-biases"] is biases.SWEEP
    figures = {"sine": figure_1.SWEEP, "tanh": figure_2.SWEEP}
    for target, sweep in figures.items():
        padded = {at for at in points(sweep.tasks("paper")) if at[:3] == PADDED}
        mine = points([task for task in tasks if task.target == target])
        assert len(mine) == len(set(mine)) == 9 * 3
        assert {("two-layer", "hidden", "padded", *at[3:]) for at in mine} <= padded
    assert {task.convention for task in tasks} == {"plain"}


PADDED = ("two-layer", "hidden", "padded")
