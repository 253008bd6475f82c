import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, sphere, stream
from ovp_lib.proofs import carriers
from ovp_lib.proofs.indicator import least_norm_indicator


def first_layer(m: int, d: int = 4, key: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    normal = torch.randn(m, d + 1, generator=stream(1, key), dtype=torch.float64) / math.sqrt(m)
    return normal[:, :-1], normal[:, -1]


def test_features_neuron_by_neuron() -> None:
    W, b = first_layer(5)
    x = padded_sphere(4)(3, stream(2))
    F = carriers.features(W, b, x)
    for n in range(3):
        for r in range(5):
            z = float(W[r] @ x[n] + b[r])
            assert F[n, r].item() == pytest.approx(max(z, 0.0), abs=1e-14)


def test_the_least_norm_carrier_is_the_pseudo_inverse() -> None:
    """Blocks of neurons change nothing, and the ridge next to nothing."""
    W, b = first_layer(60)
    x = padded_sphere(4)(7, stream(2))
    values = torch.randn(7, 2, generator=stream(3), dtype=torch.float64)
    expected = torch.linalg.pinv(carriers.features(W, b, x)) @ values
    for block in (60, 13):
        u = carriers.least_norm_carrier(W, b, x, values, ridge=1e-12, block=block)
        torch.testing.assert_close(u.T, expected, rtol=1e-5, atol=1e-7)


def test_a_ridge_shortens_the_carrier() -> None:
    W, b = first_layer(60)
    x = padded_sphere(4)(7, stream(2))
    values = torch.randn(7, 1, generator=stream(3), dtype=torch.float64)
    sizes = [
        float(carriers.least_norm_carrier(W, b, x, values, ridge=ridge).norm())
        for ridge in (1e-8, 1e-4, 1e-2)
    ]
    assert sizes == sorted(sizes, reverse=True)
    F = carriers.features(W, b, x)
    K = F @ F.T
    K = K + 1e-2 * K.diagonal().mean() * torch.eye(7, dtype=K.dtype)
    assert sizes[-1] == pytest.approx(float((F.T @ torch.linalg.solve(K, values)).norm()))


def test_the_closed_form_carries_phi() -> None:
    """Within five standard errors at each point, and with the norm that is said."""
    phi, draws = parse("sin(z)"), 30
    h = least_norm_indicator(phi, 5)
    direction = torch.nn.functional.pad(sphere(3)(1, stream(4))[0], (0, 1))
    x = padded_sphere(4)(5, stream(5))
    found, sizes = [], []
    for key in range(draws):
        W, b = first_layer(2000, key=key)
        u = carriers.gate_carrier(W, b, direction, h)
        found.append(carriers.features(W, b, x) @ u)
        sizes.append(float(u.square().sum()))
    found = torch.stack(found)
    error = found.mean(dim=0) - phi(x @ direction)
    assert (error.abs() / (found.std(dim=0) / math.sqrt(draws))).max() < 5
    assert np.mean(sizes) == pytest.approx(4 * h.second_moment(), rel=0.1)


def test_the_second_layer_has_the_law_of_its_products() -> None:
    """Means and covariances within five standard errors; a column twice gives the same twice."""
    columns = torch.randn(3, 6, generator=stream(6), dtype=torch.float64)
    columns = torch.cat([columns, columns[:1]])
    m2 = 20_000
    drawn = math.sqrt(m2) * carriers.second_layer(columns, m2, stream(7))
    gram = columns @ columns.T
    covariance = drawn.T @ drawn / m2
    spread = (gram.square() + torch.outer(gram.diagonal(), gram.diagonal())).sqrt()
    assert ((covariance - gram).abs() / spread).max() < 5 / math.sqrt(m2)
    assert (drawn.mean(dim=0) / gram.diagonal().sqrt()).abs().max() < 5 / math.sqrt(m2)
    torch.testing.assert_close(drawn[:, 0], drawn[:, 3], atol=1e-7, rtol=0)
    assert stats.kstest(drawn[:, 1] / gram[1, 1].sqrt(), "norm").pvalue > 1e-3


def test_more_products_of_one_second_layer() -> None:
    """Those in the span follow from the first ones, the others have the right covariances."""
    columns = torch.randn(2, 6, generator=stream(6), dtype=torch.float64)
    mix = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
    m2 = 20_000
    products = carriers.second_layer(columns, m2, stream(7))
    again = carriers.second_layer_again(products, columns, mix @ columns, stream(8))
    torch.testing.assert_close(again, products @ mix.T, atol=1e-8, rtol=0)
    others = torch.randn(2, 6, generator=stream(9), dtype=torch.float64)
    both = torch.cat([columns, others])
    more = carriers.second_layer_again(products, columns, others, stream(8))
    drawn = math.sqrt(m2) * torch.cat([products, more], dim=1)
    gram = both @ both.T
    spread = (gram.square() + torch.outer(gram.diagonal(), gram.diagonal())).sqrt()
    assert ((drawn.T @ drawn / m2 - gram).abs() / spread).max() < 5 / math.sqrt(m2)


@pytest.mark.parametrize(("z", "size"), [(0.3, 1.0), (-0.8, 1.3), (0.6, 0.7)])
def test_the_expectation_behind_a_gate(z: float, size: float) -> None:
    """Against adaptive quadrature of h = alpha + b^2, where gates open at -size g."""

    def integrand(b: float, alpha: float) -> float:
        mean, width = size * z * alpha + b, size * math.sqrt(1 - z * z)
        weight = math.exp(-(alpha**2 + b**2) / 2) / (2 * math.pi)
        return (alpha + b * b) * weight * math.erfc(-mean / width / math.sqrt(2)) / 2

    expected, _ = integrate.dblquad(integrand, -8, 8, -8, 8, epsabs=1e-7)
    at = [torch.tensor([v], dtype=torch.float64) for v in (z, size)]
    found = carriers.behind_gate(lambda alpha, b: alpha + b * b, *at)
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_at_size_one_it_is_lemma_6_3() -> None:
    h = least_norm_indicator(parse("z^2"), 2)
    z = torch.linspace(-0.9, 0.9, 5, dtype=torch.float64)
    found = carriers.behind_gate(h, z, torch.ones_like(z))
    torch.testing.assert_close(found, z.square(), atol=1e-8, rtol=0)


def test_bad_input_is_refused() -> None:
    W, b = first_layer(5)
    x = padded_sphere(4)(3, stream(2))
    values = torch.zeros(3, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="ridge must be positive, got 0"):
        carriers.least_norm_carrier(W, b, x, values, ridge=0.0)
    with pytest.raises(ValueError, match="m2 must be at least 1, got 0"):
        carriers.second_layer(x, 0, stream(0))
