"""Rademacher complexities of classes of a few functions on a few points, by enumeration."""

import itertools
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

MOST_POINTS = 16
"""Points on which all signs are enumerated at most: 65,536 of them."""


def all_signs(n: int) -> Float[Tensor, "s n"]:
    """Return all 2^n vectors of signs, in float64.

    Args:
        n: number of points, from 1 to :data:`MOST_POINTS`.

    Returns:
        Shape ``(2**n, n)``.

    Raises:
        ValueError: if there are no points, or too many.

    Example:
        >>> all_signs(2).tolist()
        [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    if not 1 <= n <= MOST_POINTS:
        raise ValueError(f"signs are enumerated on 1 to {MOST_POINTS} points, got {n}")
    return _signs(n).clone()


@cache
def _signs(n: int) -> Tensor:
    """Return what :func:`all_signs` does; nobody may change it."""
    return torch.tensor(list(itertools.product((-1.0, 1.0), repeat=n)), dtype=torch.float64)


def correlations(values: Float[Tensor, "f n"]) -> Float[Tensor, "s f"]:
    """Return (1/N) sum_i xi_i f(x_i) for all signs and all functions.

    Args:
        values: f(x_i), a row a function.

    Returns:
        A row for each vector of signs.
    """
    return all_signs(values.shape[1]) @ values.double().T / values.shape[1]


def complexity(values: Float[Tensor, "f n"]) -> float:
    """Return the empirical Rademacher complexity of a finite class, exactly.

    R(X; F) = (1/N) E_xi max_f sum_i xi_i f(x_i)    (Going Beyond Two Layers, Appendix A.6)

    Args:
        values: f(x_i), a row a function.

    Returns:
        R, at least 0.

    Example:
        >>> one, both = torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        >>> complexity(one), complexity(both)  # one function has none
        (0.0, 0.5)
    """
    return correlations(values).amax(dim=1).mean().item()


def sums(first: Float[Tensor, "f n"], second: Float[Tensor, "g n"]) -> Float[Tensor, "fg n"]:
    """Return the values of all sums of a function of one class and one of another.

    Args:
        first: values of the one class.
        second: values of the other on the same points.
    """
    return (first[:, None] + second[None]).flatten(0, 1)
