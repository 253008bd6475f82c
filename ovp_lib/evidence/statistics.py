"""Statistics over independent repetitions: means, exponents and rank correlations with intervals.

Every array has one row for each repetition (seed). Intervals are two-sided Student intervals over
repetitions: the unit that is independent is the seed, never the point of a curve.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ovp_lib.evidence.claims import Estimate

Numbers = np.ndarray | Sequence[Any] | pd.Index | pd.Series | pd.DataFrame
"""An array, or a table or sequence that NumPy makes one of."""

LEVEL = 0.95
"""Coverage of every interval of the book."""


def mean_interval(values: Numbers, level: float = LEVEL) -> Estimate:
    """Return the mean of independent values with its Student interval.

    Args:
        values: one finite value a repetition, at least two; a value that is not finite (a run that
            never got there) makes the estimate not measurable rather than wrong.
        level: coverage, in (0, 1).

    Returns:
        The estimate; all NaN if a value is not finite.

    Raises:
        ValueError: if there are fewer than two values or ``level`` is not in (0, 1).

    Example:
        >>> mean_interval([1.0, 2.0, 3.0]).value
        2.0
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2:
        raise ValueError(f"an interval needs at least two values in a row, got shape {x.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    if not np.isfinite(x).all():
        return Estimate(math.nan, math.nan, math.nan, len(x))
    mean = float(x.mean())
    standard_error = float(x.std(ddof=1)) / math.sqrt(len(x))
    half = float(stats.t.ppf(0.5 + level / 2, len(x) - 1)) * standard_error
    return Estimate(mean, mean - half, mean + half, len(x))


def geometric_interval(values: Numbers, level: float = LEVEL) -> Estimate:
    """Return the geometric mean of positive values with its interval, for logarithmic axes.

    As in :func:`mean_interval`, a value without a logarithm makes it not measurable.

    Args:
        values: one positive number for each repetition.
        level: confidence, in (0, 1).

    Returns:
        See :func:`mean_interval`, of the logarithms.

    Example:
        >>> round(geometric_interval([1.0, 10.0, 100.0]).value, 6)
        10.0
    """
    log = mean_interval(_log(values), level)
    return Estimate(math.exp(log.value), math.exp(log.low), math.exp(log.high), log.n)


def proportion_interval(hits: int, n: int, level: float = LEVEL) -> Estimate:
    """Return the share of independent trials that hit, with its exact (Clopper-Pearson) interval.

    Args:
        hits: trials that did, in 0..n.
        n: trials, at least 1.
        level: coverage, in (0, 1); the interval covers at least as often.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> proportion_interval(0, 3).rounded(2)
        Estimate(value=0.0, low=0.0, high=0.71, n=3)
    """
    if n < 1 or not 0 <= hits <= n or not 0 < level < 1:
        raise ValueError(f"a share needs 0 <= hits <= n and level in (0, 1), got {hits, n, level}")
    tail = (1 - level) / 2
    # A beta law with a parameter of 0 does not exist: SciPy would return NaN.
    low = float(stats.beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return Estimate(hits / n, low, high, n)


def exponent(x: Numbers, y: Numbers, level: float = LEVEL) -> Estimate:
    """Fit ``y ~ x^slope`` in each repetition and return the mean slope with its interval.

    Args:
        x: positive abscissae, shape ``(points,)``, at least two different ones.
        y: measurements, shape ``(repetitions, points)``.
        level: coverage, in (0, 1).

    Returns:
        The exponent; not measurable (NaN) if some measurement is not positive (an excess risk that
        drowned in its own noise) or not finite (a run that never got there).

    Raises:
        ValueError: if shapes do not fit or an abscissa is not positive.

    Example:
        >>> exponent([1, 10, 100], [[2, 20, 200], [3, 30, 300]]).value
        1.0
    """
    abscissae, measured = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if measured.ndim != 2 or abscissae.shape != measured.shape[1:] or len(set(abscissae)) < 2:
        raise ValueError(
            f"expected x of shape (points,) and y of shape (repetitions, points) with at least two "
            f"different x, got {abscissae.shape} and {measured.shape}"
        )
    if not (abscissae > 0).all():
        raise ValueError(f"an exponent needs positive x, got {abscissae.tolist()}")
    centred = np.log(abscissae) - np.log(abscissae).mean()
    with np.errstate(invalid="ignore"):
        slopes = (_log(measured) @ centred) / (centred @ centred)
    return mean_interval(slopes.round(12), level)


def rank_correlation(x: Numbers, y: Numbers, level: float = LEVEL) -> Estimate:
    """Return Kendall's tau-b between ``x`` and each row of ``y``, averaged over repetitions.

    Infinite values of ``y`` (never reached within the budget) rank last, tied with one another.

    Args:
        x: what should order the measurements, shape ``(points,)``.
        y: measurements, shape ``(repetitions, points)``.
        level: coverage, in (0, 1).

    Returns:
        The mean tau with its interval, cut to [-1, 1].

    Example:
        >>> rank_correlation([1, 2, 3], [[1, 5, float("inf")], [2, 3, 4]]).value
        1.0
    """
    taus = [stats.kendalltau(np.asarray(x), row).statistic for row in np.asarray(y)]
    value, low, high, n = mean_interval(taus, level)
    return Estimate(value, max(low, -1.0), min(high, 1.0), n)


def _log(values: Numbers) -> np.ndarray:
    """Return logarithms, NaN where there is none."""
    x = np.asarray(values, dtype=np.float64)
    return np.log(np.where(x > 0, x, np.nan))
