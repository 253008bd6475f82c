r"""Clipped Hermite polynomials (Claim C.2): the sums that the clipping bounds, and its error.

Beyond |z| = B_i the proof replaces h_i(z) by its value at the clip: that bounds h, and the tails
that are changed must not matter. The numbers span hundreds of orders of magnitude, so that they are
natural logarithms here.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ovp_lib.maths import elementary, hermite
from ovp_lib.proofs.hermite_indicator import HermiteIndicator


class ClippingSums(NamedTuple):
    """Natural logarithms of the four sums of Claim C.2, over degrees i = 1, ..., D.

    Attributes:
        tail: (a) sum |c'_i| E[|h_i(z)| 1{|z| >= B_i}], to be at most eps/8.
        boundary: (b) sum |c'_i| E[|h_i(B_i)| 1{|z| >= B_i}], to be at most eps/8.
        range: (c) sum |c'_i| max_{|z| <= B_i} |h_i(z)|, to be at most C_eps(phi, 1)/2.
        slope: (d) sum |c'_i| max_{|z| <= B_i} |h_i'(z)|, to be at most C_eps(phi, 1)/2.
    """

    tail: float
    boundary: float
    range: float
    slope: float


def clipping_sums(h: HermiteIndicator) -> ClippingSums:
    """Return the sums of Claim C.2 for the paper's h and its clips.

    Args:
        h: made by :func:`ovp_lib.proofs.indicator.taylor_indicator`, every clip finite from
            degree 1 on (:func:`ovp_lib.proofs.indicator.paper_clip`, or a smaller one).

    Returns:
        The four sums in natural logarithms; minus infinity if phi is constant.

    Raises:
        ValueError: if some clip is infinite.
    """
    if any(math.isinf(clip) for clip in h.clip[1:]):
        raise ValueError(f"Claim C.2 needs a finite clip for every degree, got {h.clip}")
    rows = [_of_degree(i, clip) for i, clip in enumerate(h.clip[1:], start=1)]
    weights = elementary.log(h.outer.weight[1:].abs())
    if not rows:
        return ClippingSums(*[-math.inf] * 4)
    sums = torch.logsumexp(torch.stack(rows) + weights[:, None], dim=0)
    return ClippingSums(*(float(value) for value in sums))


def _of_degree(i: int, clip: float) -> Tensor:
    """Return the logarithms of the four quantities for hbar_i, clipped at B."""
    B = torch.tensor(clip, dtype=torch.float64)
    # Panels are short next to the clip, where nearly all of the tail's mass is.
    steps = torch.linspace(0, 1, 61, dtype=torch.float64) ** 3
    z, weight = hermite.composite(B + 30 * steps)
    log_tail = (
        elementary.log(hermite.normalised(i, z)[i].abs()) - z * z / 2 - 0.5 * math.log(2 * math.pi)
    )
    tail = math.log(2.0) + torch.logsumexp(log_tail + elementary.log(weight), dim=0)
    hbar = hermite.normalised(i, torch.linspace(0, clip, 4001, dtype=torch.float64)).abs()
    beyond = math.log(2.0) + torch.special.log_ndtr(-B)
    slope = 0.5 * math.log(i) + elementary.log(hbar[i - 1].max())
    return torch.stack(
        [tail, elementary.log(hbar[i, -1]) + beyond, elementary.log(hbar[i].max()), slope]
    )
