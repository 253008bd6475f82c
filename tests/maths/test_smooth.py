import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths.smooth import parse, polynomial

REFERENCE = {
    "sin(2z)": lambda z: mpmath.sin(2 * z),
    "cos(3z)": lambda z: mpmath.cos(3 * z),
    "exp(0.5z)": lambda z: mpmath.exp(z / 2),
    "tanh(z)": mpmath.tanh,
    "sigmoid(2z)": lambda z: 1 / (1 + mpmath.exp(-2 * z)),
    "z^3": lambda z: z**3,
    "poly(1,-2,0.5)": lambda z: 1 - 2 * z + z**2 / 2,
}


@pytest.mark.parametrize("name", REFERENCE)
def test_coefficients_are_the_taylor_coefficients(name: str) -> None:
    degree = 24
    with mpmath.workdps(60):
        expected = [float(c) for c in mpmath.taylor(REFERENCE[name], 0, degree)]
    got = parse(name).coefficients(degree)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-30)


@pytest.mark.parametrize("name", REFERENCE)
@given(share=st.floats(-0.9, 0.9))
def test_series_sums_to_the_function_inside_the_radius(name: str, share: float) -> None:
    phi = parse(name)
    z = share * min(phi.radius, 3.0)
    partial_sum = np.polynomial.polynomial.polyval(z, phi.coefficients(400))
    value = phi(torch.tensor(z, dtype=torch.float64)).item()
    assert partial_sum == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert value == pytest.approx(float(REFERENCE[name](z)), rel=1e-12, abs=1e-12)


def test_radius_of_convergence() -> None:
    assert parse("tanh(2z)").radius == pytest.approx(math.pi / 4)
    assert parse("sigmoid(z)").radius == pytest.approx(math.pi)
    assert math.isinf(parse("sin(9z)").radius)
    c = parse("tanh(z)").coefficients(201)
    assert abs(c[199] / c[201]) ** 0.5 == pytest.approx(math.pi / 2, rel=1e-6)


def test_coefficients_of_a_thousand_terms_stay_finite() -> None:
    signs, logs = parse("exp(4z)").series(100_000)
    assert np.isfinite(logs).all()
    assert (signs == 1).all()


@given(factor=st.floats(-10, 10).filter(lambda f: abs(f) > 1e-3))
def test_scaling_scales_values_and_coefficients(factor: float) -> None:
    phi = parse("tanh(z)")
    z = torch.linspace(-1, 1, 5, dtype=torch.float64)
    torch.testing.assert_close(phi.scaled(factor)(z), factor * phi(z))
    expected = factor * phi.coefficients(9)
    np.testing.assert_allclose(phi.scaled(factor).coefficients(9), expected, rtol=1e-12)


def test_polynomial_pads_and_cuts_its_coefficients() -> None:
    phi = polynomial(1.0, 2.0, 3.0)
    assert phi.coefficients(4).tolist() == pytest.approx([1, 2, 3, 0, 0])
    assert phi.coefficients(1).tolist() == pytest.approx([1, 2])
    assert phi.degree == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log(z)",
        "sin(x)",
        "sin(-2z)",
        "sin(0z)",
        "poly()",
        "poly(1,a)",
        "poly(1,inf)",
        "z^",
        "2z",
        "sin",
    ],
)
def test_what_is_no_function_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        parse(text)


@pytest.mark.parametrize("factor", [0.0, math.inf, math.nan])
def test_degenerate_scales_are_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="factor must be"):
        parse("z").scaled(factor)


def test_degree_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="degree must be at least 0, got -1"):
        parse("z").coefficients(-1)


def test_polynomial_without_finite_coefficients_is_refused() -> None:
    with pytest.raises(ValueError, match="finite coefficients"):
        polynomial(1.0, math.nan)
