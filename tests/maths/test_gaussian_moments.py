"""Lemma A.7: the recursion against quadrature, the closed forms, and the bound."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from ovp_lib.maths.gaussian_moments import moments_beyond, tail_bound

THRESHOLDS = (-2.0, -0.3, 0.0, 0.7, 2.5)


@pytest.mark.parametrize("b", THRESHOLDS)
def test_the_recursion_gives_the_integrals(b: float) -> None:
    def integrand(a: float, i: int) -> float:
        return a**i * math.exp(-(a**2) / 2) / math.sqrt(2 * math.pi)

    expected = [quad(integrand, b, math.inf, args=(i,), epsabs=1e-13)[0] for i in range(11)]
    np.testing.assert_allclose(moments_beyond(b, 10), expected, rtol=1e-8)


@pytest.mark.parametrize("b", THRESHOLDS)
def test_the_closed_forms_of_the_lemma_agree(b: float) -> None:
    def double(n: int) -> int:
        return math.prod(range(n, 1, -2))

    found = moments_beyond(b, 9)
    for i in range(1, 10):
        first = double(i - 1) * found[0] if i % 2 == 0 else 0.0
        powers = range((i + 1) % 2, i, 2)
        closed = first + found[1] * sum(double(i - 1) / double(j) * b**j for j in powers)
        assert found[i] == pytest.approx(closed, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("degree", range(1, 13))
def test_the_bound_holds_with_the_constant_one_half(degree: int) -> None:
    ratios = [
        moments_beyond(b, degree)[degree] / tail_bound(b, degree) for b in np.linspace(0, 9, 91)
    ]
    largest = 0.5 if degree % 2 == 0 else 1 / math.sqrt(2 * math.pi)  # at b = 0
    assert max(ratios) == pytest.approx(largest)


def test_what_is_out_of_range_is_refused() -> None:
    assert len(moments_beyond(1.0, 0)) == 1
    with pytest.raises(ValueError, match="at least 0"):
        moments_beyond(1.0, -1)
    for b, degree in ((-0.1, 1), (1.0, 0)):
        with pytest.raises(ValueError, match="threshold"):
            tail_bound(b, degree)
