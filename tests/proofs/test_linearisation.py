"""Outer products against autograd, errors and gaps against their definitions, and rates."""

import math

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.evidence.statistics import exponent
from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.proofs import linearisation as near


def network(m: int = 7, depth: int = 3, e: int = 2, k: int = 1) -> Deep:
    return init_deep([stream(0, i) for i in range(e)], d=4, m=m, depth=depth, k=k)


def points(n: int = 5, e: int = 2) -> torch.Tensor:
    return torch.stack([sphere(4)(n, stream(1, i)) for i in range(e)])


def labels(n: int = 5, e: int = 2) -> torch.Tensor:
    y = torch.ones(e, n, dtype=torch.float64)
    y[:, ::2] = -1
    return y


def by_autograd(net: Deep, scalar) -> near.Movement:
    leaf = net._replace(W=net.W.clone().requires_grad_(), V=net.V.clone().requires_grad_())
    W, V = torch.autograd.grad(scalar(leaf), [leaf.W, leaf.V], materialize_grads=True)
    return (W, *V.unbind(dim=1))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_combined_outer_products_are_the_gradient_of_autograd(depth: int) -> None:
    net, x = network(depth=depth), points()
    weights = torch.randn(2, 5, generator=stream(3), dtype=torch.float64)
    expected = by_autograd(net, lambda now: (weights * deep(now, x).squeeze(2)).sum())
    found = near.combined(near.outer_products(net, x), weights)
    assert len(found) == depth
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)


def test_the_linear_part_is_the_inner_product_with_the_gradient() -> None:
    net, x = network(), points()
    way = near.random_movement(net, 0.3, [stream(4), stream(5)])
    found = near.linear_part(near.outer_products(net, x), way)
    for i in range(5):
        one = torch.zeros(2, 5, dtype=torch.float64)
        one[:, i] = 1.0
        gradient = near.combined(near.outer_products(net, x), one)
        inner = sum((g * dW).sum(dim=(1, 2)) for g, dW in zip(gradient, way, strict=True))
        torch.testing.assert_close(found[:, i], inner)


def test_the_error_is_what_is_left_and_vanishes_while_no_gate_flips_in_one_layer() -> None:
    net, x = network(), points()
    way = near.random_movement(net, 0.3, [stream(4), stream(5)])
    error, linear = near.linearisation_error(net, way, x)
    change = (deep(near.moved_by(net, way), x) - deep(net, x)).squeeze(2)
    torch.testing.assert_close(error, change - linear)
    assert bool((error.abs() > 1e-6).any())
    tiny = (1e-9 * way[0], *(torch.zeros_like(dW) for dW in way[1:]))
    assert float(near.linearisation_error(net, tiny, x)[0].abs().max()) < 1e-15


def test_every_layer_has_the_radius() -> None:
    net = network()
    norms = near.layer_norms(near.random_movement(net, 0.3, [stream(4), stream(5)]))
    torch.testing.assert_close(norms, torch.full((2, 3), 0.3, dtype=torch.float64))


def test_the_gap_is_that_of_the_definition_and_convex_where_the_network_is_linear() -> None:
    net, x, y = network(), points(), labels()
    way = near.random_movement(net, 0.3, [stream(4), stream(5)])

    def losses(now: Deep) -> torch.Tensor:
        return (1 + (-y * deep(now, x).squeeze(2)).exp()).log()

    found = near.convexity_gap(net, way, x, y)
    for i in range(5):
        gradient = by_autograd(net, lambda now, i=i: losses(now)[:, i].sum())
        inner = sum((g * dW).sum(dim=(1, 2)) for g, dW in zip(gradient, way, strict=True))
        expected = losses(near.moved_by(net, way))[:, i] - losses(net)[:, i] - inner
        torch.testing.assert_close(found[:, i], expected)
    last = (*(torch.zeros_like(dW) for dW in way[:-1]), 1e-3 * way[-1])  # no gate of it flips
    assert float(near.convexity_gap(net, last, x, y).min()) > -1e-12


def test_the_search_finds_more_than_random_directions_and_keeps_to_the_spheres() -> None:
    net, x, y = network(m=64), points(1), labels(1)
    starts = [near.random_movement(net, 0.2, [stream(6, i), stream(7, i)]) for i in range(30)]
    at_random = torch.stack([-near.convexity_gap(net, way, x, y)[:, 0] for way in starts])
    found = near.worst_defect(net, x, y, starts[0], steps=10)
    assert bool((found.size > 3 * at_random.amax(dim=0)).all())
    torch.testing.assert_close(
        near.layer_norms(found.movement), torch.full((2, 3), 0.2, dtype=torch.float64)
    )
    torch.testing.assert_close(-near.convexity_gap(net, found.movement, x, y)[:, 0], found.size)


def test_against_the_gradient_the_relative_error_falls_with_the_width() -> None:
    e, x = 8, points(20, 8)
    rows = []
    for m in (50, 200, 800):
        net = init_deep([stream(0, i) for i in range(e)], d=4, m=m, depth=2)
        step = near.combined(near.outer_products(net, x), torch.ones(e, 20).double())
        error, linear = near.linearisation_error(net, near.of_radius(step, m**-0.5), x)
        rows.append(error.square().mean(dim=1) / linear.square().mean(dim=1))
    slope = exponent([50, 200, 800], torch.stack(rows, dim=1).numpy() ** 0.5)
    assert slope.high < -1 / 6


def test_what_does_not_fit_is_refused_with_its_reason() -> None:
    net, x = network(), points()
    with pytest.raises(ValueError, match="one output, got 2"):
        near.outer_products(network(k=2), x)
    with pytest.raises(ValueError, match="needs 3 layers, got 2"):
        near.moved_by(net, near.hidden_weights(net)[:2])
    with pytest.raises(ValueError, match="layer that is 0 has no direction"):
        near.of_radius((torch.zeros(1, 2, 2),), 1.0)
    with pytest.raises(ValueError, match="one point a member, got 0 and 5"):
        near.worst_defect(net, x, labels(), near.hidden_weights(net), steps=0)


def test_on_another_device_everything_stays_there() -> None:
    with FakeTensorMode():
        net = Deep(
            torch.empty(2, 7, 4, device="cuda"),
            torch.empty(2, 2, 7, 7, device="cuda"),
            torch.empty(2, 1, 7, device="cuda"),
        )
        x, y = torch.empty(2, 1, 4, device="cuda"), torch.empty(2, 1, device="cuda")
        way = near.combined(near.outer_products(net, x), y)
        assert near.convexity_gap(net, way, x, y).device.type == "cuda"
        assert near.worst_defect(net, x, y, way, steps=1).size.device.type == "cuda"


def test_logistic_at_zero_and_far_out() -> None:
    found = near.logistic(torch.tensor([0.0, 800.0, -800.0], dtype=torch.float64)).tolist()
    assert found == pytest.approx([math.log(2), 0.0, 800.0])
