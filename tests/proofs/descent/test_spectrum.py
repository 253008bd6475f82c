import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.descent import blocks, objective, spectrum
from ovp_lib.proofs.descent.objective import Direction, Point
from tests.proofs.descent.test_blocks import HERE, NET, NUMBERS, X, Y, dense, rows
from tests.proofs.three_layer_nets import noise

ONE = Point(NET.select([0]), HERE.dW[:1], HERE.dV[:1])


def test_products_are_those_of_the_dense_hessian() -> None:
    drawn, along = rows(), Direction(noise(NET.W, 1.0, 5), noise(NET.V, 1.0, 6))
    found = spectrum.hessian_product(HERE, drawn, NUMBERS, along)
    for member in range(2):
        flat = torch.cat([part[member].flatten() for part in along])
        product = torch.cat([part[member].flatten() for part in found])
        torch.testing.assert_close(product, dense(member, drawn) @ flat)


def test_lanczos_finds_the_smallest_eigenvalue_and_no_block_lies_below() -> None:
    drawn = rows()
    one = drawn._replace(x=drawn.x[:1], y=drawn.y[:1], signs=drawn.signs[:1])
    start = Direction(noise(ONE.dW, 1.0, 5), noise(ONE.dV, 1.0, 6))
    found = spectrum.smallest_eigenvalue(ONE, one, NUMBERS, start, tolerance=1e-8)
    expected = torch.linalg.eigvalsh(dense(0, drawn))[0].item()
    assert found.eigenvalue == pytest.approx(expected, rel=1e-6)
    assert found.residual < 1e-4
    best = blocks.best_direction(blocks.neuron_blocks(HERE, drawn, NUMBERS), 4)
    assert found.eigenvalue <= best.change[0].item()


def test_what_lanczos_cannot_take_is_refused() -> None:
    zero = Direction(0 * ONE.dW, 0 * ONE.dV)
    with pytest.raises(ValueError, match="a start that is not 0"):
        spectrum.smallest_eigenvalue(ONE, rows(), NUMBERS, zero)
    drawn = objective.draw_rows(HERE, X, Y, [stream(4, i) for i in range(2)])
    with pytest.raises(ValueError, match="first=False"):
        spectrum.hessian_product(HERE, drawn, NUMBERS, Direction(HERE.dW, HERE.dV))
