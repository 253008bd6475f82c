import pytest

from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.section_7 import curves, grids, step_sizes
from ovp_lib.pages.section_7.grids import LEARNERS
from ovp_lib.pages.section_7.step_sizes import grid_of
from ovp_lib.training.protocol import one_two_five
from tests.pages.section_7.test_grids import points


def test_step_sizes_are_of_the_papers_grid_and_those_of_the_ntk_fall_with_the_width() -> None:
    for learner in LEARNERS.values():
        for width in grids.TWO_LAYER:
            lrs, wds = grid_of(*learner, width)
            tried = [f"{value:.0e}" for value in (*lrs, *wds) if value]
            assert {text[0] for text in tried} <= set("125")
            assert [float(text) for text in tried] == pytest.approx([v for v in (*lrs, *wds) if v])
    for network in ("two-layer", "three-layer"):
        narrow, wide = (max(grid_of(network, "ntk", m)[0]) for m in (100, 1000))
        assert narrow == pytest.approx(10 * wide)


@pytest.mark.parametrize("target", step_sizes.EXTRA_STEP_SIZES)
def test_extra_step_sizes_are_the_next_ones_of_points_that_are_there(target) -> None:
    tasks = grids.paper(target)
    for (curve, convention, width, samples), more in step_sizes.EXTRA_STEP_SIZES[target].items():
        point = (curve, convention, width, samples)
        lrs, _ = grid_of(*LEARNERS[curve], width, samples)
        lrs = step_sizes.PRESCREENED.get((target, point), lrs)
        assert set(points(tasks)) >= {
            (*LEARNERS[curve], convention, width, samples, seed) for seed in range(3)
        }
        assert more in {(one_two_five(1.1 * max(lrs), 5 * max(lrs))[0],)} | {
            (one_two_five(min(lrs) / 5, min(lrs) / 1.1)[-1],)
        }


def test_the_grid_was_narrowed_to_what_won_wherever_both_were_run() -> None:
    (target, point), lrs = next(iter(step_sizes.PRESCREENED.items()))
    curve, convention, width, samples = point
    assert (len(step_sizes.PRESCREENED), target) == (1, "tanh")
    runs = curves.finished(reference("figure-2", "paper"))
    runs = runs[(runs["curve"] == curve) & (runs["convention"] == convention)]
    runs = runs[(runs["samples"] == samples) & (runs["width"] >= 500)]
    full = runs[(runs["width"] < width) | (runs["seed"] == 0)]
    for by in ("validation", "test"):
        best = curves.chosen(full, by=by)
        assert sorted(zip(best["width"], best["seed"], strict=True)) == [
            *((m, seed) for m in (500, 1000) for seed in range(3)),
            (width, 0),
        ]
        assert set(best["lr"]) == set(lrs)
    assert (full.groupby(["width", "seed"])["lr"].nunique() == 3).all()
