"""Residual convolutional networks against torch's own convolutions, one member at a time."""

import math

import pytest
import torch
from torch.nn import functional

from ovp_lib.models.inputs import stream
from ovp_lib.models.residual_convolution import (
    ResidualConvolution,
    init_residual_convolution,
    plain_convolutional,
    residual_convolutional,
)

SHAPES = [(1, 12), (2, 9), (3, 8, 8), (2, 5, 7)]


def network(shape: tuple[int, ...], m: int = 4, blocks: int = 2, e: int = 2) -> ResidualConvolution:
    """A network whose biases are not 0, unlike at initialisation."""
    generators = [stream(1, i) for i in range(e)]
    net = init_residual_convolution(generators, shape=shape, m=m, blocks=blocks, k=3)
    b, c = (torch.randn(part.shape, generator=stream(2)).double() for part in (net.b, net.c))
    return net._replace(b=b, c=c)


def points(shape: tuple[int, ...], e: int = 2, n: int = 5) -> torch.Tensor:
    return torch.randn(e, n, math.prod(shape), generator=stream(7), dtype=torch.float64)


def by_torch(net, x, shape, stride: int, scale: float, *, skip: bool):
    """One member with torch.nn.functional: the taps of a filter are its last axes."""
    axes = len(shape) - 1
    convolve = functional.conv1d if axes == 1 else functional.conv2d
    halve = functional.avg_pool1d if axes == 1 else functional.avg_pool2d

    def layer(h, filters, biases, step=1):
        weight = filters.unflatten(1, ((3,) * axes) + (-1,)).movedim(-1, 1)
        return convolve(h, weight, biases, stride=step, padding=1)

    h = layer(x.unflatten(1, shape), net.W[0], net.b[0], stride)
    for block in range(net.blocks):
        h = halve(h, 2) if block else h
        branch = layer(h.relu(), net.V[0, 2 * block], net.c[0, 2 * block])
        branch = layer(branch.relu(), net.V[0, 2 * block + 1], net.c[0, 2 * block + 1])
        h = h + scale * branch if skip else branch
    return h.relu().flatten(2).mean(dim=2) @ net.a[0].T


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_each_member_is_made_of_torch_s_convolutions(shape: tuple[int, ...], stride: int) -> None:
    net, x = network(shape), points(shape)
    residual = residual_convolutional(net, x, shape, stride)
    plain = plain_convolutional(net, x, shape, stride)
    for i in range(2):
        own = net.member(i)
        expected = by_torch(own, x[i], shape, stride, math.sqrt(0.5), skip=True)
        torch.testing.assert_close(residual[i], expected)
        expected = by_torch(own, x[i], shape, stride, 1.0, skip=False)
        torch.testing.assert_close(plain[i], expected)


def test_a_residual_network_with_empty_branches_is_its_first_layer() -> None:
    net = network((1, 8), blocks=1)
    empty = net._replace(V=torch.zeros_like(net.V), c=torch.zeros_like(net.c))
    x = points((1, 8))
    outside = functional.pad(x, (1, 1))
    seen = torch.stack([outside[..., i : i + 8] for i in range(3)], dim=-1)
    h = (seen @ net.W.mT.unsqueeze(1) + net.b[:, None, None]).relu().mean(dim=2)
    torch.testing.assert_close(residual_convolutional(empty, x, (1, 8), stride=1), h @ net.a.mT)
    assert plain_convolutional(empty, x, (1, 8)).abs().max() == 0


def test_an_axis_of_length_one_is_not_halved() -> None:
    net, x = network((1, 2), blocks=3), points((1, 2))
    assert residual_convolutional(net, x, (1, 2)).isfinite().all()


def test_a_filter_is_as_large_as_its_inputs_ask_for() -> None:
    net = init_residual_convolution([stream(0)], shape=(3, 8, 8), m=40, blocks=2, k=30)
    for drawn, variance in ((net.W, 2 / 27), (net.V, 2 / 360), (net.a, 1 / 40)):
        assert drawn.var().item() == pytest.approx(variance, rel=0.15)
    assert net.b.abs().max() == net.c.abs().max() == 0


def test_the_size_of_the_outputs_depends_neither_on_width_nor_on_blocks() -> None:
    """Without the scale 1/sqrt(B) eight branches would make them about 2^(8/2) times as large."""
    x = points((1, 40), e=8, n=20)

    def size(m: int, blocks: int) -> float:
        generators = [stream(3, i) for i in range(8)]
        net = init_residual_convolution(generators, shape=(1, 40), m=m, blocks=blocks, k=10)
        return residual_convolutional(net, x, (1, 40)).std().item()

    assert size(64, 1) / size(8, 1) == pytest.approx(1, abs=0.4)
    assert 0.3 < size(16, 8) / size(16, 1) < 2


@pytest.mark.parametrize("shape", [(4,), (1, 2, 2, 2), (1, 0)])
def test_other_inputs_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="channels and length"):
        init_residual_convolution([stream(0)], shape=shape, m=2, blocks=1, k=2)


@pytest.mark.parametrize(("shape", "stride"), [((1, 11), 1), ((1, 12), 0)])
def test_what_does_not_fit_is_refused(shape: tuple[int, ...], stride: int) -> None:
    with pytest.raises(ValueError, match="stride of at least 1"):
        residual_convolutional(network((1, 12)), points((1, 12)), shape, stride)
    with pytest.raises(ValueError, match="blocks, k and members must be at least 1"):
        init_residual_convolution([stream(0)], shape=(1, 12), m=2, blocks=0, k=2)
