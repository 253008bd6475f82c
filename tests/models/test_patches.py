"""Convolutional networks against loops, and targets of unit variance."""

import math

import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.models.patches import (
    Convolutional,
    ConvolutionalTarget,
    convolutional,
    init_convolutional,
    random_convolutional_target,
    ring_patches,
)
from tests.fake_device import DEVICE, empty, fake_device, there


def target(e: int = 2, rows: int = 6, stride: int = 2) -> ConvolutionalTarget:
    phi = [parse("sin(2z)"), parse("poly(-1,0,1)")]
    patches = ring_patches(rows, 2, size=3, stride=stride)
    generators = [stream(seed) for seed in range(e)]
    return random_convolutional_target(phi, generators, channels=4, patches=patches)


def points(e: int, n: int, d: int) -> torch.Tensor:
    return torch.randn(e, n, d, generator=stream(7), dtype=torch.float64)


def test_patches_are_rows_in_a_row_on_a_ring() -> None:
    """Entry 2 row + channel of a flattened matrix with two columns."""
    assert ring_patches(4, 2, size=2, stride=2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert ring_patches(3, 1, size=2).tolist() == [[0, 1], [1, 2], [2, 0]]


@pytest.mark.parametrize(
    ("rows", "size", "stride"), [(4, 5, 1), (4, 3, 3), (4, 0, 1), (4, 3, 0), (0, 1, 1)]
)
def test_patches_that_do_not_fit_are_refused(rows: int, size: int, stride: int) -> None:
    with pytest.raises(ValueError, match=f"size {size}"):
        ring_patches(rows, 2, size=size, stride=stride)


def test_the_network_is_the_double_sum_over_patches_and_channels() -> None:
    patches = ring_patches(6, 2, size=3, stride=2)
    net = init_convolutional([stream(0), stream(1)], q=6, m=5, n_patches=3)
    x = points(2, 4, 12)
    found = convolutional(net, x, patches)
    for e in range(2):
        for n in range(4):
            total = 0.0
            for seen in patches.tolist():
                for j in range(5):
                    z = float(net.W[e, j] @ x[e, n, seen] + net.b[e, j])
                    total += float(net.a[e, 0, j]) * max(z, 0.0)
            assert found[e, n, 0].item() == pytest.approx(total)


def test_with_one_patch_it_is_the_two_layer_network() -> None:
    net = init_convolutional([stream(0)], q=12, m=5, n_patches=1)
    x = points(1, 4, 12)
    one = torch.arange(12)[None]
    torch.testing.assert_close(convolutional(net, x, one), two_layer(TwoLayer(*net), x))


def test_outputs_are_as_small_as_the_remark_has_them_and_alternate() -> None:
    net = init_convolutional([stream(0)], q=3, m=4, n_patches=9)
    torch.testing.assert_close(net.a[0, 0] * 6, torch.tensor([1.0, -1, 1, -1]).double())
    many = init_convolutional([stream(0)], q=3, m=20_000, n_patches=9)
    for drawn in (many.W, many.b):
        assert drawn.std().item() == pytest.approx(1 / math.sqrt(3), rel=0.03)
    assert many.width == 20_000


def test_a_shift_by_the_stride_changes_nothing() -> None:
    own, x = target(), points(2, 5, 12)
    net = init_convolutional([stream(0), stream(1)], q=6, m=8, n_patches=3)
    moved = x.roll(4, dims=-1)
    torch.testing.assert_close(own(moved), own(x))
    torch.testing.assert_close(
        convolutional(net, moved, own.patches), convolutional(net, x, own.patches)
    )
    assert not torch.allclose(own(x.roll(2, dims=-1)), own(x))


def test_a_target_has_unit_variance_orthonormal_directions_and_alternating_signs() -> None:
    own = target(e=3)
    assert own(points(3, 20_000, 12)).std(dim=1).flatten().tolist() == pytest.approx(
        [1] * 3, rel=0.1
    )
    torch.testing.assert_close(own.w @ own.w.mT, torch.eye(4).double().expand(3, 4, 4))
    assert own.a.tolist() == [1, -1, 1, -1]
    z = torch.linspace(-2, 2, 9).double()
    torch.testing.assert_close(own.activation(z), torch.sin(2 * z) + z**2 - 1)


@pytest.mark.parametrize("copies", [1, 4])
def test_a_target_is_a_network_with_its_own_activation(copies: int) -> None:
    own, x = target(), points(2, 5, 12)
    net = own.network(copies)
    assert isinstance(net, Convolutional)
    assert net.width == 4 * copies
    torch.testing.assert_close(convolutional(net, x, own.patches, own.activation), own(x))


def test_more_channels_than_orthogonal_directions_are_refused() -> None:
    patches = ring_patches(4, 1, size=2)
    with pytest.raises(ValueError, match="1 to 2 channels"):
        random_convolutional_target([parse("z")], [stream(0)], channels=3, patches=patches)
    with pytest.raises(ValueError, match="got 0"):
        random_convolutional_target([], [stream(0)], channels=1, patches=patches)


def test_networks_and_targets_are_evaluated_where_they_are() -> None:
    net = init_convolutional([stream(0), stream(1)], q=6, m=5, n_patches=3)
    small = target()
    with fake_device():
        moved = ConvolutionalTarget(
            small.phi,
            empty(*small.w.shape),
            empty(*small.a.shape),
            small.patches.to(DEVICE),
            empty(2),
        )
        x = empty(2, 4, 12)
        for found in (convolutional(there(net), x, moved.patches), moved(x)):
            assert (found.device.type, found.shape) == (DEVICE, (2, 4, 1))
