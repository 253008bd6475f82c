import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from ovp_lib.evidence import blind
from ovp_lib.evidence.blind import CurvePair, factors, largest_factor, table


@pytest.fixture
def pair() -> CurvePair:
    """Two seeds; ours is double, half and equal, and one point is lacked by a seed."""
    ours = pd.DataFrame({10: [2.0, 2.0], 20: [1.0, 4.0], 40: [3.0, 3.0], 80: [90.0, np.nan]})
    printed = pd.Series({80: 9.0, 20: 2.0, 10: 1.0, 5: 7.0, 40: 3.0})
    return CurvePair(ours, printed)


def test_a_factor_is_the_same_above_and_below_the_print(pair) -> None:
    found = factors(pair)
    assert list(found) == [10, 20, 40, 80]
    np.testing.assert_allclose(found.loc[0], [2.0, 2.0, 1.0, 10.0])
    np.testing.assert_allclose(found.loc[1], [2.0, 2.0, 1.0, np.nan])


def test_the_largest_factor_is_pointwise_and_opposite_deviations_do_not_cancel(pair) -> None:
    ours = pair.ours.copy()
    ours[10] = [2.0, 4.0]
    found = largest_factor(CurvePair(ours, pair.printed))
    assert found.value == pytest.approx(np.sqrt(2.0 * 4.0))
    assert found.n == 2
    assert found.low < found.value < found.high


def test_no_point_that_every_seed_has_is_not_measurable(pair) -> None:
    found = largest_factor(CurvePair(pair.ours[[80]], pair.printed))
    assert np.isnan(found[:3]).all()
    assert found.n == 2


def test_the_table_counts_geometric_means_of_the_seeds_that_were_run(pair) -> None:
    near = CurvePair(pair.ours[[40]] / 1.1, pair.printed)
    found = table({"first": pair, "second": near})
    assert found.loc["first", ["points", "within"]].tolist() == [4, 2]
    assert found.loc["first", "largest"] == pytest.approx(10.0)
    assert found.loc["first", "where"] == "80"
    assert found.loc["second", "largest"] == pytest.approx(1.1)
    assert found.loc["all"].tolist()[:2] == [5, 3]
    assert found.loc["all", "where"] == "first, 80"


def test_points_may_be_of_several_panels() -> None:
    columns = pd.MultiIndex.from_tuples([("a", 10), ("b", 10)])
    ours = pd.DataFrame([[1.0, 4.0], [1.0, 4.0]], columns=columns)
    printed = pd.Series([1.0, 1.0], index=columns[::-1])
    found = table({"only": CurvePair(ours, printed)})
    assert found.loc["only", "where"] == "b, 10"
    rows = blind.data({"only": CurvePair(ours, printed)})
    assert rows.values.tolist()[:2] == [
        ["only", "a, 10", 0, 1.0, 1.0],
        ["only", "a, 10", 1, 1.0, 1.0],
    ]


def test_the_drawing_has_every_point_and_the_band(pair) -> None:
    figure, ax = plt.subplots()
    blind.draw(ax, {"first": pair}, "error")
    marks = ax.containers[0].lines[0]
    assert sorted(marks.get_xdata()) == [1.0, 2.0, 3.0, 9.0]
    assert marks.get_ydata().tolist() == pytest.approx([2.0, 2.0, 3.0, 90.0])
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((1.0 / 1.5, 90.0 * 1.5))
    assert ax.get_xlabel() == "error, printed"
    plt.close(figure)
