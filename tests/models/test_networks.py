import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models import devices
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import TwoLayer, gates, init_two_layer, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer, pseudo_two_layer_without_bias
from tests import reference


def network(m: int = 9, k: int = 2, e: int = 3, seed: int = 0) -> TwoLayer:
    return init_two_layer([stream(seed, i) for i in range(e)], d=4, m=m, k=k, init_scale=0.5)


def points(n: int = 6, e: int = 3) -> torch.Tensor:
    return torch.stack([padded_sphere(4)(n, stream(9, i)) for i in range(e)])


def moved(net: TwoLayer, by: float) -> TwoLayer:
    return TwoLayer(
        net.W + by * torch.sin(torch.arange(net.W.numel()).view_as(net.W)), net.b, net.a
    )


def test_network_against_neurons_one_by_one() -> None:
    net, x = network(), points()
    f = two_layer(net, x)
    for e in range(3):
        for n in range(6):
            expected = reference.two_layer(net.W[e], net.b[e], net.a[e], x[e, n])
            torch.testing.assert_close(f[e, n], expected)


@given(scale=st.floats(1e-3, 1e3))
def test_network_is_positively_homogeneous(scale: float) -> None:
    net, x = network(), points()
    scaled = TwoLayer(scale * net.W, scale * net.b, net.a)
    torch.testing.assert_close(two_layer(scaled, x), scale * two_layer(net, x))


def test_without_biases_two_layers_are_even_plus_linear() -> None:
    net, x, y = network(), points(), points().flip(1)
    net = net._replace(b=torch.zeros_like(net.b))

    def odd(z: torch.Tensor) -> torch.Tensor:
        return (two_layer(net, z) - two_layer(net, -z)) / 2

    torch.testing.assert_close(odd(2 * x - 3 * y), 2 * odd(x) - 3 * odd(y))
    assert not torch.allclose(two_layer(net, x), odd(x))


def test_initialisation_has_the_variances_of_section_3() -> None:
    m = 40_000
    net = init_two_layer([stream(5)], d=3, m=m, k=1, init_scale=0.2)
    for weights, variance in ((net.W[0, :, 0], 1 / m), (net.b[0], 1 / m), (net.a[0, 0], 0.04)):
        assert abs(weights.mean()) < 4.5 * math.sqrt(variance / m)
        assert weights.var() == pytest.approx(variance, rel=4.5 * math.sqrt(2 / m))


def test_members_do_not_depend_on_how_many_there_are() -> None:
    few, many = network(e=2), network(e=4)
    assert torch.equal(few.W, many.W[:2])
    assert torch.equal(few.a, many.a[:2])


def test_pseudo_network_against_neurons_one_by_one() -> None:
    start, x = network(), points()
    net = moved(start, 0.4)
    assert (gates(net, x) != gates(start, x)).any()
    g = pseudo_two_layer(net, x, gates(start, x))
    for e in range(3):
        for n in range(6):
            expected = reference.pseudo_two_layer(net.W[e], start.W[e], net.b[e], net.a[e], x[e, n])
            torch.testing.assert_close(g[e, n], expected)


def test_pseudo_network_is_the_network_while_gates_agree() -> None:
    net, x = network(), points()
    torch.testing.assert_close(pseudo_two_layer(net, x, gates(net, x)), two_layer(net, x))


@given(s=st.floats(-3, 3), t=st.floats(-3, 3))
def test_pseudo_network_without_bias_is_linear_in_the_weights(s: float, t: float) -> None:
    one, two, x = network(seed=0), network(seed=1), points()
    fixed = gates(one, x)

    def g(W: torch.Tensor) -> torch.Tensor:
        return pseudo_two_layer_without_bias(TwoLayer(W, one.b, one.a), x, fixed)

    torch.testing.assert_close(g(s * one.W + t * two.W), s * g(one.W) + t * g(two.W))
    torch.testing.assert_close(
        pseudo_two_layer(one, x, fixed) - g(one.W), (one.b[:, None] * fixed) @ one.a.mT
    )


@pytest.mark.parametrize(
    "sizes", [{"m": 0}, {"d": 0}, {"k": 0}, {"init_scale": 0.0}, {"init_scale": 2.0}]
)
def test_bad_sizes_are_refused(sizes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        init_two_layer([stream(0)], **({"d": 3, "m": 4} | sizes))


def test_devices_of_this_machine() -> None:
    assert devices.resolve_device("cpu").type == "cpu"
    assert str(devices.resolve_device("auto")) == devices.available_devices()[0]
    with pytest.raises(ValueError, match=r"device 'cuda:99' is not there; this machine has .*cpu"):
        devices.resolve_device("cuda:99")
    with pytest.raises(ValueError, match="'quantum' is no device; allowed are auto, cpu"):
        devices.resolve_device("quantum")


def test_cpu_computes_in_float64() -> None:
    net = network().to(devices.resolve_device("cpu"))
    assert {weight.dtype for weight in net} == {torch.float64}
    assert devices.precision_of(torch.device("cuda")) == torch.float32


def test_one_thread_is_given_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with devices.one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
