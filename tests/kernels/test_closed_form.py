import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel
from torch import Tensor

from ovp_lib.evidence.statistics import exponent
from ovp_lib.kernels import closed_form
from ovp_lib.kernels.closed_form import (
    Covariance,
    arc_cosine_0,
    arc_cosine_1,
    arcsin,
    gaussian,
    polynomial,
    relu_network,
    relu_ntk,
)
from ovp_lib.kernels.derivatives import hidden_layers
from ovp_lib.kernels.finite_width import conjugate, ntk
from ovp_lib.models.deep import init_deep
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer

VALUES = json.loads(Path(__file__).with_name("neural_tangents.json").read_text())


def double(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


X, X2 = double(VALUES["x"]), double(VALUES["x2"])


def around_the_circle(f, theta: float, moment: float) -> float:
    """Integrate E f(z) f(z') in polar coordinates: z = r cos(phi), z' = r cos(phi - theta)."""
    phi = (np.arange(400_000) + 0.5) * (2 * np.pi / 400_000)
    return moment * float((f(np.cos(phi)) * f(np.cos(phi - theta))).mean())


@pytest.mark.parametrize("theta", [0.0, 0.3, 1.0, math.pi / 2, 2.5, math.pi])
def test_arc_cosine_kernels_are_gaussian_expectations(theta: float) -> None:
    s, s2 = 0.7, 1.9
    pair = Covariance(double([[s * s2 * math.cos(theta)]]), double([s**2]), double([s2**2]))
    gates = around_the_circle(lambda z: z >= 0, theta, 1.0)
    relus = s * s2 * around_the_circle(lambda z: np.maximum(z, 0), theta, 2.0)
    assert arc_cosine_0(pair).item() == pytest.approx(gates, abs=1e-5)
    assert arc_cosine_1(pair).item() == pytest.approx(relus, abs=1e-9)


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_blocks_of_rows_give_the_same_bits(layers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_form, "BLOCK", 400)
    x = torch.randn(29, 5, generator=stream(0), dtype=torch.float64)
    settings = {"hidden_layers": layers, "weight_variance": 1.7, "bias_variance": 0.3}
    for x2 in (None, x[:11] + 1, x.repeat(3, 1) - 1):
        found = relu_ntk(x, x2, **settings)
        assert torch.equal(found, relu_network(x, x2, **settings).ntk())


@pytest.mark.parametrize("case", VALUES["relu"], ids=lambda c: f"{c['hidden_layers']}-{c['b_std']}")
def test_neural_tangents_has_the_same_kernels(case: dict) -> None:
    """There, layer l counts weight_variance times its weights and bias_variance times its biases.

    It trains the output weights as well, which adds the conjugate kernel.
    """
    weight_variance, bias_variance = case["w_std"] ** 2, (case["b_std"] or 0.0) ** 2
    found = relu_network(
        X,
        X2,
        hidden_layers=case["hidden_layers"],
        weight_variance=weight_variance,
        bias_variance=bias_variance,
    )
    hidden = weight_variance * found.weights + bias_variance * found.biases
    everything = hidden.sum(dim=0) + found.conjugate
    for ours, theirs in ((everything, case["ntk"]), (found.conjugate, case["nngp"])):
        torch.testing.assert_close(ours, double(theirs), rtol=1e-9, atol=0)
    assert len(found.weights) == case["hidden_layers"]


def test_neural_tangents_has_the_same_arcsin_kernel() -> None:
    case = VALUES["erf"]
    ours = arcsin(X, X2, weight_variance=case["w_std"] ** 2, bias_variance=case["b_std"] ** 2)
    torch.testing.assert_close(ours, double(case["nngp"]), rtol=1e-9, atol=0)


POINTS = padded_sphere(4)(4, stream(5))


def finite_kernels(hidden: int, m: int, e: int) -> Tensor:
    """Return conjugate kernel and K / m of e random networks, shape (2, e, n, n)."""
    generators, x = [stream(6, m, i) for i in range(e)], POINTS.expand(e, -1, -1)
    if hidden == 1:
        net = init_two_layer(generators, d=4, m=m, init_scale=0.7)
    else:
        net = init_three_layer(generators, d=4, m1=m, m2=m, init_scale=0.7)
    return torch.stack([conjugate(net, x), ntk(net, x) / m])


@pytest.mark.parametrize("hidden", [1, 2])
def test_wide_networks_converge_to_the_limit_at_the_rate_of_sampling(hidden: int) -> None:
    limit = relu_network(POINTS, hidden_layers=hidden, init_scale=0.7)
    widths, errors = [32, 128, 512], []
    for m in widths:
        found = finite_kernels(hidden, m, e=40)
        deviation = found - torch.stack([limit.conjugate, limit.ntk()]).unsqueeze(1)
        errors.append(deviation.square().mean(dim=(2, 3)).sqrt().T)
    standard_error = found.std(dim=1) / math.sqrt(40)
    assert (deviation.mean(dim=1).abs() < 4 * standard_error).all()
    for by_width in torch.stack(errors).unbind(2):
        slope = exponent(widths, by_width.T.numpy())
        assert slope.low - 0.05 < -0.5 < slope.high + 0.05
        assert slope.high - slope.low < 0.2


def test_each_layer_converges_at_unequal_widths_and_so_do_biases() -> None:
    e, m1, m2 = 60, 300, 600
    net = init_three_layer([stream(7, i) for i in range(e)], d=4, m1=m1, m2=m2, init_scale=0.7)
    x, limit = POINTS.expand(e, -1, -1), relu_network(POINTS, hidden_layers=2, init_scale=0.7)
    layers = hidden_layers(net, x)
    for layer, (name, width) in enumerate((("W", m1), ("V", m2))):
        weights = ntk(net, x, trained=(name,)) / width
        signals = layers[layer].signals[:, :, 0]
        biases = signals @ signals.mT / width
        for found, expected in ((weights, limit.weights), (biases, limit.biases)):
            standard_error = found.std(dim=0) / math.sqrt(e)
            assert ((found.mean(dim=0) - expected[layer]).abs() < 4 * standard_error).all()
            assert (standard_error < 0.05 * expected[layer].abs() + 1e-3).all()
    both = limit.weights.sum(dim=0) + limit.biases.sum(dim=0)
    torch.testing.assert_close(limit.ntk(trained_bias=True), both)


def test_the_deep_networks_of_the_slides_converge() -> None:
    e, m, x = 40, 300, POINTS.expand(40, -1, -1)
    net = init_deep([stream(8, key) for key in range(e)], d=4, m=m, depth=4)
    limit = relu_network(POINTS, hidden_layers=4, weight_variance=2.0, bias_variance=0.0)
    for found, expected in ((ntk(net, x) / m, limit.ntk()), (conjugate(net, x), limit.conjugate)):
        standard_error = found.std(dim=0) / math.sqrt(e)
        assert ((found.mean(dim=0) - expected).abs() < 4 * standard_error).all()
        assert (standard_error < 0.06 * expected).all()


@given(
    seed=st.integers(0, 999),
    hidden=st.integers(1, 4),
    bias=st.floats(0, 2),
    scale=st.floats(0.1, 2),
)
def test_kernels_are_symmetric_positive_and_quadratic_in_the_initial_scale(
    seed: int, hidden: int, bias: float, scale: float
) -> None:
    x = torch.randn(6, 3, generator=stream(seed), dtype=torch.float64)
    plain = relu_network(x, hidden_layers=hidden, bias_variance=bias)
    scaled = relu_network(x, hidden_layers=hidden, bias_variance=bias, init_scale=scale)
    for K in (plain.conjugate, plain.ntk(), plain.ntk(trained_bias=True), *plain.weights):
        torch.testing.assert_close(K, K.mT)
        assert torch.linalg.eigvalsh(K)[0] > -1e-7 * K.diagonal().sum()
    torch.testing.assert_close(scaled.weights, scale**2 * plain.weights)
    torch.testing.assert_close(scaled.conjugate, plain.conjugate)


def test_rectangles_are_blocks_of_squares() -> None:
    both = torch.cat([X, X2])
    for kernel in (
        lambda *x: relu_network(*x, hidden_layers=3).ntk(),
        arcsin,
        lambda *x: gaussian(*x, width=0.8),
        lambda *x: polynomial(*x, degree=3),
    ):
        torch.testing.assert_close(kernel(X, X2), kernel(both)[: len(X), len(X) :])


def test_gaussian_and_polynomial_kernels_are_those_of_scikit_learn() -> None:
    rbf = rbf_kernel(X, X2, gamma=1 / (2 * 0.8**2))
    torch.testing.assert_close(gaussian(X, X2, width=0.8), torch.from_numpy(rbf))
    poly = polynomial_kernel(X, X2, degree=3, gamma=1, coef0=0.5)
    torch.testing.assert_close(polynomial(X, X2, degree=3, offset=0.5), torch.from_numpy(poly))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu_network(X, hidden_layers=0), "hidden_layers >= 1.*got 0, 1.0, 1.0 and 1.0"),
        (lambda: relu_network(X, hidden_layers=1, weight_variance=0), "weight_variance > 0"),
        (lambda: relu_network(X, hidden_layers=1, bias_variance=-1), "bias_variance >= 0"),
        (lambda: relu_network(X, hidden_layers=1, init_scale=0), "init_scale > 0"),
        (lambda: relu_network(0 * X, hidden_layers=1, bias_variance=0), "at 0 needs a bias"),
        (lambda: arcsin(X, weight_variance=-1), "weight_variance > 0.*got -1 and 1.0"),
        (lambda: gaussian(X, width=0), "must be positive, got 0"),
        (lambda: polynomial(X, degree=0), "degree >= 1 and offset >= 0, got 0 and 1.0"),
        (lambda: polynomial(X, degree=2, offset=-1), "got 2 and -1"),
    ],
)
def test_bad_numbers_are_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
