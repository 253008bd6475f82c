"""Tangent and conjugate kernels of a concrete network, without its m^2 derivatives.

As the derivative in the weights of a layer z = U h + b is an outer product
(:mod:`ovp_lib.kernels.derivatives`), its share of the tangent kernel is a product of Gram matrices,

    K_U(x r, x' s) = <h(x), h(x')> <df_r/dz (x), df_s/dz (x')>.

For two layers that is (X X'^T) * ((D_1 a^2) D_1'^T), and for three layers
(H_1 H_1'^T) * ((D_2 a^2) D_2'^T) + (X X'^T) * (G G'^T) with G = ((D_2 a) V) * D_1, where * is
elementwise. Only hidden weights count as trained, as in the papers; biases and output weights stay.
Everything is computed in the precision of the network.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.kernels.derivatives import (
    LayerDerivative,
    check_points,
    features,
    hidden_layers,
    n_outputs,
    parts,
    row_blocks,
    trained_weights,
)
from ovp_lib.models.ensemble import Network


def ntk(
    net: Network,
    x: Float[Tensor, "e n d"],
    x2: Float[Tensor, "e n2 d"] | None = None,
    *,
    trained: Sequence[str] | None = None,
) -> Float[Tensor, "e n n2"]:
    """Return the tangent kernel <df(x)/dtheta, df(x')/dtheta> of networks with one output.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures` with k = 1.
        x: points of each member: rows.
        x2: columns; by default the same points.
        trained: which weights theta is, by their names; by default all hidden weights.

    Returns:
        The kernel, not divided by the width. Fully connected networks:
        :func:`~ovp_lib.kernels.closed_form.relu_network` is the limit of K / m.

    Raises:
        ValueError: if there are several outputs, unknown weights, or shapes that do not fit.

    Example:
        >>> from ovp_lib.models.networks import TwoLayer
        >>> net = TwoLayer(torch.tensor([[[1.0], [-1.0]]]), torch.zeros(1, 2), torch.ones(1, 1, 2))
        >>> ntk(net, torch.tensor([[[1.0], [2.0]]])).tolist()  # one of both neurons is on
        [[[1.0, 2.0], [2.0, 4.0]]]
    """
    if n_outputs(net) != 1:
        raise ValueError(
            f"ntk is for one output, got {n_outputs(net)}; ntk_between_outputs is for several"
        )
    return ntk_between_outputs(net, x, x2, trained=trained)[:, :, 0, :, 0]


def ntk_between_outputs(
    net: Network,
    x: Float[Tensor, "e n d"],
    x2: Float[Tensor, "e n2 d"] | None = None,
    *,
    trained: Sequence[str] | None = None,
) -> Float[Tensor, "e n k n2 k"]:
    """Return <df_r(x)/dtheta, df_s(x')/dtheta> for every pair of outputs r, s.

    Arguments and errors are those of :func:`ntk`. The outputs share their hidden weights, so the
    kernel couples them; ``(n k, n2 k)`` is the matrix that regression on all outputs needs.

    Args:
        net: weights of all members.
        x: points of each member, shape ``(e, n, d)``.
        x2: other points, shape ``(e, n2, d)``; ``x`` itself by default.
        trained: fields of the trained weights; all hidden ones by default.

    Returns:
        Shape ``(e, n, k, n2, k)``.
    """
    columns = x if x2 is None else x2
    names = trained_weights(net, trained)
    check_points(net, x)
    check_points(net, columns)
    k = n_outputs(net)
    kernel = x.new_zeros(len(x), x.shape[1], k, columns.shape[1], k)
    for part in parts(net, max(x.shape[1], columns.shape[1])):
        fixed = trained_layers(part, columns, names)
        add_ntk(kernel, part, None if x2 is None else x, fixed)
    return kernel


def trained_layers(
    net: Network, x: Float[Tensor, "e n d"], names: Sequence[str]
) -> tuple[LayerDerivative, ...]:
    """Return the derivatives in the layers whose weights are in the named fields.

    Args:
        net: weights of all members.
        x: points of each member, shape ``(e, n, d)``.
        names: of fields.

    Returns:
        Derivatives from the input up; fewer than there are hidden layers if some are not trained.
    """
    return tuple(layer for layer in hidden_layers(net, x) if layer.weight in names)


def add_ntk(
    kernel: Float[Tensor, "e n k n2 k"],
    part: Network,
    x: Float[Tensor, "e n d"] | None,
    columns: Sequence[LayerDerivative],
) -> Float[Tensor, "e n k"]:
    """Add a part's kernel between ``x`` and the points of ``columns``, block of rows by block.

    Args:
        kernel: what to add to.
        part: neurons that count.
        x: rows; ``None`` for the points of ``columns``.
        columns: derivatives at the other points, in the layers that are trained.

    Returns:
        <df(x)/dtheta, theta>, the part's share.
    """
    names, slopes, start = {layer.weight for layer in columns}, [], 0
    blocks = (
        [columns]
        if x is None
        else (trained_layers(part, rows, tuple(names)) for rows in row_blocks(part, x))
    )
    for rows in blocks:
        n = rows[0].inputs.shape[1]
        for row, column in zip(rows, columns, strict=True):
            kernel.narrow(1, start, n).add_(_product(row, column))
        slopes.append(torch.stack([row.slope for row in rows]).sum(dim=0))
        start += n
    return torch.cat(slopes, dim=1)


def conjugate(
    net: Network, x: Float[Tensor, "e n d"], x2: Float[Tensor, "e n2 d"] | None = None
) -> Float[Tensor, "e n n2"]:
    """Return <h(x), h(x')>, h what the output weights see: the kernel of training those alone.

    It is the same for every output, and does not couple the outputs.

    Args:
        net: weights of all members.
        x: points of each member, shape ``(e, n, d)``.
        x2: other points, shape ``(e, n2, d)``; ``x`` itself by default.

    Returns:
        Shape ``(e, n, n2)``.

    Raises:
        ValueError: if shapes do not fit, or the output is not linear in its weights.

    Example:
        >>> from ovp_lib.models.networks import TwoLayer
        >>> net = TwoLayer(torch.tensor([[[1.0], [-1.0]]]), torch.zeros(1, 2), torch.ones(1, 1, 2))
        >>> conjugate(net, torch.tensor([[[1.0], [-2.0]]])).tolist()
        [[[1.0, 0.0], [0.0, 4.0]]]
    """
    columns = x if x2 is None else x2
    check_points(net, x)
    check_points(net, columns)
    kernel = x.new_zeros(len(x), x.shape[1], columns.shape[1])
    for part in parts(net, max(x.shape[1], columns.shape[1])):
        h2 = features(part, columns)
        kernel += (h2 if x2 is None else features(part, x)) @ h2.mT
    return kernel


def _product(rows: LayerDerivative, columns: LayerDerivative) -> Float[Tensor, "e n k n2 k"]:
    """Return <h, h'> <df_r/dz, df_s/dz'>."""
    (e, n, k), n2 = rows.signals.shape[:3], columns.signals.shape[1]
    signals = rows.signals.flatten(1, 2) @ columns.signals.flatten(1, 2).mT
    product = signals.view(e, n, k, n2, k)
    # In place, since the product is as large as the block of the kernel that it is added to.
    product *= (rows.inputs @ columns.inputs.mT).unsqueeze(3).unsqueeze(2)
    return product
