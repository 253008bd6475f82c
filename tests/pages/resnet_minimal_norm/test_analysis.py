"""Tables of the page on the norm figure, on small tables and against the formulas."""

import math

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from ovp_lib.evidence import published
from ovp_lib.evidence.claims import Estimate
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.resnet_minimal_norm import analysis
from ovp_lib.proofs import parity_network as best

D, K = 16, 2
R_STAR = best.least_norm(D, K)


def test_deviations_below_rounding_are_not_resolved() -> None:
    assert analysis.exactly([0.0, 1e-14]) == Estimate(1e-12, 1e-12, 1e-12, 1)
    assert analysis.exactly([0.0, 1e-3, 1e-4]).high == 1e-3


def test_what_is_counted_is_no_repetition_and_the_largest_number_is_kept() -> None:
    assert analysis.count([True, False, True]) == Estimate(2, 2, 2, 1)
    assert analysis.largest(torch.tensor([[1.0, 3.0], [2.0, 0.0]])) == Estimate(3, 3, 3, 1)


def test_each_step_size_has_its_smallest_error_and_its_seeds() -> None:
    rows = [(100, 5.0, 0, 0.9), (100, 5.0, 0, 0.6), (100, 5.0, 1, 0.8), (200, 10.0, 0, 0.1)]
    table = analysis.by_step_size(pd.DataFrame(rows, columns=["steps", "lr", "seed", "test"]))
    assert table.loc[100, 5.0] == "0.60 (1 of 2 seeds)"
    assert table.loc[200, 10.0] == "0.10 (1 of 1 seeds)"
    assert table.loc[200, 5.0] == ""
    assert (table.index.name, table.columns.name) == ("steps", "step size")


def test_by_hand_the_parity_is_exact_and_half_of_it_lies_on_the_frontier() -> None:
    assert max(analysis.make_by_hand(K, D, 8)) < 1e-12
    half = analysis.make_by_hand(K, D, 8, scale=0.5)
    assert half.error == pytest.approx(0.5)
    assert half.norm == pytest.approx(0.5)
    assert half.frontier < 1e-12


def test_a_width_that_wastes_norm_is_off_the_frontier() -> None:
    wasteful = analysis.make_by_hand(4, D, 18, scale=0.5)
    assert wasteful.norm < 0.5
    assert wasteful.frontier > 1e-3


def test_fits_have_a_seed_a_row_and_lie_above_the_frontier() -> None:
    fits = analysis.fit_all_inputs(K, "small", 200, seed=0, n_seeds=2, device="cpu")
    assert fits.norm.shape == fits.error.shape == (2, len(analysis.HAND_DECAYS))
    assert (fits.distance(K) > 1).all()
    assert (fits.objective(K) > 1).all()
    assert not torch.allclose(fits.norm[0], fits.norm[1], rtol=1e-6)
    [other] = analysis.fit_all_inputs(K, "small", 200, seed=1, n_seeds=1, device="cpu").norm
    assert not torch.allclose(other, fits.norm[0], rtol=1e-6)


def test_a_network_on_the_frontier_has_distance_and_objective_one() -> None:
    decay = torch.tensor([1e-2, 1e-1], dtype=torch.float64)
    t = best.best_scale(decay, K, K)
    fits = analysis.Fits(decay, (t * best.least_norm(K, K))[None], (1 - t).square()[None])
    assert fits.distance(K)[0].tolist() == pytest.approx([1.0, 1.0])
    assert fits.objective(K)[0].tolist() == pytest.approx([1.0, 1.0])


def test_the_same_of_runs_in_a_table() -> None:
    t = 1 / (1 + 1e-2 * R_STAR**2)
    runs = pd.DataFrame(
        {"norm": [t * R_STAR, R_STAR], "train": [(1 - t) ** 2, 0.0], "wd": [1e-2, 1e-2]}
    )
    assert analysis.distance(runs.norm, runs.train, D, K).tolist() == pytest.approx([1.0, 1.0])
    assert analysis.objective(runs, D, K).tolist() == pytest.approx([1.0, 1 / t])


def test_only_more_than_four_standard_errors_below_the_bound_count() -> None:
    bound = 0.25
    runs = pd.DataFrame({"norm": [0.5 * R_STAR] * 2, "test": [bound - 0.05] * 2})
    below = analysis.below_frontier(runs.assign(test_se=[0.0120, 0.0130]), D, K)
    assert below.tolist() == [True, False]


def test_printed_points_are_those_of_the_series() -> None:
    points = published.points("resnet-figure-1")
    assert len(analysis.printed("by hand")) == 3
    assert not analysis.printed("in test error").series.str.contains("train").any()
    assert len(analysis.printed_below_frontier()) < len(points)
    assert not analysis.printed_below_frontier().any()


def test_runs_end_at_their_budget_unless_they_diverged() -> None:
    rows = [(4, 5, 1.0), (5, 5, 2.0), (10, 10, math.nan)]
    table = pd.DataFrame(rows, columns=["epoch", "epochs", "test"]).assign(samples=100, batch=50)
    ends = analysis.ends(table)
    assert ends[["epoch", "test", "steps"]].values.tolist() == [[5, 2.0, 10]]


def test_runs_are_matched_before_they_are_compared() -> None:
    rows = [(0, 1.0, 0.0, 10.0, 1.0), (0, 5.0, 0.0, 20.0, 2.0), (1, 1.0, 0.0, 30.0, 3.0)]
    stored = pd.DataFrame(rows, columns=["seed", "lr", "wd", "norm", "test"])
    again = stored.iloc[[1, 0]]
    assert analysis.moved(again, stored).tolist() == [False, False]
    assert analysis.moved(again.assign(norm=[21.1, 10.4]), stored).tolist() == [True, False]
    assert analysis.moved(again.assign(test=[2.2, 1.2]), stored).tolist() == [False, True]


def test_a_search_is_summed_up_seed_by_seed() -> None:
    runs = pd.DataFrame(
        {
            "seed": [0, 0, 1, 1],
            "test": [0.5, 0.6, 0.8, 0.9],
            "validation": [0.7, 0.6, 1.0, 0.9],
        }
    )
    assert analysis.least_of_each_seed(runs, "test").tolist() == [0.5, 0.8]
    words = analysis.summary(runs)
    assert words["runs"] == 4
    assert words["runs below 0.69"] == 2
    assert str(words["seeds with one"]).startswith("1 of 2, ")
    assert str(words["test error, chosen by test"]).startswith("0.65 ")
    assert str(words["chosen by validation"]).startswith("0.75 ")


def test_initial_weights_are_told_apart() -> None:
    stored = analysis.ends(reference("resnet-minimal-norm", "paper"))
    rows = stored.query("lr == 10 and wd == 2e-5 and steps == 100_000")
    table = analysis.by_initial_weights(rows)
    assert list(table.index) == [
        "m = 200, small initial weights",
        "m = 200, unit initial weights",
        "m = 1000, small initial weights",
    ]
    assert table.seeds.tolist() == [6, 3, 3]


@pytest.mark.parametrize(("d", "points"), [(40, 2), (16, 1)])
def test_the_papers_points_are_drawn_where_the_dimension_is_the_papers(d: int, points: int) -> None:
    runs = pd.DataFrame({"norm": [10.0], "train": [0.1], "test": [0.2]})
    _, axes = plt.subplots(1, 2)
    analysis.draw_plane(list(axes), d, 2, {"ours": runs})
    for ax, error in zip(axes, (0.1, 0.2), strict=True):
        ours, *_ = [line for line in ax.lines if line.get_label() == "ours"]
        assert ours.get_ydata().tolist() == [error]
        hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
        assert len(hollow) == points
    plt.close("all")
