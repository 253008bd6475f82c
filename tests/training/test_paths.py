"""The two ways to take steps, against each other: they share nothing but the contract."""

import numpy as np
import pytest
import torch

from ovp_lib.models.architectures import architecture_of
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from tests.training.small_nets import network, sample

PROTOCOL = Protocol(epochs=30, batch_size=5, drops=((15, 0.1),))
MEMBERS = [Member(0, 0.02, 0.01), Member(1, 0.01), Member(2, 0.005, 0.001, 0.01)]


@pytest.mark.parametrize("name", ["two-layer", "three-layer", "bottleneck"])
def test_compiled_and_hand_written_steps_agree_through_the_whole_protocol(name: str) -> None:
    net, data = network(name), sample()
    looks = (0, 15, 30)
    fused, by_hand, double = (
        train(net, data, MEMBERS, PROTOCOL, looks=looks, device="cpu", path=path, precision=number)
        for path, number in (
            ("fused", torch.float32),
            ("torch", torch.float32),
            ("torch", torch.float64),
        )
    )
    assert fused.members["path"].tolist() == ["fused"] * 3
    assert by_hand.members["path"].tolist() == ["torch"] * 3
    for field in architecture_of(net).hidden:
        moved = (getattr(double.net, field) - getattr(net, field)).norm()
        for run in (fused, by_hand):
            off = (getattr(run.net, field).double() - getattr(double.net, field)).norm()
            assert off < 1e-5 * moved
    np.testing.assert_allclose(fused.curves["risk"], double.curves["risk"], rtol=1e-5)
