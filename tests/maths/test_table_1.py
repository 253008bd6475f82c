import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths.table_1 import Table1


@given(m1=st.integers(2, 10**6), m2=st.integers(2, 10**6), c0=st.floats(0.1, 100))
def test_the_radii_and_the_regulariser_fit_as_the_proofs_use_them(
    m1: int, m2: int, c0: float
) -> None:
    t = Table1(m1=m1, m2=m2, eps0=0.01, c0=c0)
    # W*, V* of (C.33): rows of at most C_0 / m1^(1 - w') and m1^(1/2 - v') / m2.
    w_star = (m1 * (c0 / m1 ** (1 - 0.005)) ** 4) ** 0.25
    v_star = math.sqrt(m2) * m1 ** (0.5 - 0.005) / m2
    assert w_star == pytest.approx(t.tau_w_prime)
    assert v_star == pytest.approx(t.tau_v_prime)
    assert t.lam_w * w_star**4 == pytest.approx(0.01)
    assert t.lam_v * v_star**2 == pytest.approx(0.01)
    assert t.tau_v_prime <= t.tau_v <= math.sqrt(m1 / m2)
    assert t.tau_w == pytest.approx(m1**-0.74)
    assert t.sigma_w == pytest.approx(t.tau_w / m1**0.25)
    assert t.sigma_v * m2**1.5 == pytest.approx(m2 ** (1 - 0.01))
    assert t.candidates == 10_000


def test_the_width_from_which_the_radii_fit() -> None:
    assert Table1(m1=2, m2=2, eps0=0.01, c0=0.5).log_least_width == 0
    Table1(m1=2, m2=2, eps0=0.01).require_width()
    t = Table1(m1=1000, m2=10, eps0=0.01, c0=10.0)
    assert t.log_least_width == pytest.approx(200 * math.log(10))
    with pytest.raises(ValueError, match=r"exceeds tau_w .* that takes m1 >= 10\^200"):
        t.require_width()
    Table1(m1=1000, m2=10, eps0=0.01, c0=1.03).require_width()
    assert Table1(m1=9, m2=9, eps0=0.01, c0=2.0, w=0.005).log_least_width == math.inf


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eps0": 0.02}, r"eps0 in \(0, 1/100\], got 0.02"),
        ({"eps0": 0.0}, r"eps0 in \(0, 1/100\]"),
        ({"gamma": 0.3}, r"gamma in \(0, 1/4\], got 0.3"),
        ({"gamma": 0.0}, r"gamma in \(0, 1/4\]"),
        ({"m1": 1}, "widths m1, m2 >= 2 and c0 > 0, got 1, 9 and 1"),
        ({"c0": math.inf}, "c0 > 0"),
        ({"v": 0.0}, r"tau'_v <= tau_v < sqrt\(m1 / m2\), got v = 0.0"),
        ({"v": 0.01}, "got v = 0.01 and v_prime = 0.005"),
        ({"v_prime": 0.5}, "v_prime < 1/2"),
        ({"w_prime": 0.02}, "got w_prime = 0.02 and w = 0.01"),
        ({"w": 0.2}, r"m1\^\(-9/16\) \(Lemma 6.11\)"),
        ({"s": 0.0}, r"sigma_v < 1 / sqrt\(m2\) \(Lemmas 6.10, 6.12\), got s = 0"),
        ({"s": 1.6}, "0 < s <= 3/2"),
    ],
)
def test_what_the_proofs_do_not_allow_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Table1(**({"m1": 9, "m2": 9, "eps0": 0.01} | change))
