"""The smoothed objective, its blocks and its rates are computed where the networks are."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import NamedTuple

import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.descent import blocks, objective, scenarios, spectrum
from ovp_lib.proofs.descent.objective import Direction, Objective, Point, Rows
from tests.fake_device import DEVICE, empty, fake_device, there
from tests.proofs.three_layer_nets import network

E, M1, M2, D, N = 2, 4, 3, 4, 5
NUMBERS = Objective(0.7, sigma_w=0.3, sigma_v=0.4, lam_w=0.5, lam_v=0.2)
SEEDS = [stream(4, i) for i in range(E)]


class Setting(NamedTuple):
    """Networks on the device, with what is asked of them."""

    here: Point
    step: Direction

    def rows(self, *, first: bool = True) -> Rows:
        return objective.draw_rows(
            self.here, torch.empty(E, N, D), torch.empty(E, N, 2), SEEDS, draws=2, first=first
        )


MEASURED: dict[str, Callable[[Setting], Iterable[torch.Tensor]]] = {
    "value": lambda at: [objective.value(at.here, at.rows(), NUMBERS)],
    "decay": lambda at: scenarios.decay_rate(at.here, at.rows(), NUMBERS),
    "direction": lambda at: chain(
        *scenarios.both_rates(at.here, at.rows(), NUMBERS, at.step, 0.1, SEEDS)
    ),
    "hessian": lambda at: spectrum.hessian_product(at.here, at.rows(first=False), NUMBERS, at.step),
    "blocks": lambda at: [blocks.neuron_blocks(at.here, at.rows(first=False), NUMBERS)],
}


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_measured_stays_on_its_device(name: str) -> None:
    net = network(m1=M1, m2=M2, k=2)
    with fake_device():
        sizes = (E, M1, D), (E, M2, M1)
        here = Point(there(net), *(empty(*size) for size in sizes))
        found = MEASURED[name](Setting(here, Direction(*(empty(*size) for size in sizes))))
        assert {each.device.type for each in found} == {DEVICE}
