"""The memory layout of the weights for the kernels, and the sizes of their scratch arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ovp_lib.models.ensemble import Network
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.resnet import Bottleneck
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training.fused.plan import SUMS, Plan

Packed = tuple[Tensor, ...]
"""Weights, momentum and biases as a kernel reads them."""

N = TypeVar("N", bound=Network)
"""The type of the networks of an architecture."""


@dataclass(frozen=True)
class Layout(Generic[N]):
    """What differs between architectures.

    Attributes:
        pack: ``(net, momentum, plan) -> arrays`` in the order that the kernel takes them.
        unpack: ``(arrays, net, plan) -> (weights, momentum)`` of the trained fields, by name;
            ``net`` only gives the shapes.
        room: ``(net, plan, batch) -> sizes`` of the kernel's scratch arrays.
    """

    pack: Callable[[N, Mapping[str, Tensor], Plan], Packed]
    unpack: Callable[[Packed, N, Plan], tuple[dict[str, Tensor], dict[str, Tensor]]]
    room: Callable[[N, Plan, int], tuple[int, ...]]


def lanes_of(weight: Float[Tensor, "e m d"], multiple: int) -> Float[Tensor, "e d padded"]:
    """Lay neurons last, padded with zeros to a multiple.

    Args:
        weight: shape ``(e, m, d)``.
        multiple: what m is padded to a multiple of, at least 1.

    Returns:
        Shape ``(e, d, m + padding)``, contiguous.

    Example:
        >>> import torch
        >>> lanes_of(torch.ones(1, 3, 2), 4)[0]
        tensor([[1., 1., 1., 0.],
                [1., 1., 1., 0.]])
    """
    return _padded(weight.mT, multiple).contiguous()


def groups_of(
    weight: Float[Tensor, "e m d"], size: int, multiple: int | None = None
) -> Float[Tensor, "e g d size"]:
    """Lay neurons last within groups of one size, padded with zeros to a multiple of it.

    Args:
        weight: shape ``(e, m, d)``.
        size: neurons in a group, at least 1.
        multiple: of ``size``, what m is padded to a multiple of; ``size`` by default.

    Returns:
        Shape ``(e, groups, d, size)``, contiguous.
    """
    lanes = lanes_of(weight, multiple or size)
    e, d, m = lanes.shape
    return lanes.reshape(e, d, m // size, size).transpose(1, 2).contiguous()


def ungrouped(groups: Float[Tensor, "e g d size"], m: int) -> Float[Tensor, "e m d"]:
    """Undo :func:`groups_of`.

    Args:
        groups: from :func:`groups_of`.
        m: number of neurons without the padding.

    Returns:
        Weights, shape ``(e, m, d)``.
    """
    return groups.mT.flatten(1, 2)[:, :m].contiguous()


def panels_of(weight: Float[Tensor, "e m2 m1"], lanes: int) -> Float[Tensor, "e p i j"]:
    """Cut V into panels for two vectors of neurons j, first-layer neurons i outside.

    Args:
        weight: V, shape ``(e, m2, m1)``.
        lanes: numbers in a vector.

    Returns:
        Shape ``(e, panels, m1, 2 lanes)`` with both widths padded, contiguous.
    """
    e = len(weight)
    whole = _padded(_padded(weight, lanes).mT, 2 * lanes).mT
    m2, m1 = whole.shape[1:]
    return whole.reshape(e, m2 // (2 * lanes), 2 * lanes, m1).mT.contiguous()


def whole_of(panels: Float[Tensor, "e p i j"], m2: int, m1: int) -> Float[Tensor, "e m2 m1"]:
    """Undo :func:`panels_of`.

    Args:
        panels: from :func:`panels_of`.
        m2: neurons of the second layer without the padding.
        m1: neurons of the first layer without the padding.

    Returns:
        V, shape ``(e, m2, m1)``.
    """
    e, p, i, j = panels.shape
    return panels.mT.reshape(e, p * j, i)[:, :m2, :m1].contiguous()


def _two_layer_pack(net: TwoLayer, momentum: Mapping[str, Tensor], plan: Plan) -> Packed:
    width = plan.group * plan.lanes
    W, M = groups_of(net.W, width), groups_of(momentum["W"], width)
    return W, M, _padded(net.b, width), _padded(net.a, width)


def _two_layer_unpack(
    arrays: Packed, net: TwoLayer, _: Plan
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    weight, speed = (ungrouped(array, net.width) for array in arrays[:2])
    return {"W": weight}, {"W": speed}


def _two_layer_room(net: TwoLayer, plan: Plan, batch: int) -> tuple[int, ...]:
    neurons = _up(net.width, plan.group * plan.lanes)
    outputs = _up(batch * plan.k, plan.lanes)
    return outputs * SUMS, outputs, neurons * batch


def _three_layer_pack(net: ThreeLayer, momentum: Mapping[str, Tensor], plan: Plan) -> Packed:
    n = plan.lanes
    first = (lanes_of(net.W, n), lanes_of(momentum["W"], n), _padded(net.b1, n))
    second = (panels_of(net.V, n), panels_of(momentum["V"], n))
    return (*first, *second, _padded(net.b2, 2 * n), _padded(net.a, 2 * n))


def _three_layer_unpack(
    arrays: Packed, net: ThreeLayer, _: Plan
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    m1, m2 = net.widths
    W, MW = (array.mT[:, :m1].contiguous() for array in arrays[:2])
    V, MV = (whole_of(array, m2, m1) for array in arrays[3:5])
    return {"W": W, "V": V}, {"W": MW, "V": MV}


def _three_layer_room(net: ThreeLayer, plan: Plan, batch: int) -> tuple[int, ...]:
    n, padded = plan.lanes, plan.padded(batch)
    m1, m2 = _up(net.widths[0], n), _up(net.widths[1], 2 * n)
    outputs = _up(padded * plan.k, n)
    # H has room for two steps: the last one's is read by the update of V that comes with this step.
    values = (2 * m1 * padded, m1 * padded, m2 * padded)
    return (*values, 2 * n * padded, 2 * n * padded, 4 * n * n, outputs * SUMS, outputs)


def _bottleneck_pack(net: Bottleneck, momentum: Mapping[str, Tensor], plan: Plan) -> Packed:
    lower, upper, width = _bottleneck_widths(plan)
    first = (groups_of(weight, lower, width) for weight in (net.W, momentum["W"]))
    second = (groups_of(weight, upper, width) for weight in (net.V, momentum["V"]))
    b1, b2, A = (_padded(values, width) for values in (net.b1, net.b2, net.A))
    return (*first, b1, *second, b2, A)


def _bottleneck_unpack(
    arrays: Packed, net: Bottleneck, _: Plan
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    m = net.W.shape[1]
    W, MW, V, MV = (ungrouped(arrays[index], m) for index in (0, 1, 3, 4))
    return {"W": W, "V": V}, {"W": MW, "V": MV}


def _bottleneck_room(net: Bottleneck, plan: Plan, batch: int) -> tuple[int, ...]:
    neurons = _up(net.W.shape[1], _bottleneck_widths(plan)[2])
    outputs = _up(batch * plan.k, plan.lanes)
    return outputs * SUMS, outputs, outputs, outputs, neurons * batch, neurons * batch, batch


def _bottleneck_widths(plan: Plan) -> tuple[int, int, int]:
    """Return the sizes of groups in W and in V, and one that both divide."""
    # V sees the k outputs of the first network, so its groups are those of a plan with k inputs.
    lower, upper = (part.group * plan.lanes for part in (plan, replace(plan, d=plan.k)))
    return lower, upper, max(lower, upper)


def _padded(values: Tensor, multiple: int) -> Tensor:
    """Append zeros to the last axis."""
    size = values.shape[-1]
    # Kernels compute addresses from shapes alone, which needs contiguous memory.
    return pad(values, (0, _up(size, multiple) - size)).contiguous()


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


LAYOUTS: dict[str, Layout[Any]] = {
    "two-layer": Layout(_two_layer_pack, _two_layer_unpack, _two_layer_room),
    "bottleneck": Layout(_bottleneck_pack, _bottleneck_unpack, _bottleneck_room),
    "three-layer": Layout(_three_layer_pack, _three_layer_unpack, _three_layer_room),
}
"""By architecture."""
