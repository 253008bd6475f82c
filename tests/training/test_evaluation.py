import pytest
import torch

from ovp_lib.models.architectures import architecture_of
from ovp_lib.training import evaluation as module
from ovp_lib.training.evaluation import members_of, risk
from ovp_lib.training.losses import LOSSES, SQUARED
from tests.training.small_nets import INIT, network, sample


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("name", INIT)
def test_risk_is_the_mean_loss_whatever_the_chunks(
    name: str, loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, data = network(name), sample(classes=loss.classifies)
    architecture = architecture_of(net)
    expected = loss.value(architecture.forward(net, data.x), data.y).mean(dim=1)
    assert risk(architecture, net, data, loss) == pytest.approx(expected.numpy(), rel=1e-12)
    monkeypatch.setattr(module, "CHUNK_BYTES", 1)
    assert risk(architecture, net, data, loss) == pytest.approx(expected.numpy(), rel=1e-12)


def test_a_members_risk_does_not_depend_on_its_company() -> None:
    net, data = network("three-layer", dtype=torch.float32), sample()
    architecture = architecture_of(net)
    together = risk(architecture, net, data, SQUARED)
    for i in range(3):
        alone = net.select([i])
        assert risk(architecture, alone, members_of(data, [i]), SQUARED)[0] == together[i]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    net, data = network("three-layer"), sample(n=100)
    architecture = architecture_of(net)
    seen: list[int] = []

    def forward(net, x):
        seen.append(x.shape[0] * x.shape[1])
        return architecture.forward(net, x)

    watched = type(architecture)(
        "watched", type(net), forward, ("W",), "a", architecture.layers, "none"
    )
    neurons = 7 + 6 + 3
    monkeypatch.setattr(module, "CHUNK_BYTES", 10 * neurons * 8)
    risk(watched, net, data, SQUARED)
    assert max(seen) == 10
    assert sum(seen) == 300


def test_what_is_shared_stays_shared() -> None:
    shared, own = sample(shared=True), sample()
    assert members_of(shared, [2, 0]).x.stride(0) == 0
    assert torch.equal(members_of(own, [2, 0]).x, own.x[[2, 0]])
