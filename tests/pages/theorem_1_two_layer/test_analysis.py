import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths import complexity, smooth
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.models.targets import random_two_layer_target
from ovp_lib.pages.theorem_1_two_layer import analysis
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.problems import Problem
from ovp_lib.training.samples import streams


@given(C=st.floats(0.01, 100.0), eps=st.floats(1e-3, 1.0), p=st.integers(1, 5), k=st.integers(1, 5))
def test_the_smallest_constant_makes_the_bound_of_the_theorem_exact(
    C: float, eps: float, p: int, k: int
) -> None:
    C_s = np.array([0.5, 3.0])
    samples = (C * C_s) ** 2 * k**3 * p**2 / eps**2
    found = analysis.smallest_constant([[eps, eps]], [samples], C_s, p=p, k=k)
    np.testing.assert_allclose(found, C)


def test_what_some_seed_has_not_learned_is_named() -> None:
    assert analysis.not_learned(["z", "exp(z)"], [[1.0, math.inf], [2.0, 3.0]]) == "exp(z)"
    assert analysis.not_learned(["z"], [[1.0]]) == "none"


def test_the_table_of_complexities_says_what_was_not_learned() -> None:
    phis = {"z": smooth.parse("z"), "sin(2z)": smooth.parse("sin(2z)")}
    samples, absolute = [[10.0, 50.0], [30.0, math.inf]], [[0.1, 0.2], [0.3, 0.2]]
    table = analysis.complexities(phis, samples, absolute, eps=0.1, p=2, k=1)
    assert list(table.index) == ["z", "sin(2z)"]
    assert table["samples (median)"].tolist() == ["20", "inf"]
    C_s = [math.exp(complexity.log_c_s(phi, c_star=1.0)) for phi in phis.values()]
    constants = analysis.smallest_constant(absolute, samples, C_s, p=2, k=1)
    assert table["smallest C*"].tolist() == [f"{constants[:, 0].mean():.1g}", "too few steps"]
    assert float(table.loc["sin(2z)", "C_s at C* = 1"]) == pytest.approx(C_s[1], rel=1e-2)
    assert len(table.columns) == 7


@pytest.fixture
def problem() -> Problem:
    target = random_two_layer_target(smooth.parse("sin(2z)"), streams(0, 2, "target"), d=4, p=1)
    return Problem(padded_sphere(4), target, SQUARED, 0.0)


def test_the_averaged_risk_is_read_off_the_run(problem: Problem) -> None:
    held_out = problem.draw(50, streams(0, 2, "test"))
    null = problem.null_risk(held_out)
    net = init_two_layer(streams(0, 2, "init"), d=4, m=8, k=1, init_scale=0.1)
    table = pd.DataFrame(
        {
            "step": [1, 1, 10, 10, 100, 100],
            "member": [0, 1] * 3,
            "online_risk": np.tile(null, 3) * np.repeat([1.0, 0.1, 0.01], 2),
        }
    )
    run = analysis.averaged(problem, held_out, net, table, 0.1)
    np.testing.assert_allclose(run.excess, 0.01)
    np.testing.assert_allclose(run.needed, 10.0)
    f = two_layer(net, held_out.x.to(net.W)).double()
    risk = 0.5 * (f - held_out.y).square().sum(dim=2).mean(dim=1)
    np.testing.assert_allclose(run.last, risk.numpy() / null, rtol=1e-5)
    assert analysis.stacked([run, run, run]).needed.shape == (2, 3)


def test_with_label_noise_an_average_below_the_optimum_is_no_arrival(problem: Problem) -> None:
    noisy = replace(problem, noise=0.3)
    held_out = noisy.draw(50, streams(0, 2, "test"))
    net = init_two_layer(streams(0, 2, "init"), d=4, m=8, k=1, init_scale=0.1)
    table = pd.DataFrame({"step": [1, 1, 9, 9], "member": [0, 1] * 2, "online_risk": [0, 0, 1, 1]})
    run = analysis.averaged(noisy, held_out, net, table, 0.1)
    assert np.isnan(run.needed).all()
    assert (run.excess > 0).all()


def test_the_bias_at_finite_time_is_what_a_fit_of_an_exact_average_shows() -> None:
    """For e(s) = (1 + s)^(-2) the average over [0, S] is 1/(1 + S)."""
    T = np.array([100.0, 101.0])
    S = np.sqrt(T)
    slope = np.diff(np.log(1 / (1 + S)))[0] / np.diff(np.log(T))[0]
    bias = analysis.finite_time_bias([(1 + S[:1]) ** -2], [1 / (1 + S[:1])])
    assert slope == pytest.approx(-0.5 + bias, abs=1e-3)
    assert bias > 0.04


@pytest.mark.parametrize("times", [1, 3])
def test_a_repeated_target_is_as_many_times_as_large(problem: Problem, times: int) -> None:
    x = problem.draw(7, streams(0, 2, "test")).x
    many = analysis.repeated(problem.target, times)
    assert len(many.phi) == times
    torch.testing.assert_close(many(x), times * problem.target(x))


def test_the_theorem_stands_beside_the_run() -> None:
    phi, sizes = smooth.parse("sin(2z)"), analysis.RunSizes(p=2, k=1, m=400, steps=100)
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


def test_the_steps_needed_have_a_column_for_each_width() -> None:
    table = pd.DataFrame({"step": [1, 1, 10, 10], "member": [0, 1] * 2, "excess": [1, 1, 0.1, 0.5]})
    needed = analysis.steps_needed({10: table, 20: table}, 0.1)
    np.testing.assert_allclose(needed, [[10.0] * 2, [math.inf] * 2])
