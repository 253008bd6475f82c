"""Real three-layer networks: lower bounds on their Rademacher complexity by ascent.

A movement that is found by ascent lies in the class, so that its correlation with the signs is a
lower bound on the supremum. All values are gains over W' = V' = 0: what does not move correlates
with the signs by zero on average.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.three_layer import ThreeLayer
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


class Task(NamedTuple):
    """What is to be correlated with what.

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
    task: Task, move: Movement, sigma: Float[Tensor, "e s m1"] | None = None
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
    start = _outputs(task, move, torch.zeros_like(task.net.b1))
    if sigma is None:
        moved = _outputs(task, move, torch.ones_like(task.net.b1))
    else:
        both = [_outputs(task, move, sign * s) for s in sigma.unbind(dim=1) for sign in (1, -1)]
        moved = torch.stack(both).mean(dim=0)
    return ((moved - start) * task.xi).mean(dim=1)


def ascend(
    task: Task,
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
    found = [_climb(task, start, sigma, steps) for start in starts]
    judged = [correlation(task, each, sigma if fresh is None else fresh) for each in found]
    return torch.stack(judged).amax(dim=0)


def _climb(task: Task, best: Movement, sigma: Tensor | None, steps: int) -> Movement:
    """Return what ascent reaches; a step that loses is undone, and the next is half as long."""
    value = correlation(task, best, sigma)
    share = torch.ones_like(value)[:, None, None]
    for _ in range(steps):
        dV = along_frobenius(_gradient(task, best, sigma).dV, task.tau_v)
        move = best._replace(dV=torch.lerp(best.dV, dV, share))
        dW = along_2_4(_gradient(task, move, sigma).dW, task.tau_w)
        move = move._replace(dW=torch.lerp(best.dW, dW, share))
        now = correlation(task, move, sigma)
        won = (now > value)[:, None, None]
        pairs = zip(move, best, strict=True)
        best = Movement(*(torch.where(won, new, old) for new, old in pairs))
        value, share = torch.maximum(now, value), torch.where(won, share, share / 2)
    return best


def _gradient(task: Task, move: Movement, sigma: Tensor | None) -> Movement:
    with torch.enable_grad():
        leaves = Movement(*(each.detach().requires_grad_() for each in move))
        total = correlation(task, leaves, sigma).sum()
    return Movement(*torch.autograd.grad(total, leaves))


def _outputs(task: Task, move: Movement, s: Float[Tensor, "e m1"]) -> Float[Tensor, "e n"]:
    """Return output 0 at W + S W', V + V' S, for one diagonal of S a member."""
    net, s = task.net, s.unsqueeze(1)
    first = torch.baddbmm(net.b1.unsqueeze(1), task.x, net.W.mT) + s * (task.x @ move.dW.mT)
    h = first.relu()
    second = torch.baddbmm(net.b2.unsqueeze(1), h, net.V.mT) + (s * h) @ move.dV.mT
    return (second.relu() @ net.a[:, 0].unsqueeze(2))[:, :, 0]
