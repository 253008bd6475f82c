r"""Sums of random signs: their law, and how far it is from a Gaussian in Wasserstein distance.

For fixed weights a_1, ..., a_n and independent fair signs s_i, the sum X = sum_i s_i a_i has the
characteristic function prod_i cos(a_i t). Inverting it gives distribution and density to rounding,
without sampling, so that distances of order 1/n are measured and not lost in noise.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary

LEAST = 32
"""Fewest weights: with fewer the law is too discrete to be inverted."""

REACH = 6.0
"""Standard deviations within which the law is computed; 2e-9 of the mass lies outside."""

_NODES = 200
_POINTS = 201


def law(
    weights: Float[Tensor, " n"], points: Float[Tensor, " k"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    r"""Return upper tail and density of X = sum_i s_i a_i, scaled to variance one, at ``points``.

    P(X > x) = 1/2 - (1/pi) int_0^inf sin(t x)/t prod_i cos(a_i t) dt    (Gil-Pelaez)
    f(x)     =       (1/pi) int_0^inf cos(t x)   prod_i cos(a_i t) dt

    Args:
        weights: at least :data:`LEAST` weights a_i, not all zero, float64.
        points: where, in standard deviations of X.

    Returns:
        Tail and density, of the shape of ``points``.

    Raises:
        ValueError: if there are too few weights, one carries more than half the variance, or most
            share their size with another (X then lives on a lattice).

    Notes:
        The characteristic function is cut at t = 12, where that of n weights in general position
        is below 1e-15. What happens beyond, such as a lattice of step 2 |a_i|, is smoothed over.
    """
    if len(weights) < LEAST:
        raise ValueError(f"the law needs at least {LEAST} weights, got {len(weights)}")
    a = weights / weights.norm()
    if not bool(a.square().max() <= 0.5):
        raise ValueError("no weight may carry more than half of the variance of the sum")
    if len(torch.unique(a.abs())) < len(a) / 2:
        raise ValueError("the weights must differ in size: equal ones make a lattice")
    step = 12.0 / _NODES
    # Midpoints: for an even, smooth integrand that has vanished at the cut this rule converges
    # faster than any power of the step, and t = 0, where sin(t x)/t is 0/0, is no node.
    t = step * (torch.arange(_NODES, dtype=a.dtype, device=a.device) + 0.5)
    characteristic = torch.cos(a[:, None] * t).prod(dim=0)
    wave = points[:, None] * t
    tail = 0.5 - (torch.sin(wave) @ (characteristic / t)) * step / math.pi
    return tail, (torch.cos(wave) @ characteristic) * step / math.pi


def distance_to_gaussian(
    weights: Float[Tensor, " n"], std: Float[Tensor, " k"]
) -> Float[Tensor, " k"]:
    r"""Return W2(X, N(0, std^2)), the quadratic Wasserstein distance of X = sum_i s_i a_i.

    W2^2 = E[(X - std Phi^{-1}(F(X)))^2], since in one dimension the best coupling is monotone.

    Args:
        weights: the a_i, as in :func:`law`.
        std: standard deviations of Gaussians to compare with, positive, in units of the weights.

    Returns:
        The distance to each Gaussian, in units of the weights.

    Raises:
        ValueError: if some ``std`` is not positive, or as in :func:`law`.

    Example:
        >>> a = torch.linspace(1.0, 2.0, 100, dtype=torch.float64)
        >>> std = torch.tensor([1.1], dtype=torch.float64)
        >>> distance_to_gaussian(a / a.norm(), std).round(decimals=3).item()  # about 1.1 - 1
        0.1
    """
    if not bool((std > 0).all()):
        raise ValueError(f"std must be positive, got {std.tolist()}")
    x = torch.linspace(0, REACH, _POINTS, dtype=weights.dtype, device=weights.device)
    tail, density = law(weights, x)
    # Rounding may make a tail 0 or negative; its quantile would be infinite or NaN.
    quantile = -torch.special.ndtri(tail.clamp(1e-300, 0.5))
    gap = weights.norm() * x - std[:, None] * quantile
    return elementary.sqrt((2 * torch.trapezoid(gap.square() * density, x)).clamp(min=0.0))
