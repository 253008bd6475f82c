"""Residual convolutional networks of any width, and the same without skips, as pure functions.

Inputs are signals (channels, length) or images (channels, height, width), flattened row by row.
There is no batch normalisation: the branch of a block is scaled by 1/sqrt(B) instead, with B the
number of blocks, so that the sum of B branches starts at the size of one (as in Fixup and in the
theory of deep residual networks). A network then is a function of one input, not of a batch.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``m`` channels, ``t`` taps of a
filter times its input channels, ``k`` outputs.
"""

import math
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import pad

from ovp_lib.models.ensemble import Weights
from ovp_lib.models.weights import normal, require_sizes

SIZE = 3
"""Taps of a filter along each axis."""

AXES = (2, 3)
"""Axes of an input: channels and length, or channels, height and width."""


class _ResidualConvolution(NamedTuple):
    W: Float[Tensor, "e m t1"]
    b: Float[Tensor, "e m"]
    V: Float[Tensor, "e layers m t"]
    c: Float[Tensor, "e layers m"]
    a: Float[Tensor, "e k m"]


class ResidualConvolution(Weights, _ResidualConvolution):
    """Weights of an ensemble of convolutional networks with B blocks of two layers each.

    Attributes:
        W: filters of the first layer, shape ``(e, m, taps * channels)``: tap after tap.
        b: its biases, shape ``(e, m)``.
        V: filters of the blocks, shape ``(e, 2 B, m, taps * m)``.
        c: their biases, shape ``(e, 2 B, m)``.
        a: output weights, shape ``(e, k, m)``.
    """

    __slots__ = ()

    @property
    def width(self) -> int:
        """Number of channels m of every layer."""
        return self.W.shape[1]

    @property
    def blocks(self) -> int:
        """Number of blocks B."""
        return self.V.shape[1] // 2


def init_residual_convolution(
    generators: Sequence[Generator], *, shape: Sequence[int], m: int, blocks: int, k: int
) -> ResidualConvolution:
    """Draw initial weights, one member for each generator.

    Filters with t entries are N(0, 2/t), which keeps the size of what ReLU lets through; output
    weights are N(0, 1/m), biases 0.

    Args:
        generators: one source of randomness for each member.
        shape: of an input, channels first: (channels, length) or (channels, height, width).
        m: number of channels of every layer.
        blocks: number of blocks B, at least 1.
        k: number of outputs.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1, or ``shape`` has another number of axes.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_residual_convolution([stream(0)], shape=(1, 40), m=8, blocks=2, k=10)
        >>> net.V.shape, net.width, net.blocks
        (torch.Size([1, 4, 8, 24]), 8, 2)
    """
    _require_shape(shape)
    require_sizes(generators, channels=min(shape), m=m, blocks=blocks, k=k)
    taps, layers = SIZE ** (len(shape) - 1), 2 * blocks
    first, other = taps * shape[0], taps * m
    draw = partial(normal, generators)
    W, V = draw(m, first, std=math.sqrt(2 / first)), draw(layers, m, other, std=_he(other))
    b, c = W.new_zeros(W.shape[:2]), V.new_zeros(V.shape[:3])
    return ResidualConvolution(W, b, V, c, draw(k, m, std=1 / math.sqrt(m)))


def residual_convolutional(
    net: ResidualConvolution, x: Float[Tensor, "e n d"], shape: Sequence[int], stride: int = 2
) -> Float[Tensor, "e n k"]:
    """Evaluate the residual network on each member's own inputs.

    h <- h + (c_2 + V_2 * sigma(c_1 + V_1 * sigma(h))) / sqrt(B)  in each of B blocks, where ``*``
    is a convolution with three taps along each axis and zeros outside. Before it the first layer
    b + W * x with a stride; between two blocks means of neighbours halve each axis; after them
    sigma, the mean over all places, and the outputs.

    Args:
        net: weights, shapes as in :class:`ResidualConvolution`.
        x: points of each member, shape ``(e, n, d)``.
        shape: of an input, channels first.
        stride: of the first layer.

    Returns:
        Outputs, shape ``(e, n, k)``.

    Raises:
        ValueError: if ``shape`` is not that of ``d`` inputs, or the stride is below 1.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_residual_convolution([stream(0)], shape=(3, 8, 8), m=4, blocks=2, k=10)
        >>> x = torch.zeros(1, 5, 192, dtype=torch.float64)
        >>> residual_convolutional(net, x, (3, 8, 8)).abs().max().item()  # no biases yet
        0.0
    """
    return _evaluated(net, x, shape, stride, 1 / math.sqrt(max(1, net.blocks)), skip=True)


def plain_convolutional(
    net: ResidualConvolution, x: Float[Tensor, "e n d"], shape: Sequence[int], stride: int = 2
) -> Float[Tensor, "e n k"]:
    """Evaluate the network without skips: h <- c_2 + V_2 * sigma(c_1 + V_1 * sigma(h)).

    Args:
        net: the same weights as those of :func:`residual_convolutional`.
        x: points of each member, shape ``(e, n, d)``.
        shape: of an input, channels first.
        stride: of the first layer.

    Returns:
        Outputs, shape ``(e, n, k)``.

    Raises:
        ValueError: as :func:`residual_convolutional`.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_residual_convolution([stream(0)], shape=(1, 8), m=4, blocks=1, k=2)
        >>> no_branch = net._replace(V=torch.zeros_like(net.V))
        >>> x = torch.ones(1, 5, 8, dtype=torch.float64)
        >>> plain_convolutional(no_branch, x, (1, 8)).abs().max().item()
        0.0
    """
    return _evaluated(net, x, shape, stride, 1.0, skip=False)


def _evaluated(
    net: ResidualConvolution,
    x: Tensor,
    shape: Sequence[int],
    stride: int,
    scale: float,
    *,
    skip: bool,
) -> Tensor:
    _require_shape(shape)
    if math.prod(shape) != x.shape[2] or stride < 1:
        raise ValueError(
            f"need inputs of {math.prod(shape)} numbers, the shape {tuple(shape)}, and a stride "
            f"of at least 1, got {x.shape[2]} numbers and {stride}"
        )
    h = x.reshape(*x.shape[:2], *shape).movedim(2, -1)
    h = _convolved(h, net.W, net.b, stride)
    for block in range(net.blocks):
        h = _halved(h) if block else h
        branch = h
        for layer in (2 * block, 2 * block + 1):
            branch = _convolved(branch.relu(), net.V[:, layer], net.c[:, layer])
        h = h + scale * branch if skip else branch
    return h.relu().flatten(2, -2).mean(dim=2) @ net.a.mT


def _convolved(
    h: Float[Tensor, "e n *places c"],
    filters: Float[Tensor, "e m t"],
    biases: Float[Tensor, "e m"],
    stride: int = 1,
) -> Tensor:
    """Return what filters give at every ``stride``-th place, with zeros outside.

    One matrix product for each member: unlike a grouped convolution it is fast for many members,
    and in float64.
    """
    sizes = h.shape[2:-1]
    outside = pad(h, (0, 0) + (SIZE // 2, SIZE // 2) * len(sizes))
    seen = [
        outside[(slice(None), slice(None), *places)]
        for places in product(*([slice(s, s + n, stride) for s in range(SIZE)] for n in sizes))
    ]
    columns = torch.cat(seen, dim=-1)
    rows = torch.baddbmm(biases.unsqueeze(1), columns.flatten(1, -2), filters.mT)
    return rows.view(*columns.shape[:-1], -1)


def _halved(h: Float[Tensor, "e n *places c"]) -> Tensor:
    """Return means of two neighbours along each axis that has two; an odd one out is left."""
    for axis in range(2, h.dim() - 1):
        if (half := h.shape[axis] // 2) > 0:
            pairs = (*h.shape[:axis], half, 2, *h.shape[axis + 1 :])
            h = h.narrow(axis, 0, 2 * half).reshape(pairs).mean(dim=axis + 1)
    return h


def _he(t: int) -> float:
    return math.sqrt(2 / t)


def _require_shape(shape: Sequence[int]) -> None:
    if len(shape) not in AXES or min(shape) < 1:
        raise ValueError(
            f"an input needs channels and length, or channels, height and width, got {tuple(shape)}"
        )
