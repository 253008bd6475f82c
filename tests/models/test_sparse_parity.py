import math

import numpy as np
import pytest
import torch

from ovp_lib.models.networks import two_layer
from ovp_lib.models.sparse_parity import INITIAL_STD, draw, init_network, network, parity
from ovp_lib.training.samples import streams


def test_inputs_lie_on_the_scaled_hypercube_and_labels_are_their_parity() -> None:
    x, y = draw(9, 4, 500, streams(0, 2, "train"))
    assert x.shape == (2, 500, 9)
    assert torch.allclose(x.norm(dim=2), torch.ones(2, 500, dtype=torch.float64))
    assert torch.allclose(x.abs(), torch.full_like(x, 1 / 3))
    slow = [[np.prod([np.sign(v) for v in row[:4]]) for row in member] for member in x.tolist()]
    assert y[..., 0].tolist() == slow


def test_every_coordinate_and_every_label_is_balanced() -> None:
    n = 40_000
    x, y = draw(8, 6, n, streams(1, 1, "train"))
    for column in (*x[0].T * math.sqrt(8), y[0, :, 0]):
        assert abs(column.mean()) < 4 / math.sqrt(n)


@pytest.mark.parametrize("k", [0, 5])
def test_a_parity_of_other_sizes_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"got k = {k} and d = 4"):
        parity(torch.ones(1, 3, 4), k)


def test_output_weights_are_balanced_and_have_norm_one() -> None:
    W = torch.randn(2, 10, 3)
    net = network(W)
    assert net.a.sum().item() == pytest.approx(0.0, abs=1e-6)
    assert net.a.square().sum(dim=2).flatten().tolist() == pytest.approx([1.0, 1.0])
    assert not net.b.any()
    x = torch.randn(2, 4, 3)
    slow = (x @ W.mT).relu()
    slow = (slow[..., :5].sum(dim=2) - slow[..., 5:].sum(dim=2)) / math.sqrt(10)
    assert torch.allclose(two_layer(net, x)[..., 0], slow, atol=1e-6)


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(ValueError, match="m must be even, got 5"):
        network(torch.zeros(1, 5, 3))


@pytest.mark.parametrize(("init", "std"), [("small", 1 / math.sqrt(400)), ("unit", 1.0)])
def test_initial_weights_have_the_declared_size(init: str, std: float) -> None:
    net = init_network(streams(0, 2, "init"), d=50, m=400, init=init)
    n = net.W.numel()
    assert abs(net.W.mean()) < 4 * std / math.sqrt(n)
    assert net.W.std().item() == pytest.approx(std, rel=4 / math.sqrt(2 * n))
    assert not torch.equal(net.W[0], net.W[1])
    assert set(INITIAL_STD) == {"small", "unit"}


def test_an_unknown_init_is_refused() -> None:
    with pytest.raises(ValueError, match="init is one of small, unit, got 'large'"):
        init_network(streams(0, 1, "init"), d=3, m=4, init="large")
