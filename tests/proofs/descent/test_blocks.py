import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.descent import blocks, objective
from ovp_lib.proofs.descent.objective import Direction, Objective, Point, Rows
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=4, m2=3, k=2), points(n=5)
NUMBERS = Objective(0.7, sigma_w=0.3, sigma_v=0.4, lam_w=0.5, lam_v=0.2)
HERE = Point(NET, noise(NET.W, 0.3, 1), noise(NET.V, 0.3, 2))
Y = noise(torch.zeros(2, 5, 2, dtype=torch.float64), 1.0, 3)
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
