import itertools
from collections import defaultdict

import pytest

from ovp_lib.pages import SWEEPS
from ovp_lib.pages.resnet_separation.grid import BETAS, SWEEP, grid_of


@pytest.mark.parametrize("preset", ["quick", "standard", "finer", "paper"])
def test_every_grid_has_each_run_once(preset: str) -> None:
    assert SWEEPS["resnet-separation"] is SWEEP
    runs = [
        (t.target, t.network, t.trained, t.width, t.samples, t.alpha, t.beta, *run)
        for t in SWEEP.tasks(preset)
        for run in itertools.product(t.seeds, t.lrs, t.wds)
    ]
    assert len(set(runs)) == len(runs)


def test_what_is_finer_repeats_no_run_of_the_grids_that_it_is_joined_with() -> None:
    def runs(preset: str) -> set[tuple]:
        return {
            (t.target, t.network, t.trained, t.width, t.samples, t.alpha, t.beta, *run)
            for t in SWEEP.tasks(preset)
            for run in itertools.product(t.seeds, t.lrs, t.wds)
        }

    assert not runs("paper") & runs("finer")


def test_what_is_finer_goes_beyond_the_ends_of_what_is_standard() -> None:
    def tried(preset: str) -> dict[tuple, set[tuple[float, float]]]:
        found = defaultdict(set)
        for t in SWEEP.tasks(preset):
            point = (t.target, t.network, t.trained, t.width, t.samples, t.alpha, t.beta)
            found[point] |= set(itertools.product(t.lrs, t.wds))
        return found

    standard, finer = tried("standard"), tried("finer")
    assert set(finer) < set(standard)
    for point, more in finer.items():
        for axis in (0, 1):
            old, new = ({pair[axis] for pair in pairs} for pairs in (standard[point], more))
            assert min(new) < min(old) or max(new) > max(old)


def test_a_larger_preset_computes_nothing_of_a_smaller_one_again() -> None:
    standard, finer, paper = (
        {t.canonical() for t in SWEEP.tasks(preset)} for preset in ("standard", "finer", "paper")
    )
    assert standard < paper
    assert not paper & finer


def test_the_paper_preset_has_the_papers_protocol_and_every_curve_of_its_figure() -> None:
    tasks = [task for task in SWEEP.tasks("paper") if task.target == "figure-2"]
    for task in tasks:
        assert (task.dimension, task.samples, task.epochs, task.alpha) == (30, 1000, 800, 0.3)
    curves = {(task.network, task.trained) for task in tasks if task.beta == 1}
    for network in ("bottleneck", "three-layer", "two-layer"):
        assert {(network, "hidden"), (network, "last"), (network, "ntk")} <= curves
    widths = {t.width for t in tasks if (t.network, t.trained) == ("bottleneck", "hidden")}
    assert {100, 1000, 10_000, 100_000} <= widths
    assert {task.beta for task in tasks} == set(BETAS)


def test_the_last_layers_step_size_goes_with_one_over_the_width() -> None:
    narrow, wide = (grid_of("two-layer", "last", m)[0] for m in (100, 1000))
    assert [a / b for a, b in zip(narrow, wide, strict=True)] == pytest.approx([10.0] * 3)
