"""A symbol is found in the formulas that use it, and in no other."""

import pytest

from ovp_lib.lab.book.tex import uses


@pytest.mark.parametrize(
    ("formula", "symbol"),
    [
        ("m", "m"),
        (r"N^{-1/2}", "N"),
        (r"\norm{W'}_{2,4} \le \tau_w", r"\tau_w"),
        (r"F(x; W) = 0", r"F(x;W)"),
        (r"\mathcal F(x)", r"\mathcal F"),
        (r"C^\star = 10^4", r"C^\star"),
        (r"d^{k/2}", "k"),
        (r"\tfrac12 k \alpha^2", "k"),
    ],
)
def test_a_use_is_found(formula: str, symbol: str) -> None:
    assert uses(formula, symbol)


@pytest.mark.parametrize(
    ("formula", "symbol"),
    [
        (r"\norm{x}", "m"),
        ("m_1", "m"),
        ("W'", "W"),
        (r"C^\star", "C"),
        (r"g_r^{(b)}", "g_r"),
        ("x_m", "m"),
        (r"x_{m, n}", "m"),
        (r"\mathcal F", "F"),
        (r"\mathrm{poly}(k, p)", "y"),
        ("", "m"),
    ],
)
def test_what_only_looks_like_one_is_not(formula: str, symbol: str) -> None:
    assert not uses(formula, symbol)
