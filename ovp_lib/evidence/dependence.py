"""Dependence of any kind between two measured quantities, and what chance alone gives.

The distance correlation (Székely, Rizzo, Bakirov 2007) is zero only for independent quantities. It
is taken of ranks, so that heavy tails do no harm, cut into :data:`CLASSES` classes, so that a table
of counts says all and a permutation costs microseconds. The bias is corrected (Székely, Rizzo
2013): of independent quantities the estimate has mean zero, and can be negative.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy.random import Generator
from scipy.stats import rankdata

CLASSES = 64
"""Classes of ranks; a dependence is seen if it shows at this resolution."""


def distance_correlation(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> float:
    """Return the squared distance correlation of ranks, corrected for its bias.

    With a_ij and b_ij the distances between the classes of draws i and j, and dots for sums,

    dCov^2(x, y) n (n - 3) = sum_ij a_ij b_ij - 2 sum_i a_i. b_i. / (n - 2)
                             + a.. b.. / ((n - 1) (n - 2)),

    dCor^2 = dCov^2(x, y) / sqrt(dCov^2(x, x) dCov^2(y, y)).

    Args:
        x: independent draws of one quantity, at least four, not all equal.
        y: the other one, measured at the same draws, not all equal.

    Returns:
        At most 1, near 0 for independent quantities. Two Gaussians with a small correlation r have
        about 0.8 r^2.

    Raises:
        ValueError: if there are fewer than four draws.

    Example:
        >>> distance_correlation(np.arange(9.0), np.arange(9.0) ** 3)
        1.0
    """
    first, second = _classes_of_both(x, y)
    return _covariance(first, second) / _scale(first, second)


def under_permutation(
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " n"],
    generator: Generator,
    permutations: int = 199,
) -> Float[np.ndarray, " permutations"]:
    """Return the squared distance correlations of draws that are paired at random.

    They are what :func:`distance_correlation` gives where there is no dependence. The share of them
    that reach the measured one, itself included, is the p-value of a test of independence.

    Args:
        x: independent draws of one quantity.
        y: the other one, at the same draws.
        generator: source of randomness.
        permutations: pairings at random, at least 1.

    Raises:
        ValueError: as in :func:`distance_correlation`.

    Example:
        >>> x = np.arange(100.0)
        >>> null = under_permutation(x, np.abs(x - 50), np.random.default_rng(0), permutations=99)
        >>> bool(null.max() < distance_correlation(x, np.abs(x - 50)))
        True
    """
    first, second = _classes_of_both(x, y)
    pairings = (generator.permutation(second) for _ in range(permutations))
    return np.array([_covariance(first, each) for each in pairings]) / _scale(first, second)


def _classes_of_both(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    if len(x) < 4:
        raise ValueError(f"dependence needs at least four draws, got {len(x)}")
    first, second = ((CLASSES * (rankdata(each) - 0.5)) // len(each) for each in (x, y))
    return first.astype(int), second.astype(int)


def _covariance(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> float:
    """Return the unbiased estimate of the squared distance covariance from the table of counts."""
    table = np.bincount(CLASSES * first + second, minlength=CLASSES**2)
    counts = table.reshape(CLASSES, CLASSES).astype(np.float64)
    apart = np.abs(np.subtract.outer(np.arange(CLASSES), np.arange(CLASSES))).astype(np.float64)
    n, rows, columns = len(first), counts.sum(axis=1), counts.sum(axis=0)
    a, b = apart @ rows, apart @ columns
    pairs = (counts * (apart @ counts @ apart)).sum()
    centred = pairs - 2 * (a @ counts @ b) / (n - 2)
    total = (rows @ a) * (columns @ b) / ((n - 1) * (n - 2))
    return float(centred + total) / (n * (n - 3))


def _scale(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> float:
    return float(np.sqrt(_covariance(first, first) * _covariance(second, second)))
