import math

import pytest

from ovp_lib.maths.complexity import log_c_eps, log_c_s
from ovp_lib.maths.composed_complexity import Composed, log_c_eps_at, log_c_s_at
from ovp_lib.maths.smooth import parse

SQUARE, SINE, COSINE = (parse(name) for name in ("poly(4,-4,1)", "sin(3z)", "cos(7z)"))


@pytest.mark.parametrize("name", ["z", "poly(1,-2,0.5)", "sin(2z)", "exp(z)", "cos(3z)"])
@pytest.mark.parametrize("R", [0.3, 1.0, 2.5])
def test_radii_in_logs_are_the_radii_of_section_2(name: str, R: float) -> None:
    phi, log_R = parse(name), math.log(R)
    assert log_c_eps_at(phi, 0.01, log_R, c_star=3.0) == pytest.approx(
        log_c_eps(phi, 0.01, R, c_star=3.0), rel=1e-12
    )
    assert log_c_s_at(phi, log_R, c_star=3.0) == pytest.approx(
        log_c_s(phi, R, c_star=3.0), rel=1e-12
    )


def test_a_polynomial_at_a_radius_beyond_any_float_is_its_leading_term() -> None:
    cube, log_R = parse("poly(1,1,1,2)"), 5000.0
    assert log_c_s_at(cube, log_R, c_star=1.0) == pytest.approx(
        3 * log_R + math.log(2 * 4**1.75), rel=1e-12
    )
    second = (math.sqrt(math.log(100)) / math.sqrt(3)) ** 3
    assert log_c_eps_at(cube, 0.01, log_R, c_star=1.0) == pytest.approx(
        3 * log_R + math.log(2 * (1 + second)), rel=1e-12
    )
    assert log_c_s_at(SINE, log_R) == math.inf
    assert log_c_s_at(cube, math.inf) == math.inf


def test_theorem_2_as_printed() -> None:
    """Two terms of three functions, by the formulas of the theorem."""
    outer, inner, second = (parse("z^2"), parse("z^3")), (SINE,) * 3, (COSINE,) * 3
    target = Composed(outer, inner, second, k=2, c_star=1.0)
    inside = max(log_c_s(phi, c_star=1.0) for phi in (SINE, COSINE))
    composed = max(log_c_s_at(Phi, math.log(3) + inside, c_star=1.0) for Phi in outer)
    assert target.log_c_s() == pytest.approx(composed)
    eps = 0.01 / (2 * 2 * 9 * math.exp(composed) * math.exp(inside) ** 2)
    assert target.log_eps(0.01) == pytest.approx(math.log(eps))
    width = max(log_c_eps(phi, eps, c_star=1.0) for phi in (SINE, COSINE))
    whole = max(log_c_eps_at(Phi, eps, 0.5 * math.log(3) + width, c_star=1.0) for Phi in outer)
    assert target.log_c_eps(eps) == pytest.approx(whole)
    samples = 2 * (whole + width + math.log(math.sqrt(3) * 2 * 4 / 0.01))
    assert target.log_samples(0.01) == pytest.approx(samples)


def test_footnote_16_separates_the_factors() -> None:
    target = Composed((SQUARE,), (SINE,), (COSINE,), c_star=1.0)
    first = log_c_s_at(SQUARE, log_c_s(SINE, c_star=1.0), c_star=1.0)
    assert target.log_c_s_separated() == pytest.approx(first + log_c_s(COSINE, c_star=1.0))
    assert target.log_c_s_separated() < target.log_c_s()
    swapped = Composed((SQUARE,), (COSINE,), (SINE,), c_star=1.0)
    assert swapped.log_c_s() == pytest.approx(target.log_c_s())
    assert swapped.log_c_s_separated() > target.log_c_s_separated()
    eps_first = log_c_eps_at(SQUARE, 0.1, log_c_eps(SINE, 0.1, c_star=1.0), c_star=1.0)
    expected = eps_first + log_c_eps(COSINE, 0.1, c_star=1.0)
    assert target.log_c_eps_separated(0.1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_c_eps_at(SINE, 1.0, 0.0), r"eps must lie in \(0, 1\), got 1"),
        (lambda: log_c_eps_at(SINE, 0.1, math.nan), "radius must be a number, got nan"),
        (lambda: log_c_s_at(SINE, 0.0, c_star=0.0), "c_star must be positive and finite, got 0"),
        (lambda: Composed((), (SINE,), (SINE,)), r"need functions .* got \(0, 1, 1\)"),
        (lambda: Composed((SINE,), (SINE,), (SINE,) * 2), r"got \(1, 1, 2\)"),
        (lambda: Composed((SINE,), (SINE,), (SINE,), k=0), "and k = 0"),
        (lambda: Composed((SINE,), (SINE,), (SINE,)).log_eps(0.02), r"eps0 in \(0, 1/100\]"),
        (lambda: Composed((SINE,), (SINE,), (SINE,)).log_samples(0.0), "got 0.0"),
        (
            lambda: Composed((SINE,), (SINE,), (SINE,)).log_samples(0.01),
            r"is exp\(-inf\), too small",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
