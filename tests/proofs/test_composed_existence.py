import math

import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.composite_targets import ThreeLayerTarget, random_three_layer_target
from ovp_lib.models.inputs import padded_sphere, rademacher, stream
from ovp_lib.models.pseudo import pseudo_three_layer_without_bias
from ovp_lib.models.three_layer import ThreeLayer, gates, init_three_layer
from ovp_lib.proofs import carriers, composed_existence
from ovp_lib.proofs.indicator import least_norm_indicator

OUTER, INNER = (parse("z"), parse("z^2"), parse("sin(z)")), (parse("z"), parse("sin(2z)"))
X = padded_sphere(4)(6, stream(8))
H_INNER = [least_norm_indicator(phi, 7, 5.0) for phi in INNER]
H_OUTER = [least_norm_indicator(Phi, 7, 5.0) for Phi in OUTER]


def drawn(k: int = 2) -> ThreeLayerTarget:
    target = random_three_layer_target(OUTER, INNER, [stream(1)], d=4, p1=3, p2=2, k=k)
    return target.normalised(padded_sphere(4), [stream(2)], n=500)


def network(m1: int = 9, m2: int = 7, k: int = 2, scale: float = 0.5) -> ThreeLayer:
    return init_three_layer([stream(3)], d=4, m1=m1, m2=m2, k=k, init_scale=scale)


def built(net: ThreeLayer, target: ThreeLayerTarget) -> composed_existence.ComposedWeights:
    m1, m2 = net.widths
    H = composed_existence.second_factor(target, net.W[0], net.b1[0], H_INNER)
    alphas = torch.randn(m2, 3, generator=stream(4), dtype=torch.float64)
    signs = rademacher((3, m1), stream(5))
    return composed_existence.three_layer(
        target, H, alphas, net.b2[0], net.a[0], H_OUTER, signs, init_scale=0.5
    )


def test_weights_neuron_by_neuron() -> None:
    net, target = network(), drawn()
    factors = built(net, target)
    alphas = torch.randn(7, 3, generator=stream(4), dtype=torch.float64)
    signs = rademacher((3, 9), stream(5))
    for r in range(9):
        w = torch.zeros(4, dtype=torch.float64)
        for i in range(3):
            for j in range(2):
                h = H_INNER[j](3 * net.W[0, r] @ target.w2[0, j], 3 * net.b1[0, r])
                w[-1] += 2 / 9 * signs[i, r] * target.v2[0, i, j] * h
        torch.testing.assert_close(factors.W[r], w)
    for q in range(7):
        v = torch.zeros(9, dtype=torch.float64)
        for i in range(3):
            h = H_OUTER[i](alphas[q, i], math.sqrt(7) * net.b2[0, q])
            for r in range(2):
                front = net.a[0, r, q] * target.a[0, r, i] * target.scale[0, r]
                v += front / (7 * 0.25) * h * signs[i]
        torch.testing.assert_close(factors.V[q], v)


def test_the_value_is_that_of_the_pseudo_network() -> None:
    net, target = network(), drawn()
    factors, frozen = built(net, target), gates(net, X[None])
    dense = net._replace(W=factors.W[None], V=factors.V[None])
    expected = pseudo_three_layer_without_bias(dense, X[None], frozen)[0]
    found = composed_existence.value(factors, X, net.a[0], frozen.first[0], frozen.second[0])
    torch.testing.assert_close(found, expected)


def test_norms_are_those_of_the_matrices() -> None:
    factors = built(network(), drawn())
    norms = composed_existence.norms(factors)
    W, V = factors.W.norm(dim=1), factors.V.norm(dim=1)
    found = torch.tensor(norms)
    torch.testing.assert_close(
        found.double(),
        torch.stack([W.max(), V.max(), W.norm(), V.norm()]),
        rtol=1e-6,
        atol=0,
    )


def test_inner_values_are_the_arguments_of_the_outer_functions() -> None:
    """Put together with the second factor they are the target."""
    target = drawn()
    u = composed_existence.inner_values(target, X)
    z = X @ target.w2[0].T
    q = torch.stack([phi(z[:, j]) for j, phi in enumerate(INNER)], dim=1) @ target.v2[0].T
    terms = torch.stack([Phi(u[:, i]) for i, Phi in enumerate(OUTER)], dim=1) * q
    f = terms @ composed_existence.output_weights(target).T
    torch.testing.assert_close(f, target(X[None])[0])


def test_a_real_network_comes_close_to_the_target() -> None:
    """With V^(0) drawn entry by entry: the mean over networks within five standard errors."""
    target = random_three_layer_target(parse("z"), parse("z"), [stream(1)], d=4, p1=1, p2=2)
    fit = padded_sphere(4)(24, stream(9))
    values = []
    for key in range(60):
        net = init_three_layer([stream(10, key)], d=4, m1=300, m2=300)
        W, b1 = net.W[0], net.b1[0]
        inner = composed_existence.inner_values(target, fit)
        u = carriers.least_norm_carrier(W, b1, fit, inner)
        size = float(u.norm())
        alphas = math.sqrt(300) * net.V[0] @ u.T / size
        h = least_norm_indicator(composed_existence.stretched(parse("z"), size), 1)
        second = [least_norm_indicator(parse("z"), 1)] * 2
        H = composed_existence.second_factor(target, W, b1, second)
        signs = rademacher((1, 300), stream(11, key))
        factors = composed_existence.three_layer(target, H, alphas, net.b2[0], net.a[0], [h], signs)
        frozen = gates(net, X[None])
        values.append(
            composed_existence.value(factors, X, net.a[0], frozen.first[0], frozen.second[0])
        )
    g = torch.stack(values)[..., 0]
    error = (g.mean(dim=0) - target(X[None])[0, :, 0]).abs()
    assert (error / (g.std(dim=0) / math.sqrt(60))).max() < 5
    assert error.max() < 0.15


def test_a_stretched_function() -> None:
    z = torch.linspace(-0.5, 0.5, 5, dtype=torch.float64)
    stretched = composed_existence.stretched(parse("sin(2z)"), 1.5)
    torch.testing.assert_close(stretched(z), torch.sin(3 * z))
    series = sum(c * z**i for i, c in enumerate(stretched.coefficients(15)))
    torch.testing.assert_close(series, torch.sin(3 * z))
    assert composed_existence.stretched(parse("tanh(z)"), 2.0).radius == pytest.approx(math.pi / 4)


def test_bad_input_is_refused() -> None:
    net, target = network(), drawn()
    W, b1 = net.W[0], net.b1[0]
    with pytest.raises(ValueError, match="expected 2 functions h, got 1"):
        composed_existence.second_factor(target, W, b1, H_INNER[:1])
    H = torch.zeros(9, 3, dtype=torch.float64)
    rest = (H, torch.zeros(7, 3, dtype=torch.float64), net.b2[0], net.a[0])
    signs = torch.ones(3, 9, dtype=torch.float64)
    with pytest.raises(ValueError, match="expected one h for each of 3 terms, got 1"):
        composed_existence.three_layer(target, *rest, H_OUTER[:1], signs)
    with pytest.raises(ValueError, match=r"init_scale eps_a must lie in \(0, 1\], got 2"):
        composed_existence.three_layer(target, *rest, H_OUTER, signs, init_scale=2.0)
    with pytest.raises(ValueError, match="factor must be positive and finite, got 0"):
        composed_existence.stretched(parse("z"), 0.0)
    twice = random_three_layer_target(parse("z"), parse("z"), [stream(0), stream(1)], d=4)
    with pytest.raises(ValueError, match="for one target, got 2 members"):
        composed_existence.inner_values(twice, X)
    general = random_three_layer_target(parse("z"), parse("z"), [stream(0)], d=4, linear=True)
    with pytest.raises(ValueError, match=r"a target of Remark 4\.2"):
        composed_existence.inner_values(general, X)
