r"""Functions on the hypercube {-1, 1}^d: its points, parities, and Fourier coefficients.

The parities chi_S(x) = prod_{i in S} x_i are an orthonormal basis of L^2 of the uniform law,

    f = sum_S fhat(S) chi_S,   fhat(S) = E[f chi_S],   E[f g] = sum_S fhat(S) ghat(S),

and |S| is the level of a coefficient. A subset has a number, sum_{i in S} 2^i, and a point too:
that of the set of its coordinates equal to -1.
"""

import itertools
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

LARGEST = 20
"""Dimension up to which all 2^d points are listed."""


def points(d: int) -> Float[Tensor, "n d"]:
    """Return all n = 2^d points in the order of their numbers, in float64.

    Args:
        d: dimension, at least 1.

    Returns:
        Entries -1 and 1, shape ``(2^d, d)``.

    Raises:
        ValueError: if ``d`` is not in 1..:data:`LARGEST`.

    Example:
        >>> points(2).tolist()
        [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    if not 1 <= d <= LARGEST:
        raise ValueError(f"the points of {{-1, 1}}^d are listed for d in 1..{LARGEST}, got {d}")
    bits = torch.arange(2**d).unsqueeze(1) >> torch.arange(d)
    return 1.0 - 2.0 * (bits % 2).double()


def subsets(d: int, k: int) -> Int[Tensor, "s k"]:
    """Return all s = C(d, k) subsets of ``k`` coordinates, each increasing, in lexicographic order.

    Args:
        d: number of coordinates.
        k: size of a subset, in 0..d.

    Returns:
        Coordinates in 0..d-1, shape ``(s, k)``.

    Raises:
        ValueError: if ``k`` is not in 0..d, or there are more than 2^:data:`LARGEST` of them.

    Example:
        >>> subsets(3, 2).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    if not 0 <= k <= d or math.comb(d, k) > 2**LARGEST:
        raise ValueError(
            f"need 0 <= k <= d and at most 2^{LARGEST} subsets, got k = {k} of d = {d}"
        )
    chosen = list(itertools.combinations(range(d), k))
    return torch.tensor(chosen, dtype=torch.int64).view(len(chosen), k)


def numbers(which: Int[Tensor, "s k"]) -> Int[Tensor, " s"]:
    """Return the number sum_{i in S} 2^i of each subset.

    Args:
        which: coordinates of each subset, shape ``(s, k)``.

    Returns:
        In 0..2^d-1, shape ``(s,)``.
    """
    return (2**which).sum(dim=1)


def levels(d: int) -> Int[Tensor, " n"]:
    """Return the size |S| of each of the n = 2^d subsets, in the order of their numbers.

    Args:
        d: number of coordinates.

    Returns:
        In 0..d, shape ``(2^d,)``.

    Example:
        >>> levels(2).tolist()
        [0, 1, 1, 2]
    """
    return (points(d) < 0).sum(dim=1)


def parities(x: Float[Tensor, "n d"], which: Int[Tensor, "s k"]) -> Float[Tensor, "n s"]:
    """Evaluate chi_S(x) = prod_{i in S} x_i for each point and each subset.

    Args:
        x: points of {-1, 1}^d, shape ``(n, d)``.
        which: coordinates of each subset, shape ``(s, k)``.

    Returns:
        -1 or 1, shape ``(n, s)``.

    Raises:
        ValueError: if a subset names a coordinate that the points do not have.

    Example:
        >>> parities(torch.tensor([[1.0, -1.0, -1.0]]), torch.tensor([[0, 1], [1, 2]])).tolist()
        [[-1.0, 1.0]]
    """
    d = x.shape[1]
    if which.numel() and not 0 <= int(which.min()) <= int(which.max()) < d:
        raise ValueError(f"subsets must name coordinates in 0..{d - 1}, got {which.tolist()}")
    product = x.new_ones(len(x), len(which))
    for column in which.T:
        product *= x[:, column]
    return product


def fourier(values: Float[Tensor, "n f"]) -> Float[Tensor, "n f"]:
    """Return fhat(S) of functions given at all n = 2^d points: the fast Walsh-Hadamard transform.

    Args:
        values: f(x) in the order of :func:`points`, one function a column.

    Returns:
        The coefficients in the order of the numbers of the subsets.

    Raises:
        ValueError: if the number of rows is no power of two.

    Example:
        >>> fourier(points(2)[:, :1] * 3.0).flatten().tolist()
        [0.0, 3.0, 0.0, 0.0]
    """
    n, f = values.shape
    if n < 1 or n & (n - 1):
        raise ValueError(f"values are needed at all 2^d points, got {n} of them")
    half = 1
    while half < n:
        pairs = values.reshape(n // (2 * half), 2, half, f)
        even, odd = pairs[:, 0], pairs[:, 1]
        values = torch.stack([even + odd, even - odd], dim=1).reshape(n, f)
        half *= 2
    return values / n


def level_weights(coefficients: Float[Tensor, "n f"]) -> Float[Tensor, "l f"]:
    """Return sum_{|S| = l} fhat(S)^2 for the levels l = 0..d; they add up to E f^2.

    Args:
        coefficients: from :func:`fourier`.

    Example:
        >>> level_weights(fourier(points(3).sum(dim=1, keepdim=True))).flatten().tolist()
        [0.0, 3.0, 0.0, 0.0]
    """
    d = (len(coefficients) - 1).bit_length()
    weights = coefficients.new_zeros(d + 1, coefficients.shape[1])
    return weights.index_add_(0, levels(d), coefficients.square())
