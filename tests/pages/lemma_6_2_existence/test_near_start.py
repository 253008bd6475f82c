"""What the page of Lemma 6.2 measures beside it: Corollary B.2 and Claim C.8."""

import math

import numpy as np
import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.pages.lemma_6_2_existence import near_start
from ovp_lib.pages.lemma_6_2_existence.analysis import function_of
from ovp_lib.pages.lemma_6_2_existence.statement import TINY
from ovp_lib.proofs import two_causes

CPU = torch.device("cpu")


def by_hand(i: int, m: int) -> tuple[float, float, float]:
    """One network of the tiny run, neuron by neuron as Lemma B.1 and its corollary have it."""
    p, eps_a = TINY, 1 / math.sqrt(m)
    [x] = padded_sphere(p.dimension)(p.n_points, stream(p.seed, i, near_start.TWO_LAYERS))[None]
    init = stream(p.seed, i, near_start.TWO_LAYERS, m)
    net = init_two_layer([init], d=p.dimension, m=m, init_scale=eps_a)
    W, b, a = net.W[0], net.b[0], net.a[0, 0]
    h = function_of(parse(p.inner), p.clip)
    lemma, near, start = (-x[:, 0] * x[:, -1] for _ in range(3))
    start = torch.zeros_like(start)
    for j in range(m):
        of_start = W[j] @ x.T + b[j]
        gate = (of_start >= 0).double()
        root = math.sqrt(m)
        along = h(root * W[j, :1], root * b[j : j + 1]).item() * a[j] / (m * eps_a**2) * x[:, -1]
        lemma = lemma + a[j] * gate * along
        near = near + a[j] * gate * (of_start + along)
        start = start + a[j] * gate * of_start
    unit = eps_a * math.sqrt(2 * math.log(2 * p.n_points))
    return lemma.abs().max().item(), near.abs().max().item(), start.abs().max().item() / unit


def test_networks_near_the_start_are_those_of_the_corollary() -> None:
    found = near_start.near_start(TINY, CPU)
    assert TINY.inner == "z"
    for i, k in ((0, 0), (1, 2)):
        expected = by_hand(i, TINY.widths[k])
        assert [each[i, k] for each in found] == pytest.approx(expected)


def test_the_start_is_gaussian_of_size_eps_a() -> None:
    """E[g(x; W^(0))^2] = eps_a^2 at any unit vector and any width."""
    e = 4000
    for m in (5, 40):
        net = init_two_layer([stream(0, m, i) for i in range(e)], d=3, m=m, init_scale=0.1)
        x = padded_sphere(3)(1, stream(1))[None].expand(e, 1, 3)
        squares = (two_layer(net, x) / 0.1).flatten().square()
        error = squares.std().item() / math.sqrt(e)
        assert squares.mean().item() == pytest.approx(1.0, abs=4 * error)


def test_flips_are_those_of_the_library_over_its_bounds() -> None:
    found = near_start.flipped(TINY)
    m2 = TINY.widths[1]
    generator = stream(TINY.seed, 1, near_start.FLIPS, m2)
    shape = (1, near_start.INPUTS, m2)
    g = torch.randn(shape, generator=generator, dtype=torch.float64) / m2**0.5
    length, size = m2**-0.25, m2 ** (-2 / 3)
    flips = two_causes.most_flips(g, length, size).double().mean().item()
    assert found.flips[1, 1] == pytest.approx(flips / (m2 ** (5 / 6) + m2 ** (5 / 6)))
    total = two_causes.largest_sum(g, length, size).mean().item()
    assert found.sum[1, 1] == pytest.approx(total / (2 * m2 ** (1 / 6)))


def test_the_largest_ratio_is_over_both_causes_and_each_alone() -> None:
    found = near_start.flipped(TINY)
    assert (found.largest >= np.maximum(found.flips, found.sum)).all()
    assert list(near_start.causes(64)) == ["both", "the first", "the second"]
    [first, second] = [near_start.causes(64)[name] for name in ("the first", "the second")]
    assert first[1] == 0.0
    assert second[0] == near_start.TINY
