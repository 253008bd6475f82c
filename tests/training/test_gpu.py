"""What only an accelerator can show; run with ``pytest -m gpu`` where there is one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ovp_lib.kernels.tangent import hidden_tangents
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.inputs import stream
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.dual import dual_sgd
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample
from tests.training.small_nets import INIT, network, sample

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]

PROTOCOL = Protocol(epochs=25, batch_size=5, drops=((13, 0.1),))
MEMBERS = [Member(0, 0.02, 0.01), Member(1, 0.01), Member(2, 0.005, 0.001, 0.01)]


@pytest.mark.parametrize("name", INIT)
def test_a_hundred_steps_agree_with_the_cpu_in_double_precision(name: str) -> None:
    net, data = network(name), sample()
    there = train(net, data, MEMBERS, PROTOCOL, device="cuda").net
    here = train(net, data, MEMBERS, PROTOCOL, device="cpu", precision=torch.float64).net
    for field in architecture_of(net).hidden:
        torch.testing.assert_close(
            getattr(there, field).double().cpu(), getattr(here, field), rtol=1e-3, atol=1e-4
        )


@pytest.mark.parametrize("name", INIT)
def test_graphs_change_no_bit(name: str) -> None:
    net, data = network(name), sample()
    recorded, eager = (
        train(net, data, MEMBERS, PROTOCOL, device="cuda", graphs=graphs).net
        for graphs in (True, False)
    )
    for one, other in zip(recorded, eager, strict=True):
        assert torch.equal(one, other)


def test_an_interrupted_run_goes_on_to_the_bit(tmp_path: Path) -> None:
    net, data = network("three-layer"), sample()
    file = tmp_path / "run.ckpt"

    def stop(epoch: float, *_: object) -> None:
        if epoch == 12:
            raise KeyboardInterrupt

    whole = train(net, data, MEMBERS, PROTOCOL, device="cuda")
    with pytest.raises(KeyboardInterrupt):
        train(
            net,
            data,
            MEMBERS,
            PROTOCOL,
            device="cuda",
            looks=[12],
            callback=stop,
            checkpoint_at=file,
            checkpoint_seconds=0.0,
        )
    resumed = train(net, data, MEMBERS, PROTOCOL, device="cuda", looks=[12], checkpoint_at=file)
    for one, other in zip(whole.net, resumed.net, strict=True):
        assert torch.equal(one, other)


def test_dual_sgd_agrees_with_the_cpu() -> None:
    net = init_three_layer([stream(0)], d=4, m1=20, m2=20)
    data = sample(e=1, n=40)
    x, y = data.x[0], data.y[0, :, :1]
    members = [Member(0, 1e-3, 1e-3), Member(1, 2e-3)]
    risks = []
    for device in ("cpu", "cuda"):
        there = net.to(device, net.W.dtype)
        tangents = hidden_tangents(there, {"train": x.to(device)})
        done = dual_sgd(tangents, {"train": y.to(device)}, members, PROTOCOL)
        risks.append(done.curves["risk"].to_numpy())
    np.testing.assert_allclose(*risks, rtol=1e-8)


def test_a_large_ensemble_fits_and_learns() -> None:
    """24 members of width 1000: launch overhead and memory at the size of a figure."""
    net = init_three_layer([stream(1, i) for i in range(24)], d=4, m1=1000, m2=1000)
    x = torch.randn(1, 1000, 4, generator=stream(2), dtype=torch.float64)
    data = Sample(*(part.expand(24, -1, -1) for part in (x, x[..., :1] * x[..., 1:2])))
    members = [Member(i, 1e-3) for i in range(24)]
    done = train(net, data, members, Protocol(epochs=5, drops=()), looks=[0, 5], device="cuda")
    first, last = (done.curves[done.curves["epoch"] == at]["risk"] for at in (0, 5))
    assert last.max() < 0.5 * first.min()
