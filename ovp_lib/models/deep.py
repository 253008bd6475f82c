"""Deep fully connected ReLU networks, the learner of Gu's slides, as a pure function of weights.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``m`` neurons in each of the L
hidden layers, ``k`` outputs.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Weights
from ovp_lib.models.inputs import rademacher
from ovp_lib.models.weights import normal, require_sizes


class _Deep(NamedTuple):
    W: Float[Tensor, "e m d"]
    V: Float[Tensor, "e layers m m"]
    a: Float[Tensor, "e k m"]


class Deep(Weights, _Deep):
    """Weights of an ensemble of deep networks without biases; only ``W`` and ``V`` are trained.

    Attributes:
        W: W_1, weights of the first hidden layer, shape ``(e, m, d)``.
        V: W_2, ..., W_L, those of the other hidden layers, shape ``(e, L - 1, m, m)``.
        a: v, output weights, shape ``(e, k, m)``.
    """

    __slots__ = ()

    @property
    def depth(self) -> int:
        """Number of hidden layers L."""
        return self.V.shape[1] + 1


def init_deep(generators: Sequence[Generator], *, d: int, m: int, depth: int, k: int = 1) -> Deep:
    """Draw initial weights as the slides do, one member for each generator.

    Entries of every W_l are N(0, 2/m), those of v are -1 or 1.

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m: width of every hidden layer.
        depth: number of hidden layers L, at least 1.
        k: number of outputs.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1 or there is no generator.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_deep([stream(0)], d=3, m=50, depth=4)
        >>> net.V.shape, net.depth
        (torch.Size([1, 3, 50, 50]), 4)
    """
    require_sizes(generators, d=d, m=m, depth=depth, k=k)
    draw, std = partial(normal, generators), math.sqrt(2 / m)
    W, V = draw(m, d, std=std), draw(depth - 1, m, m, std=std)
    return Deep(W, V, torch.stack([rademacher((k, m), generator) for generator in generators]))


def deep(net: Deep, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the network on each member's own inputs.

    f(x) = v^T sigma(W_L ... sigma(W_2 sigma(W_1 x)))    (Gu's slides)

    Args:
        net: weights, shapes as in :class:`Deep`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    h = (x @ net.W.mT).relu()
    for W in net.V.unbind(dim=1):
        h = (h @ W.mT).relu()
    return h @ net.a.mT
