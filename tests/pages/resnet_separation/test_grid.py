import pytest

from ovp_lib.pages import SWEEPS
from ovp_lib.pages.resnet_separation.grid import BETAS, SWEEP, grid_of


@pytest.mark.parametrize("preset", ["quick", "standard", "paper"])
def test_every_grid_has_each_task_once(preset: str) -> None:
    assert SWEEPS["resnet-separation"] is SWEEP
    tasks = SWEEP.tasks(preset)
    points = [
        (t.target, t.network, t.trained, t.width, t.samples, t.alpha, t.beta, seed)
        for t in tasks
        for seed in t.seeds
    ]
    assert len(set(points)) == len(points)


def test_a_larger_preset_computes_nothing_of_a_smaller_one_again() -> None:
    standard, paper = ({t.canonical() for t in SWEEP.tasks(p)} for p in ("standard", "paper"))
    assert standard < paper


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
