"""What is compiled for a CPU, beside what PyTorch does anywhere."""

import pytest
import torch

from ovp_lib.training.smoothed.run import train_smoothed
from ovp_lib.training.smoothed.settings import Rounds
from ovp_lib.training.smoothed.step import StepGroup
from tests.training.smoothed.reference import MEMBERS, network, sample

ROUNDS = Rounds(rounds=4, steps=3, batch_size=5)


@pytest.mark.parametrize("outputs", [1, 2])
def test_what_is_compiled_for_a_cpu_does_what_pytorch_does(
    outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, data = network(), sample(len(MEMBERS))
    net, data = net._replace(a=net.a[:, :outputs]), data._replace(y=data.y[..., :outputs])
    usual = {"device": "cpu", "precision": torch.float64}
    here = train_smoothed(net, data, MEMBERS, ROUNDS, **usual)
    monkeypatch.setattr(StepGroup, "_arrays", lambda _: None)
    elsewhere = train_smoothed(net, data, MEMBERS, ROUNDS, **usual)
    torch.testing.assert_close(here.dW, elsewhere.dW, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(here.dV, elsewhere.dV, rtol=1e-12, atol=1e-15)
    assert (here.dV.abs().amax(dim=(1, 2)) > 1e-3).all()
