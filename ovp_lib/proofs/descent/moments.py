r"""Moments of a ReLU under Gaussian noise, and their derivatives.

With u = mu + sqrt(tau) g, g ~ N(0, 1), and s = sqrt(tau),

    M = E relu(u)   = mu Phi(mu/s) + s phi(mu/s)
    Q = E relu(u)^2 = (mu^2 + tau) Phi(mu/s) + mu s phi(mu/s)

Their derivatives in mu are p = M' = Phi(mu/s), n = M'' = phi(mu/s) / s, Q' = 2 M. The derivative
in tau of any E f(u) is half its second one in mu, as the density of u solves the heat equation.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ovp_lib.maths import elementary


class Moments(NamedTuple):
    """M, Q and derivatives in mu, elementwise.

    Attributes:
        mean: M.
        square: Q.
        gate: p = M', the probability that the ReLU is on.
        density: n = M'', the density of u at 0.
    """

    mean: Tensor
    square: Tensor
    gate: Tensor
    density: Tensor


def relu_moments(mu: Tensor, tau: Tensor) -> Moments:
    """Return the moments of relu(mu + sqrt(tau) g).

    Args:
        mu: means.
        tau: variances, at least 0, of a shape that broadcasts; where one is 0, there is no noise,
            and the density is 0.

    Returns:
        The moments, of the common shape.

    Example:
        >>> M = relu_moments(torch.zeros(1), torch.ones(1))
        >>> [round(float(part), 4) for part in M]
        [0.3989, 0.5, 0.5, 0.3989]
    """
    s = elementary.sqrt(tau.clamp_min(torch.finfo(mu.dtype).tiny))
    scaled = (mu / s).clamp(-1e6, 1e6)
    gate = torch.special.ndtr(scaled)
    bell = torch.exp(-scaled.square() / 2) / math.sqrt(2 * math.pi)
    mean = mu * gate + s * bell
    square = (mu.square() + tau) * gate + mu * s * bell
    return Moments(mean, square, gate, torch.where(tau > 0, bell / s, 0.0))
