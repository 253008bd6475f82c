"""Two statements beside Lemma 6.2: Corollary B.2, its sibling for two layers, and Claim C.8."""

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from ovp_lib.maths import smooth
from ovp_lib.models import inputs, networks, pseudo
from ovp_lib.models.targets import TwoLayerTarget
from ovp_lib.pages.lemma_6_2_existence.analysis import function_of
from ovp_lib.pages.lemma_6_2_existence.measuring import Table
from ovp_lib.pages.lemma_6_2_existence.statement import Lemma62Parameters
from ovp_lib.proofs import existence, two_causes

TWO_LAYERS, FLIPS = 10, 11
"""Purposes of the random streams."""

INPUTS = 4
"""Inputs of a layer over which its flips are averaged; they differ little."""

TINY = 1e-9
"""A length in place of 0, since the length has to be positive."""


class StartSizes(NamedTuple):
    """Largest sizes over the points, of two-layer networks with eps_a = 1 / sqrt(m).

    Attributes:
        lemma: |g^(b)(x; W*) - f*(x)|, of Lemma B.1.
        corollary: |g(x; W^(0) + W*) - f*(x)|, of Corollary B.2.
        start: |g(x; W^(0))|, relative to eps_a sqrt(2 log 2n).
    """

    lemma: Table
    corollary: Table
    start: Table


class AdversaryFlips(NamedTuple):
    """What the best adversary of Claim C.8 does, relative to the bounds.

    Attributes:
        flips: ||x||_0 with both causes.
        sum: ||x||_1 with both causes.
        largest: the largest of both, and of those with one cause alone.
    """

    flips: Table
    sum: Table
    largest: Table


def near_start(p: Lemma62Parameters, device: torch.device) -> StartSizes:
    """Construct W* of Lemma B.1 with the h of least norm, and measure it from W^(0).

    The target is phi(<e_1, x>) <e_d, x>, with the phi of the page.

    Args:
        p: the parameters; widths, points and phi are those of Lemma 6.2.
        device: where to compute.

    Returns:
        One number for each seed and width.
    """
    rows = [[_one_network(p, i, m, device) for m in p.widths] for i in range(p.n_seeds)]
    return StartSizes(*np.array(rows).transpose(2, 0, 1))


def _one_network(
    p: Lemma62Parameters, i: int, m: int, device: torch.device
) -> tuple[float, float, float]:
    eps_a = 1 / math.sqrt(m)
    x = inputs.padded_sphere(p.dimension)(p.n_points, inputs.stream(p.seed, i, TWO_LAYERS))
    x = x[None].to(device)
    init = inputs.stream(p.seed, i, TWO_LAYERS, m)
    net = networks.init_two_layer([init], d=p.dimension, m=m, init_scale=eps_a).to(x.device)
    phi, axes = smooth.parse(p.inner), torch.eye(p.dimension).to(x)[None]
    target = TwoLayerTarget((phi,), axes[:, :1], axes[:, -1:], torch.ones(1, 1, 1).to(x))
    W_star = existence.two_layer(net, target, [function_of(phi, p.clip)], init_scale=eps_a)
    gates, f = networks.gates(net, x), target(x)
    lemma = pseudo.pseudo_two_layer_without_bias(net._replace(W=W_star), x, gates) - f
    near = pseudo.pseudo_two_layer(net._replace(W=net.W + W_star), x, gates) - f
    start = networks.two_layer(net, x) / (eps_a * math.sqrt(2 * math.log(2 * p.n_points)))
    found = [float(each.abs().max()) for each in (lemma, near, start)]
    return found[0], found[1], found[2]


def flipped(p: Lemma62Parameters) -> AdversaryFlips:
    """Let the best adversary of Claim C.8 flip gates whose inputs are N(0, 1/m2).

    ||g'_1|| = m2^(-1/4) and ||g'_2||_inf = m2^(-2/3): both causes count alike in both bounds.

    Args:
        p: the parameters; widths m2 are those of Lemma 6.2.

    Returns:
        One number for each seed and width, mean over inputs.
    """
    rows = [[_one_layer(p, i, m2) for m2 in p.widths] for i in range(p.n_seeds)]
    return AdversaryFlips(*np.array(rows).transpose(2, 0, 1))


def causes(m2: int) -> dict[str, tuple[float, float]]:
    """Return bounds on ||g'_1|| and ||g'_2||_inf: of both causes, and of each alone.

    Args:
        m2: number of gates.

    Example:
        >>> [round(each, 6) for each in causes(4096)["both"]]
        [0.125, 0.003906]
    """
    length, size = m2**-0.25, m2 ** (-2 / 3)
    return {"both": (length, size), "the first": (length, 0.0), "the second": (TINY, size)}


def _one_layer(p: Lemma62Parameters, i: int, m2: int) -> tuple[float, float, float]:
    """Return both ratios with both causes, and the largest of all."""
    generator = inputs.stream(p.seed, i, FLIPS, m2)
    g = torch.randn(1, INPUTS, m2, generator=generator, dtype=torch.float64) / math.sqrt(m2)
    ratios = {name: _ratios(g, *bounds) for name, bounds in causes(m2).items()}
    flips, total = ratios["both"]
    return flips, total, max(max(each) for each in ratios.values())


def _ratios(g: Float[torch.Tensor, "1 n m2"], length: float, size: float) -> tuple[float, float]:
    m2 = g.shape[2]
    flips = two_causes.most_flips(g, length, size).double().mean()
    total = two_causes.largest_sum(g, length, size).mean()
    return (
        float(flips) / two_causes.flips_bound(length, size, m2),
        float(total) / two_causes.sum_bound(length, size, m2),
    )
