"""What the page of Lemma 6.2 builds, against what can be said beforehand."""

import math

import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.pages.lemma_6_2_existence import analysis
from ovp_lib.pages.lemma_6_2_existence.analysis import WeightMove
from ovp_lib.proofs import composed_existence


def given(k: int = 1, p1: int = 1) -> analysis.TargetAtPoints:
    return analysis.problem(
        "z", "z", (stream(1), stream(2), stream(3)), d=4, points=6, fit=24, p1=p1, k=k
    )


def net(
    problem: analysis.TargetAtPoints, m1: int = 300, m2: int = 400, key: int = 0
) -> analysis.Built:
    return analysis.build(problem, stream(4, key), m1=m1, m2=m2, clip=6.0)


def test_targets_have_variance_one_and_values_of_their_own() -> None:
    problem = given(k=3, p1=2)
    many = problem.target(analysis.inputs.padded_sphere(4)(4000, stream(5))[None])[0]
    assert (many.var(dim=0) - 1).abs().max() < 0.15
    torch.testing.assert_close(problem.f, problem.target(problem.x[None])[0])


def test_carriers_carry_the_inner_function() -> None:
    problem = given()
    built = net(problem, m1=3000)
    F = (problem.x @ built.W.T + built.b1).relu()
    inner = composed_existence.inner_values(problem.target, problem.x)
    torch.testing.assert_close(F @ built.carriers.T, inner, atol=0.02, rtol=0)
    assert built.C_prime[0] == pytest.approx(float(built.carriers.norm()))


def test_the_sum_over_neurons_averages_to_the_expectation() -> None:
    """Claim C.5 against Claim C.4 of the same first layer, within five standard errors."""
    problem = given()
    m2 = 400_000
    built = net(problem, m1=50, m2=m2)
    left = built.factors.left[:, 0] * built.a[0] * m2
    opened = (built.n + built.b2[:, None] >= 0).double() * left[:, None]
    sums = opened.mean(dim=0)
    torch.testing.assert_close(sums, analysis.first_factor(built))
    front = composed_existence.output_weights(problem.target)[0, 0]
    error = (sums - front * analysis.in_expectation(built, problem.x)).abs()
    assert (error / (opened.std(dim=0) / math.sqrt(m2))).max() < 5


def test_the_output_is_the_product_of_both_factors() -> None:
    """For one term and one output: a D_v V* D_w W* x, factor by factor."""
    problem = given()
    built = net(problem)
    opened = problem.x @ built.W.T + built.b1 >= 0
    second = (opened * built.H[:, 0]).sum(dim=1) / len(built.b1)
    product = analysis.first_factor(built) * second
    torch.testing.assert_close(analysis.output(built, problem.x)[:, 0], product)


def test_the_norms_are_those_of_the_matrices() -> None:
    built = net(given(k=2, p1=3))
    rows = built.factors.W.norm(dim=1).max() * built.factors.V.norm(dim=1).max()
    assert analysis.row_product(built) == pytest.approx(float(rows) * math.sqrt(300) * 400)


def test_no_move_changes_no_gate_and_larger_moves_change_more() -> None:
    problem = given()
    built = net(problem)
    before = analysis.gates(built, problem.x)

    def changed(move: WeightMove) -> list[float]:
        after = analysis.after(problem, built, move, stream(6))
        return [float((a != b).double().mean()) for a, b in zip(before, after, strict=True)]

    assert changed(WeightMove()) == [0.0, 0.0]
    assert changed(WeightMove(tau_v=0.3, adversary=True))[0] == 0.0
    for name in ("tau_w", "tau_v", "sigma_w", "sigma_v"):
        by_size = [sum(changed(WeightMove(**{name: size}))) for size in (0.001, 0.1, 10.0)]
        assert by_size == sorted(by_size)
        assert by_size[0] < by_size[-1]


def test_the_adversary_does_more_harm_than_chance() -> None:
    problem = given()
    built = net(problem, m1=2000, m2=2000)
    before = analysis.output(built, problem.x)
    harm = []
    for adversary in (False, True):
        pattern = analysis.after(
            problem, built, WeightMove(tau_v=0.3, adversary=adversary), stream(6)
        )
        harm.append(analysis.distance(analysis.output(built, problem.x, pattern), before))
    assert harm[1] > 3 * harm[0] > 0


def test_moves_have_the_size_of_table_1() -> None:
    move = analysis.of_table(100, smoothed=True)
    assert move.tau_w == pytest.approx(100**-0.74)
    assert move.tau_v == pytest.approx(100**-0.001)
    assert move.sigma_w == pytest.approx(100**-0.99)
    assert move.sigma_v == pytest.approx(100**-0.51)
    assert analysis.of_table(100, moved=False) == WeightMove()
