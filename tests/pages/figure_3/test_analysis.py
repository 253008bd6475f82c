import numpy as np
import pandas as pd
import pytest

from ovp_lib.pages.figure_3.analysis import (
    by_regulariser,
    largest_factor,
    means,
    named,
    pairs,
    with_weight_decay,
)


def grid(wds: list[float], w24s: list[float], lrs: list[float]) -> pd.DataFrame:
    """Runs whose error is 1 + lr + 10 wd + 100 w24, and whose best strength by test is the least.

    Validation data prefer the largest step size.
    """
    rows = [
        (width, seed, lr, wd, w24, 1 + lr + 10 * wd + 100 * w24, 1 - lr, float(width))
        for width in (10, 20)
        for seed in (0, 1)
        for lr in lrs
        for wd in wds
        for w24 in w24s
    ]
    names = ["width", "seed", "lr", "wd", "w24", "test", "validation", "norm_ratio"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def others() -> pd.DataFrame:
    """Runs with the (2,4)-norm and with none."""
    return named(grid([0.0], [0.0, 0.1], [0.5, 1.0]))


@pytest.fixture
def figure_1() -> pd.DataFrame:
    """Runs of the figure's three-layer network, with more step sizes, and of another network."""
    runs = grid([0.0, 0.01], [0.0], [0.25, 0.5, 1.0])
    learner = {"trained": "hidden", "convention": "padded", "samples": 1000}
    three, two = runs.assign(network="three-layer"), runs.assign(network="two-layer")
    return pd.concat([three, two], ignore_index=True).assign(**learner)


def test_a_run_is_named_by_its_regulariser() -> None:
    runs = named(grid([0.0, 0.01], [0.0, 0.1], [1.0]).query("wd == 0 or w24 == 0"))
    kinds = runs.groupby("regulariser")[["wd", "w24"]].max()
    assert kinds.to_dict("index") == {
        "none": {"wd": 0.0, "w24": 0.0},
        "weight decay": {"wd": 0.01, "w24": 0.0},
        "(2,4)-norm": {"wd": 0.0, "w24": 0.1},
    }


def test_of_figure_1_come_the_decayed_runs_at_step_sizes_that_both_have(figure_1, others) -> None:
    found = with_weight_decay(figure_1, others)
    decayed = found[found["regulariser"] == "weight decay"]
    assert set(decayed["lr"]) == {0.5, 1.0}
    assert set(decayed["wd"]) == {0.01}
    assert set(decayed["network"]) == {"three-layer"}
    assert len(decayed) == 2 * 2 * 2
    assert len(found) == len(decayed) + len(others)


@pytest.mark.parametrize(("by", "lr"), [("validation", 1.0), ("test", 0.5)])
def test_the_best_run_of_each_regulariser_is_chosen(figure_1, others, by: str, lr: float) -> None:
    runs = with_weight_decay(figure_1, others)
    found = by_regulariser(runs, "test", by=by)
    assert list(found.index) == [(10, 0), (10, 1), (20, 0), (20, 1)]
    expected = {"(2,4)-norm": 11 + lr, "none": 1 + lr, "weight decay": 1.1 + lr}
    assert found.loc[(20, 1)].to_dict() == pytest.approx(expected)
    lacking = runs[(runs["regulariser"] != "none") | (runs["width"] == 10)]
    assert list(by_regulariser(lacking, "test", by=by).index) == [(10, 0), (10, 1)]


def test_means_are_geometric_over_what_is_not_named() -> None:
    runs = pd.DataFrame({"w24": [0.0, 0.0, 1.0], "test": [1.0, 4.0, 3.0], "norm_ratio": [2.0] * 3})
    found = means(runs, ["w24"])
    np.testing.assert_allclose(found["test"], [2.0, 3.0])
    np.testing.assert_allclose(found["norm_ratio"], [2.0, 2.0])
    assert list(found.index) == [0.0, 1.0]


def test_the_largest_factor_over_widths_does_not_cancel() -> None:
    at = pd.MultiIndex.from_product([[100, 200, 500], [0, 1]], names=["width", "seed"])
    ratios = pd.Series([2.0, 0.25, 0.5, 4.0, 9.0, np.nan], index=at)
    found = largest_factor(ratios)
    assert found.value == pytest.approx(np.sqrt(2.0 * 4.0))
    assert found.n == 2


def test_curves_stand_beside_the_print_by_what_is_measured_and_regulariser(
    figure_1, others
) -> None:
    runs = with_weight_decay(figure_1, others).assign(width=lambda t: t["width"] * 10)
    found = pairs(runs)
    assert list(found) == [
        "test, (2,4)-norm",
        "test, weight decay",
        "norm_ratio, (2,4)-norm",
        "norm_ratio, weight decay",
    ]
    ours, printed = found["test, (2,4)-norm"].common()
    assert printed.to_dict() == {100: 0.2218, 200: 0.211}
    assert ours[100].tolist() == pytest.approx([11.5, 11.5])
    assert found["norm_ratio, weight decay"].printed[200] == 6.629
