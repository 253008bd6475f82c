"""Closed forms, bounds and ascent are computed where the networks are."""

from collections.abc import Callable

import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.proofs.rademacher import ascent, bounds, three_layer, two_layer
from tests.fake_device import DEVICE, empty, fake_device, there

E, N, D = 2, 6, 3
SEEDS = [stream(0, i) for i in range(E)]
DEEP, FLAT = init_three_layer(SEEDS, d=D, m1=5, m2=4), init_two_layer(SEEDS, d=D, m=5)


def suprema(net: ThreeLayer, x: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    return torch.stack([*three_layer.suprema(net, x, xi)])


def together(net: ThreeLayer, x: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    return three_layer.alternating(three_layer.parts(net, x, xi), 0.1, 0.2, steps=2)


def counted(net: ThreeLayer, x: torch.Tensor, _xi: torch.Tensor) -> torch.Tensor:
    bilinear = bounds.counted_bilinear(net, N, 0.1, 0.2)
    return torch.stack([bounds.counted_without(net, x, 0.1, 0.2), bilinear])


def alone(net: ThreeLayer, x: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    return ascent.ascend(ascent.Correlation(net, x, xi, 0.1, 0.2), steps=2)


def averaged(net: ThreeLayer, x: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    task = ascent.Correlation(net, x, xi, 0.1, 0.2)
    return ascent.ascend(task, empty(E, 2, 5), steps=2, fresh=empty(E, 3, 5))


def gates(net: TwoLayer, x: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    found = two_layer.frozen_supremum(net, x, xi, 0.1), two_layer.ascended(net, x, xi, 0.1, 2)
    return torch.stack([*found, two_layer.proved_bound(net, N, 0.1)])


MEASURED: dict[Callable[..., torch.Tensor], ThreeLayer | TwoLayer] = {
    suprema: DEEP,
    together: DEEP,
    counted: DEEP,
    alone: DEEP,
    averaged: DEEP,
    gates: FLAT,
}


@pytest.mark.parametrize("measure", MEASURED)
def test_what_is_measured_stays_on_its_device(measure: Callable[..., torch.Tensor]) -> None:
    with fake_device():
        found = measure(there(MEASURED[measure]), empty(E, N, D), empty(E, N))
        assert found.device.type == DEVICE
        assert found.shape[-1] == E
