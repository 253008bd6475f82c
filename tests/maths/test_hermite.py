import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from ovp_lib.maths import hermite


def test_values_agree_with_scipys_polynomials() -> None:
    x = torch.linspace(-5, 5, 23, dtype=torch.float64)
    values = hermite.normalised(12, x)
    for i in range(13):
        expected = special.eval_hermitenorm(i, x.numpy()) / math.sqrt(math.factorial(i))
        torch.testing.assert_close(values[i], torch.from_numpy(expected), rtol=1e-11, atol=1e-12)


def test_orthonormal_under_the_normal_law_without_a_spurious_constant() -> None:
    """Definition A.5 prints sqrt(2 pi) j! for the expectation; the expectation is j!."""
    x, weight = hermite.composite(torch.linspace(-14, 14, 57, dtype=torch.float64))
    h = hermite.normalised(15, x)
    gram = (h * weight * hermite.density(x)) @ h.T
    torch.testing.assert_close(gram, torch.eye(16, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_negative_degree_is_refused() -> None:
    with pytest.raises(ValueError, match="degree must be at least 0, got -1"):
        hermite.normalised(-1, torch.zeros(1, dtype=torch.float64))


def test_density_and_distribution_are_the_normal_ones() -> None:
    x = torch.linspace(-4, 4, 9, dtype=torch.float64)
    torch.testing.assert_close(hermite.density(x), torch.from_numpy(stats.norm.pdf(x)))
    torch.testing.assert_close(hermite.distribution(x), torch.from_numpy(stats.norm.cdf(x)))


def test_composite_is_exact_for_polynomials_and_across_a_jump() -> None:
    edges = torch.tensor([-1.0, 0.3, 0.3, 2.0], dtype=torch.float64)
    x, weight = hermite.composite(edges, order=4)
    assert (weight * x**7).sum().item() == pytest.approx((2**8 - 1) / 8, rel=1e-13)
    step = torch.where(x > 0.3, 5.0, -1.0).to(x)
    assert (weight * step).sum().item() == pytest.approx(5 * 1.7 - 1.3, rel=1e-13)


@given(
    i=st.integers(0, 9),
    alpha=st.floats(-4, 4),
    x1=st.floats(-1, 1),
    clip=st.sampled_from([0.7, 2.0, 5.0, math.inf]),
)
def test_smoothing_a_clipped_polynomial(i: int, alpha: float, x1: float, clip: float) -> None:
    """E over beta of hhat_i(alpha x1 + beta s) in closed form, against adaptive quadrature."""
    s = math.sqrt(max(0.0, 1 - x1 * x1))

    def integrand(beta: float) -> float:
        t = min(max(alpha * x1 + beta * s, -clip), clip)
        return special.eval_hermitenorm(i, t) / math.sqrt(math.factorial(i)) * stats.norm.pdf(beta)

    points = [(c - alpha * x1) / s for c in (-clip, clip) if s > 0.05 and abs(c) < math.inf]
    points = [p for p in points if abs(p) < 9]
    expected = integrate.quad(integrand, -9, 9, points=points or None, limit=400)[0]
    a, x = (torch.tensor([v], dtype=torch.float64) for v in (alpha, x1))
    got = hermite.smoothed(i, a, x, clip)[i].item()
    assert got == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_bends_are_where_a_kink_is_felt() -> None:
    kinks = torch.tensor([-2.0, 2.0], dtype=torch.float64)
    ends = hermite.bends(kinks, torch.tensor([1.0, 0.5, 0.0], dtype=torch.float64))
    assert set(ends[0].tolist()) == {-2.0, 2.0}
    assert ends[1].min() < -4 < 4 < ends[1].max()
    assert ends.isnan().sum() == 0
