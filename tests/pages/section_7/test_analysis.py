import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence import statistics
from ovp_lib.pages.section_7.analysis import (
    agreement,
    convention_table,
    distance,
    gaps,
    least_gap,
    means,
    order_table,
    orders,
    pairs,
    printed,
    same_order,
    slope,
    slope_table,
    slopes,
)
from ovp_lib.pages.section_7.curves import both_panels, chosen, complete, finished
from ovp_lib.pages.section_7.grids import LEARNERS
from tests.pages.section_7.made_up import PADDED, table


@pytest.fixture
def best() -> pd.DataFrame:
    """The best runs of a table that is made up."""
    return chosen(finished(table()), by="test")


@pytest.fixture
def points() -> pd.Series:
    """Two points in each panel, of one curve."""
    index = [
        ("a", "2layer", 100),
        ("a", "2layer", 2000),
        ("b", "2layer", 500),
        ("b", "2layer", 700),
    ]
    names = ["panel", "series", "x"]
    return pd.Series([4.0, 9.0, 5.0, 9.0], index=pd.MultiIndex.from_tuples(index, names=names))


def test_the_paper_s_points_are_found_by_panel_curve_and_size() -> None:
    found = printed("figure-1")
    assert found["a", "2layer", 100] == 4.757
    assert found.index.names == ["panel", "series", "x"]
    assert found.index.is_monotonic_increasing


def test_means_are_geometric_over_the_seeds_that_were_run(best) -> None:
    found = means(both_panels(best))
    assert found["a", "3layer", 2000] == pytest.approx(np.sqrt(2000.1 * 4000.1))
    alone = means(both_panels(best[best["seed"] == 1]))
    assert alone["a", "3layer", 2000] == pytest.approx(4000.1)
    assert found.index.names == ["panel", "series", "x"]


def test_agreement_is_the_largest_factor_over_points_that_every_seed_has(best, points) -> None:
    found = agreement(both_panels(best), points)
    assert list(found) == [("a", "2layer"), ("b", "2layer")]
    assert found["a", "2layer"].note == "m from 100 to 2000"
    expected = statistics.geometric_interval([4000.1 / 9, 8000.1 / 9])
    assert found["a", "2layer"].estimate == pytest.approx(expected)
    assert found["b", "2layer"].note == "N = 500"


def test_both_panels_of_a_printed_curve_are_compared_together(best, points) -> None:
    found = pairs(both_panels(best), points)
    assert list(found) == ["2layer"]
    both = found["2layer"].common()
    assert list(both.ours.columns) == [("a", 100), ("a", 2000), ("b", 500)]
    assert both.printed.tolist() == [4.0, 9.0, 5.0]


def test_the_distance_to_the_print_is_the_same_above_and_below() -> None:
    errors = pd.DataFrame({100: [2.0, 1.0], 500: [4.0, 8.0]}, index=[0, 1])
    found = distance(errors, pd.Series({100: 1.0, 500: 8.0, 1000: 9.0}))
    assert found.tolist() == pytest.approx([np.log(2), 0.0])


def test_the_table_of_conventions_has_the_paper_s_row_where_it_is_known() -> None:
    errors = {
        (name, kind): pd.DataFrame({100: [1.0, 4.0]}) * (1 + i)
        for i, name in enumerate(LEARNERS)
        for kind in ("padded", "plain")
    }
    assert convention_table(errors).loc[("2layer", "plain"), 100] == "4"
    assert len(convention_table(errors)) == 12
    with_paper = convention_table(errors, printed("figure-1"))
    assert with_paper.loc[("2layer", "the paper"), 100] == "4.76"
    assert with_paper.loc[("2layer", "padded"), 100] == "4"
    assert ("2layer(NTK)", "the paper") not in with_paper.index


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
    found, note = least_gap(best, "3layer", "2layer")
    assert note.startswith("2 points, without m = 100; m = 200")
    assert note.endswith("N = 10000")
    assert (found.value, found.n) == (pytest.approx(np.sqrt(4 / 3), rel=1e-4), 2)


def test_gaps_have_no_later_seed_that_lacks_a_point() -> None:
    best = chosen(finished(table()), by="test")
    more = pd.concat([best, best.assign(seed=best["seed"] + 3)])
    lost = more["seed"].eq(4) & more["curve"].eq("2layer") & more["samples"].eq(500)
    assert list(gaps(more[~lost], "3layer", "2layer").index) == [0, 1, 3]


def test_the_order_of_learners_is_compared_seed_by_seed_and_tau_is_cut() -> None:
    first = pd.DataFrame([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    second = pd.DataFrame([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    found = same_order(first, second)
    assert found == (0.0, -1.0, 1.0, 2)


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


def test_the_table_of_orders_has_both_conventions(best) -> None:
    found = order_table(best, [("3layer", "2layer")])
    assert found.index.tolist() == [("padded", "3layer", "2layer"), ("plain", "3layer", "2layer")]
    assert found[["won", "of"]].to_numpy().tolist() == [[6, 6], [2, 2]]


def test_slopes_begin_where_they_are_told_and_say_so(best) -> None:
    curves = complete(both_panels(best))
    found = slopes(curves, "a")
    assert found["3layer"].note == "m from 100 to 2000"
    assert found["3layer"].estimate.value == pytest.approx(1.0, abs=1e-3)
    assert slopes(curves, "b")["3layer"].note == "N from 500 to 1000"
    late = slopes(curves, "b", least=1000)["3layer"]
    assert late.note == "too few points run"
    assert np.isnan(late.estimate.value)


def test_the_table_of_slopes_says_where_there_are_too_few_points(best) -> None:
    curves = complete(both_panels(best))
    found = slope_table(slopes(curves, "a"), slopes(curves, "b", least=1000))
    assert list(found.index) == list(LEARNERS)
    assert found.loc["3layer", "exponent in N"] == "too few points"
    assert found.loc["3layer", "exponent in m"].startswith("+1.00 [")
