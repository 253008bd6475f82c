import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ovp_lib.evidence import statistics


def test_mean_interval_against_scipy() -> None:
    x = [0.3, 1.2, 0.7, 2.0, 1.1]
    got = statistics.mean_interval(x)
    expected = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high))
    assert got.value == pytest.approx(np.mean(x))
    assert got.n == 5


def test_mean_interval_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(1.0, 2.0, size=(2000, 6))
    intervals = [statistics.mean_interval(row, 0.9) for row in draws]
    covered = np.mean([i.low <= 1.0 <= i.high for i in intervals])
    assert abs(covered - 0.9) < 4 * math.sqrt(0.09 / 2000)


@given(power=st.floats(-3, 3), factor=st.floats(0.01, 100))
def test_exponent_of_a_power_law(power: float, factor: float) -> None:
    x = np.array([1.0, 3.0, 10.0, 50.0])
    got = statistics.exponent(x, np.stack([factor * x**power, 2 * factor * x**power]))
    assert got.value == pytest.approx(power, abs=1e-9)
    assert got.low == pytest.approx(got.high, abs=1e-9)


def test_exponent_is_the_least_squares_slope_of_each_seed() -> None:
    rng = np.random.default_rng(1)
    x = np.array([10.0, 20.0, 80.0, 100.0])
    y = np.exp(rng.normal(size=(5, 4)))
    slopes = [stats.linregress(np.log(x), np.log(row)).slope for row in y]
    assert statistics.exponent(x, y) == pytest.approx(statistics.mean_interval(slopes), rel=1e-9)


def test_one_seed_that_never_got_there_makes_it_not_measurable() -> None:
    assert math.isnan(statistics.exponent([1, 2], [[1.0, 2.0], [1.0, math.inf]]).value)
    assert math.isnan(statistics.mean_interval([1.0, math.nan]).value)
    assert math.isnan(statistics.geometric_interval([1.0, math.inf]).value)
    assert math.isnan(statistics.geometric_interval([1.0, 0.0]).value)
    assert math.isnan(statistics.exponent([1, 2], [[1.0, -0.1], [1.0, 2.0]]).value)


def test_geometric_interval_is_the_interval_of_the_logarithms() -> None:
    got = statistics.geometric_interval([1.0, 10.0, 100.0])
    log = statistics.mean_interval(np.log([1.0, 10.0, 100.0]))
    assert got.value == pytest.approx(10.0)
    assert got.low == pytest.approx(math.exp(log.low))


def test_rank_correlation_counts_pairs() -> None:
    x, y = [1, 2, 3, 4], [[1.0, 3.0, 2.0, math.inf], [4.0, 3.0, 2.0, 1.0]]
    taus = [(5 - 1) / 6, -1.0]
    got = statistics.rank_correlation(x, y)
    assert got.value == pytest.approx(np.mean(taus))
    assert -1 <= got.low <= got.high <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistics.mean_interval([1.0]), "at least two values"),
        (lambda: statistics.mean_interval([1.0, 2.0], 1.0), r"in \(0, 1\)"),
        (lambda: statistics.exponent([1, 1], [[1, 1], [1, 1]]), "two\\s+different x"),
        (lambda: statistics.exponent([1, 2], [1, 2]), "got"),
        (lambda: statistics.exponent([0, 2], [[1, 2], [1, 2]]), "positive x"),
    ],
)
def test_bad_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("hits", "n"), [(0, 6), (3, 6), (6, 6), (1, 40)])
def test_proportion_interval_is_where_either_tail_is_as_rare_as_said(hits: int, n: int) -> None:
    got = statistics.proportion_interval(hits, n)
    assert got.value == hits / n
    if hits:
        assert stats.binom.sf(hits - 1, n, got.low) == pytest.approx(0.025)
    else:
        assert got.low == 0
    if hits < n:
        assert stats.binom.cdf(hits, n, got.high) == pytest.approx(0.025)
    else:
        assert got.high == 1


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_a_share_of_other_counts_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="a share needs 0 <= hits <= n"):
        statistics.proportion_interval(hits, n)
