import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths import complexity, smooth
from ovp_lib.pages.theorem_1_two_layer import analysis


@given(C=st.floats(0.01, 100.0), eps=st.floats(1e-3, 1.0), p=st.integers(1, 5), k=st.integers(1, 5))
def test_the_smallest_constant_makes_the_bound_of_the_theorem_exact(
    C: float, eps: float, p: int, k: int
) -> None:
    C_s = np.array([0.5, 3.0])
    samples = (C * C_s) ** 2 * k**3 * p**2 / eps**2
    found = analysis.smallest_constant([[eps, eps]], [samples], C_s, p=p, k=k)
    np.testing.assert_allclose(found, C)


def test_only_what_every_seed_has_learned_counts() -> None:
    constants = np.array([[1.0, 5.0, 9.0], [2.0, 1.0, math.inf]])
    assert analysis.over_learned(constants, [True, True, False]).tolist() == [5.0, 2.0]
    assert np.isnan(analysis.over_learned(constants, [False] * 3)).all()


def test_the_table_of_complexities_says_what_was_not_learned() -> None:
    phis = {"z": smooth.parse("z"), "sin(2z)": smooth.parse("sin(2z)")}
    table = analysis.complexities(phis, [[10.0, 50.0], [30.0, math.inf]], [[0.1, 0.2]] * 2, 0.1)
    assert list(table.index) == ["z", "sin(2z)"]
    assert table["samples (median)"].tolist() == ["20", "inf"]
    assert table["smallest C*"].tolist() == ["0.1", "too few steps"]
    expected = math.exp(complexity.log_c_s(phis["sin(2z)"], c_star=1.0))
    assert float(table.loc["sin(2z)", "C_s at C* = 1"]) == pytest.approx(expected, rel=1e-2)
    assert len(table.columns) == 5


def test_the_theorem_stands_beside_the_run() -> None:
    phi, sizes = smooth.parse("sin(2z)"), analysis.Sizes(p=2, k=1, m=400, steps=100)
    run = {"steps": 7, "flips": "0.1", "gap": "0.2"}
    tau = 0.01
    table = analysis.theorem_beside_run(
        phi, sizes, eps=0.1, absolute_eps=0.05, tau=tau, eps_a=0.1, run=run
    )
    assert table["run"].tolist() == ["0.05", 7, 400, "0.1", "0.2"]
    assert float(table.loc["sign changes, τ√(km)", "theorem"]) == pytest.approx(tau * 20)
    gap = 0.1 * tau**2 * 400**1.5
    assert float(table.loc["|f − g|, ε_a k τ² m^1.5", "theorem"]) == pytest.approx(gap, rel=0.05)
    steps = table.loc["steps T = C_s² k³ p²/ε²", "theorem"]
    log_steps = 2 * complexity.log_c_s(phi) / math.log(10) + math.log10(4 / 0.05**2)
    assert steps == f"10^{log_steps:.1f}"


def test_only_the_last_step_of_each_width_is_taken() -> None:
    tables = {
        m: pd.DataFrame({"step": [1, 1, 2, 2], "member": [0, 1, 0, 1], "x": [9, 9, m, m + 1]})
        for m in (10, 20)
    }
    assert analysis.at_the_end(tables, "x", [20, 10]).tolist() == [[20, 10], [21, 11]]
