import pickle

import pytest
import torch

from ovp_lib.models.architectures import ARCHITECTURES, architecture_of
from ovp_lib.models.ensemble import Network, joined
from ovp_lib.training.samples import Sample
from tests.training.small_nets import INIT, network, sample


@pytest.mark.parametrize("name", INIT)
def test_every_architecture_is_a_network(name: str) -> None:
    net = network(name)
    assert isinstance(net, Network)
    assert type(net) is ARCHITECTURES[name].weights
    assert architecture_of(net).name == name


@pytest.mark.parametrize("name", INIT)
def test_a_network_survives_what_a_named_tuple_survives(name: str) -> None:
    net = network(name)
    copies = (pickle.loads(pickle.dumps(net)), type(net)(**net._asdict()), net._replace(W=net.W))
    for copy in copies:
        assert type(copy) is type(net)
        assert all(torch.equal(a, b) for a, b in zip(copy, net, strict=True))


@pytest.mark.parametrize("name", INIT)
def test_selected_members_compute_what_they_did_among_all(name: str) -> None:
    net, x = network(name), sample().x
    forward = architecture_of(net).forward
    chosen = [2, 0, 2]
    for members in (chosen, tuple(chosen), torch.tensor(chosen)):
        assert torch.allclose(forward(net.select(members), x[chosen]), forward(net, x)[chosen])


def test_one_member_and_a_slice_share_memory_and_positions_do_not() -> None:
    net = network("three-layer").map(torch.clone)
    alone, last, copied = net.member(1), net.select(slice(1, 3)), net.select([1])
    net.V[1] = 7.0
    assert (alone.V == 7.0).all()
    assert (last.V[0] == 7.0).all()
    assert not (copied.V == 7.0).any()


def test_an_expanded_member_is_held_once() -> None:
    data = sample().member(0).expand(5)
    assert isinstance(data, Sample)
    assert data.x.shape[0] == data.y.shape[0] == 5
    assert data.x.stride(0) == data.y.stride(0) == 0


def test_members_joined_again_are_the_ensemble() -> None:
    net = network("resnet")
    again = joined([net.member(i) for i in range(3)])
    assert type(again) is type(net)
    assert all(torch.equal(a, b) for a, b in zip(again, net, strict=True))


def test_a_device_has_its_precision_unless_another_is_asked_for() -> None:
    net = network("deep", dtype=torch.float32)
    assert net.to("cpu").W.dtype == net.to(torch.device("cpu")).V.dtype == torch.float64
    assert net.to("cpu", torch.float16).a.dtype == torch.float16
    assert net.to("meta").a.dtype == torch.float32
