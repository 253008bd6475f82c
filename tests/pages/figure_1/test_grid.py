import pytest

from ovp_lib.evidence import published
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages import SWEEPS
from ovp_lib.pages.figure_1 import grid as figure_1
from ovp_lib.pages.figure_1.grid import LEARNERS, grid_of
from ovp_lib.pages.figure_2 import grid as figure_2
from ovp_lib.pages.section_7 import panels
from ovp_lib.training.protocol import one_two_five


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


def test_the_paper_preset_has_every_point_of_the_paper_with_three_seeds() -> None:
    table = published.points("figure-1")
    there = set(points(figure_1.SWEEP.tasks("paper")))
    for _, point in table.iterrows():
        a = point["panel"] == "a"
        width, samples = (point["x"], 1000) if a else (2000, point["x"])
        where = (*LEARNERS[point["series"]], "padded", width, samples)
        assert {(*where, seed) for seed in range(3)} <= there


def test_both_conventions_are_tried_at_three_widths_for_every_learner() -> None:
    there = points(figure_1.SWEEP.tasks("paper"))
    for learner in LEARNERS.values():
        plain = {point[3] for point in there if point[:3] == (*learner, "plain")}
        padded = {point[3] for point in there if point[:3] == (*learner, "padded")}
        assert plain == {100, 500, 1000} <= padded


def test_step_sizes_are_of_the_papers_grid_and_those_of_the_ntk_fall_with_the_width() -> None:
    for learner in LEARNERS.values():
        for width in figure_1.TWO_LAYER:
            lrs, wds = grid_of(*learner, width)
            tried = [f"{value:.0e}" for value in (*lrs, *wds) if value]
            assert {text[0] for text in tried} <= set("125")
            assert [float(text) for text in tried] == pytest.approx([v for v in (*lrs, *wds) if v])
    for network in ("two-layer", "three-layer"):
        narrow, wide = (max(grid_of(network, "ntk", m)[0]) for m in (100, 1000))
        assert narrow == pytest.approx(10 * wide)


@pytest.mark.parametrize("target", figure_1.BESIDES)
def test_step_sizes_tried_besides_are_the_next_ones_of_points_that_are_there(target) -> None:
    tasks = figure_1.paper(target)
    for (curve, convention, width, samples), more in figure_1.BESIDES[target].items():
        point = (curve, convention, width, samples)
        lrs, _ = grid_of(*LEARNERS[curve], width, samples)
        lrs = figure_1.PRESCREENED.get((target, point), lrs)
        assert set(points(tasks)) >= {
            (*LEARNERS[curve], convention, width, samples, seed) for seed in range(3)
        }
        assert more in {(one_two_five(1.1 * max(lrs), 5 * max(lrs))[0],)} | {
            (one_two_five(min(lrs) / 5, min(lrs) / 1.1)[-1],)
        }


@pytest.mark.parametrize("target", figure_1.BESIDES)
def test_no_step_size_is_tried_besides_at_a_point_that_a_preset_lacks(target) -> None:
    tasks = figure_1.panel_a(target, "2layer", (1000, 2000))
    assert figure_1.with_besides(target, tasks) == tasks
    plain = figure_1.panel_a(target, "2layer", (1000, 2000), "plain")
    more = figure_1.with_besides(target, [*tasks, *plain])[len(tasks) + len(plain) :]
    assert [(t.convention, t.width, t.lrs, t.seeds) for t in more] == [
        ("plain", 1000, (2e-3,), (seed,)) for seed in range(3)
    ]


def test_the_grid_was_narrowed_to_what_won_wherever_both_were_run() -> None:
    (target, point), lrs = next(iter(figure_1.PRESCREENED.items()))
    curve, convention, width, samples = point
    assert (len(figure_1.PRESCREENED), target) == (1, "tanh")
    runs = panels.finished(reference("figure-2", "paper"))
    runs = runs[(runs["curve"] == curve) & (runs["convention"] == convention)]
    runs = runs[(runs["samples"] == samples) & (runs["width"] >= 500)]
    full = runs[(runs["width"] < width) | (runs["seed"] == 0)]
    for by in ("validation", "test"):
        best = panels.chosen(full, by=by)
        assert sorted(zip(best["width"], best["seed"], strict=True)) == [
            *((m, seed) for m in (500, 1000) for seed in range(3)),
            (width, 0),
        ]
        assert set(best["lr"]) == set(lrs)
    assert (full.groupby(["width", "seed"])["lr"].nunique() == 3).all()
