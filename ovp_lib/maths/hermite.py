r"""Hermite polynomials and quadrature for the standard normal law.

Everything is in the normalised polynomials hbar_i = h_i / sqrt(i!), with h_i the probabilists'
polynomials of Definition A.5, so that E[hbar_i(z) hbar_j(z)] = 1{i = j} and no factorial overflows.
(The constant sqrt(2 pi) that Definition A.5 prints in the orthogonality relation belongs to the
integral without the density's normalisation, not to the expectation.)
"""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary


def normalised(degree: int, x: Float[Tensor, "..."]) -> Float[Tensor, "terms ..."]:
    """Evaluate hbar_0, ..., hbar_degree.

    hbar_{i+1}(x) = (x hbar_i(x) - sqrt(i) hbar_{i-1}(x)) / sqrt(i + 1)

    Args:
        degree: highest degree, at least 0.
        x: points of any shape.

    Returns:
        The polynomials along a new first axis.

    Raises:
        ValueError: if ``degree`` is negative.

    Example:
        >>> normalised(2, torch.tensor(3.0, dtype=torch.float64)).round(decimals=4).tolist()
        [1.0, 3.0, 5.6569]
    """
    if degree < 0:
        raise ValueError(f"degree must be at least 0, got {degree}")
    values = [torch.ones_like(x), x][: degree + 1]
    for i in range(1, degree):
        values.append((x * values[i] - math.sqrt(i) * values[i - 1]) / math.sqrt(i + 1))
    return torch.stack(values)


def density(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the standard normal density.

    Args:
        x: of any shape.

    Returns:
        Of the same shape.
    """
    return torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def distribution(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the standard normal distribution function.

    Args:
        x: of any shape.

    Returns:
        In [0, 1], of the same shape.
    """
    return torch.special.ndtr(x)


def composite(
    edges: Float[Tensor, "*batch ends"], order: int = 16
) -> tuple[Float[Tensor, "*batch nodes"], Float[Tensor, "*batch nodes"]]:
    """Return nodes and weights of Gauss-Legendre quadrature, panel by panel.

    A panel that ends where the integrand jumps keeps the full order; tensor Gauss-Hermite, which
    does not know of the jump, converges badly across an indicator.

    Args:
        edges: increasing ends of the panels; a panel of no length has weight 0.
        order: nodes a panel.

    Returns:
        Nodes and weights, ``panels * order`` of each, for the integral over dx.
    """
    unit, weight = (torch.from_numpy(part).to(edges) for part in _legendre(order))
    middle, half = (edges[..., 1:] + edges[..., :-1]) / 2, edges.diff(dim=-1) / 2
    nodes = middle[..., None] + half[..., None] * unit
    return nodes.flatten(-2), (half[..., None] * weight).flatten(-2)


def bends(kinks: Float[Tensor, " k"], x1: Float[Tensor, " n"]) -> Float[Tensor, "n panels"]:
    """Return the ends of panels in alpha around which E_beta[f(alpha x1 + beta s)] bends.

    A kink of f at t is felt at alpha = t/x1, over a width of s/|x1| with s = sqrt(1 - x1^2). The
    sign of x1 is left out, so that the kinks have to lie symmetrically about 0.

    Args:
        kinks: points at which f is not smooth, with each t also -t, shape ``(k,)``.
        x1: in [-1, 1], shape ``(n,)``; s is sqrt(1 - x1^2).

    Returns:
        Ends for each x1, increasing for each kink but not over all of them, shape ``(n, panels)``.
    """
    widths = torch.tensor([-8, -6, -4, -2.5, -1, 0, 1, 2.5, 4, 6, 8], dtype=torch.float64)
    s = elementary.sqrt((1 - x1 * x1).clamp(min=0))
    felt = (kinks[None, :, None] + s[:, None, None] * widths) / x1[:, None, None].abs()
    # At x1 = 0 the ends are infinite or 0/0; callers cut them to the reach of their integral.
    return felt.nan_to_num(nan=0.0).flatten(1)


def smoothed(degree: int, alpha: Tensor, x1: Tensor, clip: float) -> Tensor:
    r"""Return E_beta[hhat_i(alpha x1 + beta sqrt(1 - x1^2))] for i = 0, ..., degree.

    With t ~ N(mu, s^2), I_i = E[hbar_i(t) 1{|t| <= B}] and N the density of t, integration by parts
    of t N = mu N - s^2 N' gives

    sqrt(i+1) I_{i+1} = mu I_i - x1^2 sqrt(i) I_{i-1} - s^2 (hbar_i N)|_{-B}^{B},

    and the clipped parts add hbar_i(B) (P(t > B) + (-1)^i P(t < -B)). Mehler's formula, x1^i
    hbar_i(alpha) without a clip, is what comes out and nowhere put in.

    Args:
        degree: the highest i, at least 0.
        alpha: points that broadcast against ``x1``.
        x1: in [-1, 1].
        clip: beyond which hhat_i stays constant, positive; may be infinite.

    Returns:
        Along a new first axis of length ``degree + 1``.
    """
    mu = alpha * x1
    s = elementary.sqrt((1 - x1 * x1).clamp(min=1e-300))
    above, below = (clip - mu) / s, (-clip - mu) / s
    end = torch.tensor(clip if clip < math.inf else 0.0, dtype=torch.float64)  # nothing is there
    at_clip = normalised(degree, end).tolist()
    right, left = s * density(above), s * density(below)
    inside = [distribution(above) - distribution(below)]
    for i in range(degree):
        last = math.sqrt(i) * x1 * x1 * inside[i - 1] if i else 0.0
        boundary = at_clip[i] * (right - (-1) ** i * left)
        inside.append((mu * inside[i] - last - boundary) / math.sqrt(i + 1))
    over, under = distribution(-above), distribution(below)
    beyond = [at_clip[i] * (over + (-1) ** i * under) for i in range(degree + 1)]
    return torch.stack([part + tail for part, tail in zip(inside, beyond, strict=True)])


@lru_cache
def _legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(order)
