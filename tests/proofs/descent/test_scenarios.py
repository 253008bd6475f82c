import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.descent import blocks, objective, scenarios
from ovp_lib.proofs.descent.objective import Objective, Point
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=5, m2=6, k=2), points(n=4)
NUMBERS = Objective(0.7, sigma_w=0.3, sigma_v=0.4, lam_w=0.5, lam_v=0.2)
HERE = Point(NET, noise(NET.W, 0.3, 1), noise(NET.V, 0.3, 2))
Y = noise(torch.zeros(2, 4, 2, dtype=torch.float64), 9.0, 3)
GENERATORS = [stream(4, i) for i in range(2)]


def test_decay_is_the_slope_in_lambda() -> None:
    rows = objective.draw_rows(HERE, X, Y, GENERATORS, draws=3)
    eta = 1e-5
    values = [
        objective.value(HERE, rows, Objective(0.7 * (1 + by), 0.3, 0.4, 0.5, 0.2))
        for by in (-eta, eta)
    ]
    rate = (values[0] - values[1]) / (2 * eta) / objective.value(HERE, rows, NUMBERS)
    torch.testing.assert_close(scenarios.decay_rate(HERE, rows, NUMBERS).rate, rate)


def test_a_small_step_changes_what_the_blocks_say() -> None:
    """The paired draws against the second derivatives, which know nothing of one another."""
    few = objective.draw_rows(HERE, X, Y, GENERATORS, draws=4000, signs=False, first=False)
    found = blocks.neuron_blocks(HERE, few, NUMBERS)
    best = blocks.best_direction(found, 4)
    rate, decay = scenarios.both_rates(HERE, few, NUMBERS, best.step, 1e-3, GENERATORS)
    expected = best.change / objective.value(HERE, few, NUMBERS)
    assert ((rate.rate - expected).abs() < 4.5 * rate.error + 0.01 * expected.abs()).all()
    assert (rate.error < 0.2 * expected.abs()).all()
    assert torch.equal(decay.rate, scenarios.decay_rate(HERE, few, NUMBERS).rate)


def test_errors_shrink_with_the_rows() -> None:
    few, many = (objective.draw_rows(HERE, X, Y, GENERATORS, draws=n) for n in (100, 1600))
    ratio = (
        scenarios.decay_rate(HERE, few, NUMBERS).error
        / scenarios.decay_rate(HERE, many, NUMBERS).error
    )
    assert ((ratio > 3) & (ratio < 5.4)).all()


def test_a_step_has_a_length() -> None:
    rows = objective.draw_rows(HERE, X, Y, GENERATORS)
    best = blocks.best_direction(torch.eye(10).double().expand(2, 5, 10, 10), 4)
    with pytest.raises(ValueError, match="eta > 0"):
        scenarios.both_rates(HERE, rows, NUMBERS, best.step, 0.0, GENERATORS)
