"""Lemma B.3c: the gap of the gradients against automatic differentiation, and its law in m."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ovp_lib.evidence.statistics import exponent
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.networks import TwoLayer, gates, init_two_layer, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer
from ovp_lib.proofs.close_gradients import gradient_gap
from ovp_lib.training import sgd
from ovp_lib.training.losses import LOSSES, SQUARED
from ovp_lib.training.samples import Sample, from_dataset, streams


def points(n: int, e: int = 2) -> Tensor:
    return torch.stack([padded_sphere(4)(n, each) for each in streams(0, e, "test")])


@pytest.mark.parametrize("name", ["squared", "pseudo_huber"])
def test_the_gap_is_that_of_automatic_differentiation(name: str) -> None:
    loss, x = LOSSES[name], points(5)
    start = init_two_layer(streams(0, 2, "init"), d=4, m=7, k=2)
    net = start._replace(
        W=start.W + 0.5 * torch.randn(2, 7, 4, generator=streams(0, 1, "order")[0])
    )
    y = x[..., :2] ** 2
    found = gradient_gap(start, net, x, y, loss.gradient)
    W = net.W.clone().requires_grad_()
    moving, first = net._replace(W=W), gates(start, x)
    for e in range(2):
        for n in range(5):
            pair = (two_layer(moving, x), pseudo_two_layer(moving, x, first))
            each = [torch.autograd.grad(loss.value(f, y)[e, n], W)[0][e] for f in pair]
            expected = (each[0] - each[1]).norm(dim=1).sum()
            assert found[e, n].item() == pytest.approx(expected.item())
    assert (found > 0).any(dim=1).all()


def test_the_gap_grows_no_faster_than_the_square_root_of_the_width() -> None:
    """After the same steps with eta ~ 1/m, as the lemma has it; the gradient grows like m."""
    widths, x = (100, 400, 1600, 6400), points(100, 8)
    data = Sample(x, torch.sin(4 * x[..., :1]))

    def at(m: int) -> tuple[Tensor, Tensor]:
        start = init_two_layer(streams(0, 8, "init"), d=4, m=m, init_scale=0.1)
        source, eta = from_dataset(data, streams(0, 8, "order")), sgd.step_size(m, 0.1)
        net, _ = sgd.sgd(start, source, SQUARED, steps=50, eta=eta)
        zero = start._replace(b=torch.full_like(start.b, -9.0))  # no neuron is on
        return _mean(start, net, data), _mean(zero, net, data)

    gaps, sizes = (torch.stack(each, dim=1).numpy() for each in zip(*map(at, widths), strict=True))
    found, size = exponent(widths, gaps), exponent(widths, sizes)
    assert found.high < 0.65
    assert found.value > 0.2
    assert size.value == pytest.approx(1.0, abs=0.15)
    assert (np.diff(gaps / sizes, axis=1) < 0).all()


def _mean(start: TwoLayer, net: TwoLayer, data: Sample) -> Tensor:
    return gradient_gap(start, net, data.x, data.y, SQUARED.gradient).mean(dim=1)
