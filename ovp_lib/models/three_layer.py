"""The three-layer learner of Section 4, as a pure function of its weights.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``m1`` and ``m2`` neurons of the
first and second hidden layer, ``k`` outputs.
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


class _ThreeLayer(NamedTuple):
    W: Float[Tensor, "e m1 d"]
    b1: Float[Tensor, "e m1"]
    V: Float[Tensor, "e m2 m1"]
    b2: Float[Tensor, "e m2"]
    a: Float[Tensor, "e k m2"]


class ThreeLayer(Weights, _ThreeLayer):
    """Weights of an ensemble of three-layer ReLU networks; only ``W`` and ``V`` are ever trained.

    Attributes:
        W: weights of the first hidden layer, shape ``(e, m1, d)``.
        b1: its biases, shape ``(e, m1)``.
        V: weights of the second hidden layer, shape ``(e, m2, m1)``.
        b2: its biases, shape ``(e, m2)``.
        a: output weights, shape ``(e, k, m2)``.
    """

    __slots__ = ()

    @property
    def widths(self) -> tuple[int, int]:
        """Widths m1 and m2 of the hidden layers."""
        return self.V.shape[2], self.V.shape[1]

    def moved(self, dW: Tensor | None = None, dV: Tensor | None = None) -> "ThreeLayer":
        """Return the network at W + dW and V + dV; ``None`` does not move.

        Args:
            dW: movement W' of the first layer, shape ``(e, m1, d)``.
            dV: movement V' of the second layer, shape ``(e, m2, m1)``.

        Returns:
            A network whose other fields are shared.

        Raises:
            ValueError: if a movement has another shape than the weights that it moves.
        """
        for name, movement, weight in (("dW", dW, self.W), ("dV", dV, self.V)):
            if movement is not None and movement.shape != weight.shape:
                raise ValueError(
                    f"{name} must have shape {tuple(weight.shape)}, got {tuple(movement.shape)}"
                )
        W = self.W if dW is None else self.W + dW
        V = self.V if dV is None else self.V + dV
        return self._replace(W=W, V=V)


class Preactivations(NamedTuple):
    """Inputs of the ReLUs of both hidden layers.

    Attributes:
        first: W x + b1, shape ``(e, n, m1)``.
        second: V sigma(W x + b1) + b2, shape ``(e, n, m2)``.
    """

    first: Float[Tensor, "e n m1"]
    second: Float[Tensor, "e n m2"]

    def gates(self) -> "Gates":
        """Return which ReLUs are on; the paper's sigma'(0) = 1."""
        return Gates(self.first >= 0, self.second >= 0)


class Gates(NamedTuple):
    """Activation pattern of both hidden layers.

    Attributes:
        first: the diagonal of D_{w,x}, shape ``(e, n, m1)``.
        second: the diagonal of D_{v,x}, shape ``(e, n, m2)``.
    """

    first: Bool[Tensor, "e n m1"]
    second: Bool[Tensor, "e n m2"]


def init_three_layer(
    generators: Sequence[Generator],
    *,
    d: int,
    m1: int,
    m2: int,
    k: int = 1,
    init_scale: float = 1.0,
) -> ThreeLayer:
    """Draw initial weights as Section 4 does, one member for each generator.

    Entries of W^(0) and b1 are N(0, 1/m1), of V^(0) and b2 N(0, 1/m2), of a N(0, eps_a^2).

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m1: width of the first hidden layer.
        m2: width of the second hidden layer.
        k: number of outputs.
        init_scale: eps_a, in (0, 1]; Section 4 takes 1, the default.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1 or ``init_scale`` is not in (0, 1].

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> init_three_layer([stream(0), stream(1)], d=3, m1=50, m2=40).V.shape
        torch.Size([2, 40, 50])
    """
    require_sizes(generators, d=d, m1=m1, m2=m2, k=k)
    if not 0 < init_scale <= 1:
        raise ValueError(f"init_scale eps_a must lie in (0, 1], got {init_scale}")

    draw, first, second = partial(normal, generators), 1 / math.sqrt(m1), 1 / math.sqrt(m2)
    W, b1 = draw(m1, d, std=first), draw(m1, std=first)
    V, b2 = draw(m2, m1, std=second), draw(m2, std=second)
    return ThreeLayer(W, b1, V, b2, draw(k, m2, std=init_scale))


def preactivations(net: ThreeLayer, x: Float[Tensor, "e n d"]) -> Preactivations:
    """Return the inputs of all ReLUs for every sample.

    Args:
        net: weights, shapes as in :class:`ThreeLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Shapes ``(e, n, m1)`` and ``(e, n, m2)``.
    """
    first = torch.baddbmm(net.b1.unsqueeze(1), x, net.W.mT)
    return Preactivations(first, torch.baddbmm(net.b2.unsqueeze(1), first.relu(), net.V.mT))


def gates(net: ThreeLayer, x: Float[Tensor, "e n d"]) -> Gates:
    """Return the activation pattern of both layers, D_{w,x} and D_{v,x}.

    Args:
        net: weights, shapes as in :class:`ThreeLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Shapes ``(e, n, m1)`` and ``(e, n, m2)``.
    """
    return preactivations(net, x).gates()


def three_layer(net: ThreeLayer, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the learner network on each member's own inputs.

    f_r(x) = a_r^T sigma(V sigma(W x + b1) + b2)    (Going Beyond Two Layers, Section 4)

    Args:
        net: weights, shapes as in :class:`ThreeLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    return preactivations(net, x).second.relu() @ net.a.mT
