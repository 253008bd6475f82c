"""Moments of a standard Gaussian beyond a threshold (Going Beyond Two Layers, Lemma A.7)."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def moments_beyond(threshold: float, degree: int) -> Array:
    r"""Return L_{i,b} = E[alpha^i I[alpha >= b]] for alpha ~ N(0, 1) and i = 0, ..., degree.

        L_{0,b} = Pr[alpha >= b],   L_{1,b} = exp(-b^2/2) / sqrt(2 pi),
        L_{i,b} = b^(i-1) L_{1,b} + (i - 1) L_{i-2,b}

    Args:
        threshold: b, any number.
        degree: the last i, at least 0.

    Returns:
        Shape ``(degree + 1,)``.

    Raises:
        ValueError: if the degree is negative.

    Example:
        >>> moments_beyond(0.0, 2).round(4).tolist()  # half of the second moment
        [0.5, 0.3989, 0.5]
    """
    if degree < 0:
        raise ValueError(f"degree must be at least 0, got {degree}")
    density = math.exp(-(threshold**2) / 2) / math.sqrt(2 * math.pi)
    # erfc, since 1 - erf loses all digits of a small tail.
    moments = [math.erfc(threshold / math.sqrt(2)) / 2, density]
    for i in range(2, degree + 1):
        moments.append(threshold ** (i - 1) * density + (i - 1) * moments[i - 2])
    return np.array(moments[: degree + 1])


def tail_bound(threshold: float, degree: int) -> float:
    r"""Return exp(-b^2/2) sum_{j < i} (i-1)!!/j!! b^j, which bounds L_{i,b} up to a constant.

    The sum is over all j, even and odd. The lemma says so for b >= 0 and leaves the constant open;
    the tests find that 1/2 is enough for i up to 12.

    Args:
        threshold: b, at least 0.
        degree: i, at least 1.

    Returns:
        The bound with constant one.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> tail_bound(0.0, 3)
        2.0
    """
    if threshold < 0 or degree < 1:
        raise ValueError(f"need a threshold >= 0 and a degree >= 1, got {threshold} and {degree}")
    top = _double_factorial(degree - 1)
    powers = (top / _double_factorial(j) * threshold**j for j in range(degree))
    return math.exp(-(threshold**2) / 2) * sum(powers)


def _double_factorial(n: int) -> float:
    """Return n!!, with 0!! = (-1)!! = 1."""
    return float(math.prod(range(n, 1, -2)))
