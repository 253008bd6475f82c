"""Tangent and conjugate kernels of a concrete network, without its m^2 derivatives.

The derivative of output r in the weights U of a layer z = U h + b is an outer product,
(df_r / dz) h^T, so that the layer's share of the tangent kernel is a product of two Gram matrices,

    K_U(x r, x' s) = <h(x), h(x')> <df_r/dz (x), df_s/dz (x')>,

and with a the output weights, D the open gates and h_1 = relu(W x + b1),

    two layers:    df_r/dz = D a_r                                     (h = x),
    three layers:  df_r/dz_2 = D_2 a_r  (h = h_1),   df_r/dz_1 = D_1 V^T D_2 a_r  (h = x).

Only hidden weights count as trained, as in the papers; biases and output weights stay. Gates are open
at 0 (the paper's sigma'(0) = 1). Everything is computed in the precision of the network.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models import networks, three_layer
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer

Network = TwoLayer | ThreeLayer

ENTRIES = 2**24
"""About how many numbers a temporary array may hold (128 MiB in float64)."""


class Layer(NamedTuple):
    """The derivative of the outputs in the weights U of one layer z = U h + b, at some points.

    Attributes:
        inputs: h, shape ``(e, n, p)``.
        signals: df_r/dz, shape ``(e, n, k, m)``.
        slope: <df_r/dU, U> = <df_r/dz, U h>, shape ``(e, n, k)``.
    """

    inputs: Float[Tensor, "e n p"]
    signals: Float[Tensor, "e n k m"]
    slope: Float[Tensor, "e n k"]


def hidden_layers(net: Network, x: Float[Tensor, "e n d"]) -> dict[str, Layer]:
    """Return the derivatives in each hidden layer by the name of its weights, as factors."""
    if isinstance(net, TwoLayer):
        z = networks.preactivations(net, x)
        signals = net.a.unsqueeze(1) * (z >= 0).unsqueeze(2)
        return {"W": _layer(x, signals, z - net.b.unsqueeze(1))}
    at = three_layer.preactivations(net, x)
    gates = at.gates()
    second = net.a.unsqueeze(1) * gates.second.unsqueeze(2)
    first = (second.flatten(1, 2) @ net.V).unflatten(1, second.shape[1:3])
    first *= gates.first.unsqueeze(2)
    return {
        "W": _layer(x, first, at.first - net.b1.unsqueeze(1)),
        "V": _layer(at.first.relu(), second, at.second - net.b2.unsqueeze(1)),
    }


def last_hidden(net: Network, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n m"]:
    """Return h(x), what the output weights see."""
    if isinstance(net, TwoLayer):
        return networks.preactivations(net, x).relu_()
    return three_layer.preactivations(net, x).second.relu()


def outputs(net: Network, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Return f(x), in bounded memory."""
    return torch.cat(
        [
            sum((last_hidden(part, rows) @ part.a.mT for part in parts(net, rows.shape[1])), 0.0)
            for rows in row_blocks(net, x)
        ],
        dim=1,
    )


def ntk(
    net: Network,
    x: Float[Tensor, "e n d"],
    x2: Float[Tensor, "e n2 d"] | None = None,
    *,
    trained: Sequence[str] | None = None,
) -> Float[Tensor, "e n n2"]:
    """Return the tangent kernel <df(x)/dtheta, df(x')/dtheta> of networks with one output.

    Args:
        net: networks with k = 1.
        x: points of each member: rows.
        x2: columns; by default the same points.
        trained: which weights theta is, by their names; by default all hidden weights.

    Returns:
        The kernel, not divided by the width: K / m tends to
        :func:`~ovp_lib.kernels.closed_form.relu_network`.

    Raises:
        ValueError: if there are several outputs, unknown weights, or shapes that do not fit.
    """
    if net.a.shape[1] != 1:
        raise ValueError(
            f"ntk is for one output, got {net.a.shape[1]}; ntk_between_outputs is for several"
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
    """
    columns = x if x2 is None else x2
    names = trained_weights(net, trained)
    check_points(net, x)
    check_points(net, columns)
    k = net.a.shape[1]
    kernel = x.new_zeros(len(x), x.shape[1], k, columns.shape[1], k)
    for part in parts(net, max(x.shape[1], columns.shape[1])):
        fixed = hidden_layers(part, columns)
        add_ntk(kernel, part, None if x2 is None else x, fixed, names)
    return kernel


def add_ntk(
    kernel: Float[Tensor, "e n k n2 k"],
    part: Network,
    x: Float[Tensor, "e n d"] | None,
    columns: Mapping[str, Layer],
    names: Sequence[str],
) -> Float[Tensor, "e n k"]:
    """Add a part's kernel between ``x`` and the points of ``columns``, block of rows by block.

    Args:
        kernel: what to add to.
        part: neurons that count.
        x: rows; ``None`` for the points of ``columns``.
        columns: derivatives at the other points.
        names: weights that are trained.

    Returns:
        <df(x)/dtheta, theta>, the part's share.
    """
    slopes, start = [], 0
    blocks = [columns] if x is None else (hidden_layers(part, rows) for rows in row_blocks(part, x))
    for block in blocks:
        n = block[names[0]].inputs.shape[1]
        for name in names:
            kernel[:, start : start + n] += _product(block[name], columns[name])
        slopes.append(torch.stack([block[name].slope for name in names]).sum(dim=0))
        start += n
    return torch.cat(slopes, dim=1)


def conjugate(
    net: Network, x: Float[Tensor, "e n d"], x2: Float[Tensor, "e n2 d"] | None = None
) -> Float[Tensor, "e n n2"]:
    """Return <h(x), h(x')>, h the last hidden layer: the kernel of training a alone.

    It is the same for every output, and outputs do not meet.

    Raises:
        ValueError: if shapes do not fit.
    """
    columns = x if x2 is None else x2
    check_points(net, x)
    check_points(net, columns)
    kernel = x.new_zeros(len(x), x.shape[1], columns.shape[1])
    for part in parts(net, max(x.shape[1], columns.shape[1])):
        h2 = last_hidden(part, columns)
        kernel += (h2 if x2 is None else last_hidden(part, x)) @ h2.mT
    return kernel


def parts(net: Network, n: int) -> Iterator[Network]:
    """Cut a two-layer network into groups of neurons whose kernels and outputs add up.

    Args:
        net: three-layer networks stay whole.
        n: number of points at which the parts will be looked at.
    """
    if isinstance(net, ThreeLayer):
        yield net
        return
    e, k, m = net.a.shape
    for neurons in torch.arange(m).split(max(1, ENTRIES // (e * k * n))):
        cut = slice(int(neurons[0]), int(neurons[-1]) + 1)
        yield TwoLayer(net.W[:, cut], net.b[:, cut], net.a[:, :, cut])


def row_blocks(net: Network, x: Float[Tensor, "e n d"]) -> tuple[Tensor, ...]:
    """Cut points into blocks whose derivatives fit into memory together."""
    e, k, m = net.a.shape
    if isinstance(net, ThreeLayer):
        m = max(net.widths)
    return x.split(max(1, ENTRIES // (e * k * m)), dim=1)


def trained_weights(net: Network, trained: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the trained weights, by default all hidden ones.

    Raises:
        ValueError: if there is none, or one that the network does not have.
    """
    known = ("W",) if isinstance(net, TwoLayer) else ("W", "V")
    names = known if trained is None else tuple(dict.fromkeys(trained))
    if not names or not set(names) <= set(known):
        raise ValueError(f"trained weights must be among {known}, got {trained}")
    return names


def check_points(net: Network, x: Tensor) -> None:
    """Refuse points that are not of shape (e, n, d), or of another precision than the network.

    Raises:
        ValueError: if they are.
    """
    e, _, d = net.W.shape
    if x.ndim != 3 or (x.shape[0], x.shape[2]) != (e, d) or x.shape[1] < 1:
        raise ValueError(f"points must have shape ({e}, n, {d}) with n >= 1, got {tuple(x.shape)}")
    if x.dtype != net.W.dtype:
        raise ValueError(f"points must be {net.W.dtype} like the network, got {x.dtype}")


def _layer(inputs: Tensor, signals: Tensor, Uh: Tensor) -> Layer:
    slope = (signals @ Uh.unsqueeze(3)).squeeze(3)
    return Layer(inputs, signals, slope)


def _product(rows: Layer, columns: Layer) -> Float[Tensor, "e n k n2 k"]:
    """Return <h, h'> <df_r/dz, df_s/dz'>."""
    (n, k), (n2, _) = rows.signals.shape[1:3], columns.signals.shape[1:3]
    signals = rows.signals.flatten(1, 2) @ columns.signals.flatten(1, 2).mT
    product = signals.unflatten(2, (n2, k)).unflatten(1, (n, k))
    product *= (rows.inputs @ columns.inputs.mT)[:, :, None, :, None]
    return product
