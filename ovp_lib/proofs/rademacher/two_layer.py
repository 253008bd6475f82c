"""The class of Lemma B.5: two-layer networks whose neurons each move by at most tau.

f(x; W + W') = sum_i a_i sigma(<w_i + w'_i, x> + b_i) with ||w'_i||_2 <= tau for every i: the
supremum over the class is a sum over neurons. In two dimensions each of its terms is found exactly.
"""

import itertools
import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.networks import TwoLayer, preactivations
from ovp_lib.proofs.rademacher.duals import nonzero


def frozen_supremum(
    net: TwoLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "e n"], tau: float
) -> Float[Tensor, " e"]:
    """Return the supremum with the gates frozen: tau sum_i |a_i| ||(1/N) sum_j xi_j D_i(x_j) x_j||.

    Args:
        net: initial weights; output 0 is taken.
        x: points of each member.
        xi: signs of each member.
        tau: bound on ||W'||_{2,inf}.

    Returns:
        One number for each member: the gain over W' = 0.
    """
    signed = (preactivations(net, x) >= 0).to(x.dtype) * xi.unsqueeze(2) / x.shape[1]
    return tau * (net.a[:, 0].abs() * torch.linalg.vector_norm(signed.mT @ x, dim=2)).sum(dim=1)


def proved_bound(net: TwoLayer, n: int, tau: float) -> Float[Tensor, " e"]:
    """Return the bound of Lemma B.5 with its constants counted: 2 ||a||_1 tau / sqrt(N).

    Args:
        net: initial weights; output 0 is taken.
        n: number N of points on the unit sphere.
        tau: bound on ||W'||_{2,inf}.
    """
    return 2 * net.a[:, 0].abs().sum(dim=1) * tau / math.sqrt(n)


def ascended(
    net: TwoLayer,
    x: Float[Tensor, "e n d"],
    xi: Float[Tensor, "e n"],
    tau: float,
    steps: int = 20,
) -> Float[Tensor, " e"]:
    """Return a lower bound on the supremum over real networks, in any dimension.

    Each neuron goes to the point of its ball that is furthest along its current gradient, from the
    best point with frozen gates; the best value on the way is kept, neuron by neuron.

    Args:
        net: initial weights; output 0 is taken.
        x: points of each member.
        xi: signs of each member.
        tau: bound on ||W'||_{2,inf}.
        steps: moves of each neuron.

    Returns:
        The gain over W' = 0, one number for each member.
    """
    z, weight = preactivations(net, x), xi.unsqueeze(2) * net.a[:, :1] / x.shape[1]
    best, dW = torch.zeros_like(net.a[:, 0]), torch.zeros_like(net.W)
    for _ in range(steps):
        toward = ((z + x @ dW.mT >= 0).to(x.dtype) * weight).mT @ x
        dW = tau * toward / nonzero(torch.linalg.vector_norm(toward, dim=2, keepdim=True))
        gain = (((z + x @ dW.mT).relu() - z.relu()) * weight).sum(dim=1)
        best = torch.maximum(best, gain)
    return best.sum(dim=1)


def exact_in_the_plane(
    net: TwoLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "e n"], tau: float
) -> Float[Tensor, " e"]:
    """Return the supremum over real networks in two dimensions, exactly.

    For one neuron the correlation is linear in w' between the lines <w', x_j> = -z_j. So it is
    largest at a crossing of two lines in the disc, where a line meets the circle, or on an arc of
    the circle in the direction of the gradient there.

    Args:
        net: initial weights with d = 2; output 0 is taken.
        x: points of each member, not zero.
        xi: signs of each member.
        tau: bound on ||W'||_{2,inf}, positive.

    Returns:
        The gain over W' = 0, one number for each member.

    Raises:
        ValueError: if d is not 2.
    """
    return exact_of_draws(net, x, xi.unsqueeze(0), tau)[0]


def exact_of_draws(
    net: TwoLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "s e n"], tau: float
) -> Float[Tensor, "s e"]:
    """Return what :func:`exact_in_the_plane` does, for each of several draws of the signs.

    Lines, crossings and arcs do not depend on the signs, and are found once.

    Args:
        net: initial weights with d = 2; output 0 is taken.
        x: points of each member, not zero.
        xi: draws of the signs of each member.
        tau: bound on ||W'||_{2,inf}, positive.

    Returns:
        The gain over W' = 0, a row a draw.

    Raises:
        ValueError: if d is not 2.
    """
    if x.shape[2] != 2:
        raise ValueError(f"the supremum is exact in two dimensions, got d = {x.shape[2]}")
    z, a = preactivations(net, x), net.a[:, 0]
    found = torch.zeros(xi.shape[:2], dtype=x.dtype)
    for e, i in itertools.product(range(len(x)), range(a.shape[1])):
        places = _places(z[e, :, i], x[e], tau)
        found[:, e] += torch.tensor(
            [_largest_gain(places, each * a[e, i] / x.shape[1]) for each in xi[:, e]],
            dtype=x.dtype,
        )
    return found.to(x.device)


class _Places(NamedTuple):
    """One neuron, and where its gain may be largest, whatever the signs are.

    Attributes:
        z: its inputs without a movement.
        x: points.
        tau: bound on the movement.
        crossings: of two lines inside the disc.
        ends: of arcs of the circle.
        open: which ReLUs are on, for each arc.
    """

    z: Float[Tensor, " n"]
    x: Float[Tensor, "n 2"]
    tau: float
    crossings: Float[Tensor, "c 2"]
    ends: Float[Tensor, "b 2"]
    open: Bool[Tensor, "b n"]


def _places(z: Tensor, x: Tensor, tau: float) -> _Places:
    ends = _on_the_circle(z, x, tau)
    angles = torch.atan2(ends[:, 1], ends[:, 0]).sort().values
    # The last arc goes past the angle pi, to the first end.
    nearby = torch.cat([angles, angles[:1] + 2 * math.pi]) if len(angles) else z.new_zeros(1)
    middles = (nearby[1:] + nearby[:-1]) / 2 if len(angles) else nearby
    arcs = tau * torch.stack([middles.cos(), middles.sin()], dim=1)
    return _Places(z, x, tau, _crossings(z, x, tau), ends, z + arcs @ x.T >= 0)


def _largest_gain(places: _Places, weight: Tensor) -> float:
    """Return the largest gain of one neuron."""
    z, x, tau, crossings, ends, open_ = places
    gradients = (open_ * weight) @ x
    sizes = nonzero(torch.linalg.vector_norm(gradients, dim=1, keepdim=True))
    points = torch.cat([crossings, ends, tau * gradients / sizes, z.new_zeros(1, 2)])
    return float((((z + points @ x.T).relu() - z.relu()) @ weight).max())


def _on_the_circle(z: Tensor, x: Tensor, tau: float) -> Tensor:
    """Return where the lines <w, x_j> = -z_j meet the circle of radius tau."""
    size = torch.linalg.vector_norm(x, dim=1)
    foot = -z / size
    meets = foot.abs() <= tau
    normal = (x / size.unsqueeze(1))[meets]
    along = torch.stack([-normal[:, 1], normal[:, 0]], dim=1)
    half = elementary.sqrt(tau**2 - foot[meets] ** 2).unsqueeze(1)
    middle = foot[meets].unsqueeze(1) * normal
    return torch.cat([middle + half * along, middle - half * along])


def _crossings(z: Tensor, x: Tensor, tau: float) -> Tensor:
    """Return where two of the lines cross inside the disc."""
    i, j = torch.triu_indices(len(z), len(z), offset=1, device=z.device)
    det = x[i, 0] * x[j, 1] - x[i, 1] * x[j, 0]
    first = (x[i, 1] * z[j] - x[j, 1] * z[i]) / det
    second = (x[j, 0] * z[i] - x[i, 0] * z[j]) / det
    points = torch.stack([first, second], dim=1)
    return points[points.norm(dim=1) <= tau]  # parallel lines give inf or nan: not inside
