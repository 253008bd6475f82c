import pytest
import torch

from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.deep import init_deep
from ovp_lib.models.inputs import stream
from ovp_lib.training.wiring import wire
from tests.training.small_nets import INIT, network

ONES = torch.ones(3, 1, 1, dtype=torch.float64)


@pytest.mark.parametrize("name", INIT)
def test_taken_apart_and_put_together_it_is_the_same(name: str) -> None:
    net = network(name)
    wiring = wire(architecture_of(net), net, net._fields)
    for field, value in wiring.net(ONES)._asdict().items():
        assert torch.equal(value, getattr(net, field))


@pytest.mark.parametrize("name", INIT)
def test_only_what_is_trained_is_scaled_and_moves(name: str) -> None:
    net = network(name)
    architecture = architecture_of(net)
    for trained in (architecture.hidden, *((field,) for field in net._fields)):
        wiring = wire(architecture, net, trained)
        for field, value in wiring.net(2 * ONES)._asdict().items():
            expected = getattr(net, field) * (2 if field in trained else 1)
            torch.testing.assert_close(value, expected, rtol=0, atol=0)
        count = sum(getattr(net, field).numel() for field in trained)
        assert sum(w.numel() for _, w, *_ in wiring.moving()) == count
        assert all(w.shape == u.shape for _, w, u, _ in wiring.moving())


@pytest.mark.parametrize("name", INIT)
def test_members_are_views_or_copies_as_they_are_taken(name: str) -> None:
    net = network(name)
    wiring = wire(architecture_of(net), net, net._fields)
    view = wiring.of(lambda part: part.narrow(0, 1, 2))
    copy = wiring.of(lambda part: part[[2, 0]])
    for _, w, u, _ in view.moving():
        w.fill_(5.0)
        u.fill_(3.0)
    for field, value in copy.net(ONES[:2])._asdict().items():
        assert torch.equal(value, getattr(net, field)[[2, 0]])
    for field, value in wiring.net(ONES)._asdict().items():
        assert torch.equal(value[0], getattr(net, field)[0])
        assert (value[1:] == 5).all()
    assert all((u[0] == 0).all() and (u[1:] == 3).all() for _, _, u, _ in wiring.moving())


def test_a_deep_network_may_have_one_layer() -> None:
    net = init_deep([stream(0, i) for i in range(3)], d=4, m=5, depth=1)
    part = wire(architecture_of(net), net, ("W", "V")).of(lambda part: part[[1]])
    assert torch.equal(part.net(ONES[:1]).W, net.W[[1]])
    assert part.net(ONES[:1]).V.shape == (1, 0, 5, 5)
