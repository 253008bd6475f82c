import numpy as np
import torch

from ovp_lib.training.divergence import Watch
from tests.training.small_nets import network


def test_health_is_finite_weights_that_have_not_exploded() -> None:
    net = network("resnet")
    watch = Watch(net, ("W", "U"))
    assert watch.healthy(net, [0, 1, 2]).all()
    sick = net._replace(W=net.W.clone(), U=net.U.clone())
    sick.W[0, 0, 0] = np.nan
    sick.U[1] *= -1.01e4
    assert watch.healthy(sick, [0, 1, 2]).tolist() == [False, False, True]
    two = sick.select([2, 0])
    assert watch.healthy(two, [2, 0]).tolist() == [True, False]
    assert watch.healthy(net._replace(W=0.99e4 * net.W), [0, 1, 2]).all(), "that is not enough"


def test_weights_are_compared_with_those_of_their_own_member() -> None:
    net = network("two-layer")
    net = net._replace(W=net.W * torch.tensor([1.0, 1e-5, 1.0]).double()[:, None, None])
    grown = net._replace(W=net.W[[0, 0, 0]])
    watch = Watch(net, ("W",))
    assert watch.healthy(grown, [0, 1, 2]).tolist() == [True, False, True]
    left = grown._replace(W=grown.W[1:])
    assert watch.healthy(left, [1, 2]).tolist() == [False, True], "the first has been left behind"


def test_what_starts_at_zero_is_asked_to_be_finite() -> None:
    net = network("two-layer")
    watch = Watch(net._replace(W=torch.zeros_like(net.W)), ("W",))
    grown = net._replace(W=1e20 * net.W)
    grown.W[1, 0, 0] = np.inf
    assert watch.healthy(grown, [0, 1, 2]).tolist() == [True, False, True]
