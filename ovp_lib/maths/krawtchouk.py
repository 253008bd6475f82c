r"""Krawtchouk polynomials: what the parities of one level add up to.

For a point x of {-1, 1}^d with h entries equal to -1,

    sum_{|S| = l} chi_S(x) = K_l(h) = sum_j (-1)^j C(h, j) C(d - h, l - j),

so that sum_{|S| = l} chi_S(x) chi_S(x') depends on the Hamming distance of x and x' alone.
"""

import math
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

LARGEST = 56
"""Dimension up to which every value, at most C(d, d/2) in size, is exact in float64."""


def krawtchouk(d: int) -> Float[Tensor, "l h"]:
    """Return K_l(h) for the levels l = 0..d, one a row, and the distances h = 0..d.

    Args:
        d: dimension of the hypercube, at least 1.

    Returns:
        Shape ``(d + 1, d + 1)``, in float64.

    Raises:
        ValueError: if ``d`` is not in 1..:data:`LARGEST`.

    Example:
        >>> krawtchouk(2).tolist()
        [[1.0, 1.0, 1.0], [2.0, 0.0, -2.0], [1.0, -1.0, 1.0]]
    """
    if not 1 <= d <= LARGEST:
        raise ValueError(f"Krawtchouk polynomials are exact for d in 1..{LARGEST}, got {d}")
    return torch.tensor(_table(d), dtype=torch.float64)


def hamming(x: Float[Tensor, "n d"], x2: Float[Tensor, "n2 d"]) -> Int[Tensor, "n n2"]:
    """Return in how many coordinates two points of the hypercube differ.

    Args:
        x: points of {-1, 1}^d, shape ``(n, d)``.
        x2: other points of {-1, 1}^d, shape ``(n2, d)``.

    Returns:
        In 0..d, shape ``(n, n2)``.

    Raises:
        ValueError: if a coordinate is neither -1 nor 1.

    Example:
        >>> hamming(torch.tensor([[1.0, -1.0]]), torch.tensor([[1.0, 1.0], [-1.0, 1.0]])).tolist()
        [[1, 2]]
    """
    for points in (x, x2):
        if not (points.abs() == 1).all():
            raise ValueError("points must lie in {-1, 1}^d, and one has another coordinate")
    products = x.float() @ x2.float().mT  # whole numbers, exact in float32 too, which is faster
    return ((x.shape[1] - products) / 2).long()


@cache
def _table(d: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(_value(d, level, h) for h in range(d + 1)) for level in range(d + 1))


def _value(d: int, level: int, h: int) -> int:
    return sum((-1) ** j * math.comb(h, j) * math.comb(d - h, level - j) for j in range(level + 1))
