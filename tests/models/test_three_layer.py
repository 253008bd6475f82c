import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models import pseudo
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.three_layer import (
    Gates,
    ThreeLayer,
    gates,
    init_three_layer,
    preactivations,
    three_layer,
)
from tests import reference


def network(m1: int = 7, m2: int = 5, k: int = 2, e: int = 2, seed: int = 0) -> ThreeLayer:
    return init_three_layer([stream(seed, i) for i in range(e)], d=4, m1=m1, m2=m2, k=k)


def points(n: int = 6, e: int = 2) -> torch.Tensor:
    return torch.stack([padded_sphere(4)(n, stream(9, i)) for i in range(e)])


def moved(net: ThreeLayer, by: float = 0.4) -> ThreeLayer:
    generator = stream(7)
    dW, dV = (by * torch.randn(w.shape, generator=generator, dtype=w.dtype) for w in (net.W, net.V))
    return net.moved(dW, dV)


def test_layers_and_outputs_against_neurons_one_by_one() -> None:
    net, x = network(), points()
    at, f = preactivations(net, x), three_layer(net, x)
    for e in range(2):
        for n in range(6):
            first, second = reference.three_layer_preactivations(net, e, x[e, n])
            torch.testing.assert_close(at.first[e, n], first)
            torch.testing.assert_close(at.second[e, n], second)
            torch.testing.assert_close(f[e, n], net.a[e] @ second.clamp(min=0))
            assert torch.equal(gates(net, x).first[e, n], first >= 0)
            assert torch.equal(gates(net, x).second[e, n], second >= 0)


def test_initialisation_has_the_variances_of_section_4() -> None:
    m1, m2 = 600, 300
    net = init_three_layer([stream(5)], d=50, m1=m1, m2=m2, k=40, init_scale=0.2)
    variances = {"W": 1 / m1, "b1": 1 / m1, "V": 1 / m2, "b2": 1 / m2, "a": 0.04}
    for name, variance in variances.items():
        weights = getattr(net, name)
        assert abs(weights.mean()) < 4.5 * math.sqrt(variance / weights.numel())
        assert weights.var() == pytest.approx(variance, rel=4.5 * math.sqrt(2 / weights.numel()))


def test_members_do_not_depend_on_how_many_there_are() -> None:
    few, many = network(e=2), network(e=3)
    for name in ThreeLayer._fields:
        assert torch.equal(getattr(few, name), getattr(many, name)[:2])
    assert few.widths == (7, 5)


@given(scale=st.floats(1e-3, 1e3))
def test_the_output_layer_is_linear_and_the_network_homogeneous(scale: float) -> None:
    net, x = network(), points()
    f = three_layer(net, x)
    wider = net._replace(V=scale * net.V, b2=scale * net.b2)
    torch.testing.assert_close(three_layer(wider, x), scale * f)
    lower = net._replace(W=scale * net.W, b1=scale * net.b1, b2=scale * net.b2)
    torch.testing.assert_close(three_layer(lower, x), scale * f)


@pytest.mark.parametrize(
    ("version", "b1", "b2"),
    [
        (pseudo.pseudo_three_layer, True, True),
        (pseudo.pseudo_three_layer_semi_bias, True, False),
        (pseudo.pseudo_three_layer_without_bias, False, False),
    ],
)
def test_pseudo_networks_against_paths_one_by_one(version, b1: bool, b2: bool) -> None:
    net, x = network(), points()
    frozen = gates(moved(net), x)
    assert (frozen.second != gates(net, x).second).any()
    g = version(net, x, frozen)
    for e in range(2):
        for n in range(6):
            on = frozen.first[e, n], frozen.second[e, n]
            expected = reference.pseudo_three_layer(net, e, x[e, n], *on, b1=b1, b2=b2)
            torch.testing.assert_close(g[e, n], expected)


def test_pseudo_network_is_the_network_on_its_own_gates_and_not_on_others() -> None:
    net, x = network(), points()
    f = three_layer(net, x)
    torch.testing.assert_close(pseudo.pseudo_three_layer(net, x, gates(net, x)), f)
    other = Gates(gates(net, x).first, ~gates(net, x).second)
    assert (pseudo.pseudo_three_layer(net, x, other) - f).abs().max() > 0.01


def test_a_movement_is_added_and_none_does_not_move() -> None:
    net = network()
    assert torch.equal(net.moved(dW=net.W).W, 2 * net.W)
    assert torch.equal(net.moved(dW=net.W).V, net.V)
    assert torch.equal(net.moved(dV=net.V).V, 2 * net.V)
    with pytest.raises(ValueError, match=r"dV must have shape \(2, 5, 7\), got \(2, 7, 5\)"):
        net.moved(dV=net.V.mT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"m1": 0}, "must be at least 1"),
        ({"m2": 0}, "must be at least 1"),
        ({"d": 0}, "must be at least 1"),
        ({"k": 0}, "must be at least 1"),
        ({"init_scale": 0.0}, r"eps_a must lie in \(0, 1\], got 0.0"),
        ({"init_scale": 1.5}, r"eps_a must lie in \(0, 1\], got 1.5"),
    ],
    ids=str,
)
def test_bad_sizes_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        init_three_layer([stream(0)], **({"d": 4, "m1": 3, "m2": 3} | change))
    with pytest.raises(ValueError, match="members must be at least 1"):
        init_three_layer([], d=4, m1=3, m2=3)
