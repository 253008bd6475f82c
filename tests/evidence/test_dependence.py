"""The distance correlation of ranks against its definition, and what it sees that others miss."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ovp_lib.evidence import dependence

RNG = np.random.default_rng(5)


def slowly(x: np.ndarray, y: np.ndarray) -> float:
    """The bias-corrected squared distance correlation from U-centred matrices of distances."""

    def centred(values: np.ndarray) -> np.ndarray:
        a = np.abs(np.subtract.outer(values, values)).astype(float)
        n = len(a)
        rows = a.sum(axis=0) / (n - 2)
        a = a - rows[:, None] - rows[None, :] + a.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(a, 0.0)
        return a

    A, B = centred(x), centred(y)
    return float((A * B).sum() / np.sqrt((A * A).sum() * (B * B).sum()))


def test_it_is_the_definition_where_ranks_are_their_own_classes() -> None:
    x, y = (RNG.permutation(dependence.CLASSES).astype(float) for _ in range(2))

    assert dependence.distance_correlation(x, y) == pytest.approx(slowly(x, y), abs=1e-12)


def test_classes_lose_next_to_nothing() -> None:
    x = RNG.standard_normal(1000)
    y = 0.3 * x + RNG.standard_normal(1000)
    ranks = [values.argsort().argsort().astype(float) for values in (x, y)]

    assert dependence.distance_correlation(x, y) == pytest.approx(slowly(*ranks), abs=2e-3)


def test_it_sees_a_dependence_without_correlation_behind_heavy_tails() -> None:
    x = RNG.standard_cauchy(2000)
    y = np.abs(x) * RNG.standard_cauchy(2000)

    assert abs(spearmanr(x, y).statistic) < 0.05
    assert dependence.distance_correlation(x, y) > 0.01


def test_the_mean_over_independent_pairs_is_zero() -> None:
    pairs = RNG.standard_normal((400, 2, 50))
    values = [dependence.distance_correlation(x, y) for x, y in pairs]

    assert abs(np.mean(values)) < 4 * np.std(values) / 20


def test_a_small_correlation_of_gaussians_has_four_fifths_of_its_square() -> None:
    pairs = RNG.standard_normal((40, 2, 4000))
    values = [dependence.distance_correlation(x, 0.2 * x + y) for x, y in pairs]

    square = 0.2**2 / (1 + 0.2**2)
    assert np.mean(values) == pytest.approx(0.8 * square, abs=4 * np.std(values) / np.sqrt(40))


def test_pairing_at_random_is_exact_under_independence() -> None:
    """The rank of the measured value among random pairings is uniform."""
    p_values = []
    for x, y in RNG.standard_normal((300, 2, 40)):
        null = dependence.under_permutation(x, y, RNG, permutations=19)
        p_values.append((1 + (null >= dependence.distance_correlation(x, y)).sum()) / 20)

    assert np.mean(p_values) == pytest.approx(21 / 40, abs=4 * 0.29 / np.sqrt(300))
    assert np.mean(np.array(p_values) <= 0.1) == pytest.approx(0.1, abs=4 * 0.3 / np.sqrt(300))


def test_pairing_at_random_depends_on_the_generator_alone() -> None:
    x, y = RNG.standard_normal((2, 50))
    first, second = (
        dependence.under_permutation(x, y, np.random.default_rng(1), 5) for _ in range(2)
    )

    assert (first == second).all()


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least four draws, got 3"):
        dependence.distance_correlation(np.arange(3.0), np.arange(3.0))
