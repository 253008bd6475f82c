"""Architectures: how the layers of each network are joined, and which weights are trained."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.ensemble import Network
from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.models.resnet import Bottleneck, ResNet, bottleneck, resnet
from ovp_lib.models.three_layer import ThreeLayer, three_layer

Skip = Literal["none", "hidden", "output"]
"""What the output adds up: the last hidden layer; all of them; or an output after each of them,
which is also what the next layer sees (the bottleneck)."""


class Layer(NamedTuple):
    """One hidden layer, sigma(weight input + bias), by the names of the fields that hold it.

    Attributes:
        weight: field of the weights.
        slot: position in the second axis of that field; ``None`` if it holds one layer alone.
        bias: field of the biases; ``None`` if there are none.
    """

    weight: str
    slot: int | None
    bias: str | None


@dataclass(frozen=True)
class Architecture:
    """A kind of network.

    Attributes:
        name: how parameters name it.
        weights: the named tuple of its weights.
        forward: ``(net, x) -> outputs``, ``(e, n, d)`` to ``(e, n, k)``.
        hidden: fields that the papers train.
        readout: field of the output weights, shape ``(e, k, m)``.
        layers: ``net -> hidden layers``, from the input up.
        skip: how hidden layers reach the output.
    """

    name: str
    weights: type
    forward: Callable[[Any, Tensor], Tensor]  # each takes networks of its own type only
    hidden: tuple[str, ...]
    readout: str
    layers: Callable[[Any], tuple[Layer, ...]]
    skip: Skip = "none"


def architecture_of(net: object) -> Architecture:
    """Return the architecture of a network.

    Args:
        net: a network, of any type.

    Raises:
        TypeError: if it is none of :data:`ARCHITECTURES`.

    Example:
        >>> import torch
        >>> net = TwoLayer(torch.ones(1, 2, 1), torch.zeros(1, 2), torch.ones(1, 1, 2))
        >>> architecture_of(net).name
        'two-layer'
    """
    for architecture in ARCHITECTURES.values():
        if type(net) is architecture.weights:
            return architecture
    known = ", ".join(each.weights.__name__ for each in ARCHITECTURES.values())
    raise TypeError(f"a network must be one of {known}, got {type(net).__name__}")


def forward(net: Network, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate a network of any architecture on each member's own inputs.

    Args:
        net: weights.
        x: points of each member, shape ``(e, n, d)``, on the device and in the precision of the
            weights.

    Returns:
        Outputs, shape ``(e, n, k)``.

    Raises:
        TypeError: if ``net`` is none of :data:`ARCHITECTURES`.

    Example:
        >>> import torch
        >>> net = TwoLayer(torch.ones(1, 2, 1), torch.zeros(1, 2), torch.tensor([[[1.0, -3.0]]]))
        >>> forward(net, torch.tensor([[[2.0], [-2.0]]])).flatten().tolist()
        [-4.0, 0.0]
    """
    outputs: Tensor = architecture_of(net).forward(net, x)
    return outputs


def _deep_layers(net: Deep) -> tuple[Layer, ...]:
    upper = tuple(Layer("V", index, None) for index in range(net.depth - 1))
    return (Layer("W", None, None), *upper)


ARCHITECTURES: dict[str, Architecture] = {
    each.name: each
    for each in (
        Architecture(
            name="two-layer",
            weights=TwoLayer,
            forward=two_layer,
            hidden=("W",),
            readout="a",
            layers=lambda _: (Layer("W", None, "b"),),
        ),
        Architecture(
            name="three-layer",
            weights=ThreeLayer,
            forward=three_layer,
            hidden=("W", "V"),
            readout="a",
            layers=lambda _: (Layer("W", None, "b1"), Layer("V", None, "b2")),
        ),
        Architecture(
            name="deep",
            weights=Deep,
            forward=deep,
            hidden=("W", "V"),
            readout="a",
            layers=_deep_layers,
        ),
        Architecture(
            name="resnet",
            weights=ResNet,
            forward=resnet,
            hidden=("W", "U"),
            readout="A",
            layers=lambda _: (Layer("W", None, "b1"), Layer("U", None, "b2")),
            skip="hidden",
        ),
        Architecture(
            name="bottleneck",
            weights=Bottleneck,
            forward=bottleneck,
            hidden=("W", "V"),
            readout="A",
            layers=lambda _: (Layer("W", None, "b1"), Layer("V", None, "b2")),
            skip="output",
        ),
    )
}
"""Every architecture by name."""
