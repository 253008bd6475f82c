"""Smoothing (Lemma 6.9): the distance of a smoothed network from its pseudo-network after a step.

The smoothing noise W^rho, V^rho has N(0, sigma_w^2) and N(0, sigma_v^2) entries. It enters only
through W^rho x and through V^rho applied to three vectors, which are Gaussian given everything
else; so no m2 x m1 matrix is drawn, and the distribution is exactly that of the lemma.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.inputs import rademacher
from ovp_lib.models.three_layer import ThreeLayer, preactivations

CHUNK = 1 << 8
"""Draws of the noise that are held at once."""


class SmoothingGap(NamedTuple):
    """Means over the noise, one for each member.

    Attributes:
        mean: E |P - P'|, the largest output.
        flips: expected number of gates, of both layers, that the step changes.
    """

    mean: Float[Tensor, " e"]
    flips: Float[Tensor, " e"]


class _Noise(NamedTuple):
    """Standard normal draws for the smoothing of both layers, and signs."""

    first: Float[Tensor, "e s m1"]
    second: tuple[Tensor, Tensor, Tensor]
    signs: Float[Tensor, "e s m1"]


def smoothed_gap(
    net: ThreeLayer,
    x: Float[Tensor, "e 1 d"],
    dW: Float[Tensor, "e m1 d"],
    dV: Float[Tensor, "e m2 m1"],
    etas: Sequence[float],
    *,
    sigma_w: float,
    sigma_v: float,
    n: int,
    generators: Sequence[Generator],
) -> list[SmoothingGap]:
    """Estimate E |P - P'| over W^rho, V^rho and signs S, for several step sizes and the same noise.

    P = f(x; W + W^rho + eta S W'', V + V^rho + eta V'' S), and P' is the pseudo-network at the
    same weights with the gates of (W + W^rho, V + V^rho)    (Lemma 6.9).

    Args:
        net: the current weights W, V.
        x: one unit vector for each member.
        dW: W''.
        dV: V''.
        etas: step sizes, positive.
        sigma_w: noise of the first layer, positive.
        sigma_v: noise of the second layer, positive.
        n: draws of the noise, at least 1.
        generators: one source of randomness for each member.

    Returns:
        One gap for each step size.

    Raises:
        ValueError: if a number is out of range.
    """
    if min(*etas, sigma_w, sigma_v) <= 0 or n < 1:
        raise ValueError(
            f"etas, sigma_w and sigma_v must be positive and n at least 1, "
            f"got {list(etas)}, {sigma_w}, {sigma_v} and {n}"
        )
    totals = torch.zeros(len(etas), 2, len(net.W), dtype=net.W.dtype, device=net.W.device)
    for start in range(0, n, CHUNK):
        noise = _draw(net, min(CHUNK, n - start), generators)
        for total, eta in zip(totals, etas, strict=True):
            gap, flips = _gap_and_flips(net, x, dW, dV, eta, sigma_w, sigma_v, noise)
            total += torch.stack([gap.sum(dim=1), flips.sum(dim=1)])
    return [SmoothingGap(*(total / n)) for total in totals]


def gap_coefficient(
    m1: int, m2: int, *, tau_w: float, tau_v: float, sigma_w: float, sigma_v: float
) -> float:
    """Return what multiplies eta^2 in the bound of Lemma 6.9 on E |P - P'|.

    m1 tau_w^2 / sigma_w + m2 tau_w^2 / sigma_v + m2 tau_v^2 / (m1 sigma_v)

    A gate of the first layer flips with probability eta tau_w / sigma_w and then costs eta tau_w; a
    gate of the second moves by delta = eta (tau_w + tau_v / sqrt(m1)), flips with probability
    delta / sigma_v and then costs delta. Logarithms are left out, and so is O(eta^3).

    Args:
        m1: width of the first layer.
        m2: width of the second layer.
        tau_w: length of the longest row of W''.
        tau_v: length of the longest row of V''.
        sigma_w: noise of the first layer, positive.
        sigma_v: noise of the second layer, positive.

    Returns:
        The coefficient, up to constants.

    Example:
        >>> gap_coefficient(4, 4, tau_w=1.0, tau_v=2.0, sigma_w=0.5, sigma_v=1.0)
        16.0
    """
    first = m1 * tau_w**2 / sigma_w
    return first + m2 * tau_w**2 / sigma_v + m2 * tau_v**2 / (m1 * sigma_v)


def _gap_and_flips(
    net: ThreeLayer,
    x: Tensor,
    dW: Tensor,
    dV: Tensor,
    eta: float,
    sigma_w: float,
    sigma_v: float,
    noise: _Noise,
) -> tuple[Tensor, Tensor]:
    """Return |P - P'| and the number of flips for each draw, both ``(e, s)``."""
    z = preactivations(net, x).first + sigma_w * noise.first
    z_eta = z + eta * noise.signs * (x @ dW.mT)
    h, frozen, h_eta = z.relu(), z_eta * (z >= 0), z_eta.relu()
    # Differences, and not the three vectors: for a small eta these are nearly parallel, and what
    # distinguishes them would be lost to cancellation.
    start, to_frozen, to_eta = _shared_noise(h, frozen - h, h_eta - frozen, noise.second)
    n = torch.baddbmm(net.b2.unsqueeze(1), h, net.V.mT) + sigma_v * start
    n_frozen = n + (frozen - h) @ net.V.mT + sigma_v * to_frozen
    n_eta = n_frozen + (h_eta - frozen) @ net.V.mT + sigma_v * to_eta
    n_frozen = n_frozen + eta * (noise.signs * frozen) @ dV.mT
    n_eta = n_eta + eta * (noise.signs * h_eta) @ dV.mT
    gap = (n_eta.relu() - n_frozen * (n >= 0)) @ net.a.mT
    flips = ((z >= 0) != (z_eta >= 0)).sum(dim=2) + ((n >= 0) != (n_eta >= 0)).sum(dim=2)
    return gap.abs().amax(dim=2), flips.to(gap)


def _shared_noise(
    u: Tensor, v: Tensor, w: Tensor, normal: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return G u, G v and G w for a matrix G of standard normals that is never formed.

    With an orthonormal basis of the span of the three, each is a combination of three vectors of
    independent standard normals.
    """
    e1, length = _unit(u)
    v1 = (v * e1).sum(dim=2, keepdim=True)
    e2, v2 = _unit(v - v1 * e1)
    w1, w2 = ((w * e).sum(dim=2, keepdim=True) for e in (e1, e2))
    w3 = torch.linalg.vector_norm(w - w1 * e1 - w2 * e2, dim=2, keepdim=True)
    g1, g2, g3 = normal
    return length * g1, v1 * g1 + v2 * g2, w1 * g1 + w2 * g2 + w3 * g3


def _unit(u: Tensor) -> tuple[Tensor, Tensor]:
    """Return u / ||u|| (zero for zero) and ||u||."""
    length = torch.linalg.vector_norm(u, dim=2, keepdim=True)
    return u / length.clamp_min(torch.finfo(u.dtype).tiny), length


def _draw(net: ThreeLayer, s: int, generators: Sequence[Generator]) -> _Noise:
    m1, m2 = net.widths

    def normal(m: int) -> Tensor:
        draws = [torch.randn(s, m, generator=g, dtype=torch.float64) for g in generators]
        return torch.stack(draws).to(net.W)

    second = (normal(m2), normal(m2), normal(m2))
    signs = torch.stack([rademacher((s, m1), g) for g in generators]).to(net.W)
    return _Noise(normal(m1), second, signs)
