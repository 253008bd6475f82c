import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.models.three_layer import three_layer
from ovp_lib.proofs.descent import objective
from ovp_lib.proofs.descent.objective import Direction, Objective, Point
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=4, m2=3, k=2), points(n=2)
NUMBERS = Objective(0.7, sigma_w=0.3, sigma_v=0.4, lam_w=0.5, lam_v=0.2)
HERE = Point(NET, noise(NET.W, 0.3, 1), noise(NET.V, 0.3, 2))
Y = noise(torch.zeros(2, 2, 2, dtype=torch.float64), 1.0, 3)
STEP = Direction(noise(NET.W, 0.5, 5), noise(NET.V, 0.5, 6))


def literal(signs: bool, eta: float, n: int) -> torch.Tensor:
    """The objective with noise matrices, as printed, one number a draw and member."""
    generator, found = stream(8), []
    for _ in range(n):
        W, V = (
            torch.randn(p.shape, generator=generator, dtype=torch.float64) for p in (NET.W, NET.V)
        )
        sigma, turned = ((torch.rand(2, 4, generator=generator) < 0.5) * 2.0 - 1 for _ in range(2))
        sigma = sigma if signs else torch.ones_like(sigma)
        dW = HERE.dW + eta**0.5 * turned.unsqueeze(2) * STEP.W
        dV = HERE.dV + eta**0.5 * STEP.V * turned.unsqueeze(1)
        moved = NET.moved(
            NUMBERS.sigma_w * W + sigma.unsqueeze(2) * dW,
            NUMBERS.sigma_v * V + dV * sigma.unsqueeze(1),
        )
        loss = (NUMBERS.lam * three_layer(moved, X) - Y).square().sum(dim=2).mean(dim=1) / 2
        first = NUMBERS.lam**2 * NUMBERS.lam_w * dW.norm(dim=2).pow(4).sum(dim=1)
        second = NUMBERS.lam * NUMBERS.lam_v * dV.square().sum(dim=(1, 2))
        found.append(loss + first + second)
    return torch.stack(found)


@pytest.mark.parametrize("signs", [True, False])
def test_value_is_the_mean_over_noise_matrices(signs: bool) -> None:
    drawn = literal(signs, 0.0, 8000)
    rows = objective.draw_rows(
        HERE, X, Y, [stream(9, i) for i in range(2)], draws=20_000, signs=signs
    )
    error = 4.5 * drawn.std(dim=0) * (1 / 8000 + 1 / 20_000) ** 0.5
    assert ((objective.value(HERE, rows, NUMBERS) - drawn.mean(dim=0)).abs() < error).all()


def test_a_step_along_random_signs_is_that_of_noise_matrices() -> None:
    drawn, generators = literal(True, 0.4, 8000), [stream(9, i) for i in range(2)]
    rows = objective.draw_rows(HERE, X, Y, generators, draws=20_000)
    turns = 0.4**0.5 * objective.fair_signs(NET.b1, rows.x.shape[1], generators)
    at = objective.passed(HERE, rows, NUMBERS, STEP, turns)
    mean = objective.losses(NET, rows, at, NUMBERS.lam).mean(dim=1)
    total = mean + objective.regulariser(HERE, NUMBERS, STEP, 0.4)
    error = 4.5 * drawn.std(dim=0) * (1 / 8000 + 1 / 20_000) ** 0.5
    assert ((total - drawn.mean(dim=0)).abs() < error).all()


def test_means_over_the_first_noise_are_exact_where_it_vanishes() -> None:
    small = Objective(0.7, sigma_w=1e-7, sigma_v=0.4)
    generators = [stream(9, i) for i in range(2)]
    drawn = objective.draw_rows(HERE, X, Y, generators, signs=False)
    meant = objective.draw_rows(HERE, X, Y, generators, signs=False, first=False)
    torch.testing.assert_close(
        objective.value(HERE, drawn, small), objective.value(HERE, meant, small), rtol=1e-6, atol=0
    )


def test_a_network_without_smoothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no second derivative"):
        Objective(1.0, sigma_w=0.0, sigma_v=0.1)


def test_an_expectation_needs_a_draw() -> None:
    with pytest.raises(ValueError, match="at least 1 draw"):
        objective.draw_rows(HERE, X, Y, [stream(0), stream(1)], draws=0)
