import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.descent import blocks, objective
from ovp_lib.proofs.descent.objective import Direction, Objective, Point, Rows
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=4, m2=3, k=2), points(n=5)
NUMBERS = Objective(0.7, sigma_w=0.3, sigma_v=0.4, lam_w=0.5, lam_v=0.2)
HERE = Point(NET, noise(NET.W, 0.3, 1), noise(NET.V, 0.3, 2))
Y = noise(torch.zeros(2, 5, 2, dtype=torch.float64), 9.0, 3)
D, P = 4, 7


def rows(signs: bool = True) -> Rows:
    generators = [stream(4, i) for i in range(2)]
    return objective.draw_rows(HERE, X, Y, generators, draws=2, signs=signs, first=False)


def dense(member: int, drawn: Rows) -> torch.Tensor:
    """The Hessian of one member by automatic differentiation, in the order (W', V')."""
    one = Rows(drawn.x[[member]], drawn.y[[member]], drawn.signs[[member]])
    W, V = HERE.dW[[member]], HERE.dV[[member]]

    def total(flat: torch.Tensor) -> torch.Tensor:
        dW, dV = flat[: W.numel()].view_as(W), flat[W.numel() :].view_as(V)
        at = Point(NET.select([member]), dW, dV)
        return objective.value(at, one, NUMBERS).sum()

    start = torch.cat([W.flatten(), V.flatten()])
    return torch.autograd.functional.hessian(total, start)


def of_neuron(full: torch.Tensor, i: int) -> torch.Tensor:
    index = [i * D + c for c in range(D)] + [4 * D + j * 4 + i for j in range(3)]
    return full[index][:, index]


@pytest.mark.parametrize("signs", [True, False])
def test_blocks_are_those_of_the_hessian(signs: bool) -> None:
    drawn = rows(signs)
    found = blocks.neuron_blocks(HERE, drawn, NUMBERS)
    for member in range(2):
        full = dense(member, drawn)
        for i in range(4):
            torch.testing.assert_close(found[member, i], of_neuron(full, i), rtol=1e-9, atol=1e-11)


def test_no_random_direction_beats_the_best_and_the_dual_has_no_gap() -> None:
    found = blocks.neuron_blocks(HERE, rows(), NUMBERS)
    best = blocks.best_direction(found, D, turns=40)
    draws = noise(torch.zeros(2, 20_000, 4, P, dtype=torch.float64), 1.0, 5)
    draws[..., :D] /= draws[..., :D].norm(dim=(2, 3), keepdim=True)
    draws[..., D:] /= draws[..., D:].norm(dim=(2, 3), keepdim=True)
    changes = torch.einsum("esip,eipq,esiq->es", draws, found, draws) / 2
    assert (best.change < 0).all()
    assert (changes.amin(dim=1) > best.bound).all()
    torch.testing.assert_close(best.change, best.bound, rtol=0.02, atol=0.0)
    for part in best.step:
        assert (part.norm(dim=(1, 2)) < 1 + 1e-9).all()


def test_the_best_change_is_that_of_its_direction() -> None:
    found = blocks.neuron_blocks(HERE, rows(), NUMBERS)
    best = blocks.best_direction(found, D)
    theta = torch.cat([best.step.W, best.step.V.mT], dim=2)
    change = torch.einsum("eip,eipq,eiq->e", theta, found, theta) / 2
    torch.testing.assert_close(change, best.change)
    assert (theta[0].norm(dim=1) > 0).sum() == 1
    assert theta[0, best.neuron[0]].norm() > 0


def test_a_bowl_has_no_direction_of_descent() -> None:
    best = blocks.best_direction(torch.eye(P).double().expand(2, 4, P, P), D)
    assert best.change.tolist() == best.bound.tolist() == [0.0, 0.0]
    assert not best.step.W.any()


def test_a_spread_direction_moves_every_neuron_that_can_fall() -> None:
    found = blocks.neuron_blocks(HERE, rows(), NUMBERS)
    step, change = blocks.spread_direction(found, D)
    theta = torch.cat([step.W, step.V.mT], dim=2)
    torch.testing.assert_close(torch.einsum("eip,eipq,eiq->e", theta, found, theta) / 2, change)
    assert (change < 0).all()
    assert max(part.norm(dim=axis).max() for part, axis in zip(step, (2, 1), strict=True)) < 0.5001


def test_second_derivatives_need_the_mean_over_the_first_noise() -> None:
    drawn = objective.draw_rows(HERE, X, Y, [stream(4, i) for i in range(2)])
    with pytest.raises(ValueError, match="first=False"):
        blocks.neuron_blocks(HERE, drawn, NUMBERS)


def test_turns_are_counted() -> None:
    with pytest.raises(ValueError, match="turns must be at least 1"):
        blocks.best_direction(torch.zeros(1, 1, 2, 2), 1, turns=0)


def test_direction_has_the_shapes_of_the_weights() -> None:
    best = blocks.best_direction(blocks.neuron_blocks(HERE, rows(), NUMBERS), D)
    shapes = Direction(*(part.shape for part in best.step))
    assert (HERE.dW.shape, HERE.dV.shape) == (shapes.W, shapes.V)
