"""Learner networks as pure functions of their weights, with a leading ensemble axis.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``m`` hidden neurons and ``k``
outputs.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Weights
from ovp_lib.models.weights import normal, require_sizes


class _TwoLayer(NamedTuple):
    W: Float[Tensor, "e m d"]
    b: Float[Tensor, "e m"]
    a: Float[Tensor, "e k m"]


class TwoLayer(Weights, _TwoLayer):
    """Weights of an ensemble of two-layer ReLU networks; only ``W`` is ever trained.

    Attributes:
        W: hidden weights, shape ``(e, m, d)``.
        b: hidden biases, shape ``(e, m)``.
        a: output weights, shape ``(e, k, m)``.
    """

    __slots__ = ()

    @property
    def width(self) -> int:
        """Number of hidden neurons m."""
        return self.W.shape[1]


def init_two_layer(
    generators: Sequence[Generator], *, d: int, m: int, k: int = 1, init_scale: float = 1.0
) -> TwoLayer:
    """Draw initial weights as Section 3 does, one member for each generator.

    Entries of W^(0) and b^(0) are N(0, 1/m), entries of a^(0) are N(0, eps_a^2).

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m: hidden width.
        k: number of outputs.
        init_scale: eps_a, in (0, 1]. Theorem 1 takes Theta(eps), up to logarithms.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1 or ``init_scale`` is not in (0, 1].

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> init_two_layer([stream(0), stream(1)], d=3, m=50).W.shape
        torch.Size([2, 50, 3])
    """
    require_sizes(generators, d=d, m=m, k=k)
    if not 0 < init_scale <= 1:
        raise ValueError(f"init_scale eps_a must lie in (0, 1], got {init_scale}")
    draw, std = partial(normal, generators), 1 / math.sqrt(m)
    return TwoLayer(draw(m, d, std=std), draw(m, std=std), draw(k, m, std=init_scale))


def preactivations(net: TwoLayer, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n m"]:
    """Return <w_i, x> + b_i for every sample and neuron.

    Args:
        net: weights, shapes as in :class:`TwoLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Inputs of the ReLUs, shape ``(e, n, m)``.
    """
    return torch.baddbmm(net.b.unsqueeze(1), x, net.W.mT)


def gates(net: TwoLayer, x: Float[Tensor, "e n d"]) -> Bool[Tensor, "e n m"]:
    """Return the activation pattern I[<w_i, x> + b_i >= 0], the paper's sigma'(0) = 1.

    Args:
        net: weights, shapes as in :class:`TwoLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Which neurons are on, shape ``(e, n, m)``.
    """
    return preactivations(net, x) >= 0


def two_layer(net: TwoLayer, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the learner network on each member's own inputs.

    f_r(x) = a_r^T sigma(W x + b)    (Going Beyond Two Layers, equation 3.2)

    Args:
        net: weights, shapes as in :class:`TwoLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    return preactivations(net, x).relu_() @ net.a.mT
