"""First derivatives of a network in its hidden weights, as factors, and a network in pieces.

The derivative of output r in the weights U of a layer z = U h + b is an outer product,
(df_r / dz) h^T. With A the output weights and D_l the open gates of layer l,

    df_r/dz_L = D_L A_r,    df_r/dz_l = D_l U_{l+1}^T df_r/dz_{l+1},

where a ResNet adds A_r to what comes down to each layer, and the bottleneck A^T (e_r + what came
down to the output of the layer below). Gates are open at 0 (the paper's sigma'(0) = 1).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.architectures import Architecture, Layer, architecture_of
from ovp_lib.models.ensemble import Network
from ovp_lib.models.networks import TwoLayer

ENTRIES = 2**24
"""About how many numbers a temporary array may hold (128 MiB in float64)."""


class LayerDerivative(NamedTuple):
    """The derivative of the outputs in the weights U of one layer z = U h + b, at some points.

    Attributes:
        weight: the field of the network that U is in.
        inputs: h, shape ``(e, n, p)``.
        signals: df_r/dz, shape ``(e, n, k, m)``.
        slope: <df_r/dU, U> = <df_r/dz, U h>, shape ``(e, n, k)``.
    """

    weight: str
    inputs: Float[Tensor, "e n p"]
    signals: Float[Tensor, "e n k m"]
    slope: Float[Tensor, "e n k"]


def hidden_layers(net: Network, x: Float[Tensor, "e n d"]) -> tuple[LayerDerivative, ...]:
    """Return the derivatives in each hidden layer, from the input up.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        x: points of each member.

    Returns:
        One derivative for each hidden layer.
    """
    architecture = architecture_of(net)
    layers, h = architecture.layers(net), _forward(net, architecture, x)
    signals = _backward(net, architecture, [z >= 0 for _, z in h])
    return tuple(
        # z minus the bias is U h, without a second product with U.
        LayerDerivative(layer.weight, inputs, signal, _slope(signal, _minus_bias(net, layer, z)))
        for layer, (inputs, z), signal in zip(layers, h, signals, strict=True)
    )


def features(net: Network, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n m"]:
    """Return what the output weights see: the last hidden layer, or the sum of all in a ResNet.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Shape ``(e, n, m)``.

    Raises:
        ValueError: if the output is not linear in its weights, which the bottleneck uses twice.
    """
    architecture = architecture_of(net)
    if architecture.skip == "output":
        raise ValueError(
            f"a {architecture.name} is not linear in its output weights; expanded() is, and "
            "computes the same function"
        )
    h = [z.relu() for _, z in _forward(net, architecture, x)]
    return h[-1] if architecture.skip == "none" else torch.stack(h).sum(dim=0)


def outputs(net: Network, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Return f(x), in bounded memory.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Shape ``(e, n, k)``.
    """
    forward = architecture_of(net).forward
    blocks = [
        torch.stack([forward(part, rows) for part in parts(net, rows.shape[1])]).sum(dim=0)
        for rows in row_blocks(net, x)
    ]
    return torch.cat(blocks, dim=1)


def parts(net: Network, n: int) -> Iterator[Network]:
    """Cut a two-layer network into groups of neurons whose kernels and outputs add up.

    Args:
        net: deeper networks stay whole.
        n: number of points at which the parts will be evaluated.
    """
    if not isinstance(net, TwoLayer):
        yield net
        return
    e, k, m = net.a.shape
    size = max(1, ENTRIES // (e * k * n))
    for first in range(0, m, size):
        cut = slice(first, first + size)
        yield TwoLayer(net.W[:, cut], net.b[:, cut], net.a[:, :, cut])


def row_blocks(net: Network, x: Float[Tensor, "e n d"]) -> tuple[Tensor, ...]:
    """Cut points into blocks whose derivatives fit into memory together.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Views of ``x`` along its second axis, in order.
    """
    widest = max(_weight(net, layer).shape[1] for layer in architecture_of(net).layers(net))
    return torch.split(x, max(1, ENTRIES // (len(x) * n_outputs(net) * widest)), dim=1)


def output_weights(net: Network) -> Float[Tensor, "e k m"]:
    """Return A, whatever the network calls it.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.

    Returns:
        Shape ``(e, k, m)``.
    """
    weights: Tensor = getattr(net, architecture_of(net).readout)
    return weights


def n_outputs(net: Network) -> int:
    """Return the number of outputs k.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.

    Returns:
        At least 1.
    """
    return int(output_weights(net).shape[1])


def trained_weights(net: Network, trained: Sequence[str] | None) -> tuple[str, ...]:
    """Return the fields of the trained weights, by default all hidden ones.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        trained: names of fields; ``None`` for all hidden weights.

    Returns:
        Names of fields, at least one.

    Raises:
        ValueError: if there is none, or one that the network does not have.
    """
    known = architecture_of(net).hidden
    names = known if trained is None else tuple(dict.fromkeys(trained))
    if not names or not set(names) <= set(known):
        raise ValueError(f"trained weights must be among {known}, got {trained}")
    return names


def check_points(net: Network, x: Tensor) -> None:
    """Refuse points that are not of shape (e, n, d), or of another precision than the network.

    Args:
        net: any network of :mod:`ovp_lib.models.architectures`.
        x: points of each member.

    Raises:
        ValueError: if they are.
    """
    e, _, d = net.W.shape
    if x.ndim != 3 or (x.shape[0], x.shape[2]) != (e, d) or x.shape[1] < 1:
        raise ValueError(f"points must have shape ({e}, n, {d}) with n >= 1, got {tuple(x.shape)}")
    if x.dtype != net.W.dtype:
        raise ValueError(f"points must be {net.W.dtype} like the network, got {x.dtype}")


def _forward(net: Network, architecture: Architecture, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return input h and pre-activation z = U h + b of every hidden layer."""
    layers, inputs, out = [], x, None
    for layer in architecture.layers(net):
        z = inputs @ _weight(net, layer).mT
        if layer.bias is not None:
            z += getattr(net, layer.bias).unsqueeze(1)
        layers.append((inputs, z))
        inputs = z.relu()
        if architecture.skip == "output":
            said = inputs @ output_weights(net).mT
            out = said if out is None else out + said
            inputs = out
    return layers


def _backward(net: Network, architecture: Architecture, gates: Sequence[Tensor]) -> list[Tensor]:
    """Return df_r/dz of every hidden layer."""
    A, layers = output_weights(net), architecture.layers(net)
    down: Tensor | None = None
    signals: list[Tensor] = []
    for layer, open_ in zip(reversed(layers), reversed(gates), strict=True):
        if architecture.skip == "output":
            e_r = torch.eye(A.shape[1]).to(A)
            down = e_r.expand(*open_.shape[:2], -1, -1) if down is None else e_r + down
            to_h = _times(down, A)
        elif down is None:
            to_h = A.unsqueeze(1)
        else:
            to_h = down + A.unsqueeze(1) if architecture.skip == "hidden" else down
        signals.insert(0, to_h * open_.unsqueeze(2))
        # What would come down to the input is in no derivative of a weight.
        if len(signals) < len(layers):
            down = _times(signals[0], _weight(net, layer))
    return signals


def _times(signals: Float[Tensor, "e n k m"], U: Float[Tensor, "e m p"]) -> Tensor:
    # Points and outputs are rows of one product a member: broadcasting would copy U for each point.
    return (signals.flatten(1, 2) @ U).view(*signals.shape[:3], U.shape[2])


def _weight(net: Network, layer: Layer) -> Tensor:
    field: Tensor = getattr(net, layer.weight)
    return field if layer.slot is None else field[:, layer.slot]


def _minus_bias(net: Network, layer: Layer, z: Tensor) -> Tensor:
    return z if layer.bias is None else z - getattr(net, layer.bias).unsqueeze(1)


def _slope(signals: Tensor, Uh: Tensor) -> Tensor:
    return (signals @ Uh.unsqueeze(3)).squeeze(3)
