"""Convolutional networks with one hidden layer: a neuron is a channel that sees every patch.

A patch is a fixed subset of the inputs (Going Beyond Two Layers, the remark at the end of Section
5). So the network is a two-layer network on patches whose outputs are summed over the patches.

Axes: those of :mod:`ovp_lib.models.networks`, and ``p`` patches of ``q`` inputs each.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.models.ensemble import Weights
from ovp_lib.models.weights import normal, require_sizes


class _Convolutional(NamedTuple):
    W: Float[Tensor, "e m q"]
    b: Float[Tensor, "e m"]
    a: Float[Tensor, "e k m"]


class Convolutional(Weights, _Convolutional):
    """Weights of an ensemble of convolutional networks; only ``W`` is ever trained.

    Attributes:
        W: one row a channel, the paper's w_j as a vector, shape ``(e, m, q)``.
        b: biases of the channels, shape ``(e, m)``.
        a: output weights, the same for every patch, shape ``(e, k, m)``.
    """

    __slots__ = ()

    @property
    def width(self) -> int:
        """Number of channels m."""
        return self.W.shape[1]


def ring_patches(rows: int, channels: int, size: int, stride: int = 1) -> Int[Tensor, "p q"]:
    """Return which inputs each patch sees: rows in a row, on a ring.

    S_i = {i t, i t + 1, ..., i t + size - 1} modulo ``rows``, with the stride t. Inputs are the
    entries of a matrix of ``rows`` by ``channels``, row by row.

    Args:
        rows: the paper's d, at least 1.
        channels: channels s of the input, at least 1.
        size: rows of a patch k', in 1..rows.
        stride: by how many rows the next patch is moved, at least 1; it divides ``rows``.

    Returns:
        Positions of the inputs, one row a patch.

    Raises:
        ValueError: if a size is out of range.

    Example:
        >>> ring_patches(4, 1, size=3, stride=2).tolist()
        [[0, 1, 2], [2, 3, 0]]
    """
    if min(rows, channels, size, stride) < 1 or size > rows or rows % stride:
        raise ValueError(
            f"need rows, channels and stride of at least 1, size in 1..rows and a stride that "
            f"divides rows, got {rows}, {channels}, {stride} and size {size}"
        )
    starts = torch.arange(0, rows, stride)
    seen = (starts[:, None] + torch.arange(size)) % rows
    return (seen[..., None] * channels + torch.arange(channels)).flatten(1)


def init_convolutional(
    generators: Sequence[Generator], *, q: int, m: int, n_patches: int
) -> Convolutional:
    """Draw initial weights, one member for each generator.

    Entries of W^(0) and b^(0) are N(0, 1/q). The outputs are +-1/sqrt(m n_patches), one sign after
    the other. ReLU is homogeneous, so this is the network with W^(0), b^(0) ~ N(0, 1/m) as in
    Section 3 and outputs of size 1/sqrt(q n_patches), which do not depend on m.

    Args:
        generators: one source of randomness for each member.
        q: inputs of a patch.
        m: number of channels.
        n_patches: number of patches d'.

    Returns:
        The weights in float64 on the CPU, with one output.

    Raises:
        ValueError: if a size is below 1.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> init_convolutional([stream(0)], q=3, m=4, n_patches=1).a.tolist()
        [[[0.5, -0.5, 0.5, -0.5]]]
    """
    require_sizes(generators, q=q, m=m, n_patches=n_patches)
    W, b = (normal(generators, m, *more, std=1 / math.sqrt(q)) for more in ((q,), ()))
    signs = alternating(m).expand(len(generators), 1, m)
    return Convolutional(W, b, signs / math.sqrt(m * n_patches))


def alternating(m: int) -> Float[Tensor, " m"]:
    """Return the signs +1, -1, +1, ... of m outputs.

    Args:
        m: how many.

    Returns:
        Signs in float64, shape ``(m,)``.
    """
    return 1.0 - 2.0 * (torch.arange(m, dtype=torch.float64) % 2)


def convolutional(
    net: Convolutional,
    x: Float[Tensor, "e n d"],
    patches: Int[Tensor, "p q"],
    activation: Callable[[Tensor], Tensor] = torch.relu,
) -> Float[Tensor, "e n k"]:
    """Evaluate the network on each member's own inputs.

    F_r(x) = sum_i sum_j a_{r,j} sigma(<w_j, x_{S_i}> + b_j)

    Args:
        net: weights, shapes as in :class:`Convolutional`.
        x: points of each member, shape ``(e, n, d)``; matrices are flattened row by row.
        patches: which inputs each patch sees, on the device of ``x``, see :func:`ring_patches`.
        activation: sigma, elementwise.

    Returns:
        Outputs, shape ``(e, n, k)``.

    Example:
        >>> net = Convolutional(torch.ones(1, 1, 2), torch.zeros(1, 1), torch.ones(1, 1, 1))
        >>> x = torch.tensor([[[1.0, 2.0, -4.0]]])
        >>> convolutional(net, x, ring_patches(3, 1, size=2)).item()  # 1 + 2, and no other patch
        3.0
    """
    seen = x[..., patches].flatten(1, 2)
    hidden = activation(torch.baddbmm(net.b.unsqueeze(1), seen, net.W.mT))
    outputs = (hidden @ net.a.mT).view(*x.shape[:2], len(patches), -1)
    return outputs.sum(dim=2)


@dataclass(frozen=True)
class ConvolutionalTarget:
    r"""A small convolutional network with a smooth activation, one for each member.

        F*(x) = c sum_i sum_r a_r phi(<w_r, x_{S_i}>),   phi = sum of the given functions

    Attributes:
        phi: functions whose sum is the activation.
        w: orthonormal directions of the channels, shape ``(e, r, q)``.
        a: their signs, alternating, shape ``(r,)``.
        patches: which inputs each patch sees, shape ``(p, q)``.
        scale: c of each member, shape ``(e,)``.
    """

    phi: tuple[SmoothFunction, ...]
    w: Float[Tensor, "e r q"]
    a: Float[Tensor, " r"]
    patches: Int[Tensor, "p q"]
    scale: Float[Tensor, " e"]

    def activation(self, z: Tensor) -> Tensor:
        """Return phi(z) elementwise.

        Args:
            z: numbers, of any shape.

        Returns:
            A tensor of the same shape.
        """
        return torch.stack([each(z) for each in self.phi]).sum(dim=0)

    def network(self, copies: int = 1) -> Convolutional:
        """Return the target as a network that has phi as its activation.

        Args:
            copies: how often each channel is there, with an output that is smaller by as much.

        Returns:
            Weights without biases, with which :func:`convolutional` computes F*.
        """
        W = self.w.repeat(1, copies, 1)
        a = self.a.repeat(copies) * self.scale[:, None, None] / copies
        return Convolutional(W, W.new_zeros(W.shape[:2]), a)

    def __call__(self, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n 1"]:
        """Evaluate every member's target on its own inputs."""
        return convolutional(self.network(), x, self.patches, self.activation)


def random_convolutional_target(
    phi: Sequence[SmoothFunction],
    generators: Sequence[Generator],
    *,
    channels: int,
    patches: Int[Tensor, "p q"],
    draws: int = 2000,
) -> ConvolutionalTarget:
    """Draw a target for each generator, of unit variance under Gaussian inputs.

    Args:
        phi: functions whose sum is the activation.
        generators: one source of randomness for each member.
        channels: number of channels, at most the size q of a patch, since they are orthogonal.
        patches: which inputs each patch sees.
        draws: points from which the variance is estimated.

    Returns:
        Targets in float64 on the CPU.

    Raises:
        ValueError: if there is no phi or no generator, or more channels than fit.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import stream
        >>> ring = ring_patches(4, 2, size=3)
        >>> target = random_convolutional_target(
        ...     [parse("sin(2z)")], [stream(0)], channels=2, patches=ring)
        >>> target(torch.zeros(1, 5, 8).double()).shape
        torch.Size([1, 5, 1])
    """
    q, d = patches.shape[1], int(patches.max()) + 1
    if not phi or not generators or not 1 <= channels <= q:
        raise ValueError(
            f"need a phi, a generator and 1 to {q} channels, got {len(phi)}, {len(generators)} "
            f"and {channels}"
        )
    free = normal(generators, q, channels, std=1.0)
    w = torch.linalg.qr(free)[0].mT.contiguous()
    one = torch.ones(len(generators), dtype=torch.float64)
    plain = ConvolutionalTarget(tuple(phi), w, alternating(channels), patches, one)
    spread = plain(normal(generators, draws, d, std=1.0)).std(dim=(1, 2))
    return ConvolutionalTarget(plain.phi, w, plain.a, patches, 1 / spread)
