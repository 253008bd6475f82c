import itertools
from collections.abc import Callable

import pytest
import torch

from ovp_lib.models.inputs import sphere, stream
from ovp_lib.proofs.rademacher import calculus
from ovp_lib.proofs.rademacher.finite import all_signs, complexity

CLASSES = [torch.randn(3, 5, generator=stream(1, i), dtype=torch.float64) for i in range(3)]
W = torch.tensor([0.7, -1.2, 0.4], dtype=torch.float64)


def product(weights: torch.Tensor) -> torch.Tensor:
    """Values of sum_j w_j relu(f_j) for all choices of f_1, f_2, f_3, one by one."""
    choices = itertools.product(*CLASSES)
    return torch.stack(
        [sum(w * f.relu() for w, f in zip(weights, fs, strict=True)) for fs in choices]
    )


def test_l2_ball_is_above_every_member_and_below_its_bound() -> None:
    x = sphere(3)(6, stream(2))
    sides = calculus.l2_linear(x, 2.0)
    many = 2.0 * sphere(3)(20_000, stream(3))
    assert complexity(many @ x.T) == pytest.approx(sides.left, rel=0.01)
    assert complexity(many @ x.T) <= sides.left <= sides.right


def test_l1_ball_is_the_class_of_its_corners() -> None:
    x = 2 * torch.rand(6, 3, generator=stream(4), dtype=torch.float64) - 1
    corners = 2.0 * torch.cat([torch.eye(3), -torch.eye(3)]).double()
    sides = calculus.l1_linear(x, 2.0)
    assert sides.left == pytest.approx(complexity(corners @ x.T))
    assert sides.left <= sides.right


def test_l1_in_one_dimension_is_not_zero_where_the_print_is() -> None:
    """B sqrt(log m / N) is zero for m = 1; the class {wx : |w| <= B} has a complexity."""
    sides = calculus.l1_linear(torch.ones(4, 1), 1.0)
    assert sides.left == pytest.approx(0.375)
    assert sides.right > sides.left


def test_addition_is_an_equality() -> None:
    sides = calculus.addition(CLASSES[0], CLASSES[1])
    assert sides.left == pytest.approx(sides.right, abs=1e-14)


@pytest.mark.parametrize("sigma", [torch.relu, torch.abs, torch.sin])
def test_contraction(sigma: Callable[[torch.Tensor], torch.Tensor]) -> None:
    sides = calculus.contraction(CLASSES[0], sigma)
    assert sides.left == pytest.approx(complexity(sigma(CLASSES[0])))
    assert sides.right == pytest.approx(complexity(CLASSES[0]))
    assert sides.ratio <= 1


def test_fixed_layer_is_its_product_class_and_a_factor_two_is_never_used() -> None:
    sides = calculus.fixed_layer(CLASSES, W, torch.relu)
    assert sides.left == pytest.approx(complexity(product(W)))
    each = sum(w.abs().item() * complexity(f.relu()) for w, f in zip(W, CLASSES, strict=True))
    assert sides.left == pytest.approx(each)
    largest = max(complexity(f) for f in CLASSES)
    assert sides.right == pytest.approx(2 * W.abs().sum().item() * largest)
    assert sides.ratio <= 0.5


def test_free_layer_by_the_corners_of_its_weights() -> None:
    """B = 1.5 D: corners have one weight +-D and one +-D/2."""
    corners = [
        torch.tensor(signs).double() * torch.tensor(order).double()
        for order in itertools.permutations((0.8, 0.4, 0.0))
        for signs in itertools.product((-1, 1), repeat=3)
    ]
    values = torch.cat([product(v) for v in corners])
    sides = calculus.free_layer(CLASSES, torch.relu, radius_1=1.2, radius_inf=0.8)
    assert sides.left == pytest.approx(complexity(values))
    assert sides.ratio <= 1


def test_free_layer_where_the_box_alone_binds() -> None:
    sides = calculus.free_layer(CLASSES, torch.relu, radius_1=100.0, radius_inf=0.5)
    gains = torch.stack([(all_signs(5) @ f.relu().T / 5).abs().amax(dim=1) for f in CLASSES], dim=1)
    assert sides.left == pytest.approx(0.5 * gains.sum(dim=1).mean().item())


def test_what_the_hypotheses_exclude_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs .*x.*_2 <= 1, got 2"):
        calculus.l2_linear(2 * torch.eye(3), 1.0)
    with pytest.raises(ValueError, match=r"needs .*x.*_inf <= 1, got 2"):
        calculus.l1_linear(2 * torch.eye(3), 1.0)
