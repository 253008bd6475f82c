import numpy as np
import pandas as pd
import pytest

from ovp_lib.pages.section_7 import curves
from ovp_lib.pages.section_7.curves import (
    at_width,
    both_conventions,
    both_panels,
    chosen,
    complete,
    core_hours,
    curve,
    finished,
    validated,
    whole_seeds,
)
from ovp_lib.pages.section_7.grids import LEARNERS
from tests.pages.section_7.made_up import table


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


def test_validation_data_choose_for_each_seed_of_one_task() -> None:
    runs = table().query("network == 'two-layer' and trained == 'hidden' and samples == 500")
    found = validated(runs.sample(frac=1.0, random_state=0))
    expected = finished(runs).query("lr == 0.05 and wd == 0.0").sort_values("seed")["test"]
    assert found.tolist() == expected.tolist()
    assert len(found) == 2


def test_panels_have_every_curve_and_complete_ones_only_what_all_seeds_have() -> None:
    best = chosen(finished(table()), by="test")
    best = best[~((best["curve"] == "2layer") & (best["width"] == 100) & (best["seed"] == 1))]
    both = both_panels(best)
    assert list(both) == [(panel, name) for panel in "ab" for name in LEARNERS]
    assert list(both["a", "2layer"].columns) == [100, 2000]
    assert list(both["b", "2layer"].columns) == [500, 1000]
    assert list(complete(both)["a", "2layer"].columns) == [2000]
    assert list(complete(both)["a", "3layer"].columns) == [100, 2000]


def test_both_conventions_are_at_the_widths_that_have_both(monkeypatch) -> None:
    monkeypatch.setattr(curves, "BOTH_CONVENTIONS", (100,))
    best = chosen(finished(table()), by="test")
    found = both_conventions(best)
    assert list(found)[:2] == [("3layer", "padded"), ("3layer", "plain")]
    assert {tuple(errors.columns) for errors in found.values()} == {(100,)}
    expected = curve(best, "2layer", "a", convention="plain")[[100]]
    pd.testing.assert_frame_equal(found["2layer", "plain"], expected)


def test_all_learners_at_one_width() -> None:
    errors = at_width(chosen(finished(table()), by="test"), 100)
    assert list(errors) == list(LEARNERS)
    assert errors.loc[0].tolist() == pytest.approx([100 * (1 + i) + 0.1 for i in range(6)])


def test_core_hours_count_every_task_once() -> None:
    rows = table()
    point = ["network", "trained", "convention", "width", "samples", "seed"]
    rows["key"] = rows.groupby(point).ngroup()
    hours = core_hours(rows.assign(cpu_seconds=rows["width"] * 36.0))
    assert hours.loc["2layer", 100] == pytest.approx(4.0)  # two seeds, padded and plain
    assert hours.loc["2layer", 2000] == pytest.approx(80.0)  # two seeds, N = 1000 and 500
    assert hours.loc["all", "all"] == pytest.approx(6 * 84.0)
    assert hours.loc["all", 100] == pytest.approx(6 * 4.0)


def test_later_seeds_count_only_if_they_have_every_point_of_the_first_ones() -> None:
    index = pd.Index(range(5), name="seed")
    values = pd.DataFrame({100: [1.0] * 5, 500: [1.0] * 4 + [np.nan]}, index=index)
    values[900] = [1.0, np.nan, 1.0, np.nan, np.nan]  # what the first lack is no condition
    assert list(whole_seeds(values).index) == [0, 1, 2, 3]
    assert list(whole_seeds(values.iloc[:2]).index) == [0, 1]
    one_lacks = values.assign(**{"700": [np.nan, 1.0, 1.0, 1.0, 1.0]})
    assert list(whole_seeds(one_lacks).index) == [0, 1, 2, 3]


def test_a_curve_leaves_out_seeds_that_are_not_whole() -> None:
    best = chosen(finished(table()), by="test")
    more = [best.assign(seed=best["seed"] + shift) for shift in (0, 2, 4)]
    every = pd.concat(more)
    lacking = every[~((every["seed"] == 5) & (every["width"] == 100))]
    assert list(curve(lacking, "2layer", "a").index) == [0, 1, 2, 3, 4]
    assert list(curve(lacking, "2layer", "b").index) == [0, 1, 2, 3, 4, 5]


def test_learners_are_compared_at_seeds_that_all_of_them_have() -> None:
    best = chosen(finished(table()), by="test")
    fewer = best[~((best["curve"] == "3layer") & (best["seed"] == 1))]
    assert list(at_width(fewer, 100).index) == [0]
