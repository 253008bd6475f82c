import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths.complexity import (
    log_c_eps,
    log_c_s,
    smallest_c_star,
    truncation_degree,
    width_complexities,
)
from ovp_lib.maths.smooth import parse

NAMES = ["z", "z^3", "poly(1,-2,0.5)", "exp(z)", "sin(2z)", "cos(3z)"]


def slow_c_eps(name: str, eps: float, R: float, c_star: float, terms: int = 400) -> mpmath.mpf:
    c = parse(name).coefficients(terms)
    spread = mpmath.sqrt(mpmath.log(1 / mpmath.mpf(eps)))
    total = mpmath.mpf(0)
    for i, c_i in enumerate(c):
        first = mpmath.mpf(c_star * R) ** i
        second = (spread / mpmath.sqrt(i) * c_star * R) ** i if i else 1
        total += (first + second) * abs(c_i)
    return total


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("eps", "R", "c_star"), [(0.1, 1.0, 1.0), (1e-6, 0.5, 3.0), (0.3, 2.0, 5.0)]
)
def test_c_eps_against_the_sum_as_printed(name: str, eps: float, R: float, c_star: float) -> None:
    expected = float(mpmath.log(slow_c_eps(name, eps, R, c_star)))
    assert log_c_eps(parse(name), eps, R, c_star=c_star) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", [*NAMES, "tanh(z)", "sigmoid(z)"])
@pytest.mark.parametrize(("R", "c_star"), [(1.0, 1.0), (0.5, 7.0)])
def test_c_s_against_the_sums_as_printed(name: str, R: float, c_star: float) -> None:
    """With the power of Going Beyond Two Layers, and with that of What Can ResNet Learn."""
    c, phi = parse(name).coefficients(400), parse(name)
    first, resnet = log_c_s(phi, R, c_star=c_star), log_c_s(phi, R, c_star=c_star, power=1)
    for got, power in ((first, 1.75), (resnet, 1.0)):
        expected = c_star * sum((i + 1) ** power * R**i * abs(c_i) for i, c_i in enumerate(c))
        assert got == pytest.approx(math.log(expected), rel=1e-10)


@pytest.mark.parametrize("name", ["exp(z)", "sin(z)", "cos(2z)", "z^2", "poly(0,1,0,-3)"])
def test_example_2_1_entire_functions_have_c_eps_of_order_less_than_1_over_eps(name: str) -> None:
    """C_eps = o(1/eps): log C_eps / log(1/eps) keeps falling, here below one at C* = 1."""
    phi = parse(name)
    orders = [log_c_eps(phi, eps, c_star=1.0) / math.log(1 / eps) for eps in (1e-3, 1e-30, 1e-300)]
    assert orders[0] > orders[1] > orders[2]
    assert orders[2] < 0.05


def test_example_2_1_holds_at_the_papers_constant_only_for_absurd_eps() -> None:
    """At C* = 10^4 even eps = 1e-300 leaves C_eps(sin, 1) above 1/eps."""
    assert log_c_eps(parse("sin(z)"), 1e-300) > math.log(1e300)


@pytest.mark.parametrize("name", ["tanh(z)", "sigmoid(z)"])
def test_example_2_1_truncated_series(name: str) -> None:
    """Truncated at degree Theta(log 1/eps): C_eps <= poly(1/eps), C_s <= O(1)."""
    phi = parse(name)
    accuracies = np.array([1e-2, 1e-4, 1e-8, 1e-12])
    degrees = np.array([truncation_degree(phi, eps) for eps in accuracies])
    slope = np.polyfit(np.log(1 / accuracies), degrees, 1)[0]
    assert slope == pytest.approx(1 / math.log(phi.radius), rel=0.15)
    orders = [
        log_c_eps(phi, eps, c_star=10.0, degree=int(degree)) / math.log(1 / eps)
        for eps, degree in zip(accuracies, degrees, strict=True)
    ]
    assert max(orders) < 10
    bounds = [log_c_s(phi, c_star=1.0, degree=int(degree)) for degree in degrees]
    assert max(bounds) <= log_c_s(phi, c_star=1.0)


def test_beyond_the_radius_the_series_diverges() -> None:
    assert log_c_eps(parse("tanh(z)"), 0.1, c_star=10.0) == math.inf
    assert log_c_s(parse("tanh(2z)")) == math.inf


def test_both_readings_of_c_eps() -> None:
    """They agree for a polynomial; a series that is cut is smaller, and finite where it can be."""
    names = ("z^2", "sin(2z)", "tanh(z)", "tanh(3z)")
    whole, cut = width_complexities([parse(name) for name in names], 0.01, c_star=100.0).values()
    assert cut[0] == whole[0] == log_c_eps(parse("z^2"), 0.01, c_star=100.0) / math.log(10)
    degree = truncation_degree(parse("sin(2z)"), 0.01)
    expected = slow_c_eps("sin(2z)", 0.01, 1.0, 100.0, terms=degree)
    assert cut[1] == pytest.approx(float(mpmath.log10(expected)))
    assert whole[1] == log_c_eps(parse("sin(2z)"), 0.01, c_star=100.0) / math.log(10)
    assert cut[1] < whole[1]
    assert whole[2:] == [math.inf, math.inf]
    assert math.isfinite(cut[2])
    assert cut[3] == math.inf


def test_c_s_is_not_always_below_c_eps() -> None:
    """Errata: "It is always true that C_s <= C_eps" fails at low degree by a constant."""
    constant = parse("poly(1)")
    assert log_c_s(constant) - log_c_eps(constant, 0.1) == pytest.approx(math.log(1e4 / 2))
    linear = parse("z")
    assert log_c_s(linear) > log_c_eps(linear, 0.1)
    assert log_c_s(linear) < log_c_eps(linear, 0.001)
    assert log_c_s(parse("sin(z)")) < log_c_eps(parse("sin(z)"), 0.1)


@given(R=st.floats(0.1, 3.0), c_star=st.floats(0.5, 100.0), factor=st.floats(1.01, 3.0))
def test_complexities_grow_with_radius_and_constant(R: float, c_star: float, factor: float) -> None:
    phi = parse("sin(2z)")
    assert log_c_s(phi, R * factor, c_star=c_star) > log_c_s(phi, R, c_star=c_star)
    assert log_c_eps(phi, 0.1, R * factor, c_star=c_star) > log_c_eps(phi, 0.1, R, c_star=c_star)
    gained = log_c_s(phi, R, c_star=c_star * factor) - log_c_s(phi, R, c_star=c_star)
    assert gained == pytest.approx(math.log(factor))


@pytest.mark.parametrize("name", ["exp(z)", "sin(3z)", "tanh(z)"])
@pytest.mark.parametrize("eps", [0.3, 1e-3, 1e-9])
def test_truncation_degree_is_the_smallest(name: str, eps: float) -> None:
    phi, tail = parse(name), lambda n: np.abs(parse(name).coefficients(800))[n + 1 :].sum()
    degree = truncation_degree(phi, eps)
    assert tail(degree) <= eps * (1 + 1e-6)
    assert tail(degree - 1) > eps * (1 - 1e-6)


def test_bad_arguments_are_named() -> None:
    phi = parse("z")
    with pytest.raises(ValueError, match=r"eps must lie in \(0, 1\), got 1.5"):
        log_c_eps(phi, 1.5)
    with pytest.raises(ValueError, match="R must be positive and finite, got -1"):
        log_c_s(phi, -1.0)
    with pytest.raises(ValueError, match="c_star must be positive"):
        log_c_s(phi, c_star=math.inf)
    with pytest.raises(ValueError, match=r"radius 0\.785"):
        truncation_degree(parse("tanh(2z)"), 0.1)


def test_smallest_c_star_inverts_a_bound_and_knows_its_limits() -> None:
    phi = parse("sin(2z)")

    def width(c_star: float) -> float:
        return log_c_eps(phi, 0.01, c_star=c_star)

    assert smallest_c_star(width, width(37.0)) == pytest.approx(37.0, rel=1e-5)
    constant = parse("poly(3)")  # C_eps = 2 |c_0| whatever C* is
    for size, expected in ((5.9, 0.0), (6.1, math.inf)):
        got = smallest_c_star(lambda c: log_c_eps(constant, 0.01, c_star=c), math.log(size))
        assert got == expected
