"""Linearised networks, by their values and kernels at the points of interest.

f(x) = f_0(x) + <df_0(x), theta - theta_0>, with df_0 the derivative at initialisation, is known at
every theta = s theta_0 + sum_j c_j df_0(x_j) from three things that do not grow with the width:

    f(x) = f_0(x) + (s - 1) g_0(x) + sum_j K(x, x_j) c_j,   g_0 = <df_0(x), theta_0>.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.kernels.derivatives import (
    LayerDerivative,
    check_points,
    features,
    n_outputs,
    output_weights,
    outputs,
    parts,
    row_blocks,
    trained_weights,
)
from ovp_lib.kernels.finite_width import add_ntk, trained_layers
from ovp_lib.models.ensemble import Network

TRAIN = "train"
"""Name of the set of points that every kernel's columns belong to."""


class Tangent(NamedTuple):
    """A linearised network at n points, next to N training points.

    Attributes:
        kernel: K(x, X), shape ``(n, N)`` if it serves every output alike, ``(n, k, N, k)`` if the
            outputs share their weights.
        start: f_0(x), shape ``(n, k)``.
        slope: g_0(x) = <df_0(x), theta_0>, shape ``(n, k)``.
    """

    kernel: Tensor
    start: Float[Tensor, "n k"]
    slope: Float[Tensor, "n k"]


def hidden_tangents(
    net: Network, points: Mapping[str, Tensor], *, trained: Sequence[str] | None = None
) -> dict[str, Tangent]:
    """Linearise in the hidden weights: the model behind the papers' NTK curves.

    Args:
        net: one network, that is an ensemble of one member.
        points: named sets of points ``(n, d)``, one of them ``train``.
        trained: which weights theta is, by their names; by default all hidden weights.

    Returns:
        The tangents by the same names; kernels have shape ``(n, N)`` for one output.

    Raises:
        ValueError: if there are several members, no set ``train``, unknown weights, or shapes that
            do not fit.

    Example:
        >>> from ovp_lib.models.networks import TwoLayer
        >>> net = TwoLayer(torch.tensor([[[1.0], [-1.0]]]), torch.zeros(1, 2), torch.ones(1, 1, 2))
        >>> hidden_tangents(net, {TRAIN: torch.tensor([[1.0], [2.0]])})[TRAIN].kernel.tolist()
        [[1.0, 2.0], [2.0, 4.0]]
    """
    _check(net, points)
    names = trained_weights(net, trained)
    k, n_train = n_outputs(net), len(points[TRAIN])
    kernels = {name: x.new_zeros(1, len(x), k, n_train, k) for name, x in points.items()}
    slopes = {name: x.new_zeros(1, len(x), k) for name, x in points.items()}
    # Kernels of groups of neurons add up; all neurons at once would not fit into memory.
    for part in parts(net, max(len(x) for x in points.values())):
        columns = trained_layers(part, points[TRAIN].unsqueeze(0), names)
        for name, x in points.items():
            rows = None if name == TRAIN else x.unsqueeze(0)
            slopes[name] += add_ntk(kernels[name], part, rows, columns)
    start = {name: outputs(net, x.unsqueeze(0)).squeeze(0) for name, x in points.items()}
    kernel = {name: K.squeeze(0) for name, K in kernels.items()}
    if k == 1:
        kernel = {name: K.squeeze(3).squeeze(1) for name, K in kernel.items()}
    return {name: Tangent(kernel[name], start[name], slopes[name].squeeze(0)) for name in points}


def output_tangents(
    net: Network, points: Mapping[str, Tensor], *, trained: Sequence[str] | None = None
) -> tuple[dict[str, Tangent], ...]:
    """Linearise each output for itself, as if it had hidden weights of its own.

    That is kernel regression as the ResNet paper defines it (equation 3.1): output r has a kernel
    K_r and coefficients of its own. :func:`hidden_tangents` lets the outputs share their weights,
    as they do in a network; with one output the two are the same.

    Args:
        net: one network, that is an ensemble of one member.
        points: named sets of points ``(n, d)``, one of them ``train``.
        trained: which weights theta is, by their names; by default all hidden weights.

    Returns:
        For each output r the tangents by the same names, as those of a network with one output.

    Raises:
        ValueError: as :func:`hidden_tangents`.
    """
    _check(net, points)
    names = trained_weights(net, trained)
    k, n_train = n_outputs(net), len(points[TRAIN])
    kernels = {name: x.new_zeros(k, len(x), n_train) for name, x in points.items()}
    slopes = {name: x.new_zeros(len(x), k) for name, x in points.items()}
    for part in parts(net, max(len(x) for x in points.values())):
        columns = trained_layers(part, points[TRAIN].unsqueeze(0), names)
        for name, x in points.items():
            slopes[name] += _add_each_output(kernels[name], part, x, columns)
    start = {name: outputs(net, x.unsqueeze(0)).squeeze(0) for name, x in points.items()}
    return tuple(
        {
            name: Tangent(kernels[name][r], start[name][:, r, None], slopes[name][:, r, None])
            for name in points
        }
        for r in range(k)
    )


def readout_tangents(
    net: Network, points: Mapping[str, Tensor], *, from_zero: bool = False
) -> dict[str, Tangent]:
    """Linearise in the output weights, where the network is linear: the curves called "last".

    Args:
        net: one network, that is an ensemble of one member.
        points: named sets of points ``(n, d)``, one of them ``train``.
        from_zero: start from a = 0 instead of the network's own output weights.

    Returns:
        The tangents by the same names; kernels have shape ``(n, N)`` for any number of outputs.

    Raises:
        ValueError: if there are several members, no set ``train``, shapes that do not fit, or an
            output that is not linear in its weights.

    Example:
        >>> from ovp_lib.models.networks import TwoLayer
        >>> net = TwoLayer(torch.tensor([[[1.0], [-1.0]]]), torch.zeros(1, 2), torch.ones(1, 1, 2))
        >>> readout_tangents(net, {TRAIN: torch.tensor([[1.0], [-2.0]])})[TRAIN].kernel.tolist()
        [[1.0, 0.0], [0.0, 4.0]]
    """
    _check(net, points)
    kernels = {name: x.new_zeros(len(x), len(points[TRAIN])) for name, x in points.items()}
    start = {name: x.new_zeros(len(x), n_outputs(net)) for name, x in points.items()}
    for part in parts(net, max(len(x) for x in points.values())):
        a, columns = output_weights(part).squeeze(0), _features(part, points[TRAIN])
        for name, x in points.items():
            h = columns if name == TRAIN else _features(part, x)
            kernels[name] += h @ columns.mT
            start[name] += 0.0 if from_zero else h @ a.mT
    # The network is linear in these weights: <df_0, theta_0> is f_0 itself.
    return {name: Tangent(kernels[name], start[name], start[name]) for name in points}


def _add_each_output(
    kernel: Float[Tensor, "k n n2"],
    part: Network,
    x: Float[Tensor, "n d"],
    columns: Sequence[LayerDerivative],
) -> Float[Tensor, "n k"]:
    """Add <h, h'> <df_r/dz, df_r/dz'> of a part's trained layers, block of rows by block."""
    names, slopes, start = {layer.weight for layer in columns}, [], 0
    for block in row_blocks(part, x.unsqueeze(0)):
        rows, n = trained_layers(part, block, tuple(names)), block.shape[1]
        for row, column in zip(rows, columns, strict=True):
            signals = [layer.signals[0].transpose(0, 1) for layer in (row, column)]
            gram = row.inputs[0] @ column.inputs[0].mT
            kernel.narrow(1, start, n).add_((signals[0] @ signals[1].mT).mul_(gram))
        slopes.append(torch.stack([row.slope[0] for row in rows]).sum(dim=0))
        start += n
    return torch.cat(slopes)


def _features(net: Network, x: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
    return features(net, x.unsqueeze(0)).squeeze(0)


def _check(net: Network, points: Mapping[str, Tensor]) -> None:
    if len(net.W) != 1:
        raise ValueError(
            f"one network at a time: the ensemble must have 1 member, got {len(net.W)}"
        )
    if TRAIN not in points:
        raise ValueError(f"one set of points must be called {TRAIN!r}, got {sorted(points)}")
    for x in points.values():
        check_points(net, x.unsqueeze(0))
