import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from ovp_lib.maths import complexity
from ovp_lib.maths.smooth import SmoothFunction, parse
from ovp_lib.proofs import indicator
from ovp_lib.proofs.hermite_indicator import HermiteIndicator
from ovp_lib.proofs.minimal_sup import least_sup_indicator

PHIS = ("z", "z^2", "z^3", "sin(2z)", "cos(2z)", "exp(z)", "tanh(z)", "sigmoid(2z)")
X1 = torch.linspace(-1, 1, 41, dtype=torch.float64)
MAKERS = {"paper": indicator.taylor_indicator, "least norm": indicator.least_norm_indicator}


def taylor(phi: SmoothFunction, degree: int, x: torch.Tensor) -> torch.Tensor:
    return sum(float(c) * x**i for i, c in enumerate(phi.coefficients(degree)))  # type: ignore


def brute(h: indicator.Indicator, x1: float, breaks: list[float]) -> float:
    """E[1{alpha >= -b0} h] as a double integral over (alpha1, b0), P(open) as a normal CDF.

    Independent of Mehler's formula and of the order of integration that the library uses.
    """
    unit, weight = np.polynomial.legendre.leggauss(14)

    def nodes(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = np.unique(ends)
        half = np.diff(ends)[:, None] / 2
        return ((ends[:-1, None] + half) + half * unit).ravel(), (half * weight).ravel()

    b, wb = nodes(np.concatenate([np.linspace(-8, 8, 17), breaks]))
    s = math.sqrt(1 - x1 * x1)
    a, wa = nodes(np.concatenate([np.linspace(-13, 13, 53)]))
    h_values = h(torch.from_numpy(a)[:, None], torch.from_numpy(b)[None, :]).numpy()
    opened = stats.norm.cdf((b + x1 * a[:, None]) / s)
    return float((wa * stats.norm.pdf(a)) @ (h_values * opened) @ (wb * stats.norm.pdf(b)))


def test_coefficients_to_twelve_digits_against_exact_arithmetic() -> None:
    """p'_i up to i = 40 by integrating the exact power series of h_{i-1}(b) with mpmath."""
    with mpmath.workdps(60):
        for i in range(1, 41):
            lower = Fraction(-1, 2 * i) if i % 2 else Fraction(0)
            total = mpmath.mpf(0)
            for m in range((i - 1) // 2 + 1):
                k = i - 1 - 2 * m
                c = Fraction((-1) ** m * math.factorial(i - 1))
                c /= math.factorial(m) * math.factorial(k) * 2**m
                part = mpmath.quad(
                    lambda b, k=k: b**k * mpmath.exp(-b * b),
                    [mpmath.mpf(lower.numerator) / lower.denominator, mpmath.mpf(1) / (2 * i)],
                )
                total += mpmath.mpf(c.numerator) / c.denominator * part
            expected = total / (2 * mpmath.pi)
            got = indicator.indicator_coefficient(i)
            assert abs(got - expected) <= 1e-12 * abs(expected), i


def test_lemma_a6_the_papers_form_of_p_equals_hermites() -> None:
    """The printed sums with gamma binomials are h_{i-1}(b) exp(-b^2/2)/sqrt(2 pi)."""
    for i in range(1, 13):
        for b in (-0.4, 0.1, 1.3):
            printed = sum(
                (-1) ** ((i - 1 - r) // 2)
                / math.prod(range(r, 0, -2))
                * special.binom(i / 2 - 1, (i - 1 - r) / 2)
                * b**r
                for r in range(1 - i % 2, i, 2)
            )
            double_factorial = math.prod(range(i - 1, 0, -2))
            value = double_factorial * math.exp(-b * b / 2) / math.sqrt(2 * math.pi) * printed
            mehler = special.eval_hermitenorm(i - 1, b) * stats.norm.pdf(b)
            assert value == pytest.approx(mehler, rel=1e-10, abs=1e-12), (i, b)


def test_claim_c1_lower_bound() -> None:
    for i in range(1, 41):
        bound = math.prod(range(i - 1, 0, -2)) / (200 * i * i)
        assert abs(indicator.indicator_coefficient(i)) >= bound


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("clip", [None, 4.0])
@pytest.mark.parametrize("x1", [-0.97, -0.3, 0.0, 0.6, 0.93])
def test_expectation_is_the_double_integral(maker: str, clip: float | None, x1: float) -> None:
    h = MAKERS[maker](parse("poly(0.3,-1,0.5,0.7,-0.4,0.2)"), 5, clip)
    breaks = [sign * 0.5 / i for i in range(1, 6) for sign in (-1, 1)]
    got = h.expectation(torch.tensor([x1], dtype=torch.float64)).item()
    assert got == pytest.approx(brute(h, x1, breaks), abs=1e-10)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", PHIS)
def test_without_a_clip_the_expectation_is_the_taylor_polynomial(maker: str, name: str) -> None:
    phi = parse(name)
    for degree in (3, 14, 40):
        got = MAKERS[maker](phi, degree).expectation(X1)
        torch.testing.assert_close(got, taylor(phi, degree, X1), rtol=0, atol=1e-11)


@given(coefficients=st.lists(st.floats(-2, 2), min_size=1, max_size=7))
def test_any_reader_given_polynomial_is_represented(coefficients: list[float]) -> None:
    phi = parse(f"poly({','.join(f'{c:.6f}' for c in coefficients)})")
    degree = len(coefficients) - 1
    h = indicator.taylor_indicator(phi, degree, 8.0)
    torch.testing.assert_close(h.expectation(X1), phi(X1), rtol=0, atol=1e-5)


def test_the_expectation_by_sampling() -> None:
    """Direct simulation of Lemma 6.3a, alpha1 and beta1 drawn, within 5 standard errors."""
    rng = torch.Generator().manual_seed(3)
    h = indicator.taylor_indicator(parse("z^3"), 3, 4.0)
    alpha1, beta1, b0 = torch.randn(3, 400_000, generator=rng, dtype=torch.float64)
    for x1 in (-0.8, 0.1, 1.0):
        gate = alpha1 * x1 + beta1 * math.sqrt(1 - x1 * x1) + b0 >= 0
        values = gate * h(alpha1, b0)
        error = values.std().item() / math.sqrt(len(values))
        exact = h.expectation(torch.tensor([x1], dtype=torch.float64)).item()
        assert abs(values.mean().item() - exact) < 5 * error


@pytest.mark.parametrize("maker", MAKERS)
def test_sup_lipschitz_and_second_moment_on_a_fine_grid(maker: str) -> None:
    h = MAKERS[maker](parse("sin(2z)"), 7, 4.0)
    a = torch.linspace(-6, 6, 1601, dtype=torch.float64)
    b = torch.linspace(-6, 6, 1201, dtype=torch.float64) + 1e-5
    values = h(a[:, None], b[None, :])
    assert values.abs().max() <= h.sup() * (1 + 1e-12)
    assert values.abs().max().item() == pytest.approx(h.sup(), rel=2e-2)
    slopes = values.diff(dim=0).abs().max().item() / (a[1] - a[0]).item()
    assert slopes <= h.lipschitz() * (1 + 1e-9)
    assert slopes == pytest.approx(h.lipschitz(), rel=2e-2)
    law = stats.norm.pdf(a) * (a[1] - a[0]).item(), stats.norm.pdf(b) * (b[1] - b[0]).item()
    moment = law[0] @ values.square().numpy() @ law[1]
    assert moment == pytest.approx(h.second_moment(), rel=2e-2)
    fourth = law[0] @ (values.numpy() ** 4) @ law[1]
    assert fourth == pytest.approx(h.moment(4), rel=3e-2)


def test_second_moment_without_clip_in_closed_form() -> None:
    """Orthogonality: E[h^2] = 4 c_0^2 + sum_i (c'_i)^2 i! P(q_i)."""
    phi = parse("poly(0.5,1,-2,0.7)")
    expected = 4 * 0.25
    for i, c in enumerate((1.0, -2.0, 0.7), start=1):
        q = stats.norm.cdf(0.5 / i) - (stats.norm.cdf(-0.5 / i) if i % 2 else 0.5)
        expected += (c / indicator.indicator_coefficient(i)) ** 2 * math.factorial(i) * q
    got = indicator.taylor_indicator(phi, 3).second_moment()
    assert got == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", PHIS)
def test_no_exact_h_has_a_smaller_second_moment(name: str) -> None:
    """Below the paper's h, and below itself plus anything that represents zero."""
    phi = parse(name)
    best, paper = (make(phi, 6) for make in (MAKERS["least norm"], MAKERS["paper"]))
    assert best.second_moment() <= paper.second_moment()
    for mix in (-0.2, 0.1, 0.5):

        def mixed(a: torch.Tensor, b: torch.Tensor, mix: float = mix) -> torch.Tensor:
            return best(a, b) + mix * (paper(a, b) - best(a, b))

        x, w = np.polynomial.legendre.leggauss(200)
        x, w = torch.from_numpy(11 * x), torch.from_numpy(11 * w)
        w = w * torch.from_numpy(stats.norm.pdf(x))
        moment = (w @ mixed(x[:, None], x[None, :]).square() @ w).item()
        assert moment >= best.second_moment() * (1 - 1e-2)


def test_unclipped_h_is_unbounded_and_says_so() -> None:
    h = indicator.taylor_indicator(parse("z^2"), 2)
    assert (h.sup(), h.lipschitz()) == (math.inf, math.inf)
    linear = indicator.taylor_indicator(parse("z"), 1)
    assert linear.sup() == math.inf
    assert linear.lipschitz() == pytest.approx(1 / indicator.indicator_coefficient(1))
    constant = indicator.taylor_indicator(parse("poly(2)"), 0)
    assert (constant.sup(), constant.lipschitz()) == (4.0, 0.0)


def test_every_kind_keeps_the_same_interface() -> None:
    phi = parse("sin(2z)")
    kinds: list[indicator.Indicator] = [make(phi, 7, 5.0) for make in MAKERS.values()]
    for h in (*kinds, least_sup_indicator(phi, 0.02, cells=12)):
        assert isinstance(h, indicator.Indicator)
        point = torch.tensor(0.3, dtype=torch.float64)
        grid = h(torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None], point.expand(1, 3))
        assert grid.shape == (5, 3)
        assert h.second_moment() <= h.sup() ** 2
        error = (h.expectation(X1) - phi(X1)).abs().max()
        assert error < 0.025
        with pytest.raises(ValueError, match=r"x1 must lie in \[-1, 1\], got 1.5"):
            h.expectation(torch.tensor([0.0, 1.5], dtype=torch.float64))


@pytest.mark.parametrize(
    ("name", "degree", "clip", "message"),
    [
        ("sin(2z)", -1, 4.0, r"degree must lie in \[0, 100\].*got -1"),
        ("sin(2z)", 101, 4.0, r"float64 carries no more\), got 101"),
        ("tanh(2z)", 5, 4.0, r"converges only for \|z\| < 0.785"),
        ("sin(2z)", 5, 0.0, "clip must be positive"),
        ("sin(2z)", 5, (4.0, 4.0), "one number or one for each of 6 degrees"),
    ],
)
def test_bad_input_is_refused(name, degree, clip, message) -> None:
    for make in MAKERS.values():
        with pytest.raises(ValueError, match=message):
            make(parse(name), degree, clip)


def test_coefficients_and_clips_refuse_bad_input() -> None:
    with pytest.raises(ValueError, match=r"degree must lie in \[1, 100\]"):
        indicator.indicator_coefficient(0)
    with pytest.raises(ValueError, match=r"eps must lie in \(0, 1\), got 1"):
        indicator.paper_clip(3, 1.0)
    assert indicator.paper_clip(2, math.exp(-4)) == (math.inf, 120, 100 * math.sqrt(2) + 20)


def test_the_papers_bounds_hold_with_the_papers_constant() -> None:
    """E[h^2] <= C_s^2, and sup and Lipschitz constant <= C_eps, at C* = 1e4."""
    for name in PHIS:
        phi = parse(name)
        h = indicator.taylor_indicator(phi, 8, indicator.paper_clip(8, 0.01))
        assert 0.5 * math.log(h.second_moment()) <= complexity.log_c_s(phi)
        width = complexity.log_c_eps(phi, 0.01, degree=8)
        assert math.log(max(h.sup(), h.lipschitz())) <= width


def test_a_clip_per_degree_is_used_degree_by_degree() -> None:
    h = indicator.taylor_indicator(parse("poly(0,1,1)"), 2, (math.inf, 1.0, 2.0))
    assert isinstance(h, HermiteIndicator)
    a = torch.tensor([0.5, 1.5, 3.0], dtype=torch.float64)
    inner = h.inner(a)
    assert inner[1].tolist() == [0.5, 1.0, 1.0]
    expected = (torch.tensor([0.25, 2.25, 4.0], dtype=torch.float64) - 1) / math.sqrt(2)
    torch.testing.assert_close(inner[2], expected)
    torch.testing.assert_close(h.slope(a)[1], torch.tensor([1.0, 0, 0], dtype=torch.float64))
