import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ovp_lib.models.architectures import ARCHITECTURES, architecture_of
from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.devices import resolve_device
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.models.resnet import (
    Bottleneck,
    ResNet,
    bottleneck,
    first_output,
    init_bottleneck,
    init_resnet,
    resnet,
)
from ovp_lib.models.three_layer import init_three_layer, three_layer

D, M, K, E = 3, 6, 2, 2


def sources(n: int = E, seed: int = 0) -> list[torch.Generator]:
    return [stream(seed, i) for i in range(n)]


NETWORKS: dict[str, Callable[[list[torch.Generator]], Any]] = {
    "two-layer": lambda g: init_two_layer(g, d=D, m=M, k=K),
    "three-layer": lambda g: init_three_layer(g, d=D, m1=M, m2=5, k=K),
    "deep": lambda g: init_deep(g, d=D, m=M, depth=4, k=K),
    "resnet": lambda g: init_resnet(g, d=D, m=M, k=K),
    "bottleneck": lambda g: init_bottleneck(g, d=D, m=M, k=K),
}


def points(n: int = 5) -> Tensor:
    return torch.randn(E, n, D, generator=stream(9), dtype=torch.float64)


def by_the_description(name: str, net: Any, x: Tensor) -> Tensor:
    """Evaluate member 0 at one point from what `Architecture` says alone, neuron by neuron."""
    architecture = ARCHITECTURES[name]
    A = getattr(net, architecture.readout)[0]
    out, h, hidden = torch.zeros(len(A), dtype=x.dtype), x, []
    for layer in architecture.layers(net):
        weights = getattr(net, layer.weight)[0]
        weights = weights if layer.slot is None else weights[layer.slot]
        z = torch.stack([row @ h for row in weights])
        z = z if layer.bias is None else z + getattr(net, layer.bias)[0]
        hidden.append(torch.tensor([max(float(value), 0.0) for value in z], dtype=x.dtype))
        h = hidden[-1]
        if architecture.skip == "output":
            out = out + A @ hidden[-1]
            h = out
    if architecture.skip == "output":
        return out
    return A @ (hidden[-1] if architecture.skip == "none" else sum(hidden, torch.zeros(())))


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_forward_is_what_the_description_says(name: str) -> None:
    net, x = NETWORKS[name](sources()), points()
    assert architecture_of(net) is ARCHITECTURES[name]
    f = ARCHITECTURES[name].forward(net, x)
    assert f.shape == (E, 5, K)
    for n in range(5):
        torch.testing.assert_close(f[0, n], by_the_description(name, net, x[0, n]))


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_members_do_not_depend_on_how_many_there_are(name: str) -> None:
    few, many = NETWORKS[name](sources(2)), NETWORKS[name](sources(3))
    for one, other in zip(few, many, strict=True):
        assert torch.equal(one, other[:2])


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_fields_exist_and_move_to_a_device(name: str) -> None:
    net = NETWORKS[name](sources())
    named = {*ARCHITECTURES[name].hidden, ARCHITECTURES[name].readout}
    assert named <= set(net._fields)
    there = net.to(resolve_device("cpu"))
    assert type(there) is type(net)
    assert {weight.dtype for weight in there} == {torch.float64}


def test_deep_with_one_or_two_layers_is_the_two_or_three_layer_network() -> None:
    x = points()
    one, two = (init_deep(sources(), d=D, m=M, depth=depth, k=K) for depth in (1, 2))
    zero = torch.zeros(E, M, dtype=torch.float64)
    shallow = init_two_layer(sources(), d=D, m=M, k=K)._replace(W=one.W, b=zero, a=one.a)
    torch.testing.assert_close(deep(one, x), two_layer(shallow, x))
    three = init_three_layer(sources(), d=D, m1=M, m2=M, k=K)
    three = three._replace(W=two.W, b1=zero, V=two.V[:, 0], b2=zero, a=two.a)
    torch.testing.assert_close(deep(two, x), three_layer(three, x))
    assert (one.depth, two.depth) == (1, 2)


def test_the_bottleneck_is_the_literal_learner_with_u_equal_to_va() -> None:
    net, x = init_bottleneck(sources(), d=D, m=M, k=K), points()
    torch.testing.assert_close(resnet(net.expanded(), x), bottleneck(net, x))
    without = net._replace(V=torch.zeros_like(net.V), b2=torch.zeros_like(net.b2))
    torch.testing.assert_close(bottleneck(without, x), first_output(net, x))


@pytest.mark.parametrize(
    ("net", "variances"),
    [
        (init_deep([stream(5)], d=60, m=500, depth=3, k=40), {"W": 2 / 500, "V": 2 / 500, "a": 1}),
        (
            init_resnet([stream(5)], d=60, m=500, k=40),
            {"W": 1 / 60, "U": 1 / 500, "A": 1 / 500, "b1": 1 / 500, "b2": 1 / 500},
        ),
        (
            init_bottleneck([stream(5)], d=60, m=500, k=40),
            {"W": 1 / 60, "V": 1 / 500, "A": 1 / 500, "b1": 1 / 500, "b2": 1 / 500},
        ),
    ],
)
def test_initialisations_have_the_variances_of_the_papers(
    net: Deep | ResNet | Bottleneck, variances: dict[str, float]
) -> None:
    assert set(variances) == set(net._fields)
    for name, variance in variances.items():
        weights = getattr(net, name)
        assert abs(weights.mean()) < 4.5 * math.sqrt(variance / weights.numel())
        assert weights.var() == pytest.approx(variance, rel=4.5 * math.sqrt(2 / weights.numel()))


def test_the_slides_fixed_outputs_are_signs() -> None:
    assert set(init_deep([stream(5)], d=2, m=50, depth=1).a.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("init", [init_resnet, init_bottleneck])
def test_bad_sizes_are_refused(init: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"at least 1, got \(3, 0, 2, 1\)"):
        init([stream(0)], d=3, m=0, k=2)
    with pytest.raises(ValueError, match=r"at least 1, got \(3, 4, 0, 1, 1\)"):
        init_deep([stream(0)], d=3, m=4, depth=0)


def test_another_tuple_is_no_network() -> None:
    with pytest.raises(TypeError, match="one of TwoLayer, ThreeLayer, Deep, ResNet, Bottleneck"):
        architecture_of((torch.zeros(1),))
