import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence.figures import PALETTE
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import run
from ovp_lib.pages.figure_1.grid import LEARNERS
from ovp_lib.pages.section_7.panels import (
    chosen,
    curve,
    draw,
    finished,
    gaps,
    inside,
    least_gap,
    orders,
    recompute,
    slope,
    tried,
)

PADDED = ((100, 1000), (2000, 1000), (2000, 500))


def table() -> pd.DataFrame:
    """Return a sweep whose errors are made up: the best step size is 0.02, of the last rows 0.01.

    Test errors are a tenth of the width times 1 + |log2(lr / best)| times the curve's number;
    validation errors prefer 0.05.
    """
    rows = []
    for i, (network, trained) in enumerate(LEARNERS.values()):
        points = [("padded", *at) for at in PADDED] + [("plain", 100, 1000)]
        grid = itertools.product(points, (0, 1), (0.01, 0.02, 0.05), (0.0, 1e-4), (400, 800))
        for (convention, width, samples), seed, lr, wd, epoch in grid:
            size = width * (1 + i) * (1 + seed) * (1 + 1000 * wd) + samples / 1e4
            best = 0.01 if samples == 500 else 0.02
            test = size * (1 + abs(np.log2(lr / best))) * (2 if epoch == 400 else 1)
            fields = (network, trained, convention, width, samples, seed, lr, wd, epoch)
            rows.append((*fields, test, size * (1 + abs(np.log2(lr / 0.05)))))
    names = ["network", "trained", "convention", "width", "samples", "seed", "lr", "wd", "epoch"]
    return pd.DataFrame(rows, columns=[*names, "test", "validation"])


def test_only_the_end_of_a_run_counts_and_curves_have_the_papers_names() -> None:
    runs = finished(table())
    assert set(runs["epoch"]) == {800}
    assert list(runs["curve"].unique()) == list(LEARNERS)
    last = runs[runs["curve"] == "3layer(last)"]
    assert set(zip(last["network"], last["trained"], strict=True)) == {("three-layer", "last")}


@pytest.mark.parametrize(("by", "lr"), [("test", 0.02), ("validation", 0.05)])
def test_a_curve_is_what_was_chosen_at_each_point_for_each_seed(by: str, lr: float) -> None:
    best = chosen(finished(table()), by=by)
    panel = curve(best, "2layer", "a")
    assert list(panel.columns) == [100, 2000]
    factor = 1 + abs(np.log2(lr / 0.02))
    expected = [[2 * m * (1 + s) + 0.1 for m in (100, 2000)] for s in (0, 1)]
    np.testing.assert_allclose(panel, np.array(expected) * factor)
    assert list(curve(best, "2layer", "b").columns) == [500, 1000]
    assert set(best["lr"]) == ({lr, 0.01} if by == "test" else {lr})
    plain = curve(best, "2layer", "a", convention="plain")
    assert list(plain.columns) == [100]


def test_step_sizes_are_counted_at_each_point_of_a_panel() -> None:
    runs = finished(table())
    runs = runs[~((runs["samples"] == 500) & (runs["lr"] > 0.01))]
    runs = runs[~((runs["curve"] == "2layer") & (runs["width"] == 100))]
    assert tried(runs, "a").loc["3layer"].to_dict() == {100: 3, 2000: 3}
    assert tried(runs, "b").loc["3layer"].to_dict() == {500: 1, 1000: 3}
    assert np.isnan(tried(runs, "a").loc["2layer", 100])
    less = runs[~((runs["width"] == 100) & (runs["seed"] == 1) & (runs["lr"] > 0.01))]
    assert tried(less, "a").loc["3layer"].to_dict() == {100: 1, 2000: 3}
    assert list(tried(runs, "a", convention="plain").columns) == [100]


def test_a_slope_needs_two_points_that_all_seeds_have() -> None:
    values = pd.DataFrame({10: [1.0, 2.0], 20: [9.0, np.nan], 40: [4.0, 8.0]})
    assert slope(values).value == pytest.approx(1.0)
    alone = slope(values[[10, 20]])
    assert np.isnan(alone[:3]).all()
    assert alone.n == 2


def test_gaps_are_between_errors_on_the_same_data() -> None:
    best = chosen(finished(table()), by="test")
    gap, turned = gaps(best, "3layer", "2layer"), gaps(best, "2layer", "3layer")
    assert set(gap.columns) == set(PADDED)
    assert list(gap.index) == [0, 1]
    np.testing.assert_allclose(gap, 1 / turned)
    assert gap.loc[1, (2000, 500)] == pytest.approx(8000.05 / 4000.05)
    less = best[~((best["curve"] == "2layer") & (best["width"] == 100) & (best["seed"] == 1))]
    assert gaps(less, "3layer", "2layer").isna().to_numpy().sum() == 1
    none = best[~((best["curve"] == "2layer") & (best["width"] == 100))]
    assert set(gaps(none, "3layer", "2layer").columns) == set(PADDED[1:])
    plain = gaps(best, "3layer", "2layer", convention="plain")
    assert list(plain.columns) == [(100, 1000)]


def test_the_least_gap_is_taken_seed_by_seed_over_points_that_all_have() -> None:
    best = chosen(finished(table()), by="test")
    first, alone = best["curve"].eq("3layer"), best["samples"].eq(500)
    best.loc[first & alone & best["seed"].eq(1), "test"] *= 3
    best = best[~(first & best["width"].eq(100) & best["seed"].eq(0))]
    expected = gaps(best, "3layer", "2layer")[[(2000, 1000), (2000, 500)]].min(axis=1)
    assert expected.tolist() == pytest.approx([2.0, 2 / 3], rel=1e-4)
    found = least_gap(best, "3layer", "2layer")
    assert (found.value, found.n) == (pytest.approx(np.sqrt(4 / 3), rel=1e-4), 2)


def test_orders_count_pairs_and_name_the_points_that_are_lost() -> None:
    best = chosen(finished(table()), by="test")
    turned = best["samples"].eq(500) & best["curve"].eq("3layer") & best["seed"].eq(1)
    best.loc[turned, "test"] *= 3
    found = orders(best, [("3layer", "2layer"), ("2layer", "2layer(last)")])
    assert found.to_numpy().tolist() == [
        ["3layer", "2layer", 5, 6, "m = 2000, N = 500"],
        ["2layer", "2layer(last)", 6, 6, "nowhere"],
    ]
    plain = orders(best, [("2layer", "3layer")], convention="plain")
    assert plain.to_numpy().tolist() == [["2layer", "3layer", 0, 2, "m = 100, N = 1000"]]


def test_the_best_step_size_is_inside_or_at_an_end() -> None:
    found = inside(finished(table()), by="test")
    assert len(found) == len(LEARNERS) * 4
    assert (found["inside"] == (found["samples"] == 1000)).all()
    assert not inside(finished(table())).inside.any()
    runs = finished(table())
    assert inside(runs[runs["lr"] < 0.05]).empty
    assert inside(runs[(runs["lr"] < 0.05) | (runs["seed"] == 0)]).empty


def test_a_panel_shows_bands_single_marks_and_the_papers_points_in_one_colour_a_curve() -> None:
    best = chosen(finished(table()), by="test")
    curves = {name: curve(best, name, "b") for name in ("3layer", "2layer")}
    curves["2layer"].loc[1, 500] = np.nan
    index = pd.MultiIndex.from_tuples([("2layer", 500), ("2layer", 1000)])
    figure, ax = plt.subplots()
    draw(ax, curves, pd.Series([7.0, 8.0], index=index))
    of = {
        c: [
            line
            for line in ax.lines
            if PALETTE[c] in (line.get_color(), line.get_markeredgecolor())
        ]
        for c in (0, 1)
    }
    drawn = [[list(map(float, line.get_xdata())) for line in of[c]] for c in (0, 1)]
    assert drawn == [[[500, 1000], []], [[1000], [500], [500, 1000]]]
    assert of[1][1].get_ydata().tolist() == [curves["2layer"].loc[0, 500]]
    assert of[1][2].get_markerfacecolor() == "white"
    assert ax.get_legend_handles_labels()[1] == ["3layer", "2layer"]
    plt.close(figure)


@pytest.mark.parametrize("trained", ["hidden", "ntk"])
def test_runs_of_a_table_are_made_again_from_their_rows(trained: str) -> None:
    given = {"target": "tanh", "convention": "plain", "network": "two-layer", "trained": trained}
    sizes = {"width": 8, "samples": 100, "epochs": 4}
    task = NetworkTask(**given, **sizes, lrs=(0.01, 0.02), wds=(0.0, 0.01), seeds=(3, 5))
    stored = finished(run(task, "cpu").assign(**given, **sizes)).iloc[[1, 6]]
    again = recompute(stored)
    assert list(again.index) == list(stored.index)
    np.testing.assert_allclose(again, stored["test"], rtol=1e-4)
    assert not np.isclose(*again, rtol=0.01)
