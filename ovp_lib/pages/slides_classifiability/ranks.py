"""Rank correlations over pairs of classes, and their intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import Numbers, mean_interval

BOOTSTRAPS = 2000
"""Resamples behind an interval."""


def spearman(x: Numbers, y: Numbers) -> NDArray[np.float64]:
    """Return Spearman's rank correlation of each row of ``x`` and that of ``y``.

    Args:
        x: shape ``(draws, pairs)``.
        y: of the same shape.

    Returns:
        In [-1, 1], shape ``(draws,)``; NaN where all numbers of a row are the same.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> spearman([[1, 2, 3]], [[10, 20, 40]]).tolist()
        [1.0]
    """
    a, b = (_centred_ranks(each) for each in (x, y))
    if a.shape != b.shape:
        raise ValueError(f"both need a row for each draw, got {a.shape} and {b.shape}")
    share = 1 / (a.shape[1] - 1)
    cross, of_a, of_b = (
        (left * right).sum(axis=1) * share for left, right in ((a, b), (a, a), (b, b))
    )
    with np.errstate(invalid="ignore"):  # all numbers of a row are the same: not measurable
        # Divided one after the other as by SciPy's spearmanr, whose bits these are.
        return np.asarray((cross / np.sqrt(of_b) / np.sqrt(of_a)).clip(-1, 1))


def rank_interval(x: Numbers, y: Numbers) -> Estimate:
    """Return the mean of Spearman's correlation over draws, with its interval cut to [-1, 1].

    Args:
        x: shape ``(draws, pairs)``.
        y: of the same shape.

    Returns:
        The estimate; ties in all of a row make it not measurable.
    """
    value, low, high, n = mean_interval(spearman(x, y).round(12))
    return Estimate(value, max(low, -1.0), min(high, 1.0), n)


def bootstrapped(x: Numbers, y: Numbers, generator: np.random.Generator) -> Estimate:
    """Return Spearman's correlation of the means over draws, with a bootstrap interval over draws.

    The means have less noise than one draw. A resample has fewer different draws than there are, so
    that the interval lies somewhat low.

    Args:
        x: shape ``(draws, pairs)``.
        y: of the same shape.
        generator: of the resamples.

    Returns:
        The correlation with the 2.5 % and 97.5 % points of its resamples.

    Example:
        >>> x = [[1.0, 2.0, 3.0], [1.1, 2.1, 2.9]]
        >>> bootstrapped(x, x, np.random.default_rng(0))
        Estimate(value=1.0, low=1.0, high=1.0, n=2)
    """
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    rows = generator.integers(len(a), size=(BOOTSTRAPS, len(a)))
    resampled = spearman(a[rows].mean(axis=1), b[rows].mean(axis=1))
    whole = float(spearman(a.mean(axis=0, keepdims=True), b.mean(axis=0, keepdims=True))[0])
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Estimate(whole, float(low), float(high), len(a))


def _centred_ranks(x: Numbers) -> NDArray[np.float64]:
    """Return each row's ranks less their mean: multiples of 1/2, whose products add up exactly."""
    ranks = stats.rankdata(np.asarray(x), axis=1)
    return np.asarray(ranks - (ranks.shape[1] + 1) / 2)
