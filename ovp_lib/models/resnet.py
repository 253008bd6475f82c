"""The three-layer ResNet of *What Can ResNet Learn Efficiently*, literally and re-parameterised.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``m`` neurons, ``k`` outputs.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Weights
from ovp_lib.models.weights import normal, require_sizes


class _ResNet(NamedTuple):
    W: Float[Tensor, "e m d"]
    b1: Float[Tensor, "e m"]
    U: Float[Tensor, "e m m"]
    b2: Float[Tensor, "e m"]
    A: Float[Tensor, "e k m"]


class ResNet(Weights, _ResNet):
    """Weights of an ensemble of single-skip ResNets (2.1); only ``W`` and ``U`` are trained.

    Attributes:
        W: weights of the first hidden layer, shape ``(e, m, d)``.
        b1: its biases, shape ``(e, m)``.
        U: weights of the second hidden layer, shape ``(e, m, m)``.
        b2: its biases, shape ``(e, m)``.
        A: output weights, shape ``(e, k, m)``.
    """

    __slots__ = ()


class _Bottleneck(NamedTuple):
    W: Float[Tensor, "e m d"]
    b1: Float[Tensor, "e m"]
    V: Float[Tensor, "e m k"]
    b2: Float[Tensor, "e m"]
    A: Float[Tensor, "e k m"]


class Bottleneck(Weights, _Bottleneck):
    """The same with U = V A (Section 6), which has O(m) weights; only ``W`` and ``V`` are trained.

    Attributes:
        W: weights of the first hidden layer, shape ``(e, m, d)``.
        b1: its biases, shape ``(e, m)``.
        V: weights of the second hidden layer on out1(x), shape ``(e, m, k)``.
        b2: its biases, shape ``(e, m)``.
        A: output weights of both layers, shape ``(e, k, m)``.
    """

    __slots__ = ()

    def expanded(self) -> ResNet:
        """Return the literal learner (2.1) with U = V A, which computes the same function."""
        return ResNet(self.W, self.b1, self.V @ self.A, self.b2, self.A)


def init_resnet(generators: Sequence[Generator], *, d: int, m: int, k: int) -> ResNet:
    """Draw initial weights as the experiments do, one member for each generator.

    Entries of W are N(0, 1/d), those of U, A and the biases N(0, 1/m).

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m: width of both hidden layers.
        k: number of outputs.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1 or there is no generator.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> init_resnet([stream(0)], d=3, m=50, k=4).U.shape
        torch.Size([1, 50, 50])
    """
    require_sizes(generators, d=d, m=m, k=k)
    draw, first, other = partial(normal, generators), 1 / math.sqrt(d), 1 / math.sqrt(m)
    W, b1 = draw(m, d, std=first), draw(m, std=other)
    U, b2 = draw(m, m, std=other), draw(m, std=other)
    return ResNet(W, b1, U, b2, draw(k, m, std=other))


def init_bottleneck(generators: Sequence[Generator], *, d: int, m: int, k: int) -> Bottleneck:
    """Draw initial weights as the experiments do, one member for each generator.

    Entries of W are N(0, 1/d), those of V, A and the biases N(0, 1/m).

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m: width of both hidden layers.
        k: number of outputs.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1 or there is no generator.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> init_bottleneck([stream(0)], d=3, m=50, k=4).V.shape
        torch.Size([1, 50, 4])
    """
    require_sizes(generators, d=d, m=m, k=k)
    draw, first, other = partial(normal, generators), 1 / math.sqrt(d), 1 / math.sqrt(m)
    W, b1 = draw(m, d, std=first), draw(m, std=other)
    V, b2 = draw(m, k, std=other), draw(m, std=other)
    return Bottleneck(W, b1, V, b2, draw(k, m, std=other))


def resnet(net: ResNet, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the learner on each member's own inputs.

    out(x) = A (sigma(W x + b1) + sigma(U sigma(W x + b1) + b2))    (ResNet paper, equation 2.1)

    Args:
        net: weights, shapes as in :class:`ResNet`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    h1 = torch.baddbmm(net.b1.unsqueeze(1), x, net.W.mT).relu()
    h2 = torch.baddbmm(net.b2.unsqueeze(1), h1, net.U.mT).relu()
    return (h1 + h2) @ net.A.mT


def bottleneck(net: Bottleneck, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the re-parameterised learner on each member's own inputs.

    out(x) = out1(x) + A sigma(V out1(x) + b2),  out1(x) = A sigma(W x + b1)
    (ResNet paper, Section 6, with the biases written out.)

    Args:
        net: weights, shapes as in :class:`Bottleneck`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    out1 = first_output(net, x)
    return out1 + torch.baddbmm(net.b2.unsqueeze(1), out1, net.V.mT).relu() @ net.A.mT


def first_output(net: Bottleneck, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Return out1(x), the output of the first layer alone (the paper: it learns F).

    Args:
        net: weights, shapes as in :class:`Bottleneck`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs of the first layer, shape ``(e, n, k)``.
    """
    return torch.baddbmm(net.b1.unsqueeze(1), x, net.W.mT).relu() @ net.A.mT
