"""The comparison of machines by statistics: how often it is wrong, and what it catches."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from ovp_lib.evidence.claims import Claim, Claims, Estimate
from ovp_lib.lab.runs.agreement import FALSE_ALARM, ClaimSample, agree, compare, probability
from tests.lab.tiny import SMALL

PAIRS = 40_000
NAN = float("nan")


def samples(
    n: int, *, scales: tuple[float, float], shared: float = 0.0
) -> tuple[ClaimSample, ClaimSample]:
    """Return many pairs of samples of normal draws, as claims would record them, unrounded."""
    rng = np.random.default_rng(n)
    common = rng.standard_normal((PAIRS, n)) * np.sqrt(shared)
    quantile = stats.t.ppf(0.975, n - 1)
    pair = []
    for scale in scales:
        x = scale * (common + rng.standard_normal((PAIRS, n)) * np.sqrt(1 - shared))
        half = quantile * x.std(axis=1, ddof=1) / np.sqrt(n)
        pair.append(ClaimSample(x.mean(axis=1), half, n))
    return pair[0], pair[1]


@pytest.mark.parametrize("n", [3, 5, 8])
def test_false_alarms_are_as_rare_as_stated_and_rarer_with_equal_seeds(n: int) -> None:
    level = 0.05
    error = np.sqrt(level * (1 - level) / PAIRS)
    rate = np.mean(probability(*samples(n, scales=(1, 1))) <= level)
    assert rate <= level + 4 * error
    assert rate >= level / 3, "a test that never speaks"
    assert np.mean(probability(*samples(n, scales=(1, 1), shared=0.8)) <= level) < rate / 2


@pytest.mark.parametrize("n", [3, 5, 8, 16])
def test_the_tail_is_below_that_of_students_test(n: int) -> None:
    """Where 1e-5 cannot be counted: with equal variances Student's test is exact, and stricter."""
    rng = np.random.default_rng(n)
    halves = rng.uniform(0.5, 2.0, (2, 1000))
    apart = rng.uniform(0.0, 60.0, 1000)
    errors = halves / stats.t.ppf(0.975, n - 1)
    exact = 2 * stats.t.sf(apart / np.sqrt((errors**2).sum(axis=0)), 2 * (n - 1))
    means = 0.9 * probability(ClaimSample(0.0, halves[0], n), ClaimSample(apart, halves[1], n))
    equal = np.abs(np.log(halves[0] / halves[1])) < 0.05  # the lengths say nothing
    assert (means[equal] < 0.9).any()
    assert (means[equal] >= np.minimum(exact[equal], 0.9) * (1 - 1e-9)).all()
    assert FALSE_ALARM < 1e-4


def claim(value: float, low: float, high: float, n: int = 5, **more: Any) -> Claim:
    return SMALL.model_copy(update={"high": 1e6, "computed": True}).judge(
        Estimate(value, low, high, n), preset="quick", **more
    )


def symmetric(value: float, error: float, n: int) -> Claim:
    half = error * float(stats.t.ppf(0.975, n - 1))
    return claim(value, value - half, value + half, n)


@pytest.mark.parametrize("n", [5, 8, 16, 24])
@pytest.mark.parametrize("centre", [0.0, 2.0, -4.0])
def test_ten_standard_errors_are_caught_and_three_are_not(n: int, centre: float) -> None:
    stored = symmetric(centre, 0.1, n)
    apart = 0.1 * np.sqrt(2)
    assert not agree(stored, symmetric(centre + 10.3 * apart, 0.1, n))
    assert agree(stored, symmetric(centre + 3 * apart, 0.1, n))
    assert agree(stored, stored)


def test_an_interval_cannot_be_widened_until_it_agrees() -> None:
    measured = symmetric(0.1, 0.01, 8)
    assert not agree(claim(0.5, -3.0, 4.0, 8), measured)
    assert agree(symmetric(0.11, 0.03, 8), measured)
    assert not agree(claim(0.5, -3.0, 4.0, 8), claim(0.1, 0.1, 0.1, 8))


def geometric(mean: float, spread: float, n: int) -> Claim:
    """Return a claim on a geometric mean with a standard error of ``spread`` in logarithms."""
    half = float(np.exp(spread * stats.t.ppf(0.975, n - 1)))
    return claim(mean, mean / half, mean * half, n)


def test_geometric_means_are_compared_as_logarithms() -> None:
    """On a linear scale one interval would be as many times longer as the means are apart."""
    low, high = geometric(0.01, 0.5, 16), geometric(0.13, 0.5, 16)
    assert agree(low, high)
    assert not agree(low, geometric(1.0, 0.5, 16))
    assert agree(geometric(1.0, 0.1, 5), geometric(1.3, 0.1, 5))


@pytest.mark.parametrize(
    ("stored", "new", "same"),
    [
        (0.0, 0.0, True),
        (0.0, 1.0, False),  # a count
        (100.0, 101.0, False),
        (0.157, 0.158, True),  # to the last digit
        (0.157, 0.159, False),
        (3190.0, 3200.0, True),
        (3180.0, 3200.0, False),
        (4.0, 3.99, True),
        (0.1, 0.1, True),
        (0.1, 0.15, False),
        (1e-13, 7e-13, True),  # rounding errors
        (1e-10, 1e-8, False),
        (-1.0, 1.0, False),
    ],
)
def test_what_is_computed_agrees_to_the_last_digit_and_counts_are_equal(
    stored: float, new: float, same: bool
) -> None:
    assert agree(claim(stored, stored, stored), claim(new, new, new)) is same
    assert agree(claim(stored, stored, stored, 1), claim(new, new, new, 1)) is same


def test_what_was_not_measurable_stays_so() -> None:
    nothing, something = claim(NAN, NAN, NAN), symmetric(1.0, 0.1, 5)
    assert agree(nothing, nothing)
    assert not agree(nothing, something)
    assert not agree(something, nothing)


def record(*claims: Claim) -> dict[str, Any]:
    return Claims("tiny", claims).record()


def test_a_verdict_may_differ_only_if_the_numbers_agree_and_that_is_said() -> None:
    holds = SMALL.judge(Estimate(9.0, 8.1, 9.9, 5), preset="quick")
    unshown = SMALL.judge(Estimate(9.2, 8.3, 10.1, 5), preset="quick")
    far = SMALL.judge(Estimate(29.2, 28.3, 30.1, 5), preset="quick")
    differences, remarks = compare(record(holds), record(unshown))
    assert differences == []
    assert remarks == [
        "tiny.size: stored 'holds', now 'not shown at this scale', though the numbers agree: "
        "9 [8.1, 9.9] and 9.2 [8.3, 10.1]"
    ]
    differences, remarks = compare(record(holds), record(far))
    assert differences == [
        "tiny.size: stored 9 [8.1, 9.9], now 29.2 [28.3, 30.1], which no chance explains (n = 5)"
    ]
    assert remarks == []


def test_notes_may_have_other_numbers_and_nothing_else_may_differ() -> None:
    stored = claim(1.0, 0.5, 1.5, note="5 of 8 runs, least -0.2")
    near = claim(1.0, 0.5, 1.5, note="6 of 8 runs, least −1.3e-05")
    assert compare(record(stored), record(near)) == ([], [])
    for changed in (
        {"note": "other words"},
        {"n": 6},
        {"preset": "paper"},
        {"high": 7.0},
        {"sentence": "big"},
    ):
        differences, _ = compare(record(stored), record(stored.model_copy(update=changed)))
        assert len(differences) == 1, changed
        assert f"tiny.size, {next(iter(changed))}: stored" in differences[0]


def test_other_claims_and_damaged_records_are_differences() -> None:
    stored = record(claim(1.0, 0.5, 1.5))
    assert "claims: stored ['tiny', 'tiny.size'], now ['tiny']" in compare(stored, record())[0]
    assert "'huge'" in compare(stored, {**stored, "statement": "huge"})[0][0]
    stored["claims"][0]["measured"] = 9.0
    assert "damaged" in compare(stored, record(claim(1.0, 0.5, 1.5)))[0][0]
