"""Real three-layer networks: lower bounds on their Rademacher complexity by ascent.

A movement that is found by ascent lies in the class, so that its correlation with the signs is a
lower bound on the supremum. All values are gains over W' = V' = 0: what does not move correlates
with the signs by zero on average.
"""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.three_layer import ThreeLayer, preactivations
from ovp_lib.proofs.rademacher.duals import along_2_4, along_frobenius
from ovp_lib.proofs.rademacher.three_layer import bilinear_maximiser, parts


class Movement(NamedTuple):
    """A movement of both layers.

    Attributes:
        dW: W', shape ``(e, m1, d)``.
        dV: V', shape ``(e, m2, m1)``.
    """

    dW: Float[Tensor, "e m1 d"]
    dV: Float[Tensor, "e m2 m1"]


class Correlation(NamedTuple):
    """Networks and signs whose correlation is computed.

    Attributes:
        net: initial weights; output 0 is taken.
        x: points of each member, shape ``(e, n, d)``.
        xi: signs xi of each member, shape ``(e, n)``.
        tau_w: bound on ||W'||_{2,4}.
        tau_v: bound on ||V'||_F.
    """

    net: ThreeLayer
    x: Float[Tensor, "e n d"]
    xi: Float[Tensor, "e n"]
    tau_w: float
    tau_v: float


def correlation(
    task: Correlation, move: Movement, sigma: Float[Tensor, "e s m1"] | None = None
) -> Float[Tensor, " e"]:
    """Return the gain (1/N) sum_j xi_j (f(x_j; W + S W', V + V' S) - f(x_j; W, V)).

    Args:
        task: networks, points, signs and radii.
        move: W' and V'.
        sigma: draws of the diagonal of S, over which, and over -S, the mean is taken; S = I if
            ``None``. The pairs S, -S cancel what is odd in S, as the expectation does.

    Returns:
        One number for each member.
    """
    return _gain(_start_of(task), move, sigma)


def ascend(
    task: Correlation,
    sigma: Float[Tensor, "e s m1"] | None = None,
    *,
    steps: int = 15,
    fresh: Float[Tensor, "e t m1"] | None = None,
) -> Float[Tensor, " e"]:
    """Return the best gain that ascent finds: a lower bound on the supremum over real networks.

    In turn, V' and W' go towards the point of their ball that is furthest along the gradient, all
    the way at first. With frozen gates no such step loses; here one that loses is undone, and the
    next is half as long. It starts from the best movement of the bilinear term with frozen gates
    and, without S, also from no movement.

    Args:
        task: networks, points, signs and radii.
        sigma: draws of S for the ascent; S = I if ``None``.
        steps: pairs of steps from each start, at least 1.
        fresh: other draws of S, on which what was found is judged. Without them the value on
            ``sigma`` is returned, which the ascent has seen: it is too large.

    Returns:
        One number for each member.
    """
    dW, dV = bilinear_maximiser(parts(task.net, task.x, task.xi).T, task.tau_w, task.tau_v)
    starts = [Movement(dW, dV)]
    if sigma is None:
        starts.append(Movement(torch.zeros_like(dW), torch.zeros_like(dV)))
    start = _start_of(task)
    found = [_climb(start, each, sigma, steps) for each in starts]
    judged = [_gain(start, each, sigma if fresh is None else fresh) for each in found]
    return torch.stack(judged).amax(dim=0)


class _Start(NamedTuple):
    """A task, and what does not depend on the movement: W x + b1, and output 0 at W, V."""

    task: Correlation
    first: Float[Tensor, "e n m1"]
    outputs: Float[Tensor, "e n"]


def _start_of(task: Correlation) -> _Start:
    first, second = preactivations(task.net, task.x)
    return _Start(task, first, _read_out(task.net, second))


def _climb(start: _Start, best: Movement, sigma: Tensor | None, steps: int) -> Movement:
    """Return what ascent reaches; a step that loses is undone, and the next is half as long."""
    task = start.task
    value, uphill = _slope(start, best, sigma, "dV")
    share = torch.ones_like(value)[:, None, None]
    for _ in range(steps):
        dV = along_frobenius(uphill, task.tau_v)
        move = best._replace(dV=torch.lerp(best.dV, dV, share))
        dW = along_2_4(_slope(start, move, sigma, "dW")[1], task.tau_w)
        move = move._replace(dW=torch.lerp(best.dW, dW, share))
        now, ahead = _slope(start, move, sigma, "dV")
        won = (now > value)[:, None, None]
        pairs = zip(move, best, strict=True)
        best = Movement(*(torch.where(won, new, old) for new, old in pairs))
        uphill = torch.where(won, ahead, uphill)
        value, share = torch.maximum(now, value), torch.where(won, share, share / 2)
    return best


def _slope(
    start: _Start, move: Movement, sigma: Tensor | None, part: Literal["dW", "dV"]
) -> tuple[Float[Tensor, " e"], Tensor]:
    """Return the gain of a movement, and its gradient in one of the two layers."""
    with torch.enable_grad():
        leaf = getattr(move, part).detach().requires_grad_()
        gain = _gain(start, move._replace(**{part: leaf}), sigma)
        (gradient,) = torch.autograd.grad(gain.sum(), leaf)
    return gain.detach(), gradient


def _gain(start: _Start, move: Movement, sigma: Tensor | None) -> Float[Tensor, " e"]:
    if sigma is None:
        moved = _outputs(start, move, torch.ones_like(start.task.net.b1))
    else:
        both = [_outputs(start, move, sign * s) for s in sigma.unbind(dim=1) for sign in (1, -1)]
        moved = torch.stack(both).mean(dim=0)
    return ((moved - start.outputs) * start.task.xi).mean(dim=1)


def _outputs(start: _Start, move: Movement, s: Float[Tensor, "e m1"]) -> Float[Tensor, "e n"]:
    """Return output 0 at W + S W', V + V' S, for one diagonal of S a member."""
    net, s = start.task.net, s.unsqueeze(1)
    h = (start.first + s * (start.task.x @ move.dW.mT)).relu()
    second = torch.baddbmm(net.b2.unsqueeze(1), h, net.V.mT) + (s * h) @ move.dV.mT
    return _read_out(net, second)


def _read_out(net: ThreeLayer, second: Float[Tensor, "e n m2"]) -> Float[Tensor, "e n"]:
    return (second.relu() @ net.a[:, 0].unsqueeze(2))[:, :, 0]
