"""The error that no two-layer ReLU network without biases can avoid.

Since relu(z) = (|z| + z) / 2, such a network is an even function of its input plus a linear one,
whatever its width. So its error is at least that of the best function of this kind.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.inputs import sphere


def least_error(
    target: Callable[[Tensor], Float[Tensor, "n 1"]], d: int, n: int, generator: Generator
) -> float:
    r"""Estimate the least mean squared error of an even function plus a linear one.

    .. math:: \min_{g \text{ even},\, w} E (f(u) - g(u) - \langle w, u \rangle)^2
              = \min_w E (f_-(u) - \langle w, u \rangle)^2,
              \quad f_-(u) = \tfrac{f(u) - f(-u)}2,

    for u uniform on the unit sphere of :math:`R^d`.

    Args:
        target: the function f, which maps ``(n, d)`` to ``(n, 1)``.
        d: dimension of the input.
        n: number of points; w is fitted to them, so that the estimate is too low by a relative
            order of d / n.
        generator: the points' source of randomness.

    Returns:
        The estimate, in units of the target's square.
    """
    u = sphere(d)(n, generator)
    odd = (target(u) - target(-u)) / 2
    w = torch.linalg.lstsq(u, odd, driver="gels").solution  # the default is not repeatable
    return float((odd - u @ w).square().mean())
