r"""The best W*, V* of Lemma 6.7: the Hessian's blocks of single neurons.

Let neuron i of the first layer have the weights theta_i = (w_i, v_{.,i}), what goes into it and
what it sends on. Since E[s_i s_j] = 0, a random direction (Sigma W*, V* Sigma) feels only the
blocks H_ii of the Hessian that belong to one neuron:

    E_Sigma L(theta + sqrt(eta) Sigma theta*) = L + (eta / 2) sum_i theta*_i^T H_ii theta*_i + ...

Subject to ||W*||_F <= 1 and ||V*||_F <= 1 the sum is a quadratic form with two constraints, so that
its minimum is attained in one neuron, and is the maximum over t of

    2 cosh(2 t) min_i lambda_min(S H_ii S),    S = diag(e^t on w, e^-t on v)

(if that is negative): the dual of the problem has no gap.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.proofs.descent.moments import relu_moments
from ovp_lib.proofs.descent.objective import Direction, Objective, Passed, Point, Rows, passed


class _Outer(NamedTuple):
    """Derivatives of the loss of a row in the inputs of the second layer, mu and tau."""

    g_mu: Tensor
    g_tau: Tensor
    rank_one: Tensor
    diagonal: Tensor
    mixed: Tensor
    tau_tau: Tensor


class BestDirection(NamedTuple):
    """The best direction within the balls ||W*||_F <= 1, ||V*||_F <= 1.

    Attributes:
        step: W* and V*, both within one neuron.
        change: (1/2) theta*^T H theta*, what the objective changes by per eta, shape ``(e,)``.
        bound: what no direction can go below, from the dual at the same scaling.
        neuron: which neuron of the first layer, shape ``(e,)``.
    """

    step: Direction
    change: Float[Tensor, " e"]
    bound: Float[Tensor, " e"]
    neuron: Tensor


def neuron_blocks(point: Point, rows: Rows, objective: Objective) -> Float[Tensor, "e m1 p p"]:
    """Return the blocks H_ii of the Hessian of the smoothed objective, p = d + m2.

    Args:
        point: where.
        rows: samples with draws of Sigma, but without draws of W^rho: the ReLUs of the first layer
            are replaced by their means over W^rho, which have second derivatives.
        objective: its numbers.

    Returns:
        The blocks, the weights into the neuron first.

    Raises:
        ValueError: if W^rho was drawn.

    Example:
        >>> from ovp_lib.proofs.descent.objective import draw_rows
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> net = init_three_layer([stream(0)], d=3, m1=8, m2=8)
        >>> x, here = torch.ones(1, 1, 3).double() / 3**0.5, Point(net, 0 * net.W, 0 * net.V)
        >>> rows = draw_rows(here, x, 5 + 0 * x[..., :1], [stream(1)], signs=False, first=False)
        >>> numbers = Objective(lam=1.0, sigma_w=0.01, sigma_v=0.01)
        >>> neuron_blocks(here, rows, numbers).shape
        torch.Size([1, 8, 11, 11])
    """
    if rows.first is not None:
        raise ValueError("second derivatives need rows without draws of W^rho (first=False)")
    forward, n = passed(point, rows, objective), rows.x.shape[1]
    outer = _outer(point, rows, forward, objective)
    size = (objective.sigma_w * rows.x.norm(dim=2, keepdim=True)).square()
    first = relu_moments(forward.z, size)
    h, gate, density = first.mean, first.gate, first.density
    v_v = _second_block(h, outer, n)
    w_v = _mixed_block(point, rows, objective, outer, h, gate) / n
    w_w = _first_block(point, rows, objective, outer, h, gate, density) / n
    d, lam = rows.x.shape[2], objective.lam
    squares = point.dW.square().sum(dim=2)[..., None, None]
    outer_w = point.dW.unsqueeze(3) * point.dW.unsqueeze(2)
    w_w = w_w + objective.lam_w * lam**2 * (4 * squares * torch.eye(d).to(h) + 8 * outer_w)
    v_v.diagonal(dim1=2, dim2=3).add_(2 * objective.lam_v * lam)
    return torch.cat([torch.cat([w_w, w_v], 3), torch.cat([w_v.mT, v_v], 3)], 2)


def best_direction(blocks: Float[Tensor, "e m1 p p"], d: int, turns: int = 10) -> BestDirection:
    """Return the W*, V* in the unit balls along which the objective falls fastest on average.

    Args:
        blocks: of :func:`neuron_blocks`.
        d: inputs, the size of w_i.
        turns: of the golden section for t, at least 1.

    Returns:
        The direction, what it changes, and what no direction can beat.

    Raises:
        ValueError: if ``turns < 1``.

    Example:
        >>> saddle = torch.tensor([[0.0, 3.0], [3.0, 0.0]])  # the objective 3 w v
        >>> found = best_direction(saddle[None, None], d=1)
        >>> round(found.change.item(), 1), round(found.bound.item(), 1)
        (-3.0, -3.0)
    """
    if turns < 1:
        raise ValueError(f"turns must be at least 1, got {turns}")
    found = [_best_of_one(each, d, turns) for each in blocks]
    step = Direction(*map(torch.stack, zip(*(each.step for each in found), strict=True)))
    change = torch.stack([each.change for each in found])
    bound = torch.stack([each.bound for each in found])
    return BestDirection(step, change, bound, torch.stack([each.neuron for each in found]))


def spread_direction(blocks: Float[Tensor, "e m1 p p"], d: int) -> tuple[Direction, Tensor]:
    """Return a direction that moves all neurons alike, as the W*, V* of the proof do.

    Every neuron gets ||w*_i|| <= 1 / sqrt(m1) and ||v*_i|| <= 1 / sqrt(m1), along the eigenvector
    of its own block.

    Args:
        blocks: of :func:`neuron_blocks`.
        d: inputs.

    Returns:
        The direction, and what the objective changes by per eta, shape ``(e,)``.
    """
    m1 = blocks.shape[1]
    theta = torch.linalg.eigh(blocks).eigenvectors[..., 0]
    theta = _within_balls(theta, blocks, d) / m1**0.5
    change = _change(theta, blocks)
    theta = torch.where((change < 0).unsqueeze(2), theta, 0.0)
    step = Direction(theta[..., :d], theta[..., d:].mT)
    return step, change.clamp_max(0.0).sum(dim=1)


def _best_of_one(blocks: Tensor, d: int, turns: int) -> BestDirection:
    """Maximise the dual over t for one member, and read the direction off its eigenvectors."""
    some = _candidates(blocks, d)
    t = _golden(lambda t: _dual(_lowest_of_each(blocks[some], d, t), t), turns)
    # All neurons enter the bound: it is valid whatever candidates t was chosen with.
    values = _lowest_of_each(blocks, d, t)
    tried = torch.tensor(sorted({*some.tolist(), *values.argsort()[:2].tolist()}))
    vectors = torch.linalg.eigh(_scaled(blocks[tried], d, t)).eigenvectors
    theta = (vectors[..., :2] * _scale(blocks, d, t)).mT  # two for each neuron
    theta = _within_balls(theta, blocks[tried].unsqueeze(1), d)
    changes = _change(theta, blocks[tried].unsqueeze(1))
    place, which = divmod(int(changes.argmin()), changes.shape[1])
    neuron, change = int(tried[place]), changes[place, which].clamp_max(0.0)
    W, V = blocks.new_zeros(len(blocks), d), blocks.new_zeros(blocks.shape[1] - d, len(blocks))
    if change < 0:
        W[neuron], V[:, neuron] = theta[place, which, :d], theta[place, which, d:]
    bound = values.new_tensor(_dual(values, t))
    return BestDirection(Direction(W, V), change, bound, torch.tensor(neuron))


def _candidates(blocks: Tensor, d: int) -> Tensor:
    """Return the neurons whose blocks are most indefinite, by what is cheap to compute."""
    mixed = torch.linalg.matrix_norm(blocks[:, :d, d:], ord=2)
    inner = torch.linalg.eigvalsh(blocks[:, :d, :d])[:, 0]
    outer = blocks[:, d:, d:].diagonal(dim1=1, dim2=2).amin(dim=1)
    found = [mixed.argsort(descending=True)[:4], inner.argsort()[:2], outer.argsort()[:1]]
    return torch.tensor(sorted({i for each in found for i in each.tolist()}))


def _dual(values: Tensor, t: float) -> float:
    """Return cosh(2 t) times the smallest eigenvalue: no direction changes less."""
    return min(0.0, math.cosh(2 * t) * float(values.min()))


def _golden(function: Callable[[float], float], turns: int) -> float:
    """Return where a function of t in (-4, 4) with one peak is largest, by golden section."""
    ratio, low, high = (5**0.5 - 1) / 2, -4.0, 4.0
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(turns):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return left if at_left > at_right else right


def _lowest_of_each(blocks: Tensor, d: int, t: float) -> Tensor:
    return torch.linalg.eigvalsh(_scaled(blocks, d, t))[:, 0]


def _scale(blocks: Tensor, d: int, t: float) -> Tensor:
    scale = blocks.new_ones(blocks.shape[-1])
    scale[:d], scale[d:] = math.e**t, math.e**-t
    return scale.unsqueeze(1)


def _scaled(blocks: Tensor, d: int, t: float) -> Tensor:
    scale = _scale(blocks, d, t)
    return scale * blocks * scale.mT


def _within_balls(theta: Tensor, blocks: Tensor, d: int) -> Tensor:
    """Return theta scaled into both unit balls: as a whole, or each part, whichever falls more."""
    w, v = theta[..., :d], theta[..., d:]
    sizes = [part.norm(dim=-1, keepdim=True).clamp_min(1e-30) for part in (w, v)]
    whole = theta / torch.maximum(*sizes)
    parts = torch.cat([w / sizes[0], v / sizes[1]], dim=-1)
    better = _change(parts, blocks) < _change(whole, blocks)
    return torch.where(better.unsqueeze(-1), parts, whole)


def _change(theta: Tensor, blocks: Tensor) -> Tensor:
    """Return theta^T H theta / 2 for each block."""
    return (theta.unsqueeze(-2) @ blocks @ theta.unsqueeze(-1)).squeeze(-1).squeeze(-1) / 2


def _outer(point: Point, rows: Rows, forward: Passed, objective: Objective) -> _Outer:
    """Differentiate the loss of each row in mu and tau."""
    lam, a = objective.lam, point.net.a
    M, _, p, n = forward.second
    n1 = -forward.mu / forward.tau * n  # n' and n''
    n2 = (forward.mu.square() / forward.tau - 1) / forward.tau * n
    back, sizes = (forward.f - rows.y) @ a, a.square().sum(dim=1).unsqueeze(1)
    along = lam / 2 * n @ a.mT  # d lambda E F / d tau
    g_mu = lam * back * p + lam**2 * sizes * M * (1 - p)
    g_tau = (lam * back * n + lam**2 * sizes * (p - M * n)).sum(dim=2, keepdim=True) / 2
    diagonal = lam * back * n + lam**2 * sizes * (p - p.square() - M * n)
    mixed = lam * p * (along @ a) + lam * back * n1 / 2
    mixed = mixed + lam**2 * sizes * (n * (1 - p) - M * n1) / 2
    summed = lam * back * n2 + lam**2 * sizes * (n1 - n.square() - M * n2)
    tau_tau = along.square().sum(dim=2, keepdim=True) + summed.sum(dim=2, keepdim=True) / 4
    rank_one = lam * p.unsqueeze(1) * a.unsqueeze(2)  # (e, k, n, m2)
    return _Outer(g_mu, g_tau, rank_one, diagonal, mixed, tau_tau)


def _second_block(h: Tensor, outer: _Outer, n: int) -> Tensor:
    """Return the part (v, v) of every block: h_i^2 times the Hessian in mu."""
    weights = (h.square() / n).mT  # (e, m1, n)
    blocks = torch.diag_embed(weights @ outer.diagonal)
    for vectors in outer.rank_one.unbind(1):
        # One neuron at a time: all at once would hold m1 scaled copies of the rows.
        for i in range(weights.shape[1]):
            blocks[:, i] += (vectors * weights[:, i].unsqueeze(2)).mT @ vectors
    return blocks


def _mixed_block(
    point: Point, rows: Rows, objective: Objective, outer: _Outer, h: Tensor, gate: Tensor
) -> Tensor:
    """Return n times the part (w, v) of every block, shape ``(e, m1, d, m2)``."""
    x, signs, smoothing = rows.x, rows.signs, objective.sigma_v**2
    gated = (h * gate).unsqueeze(3) * x.unsqueeze(2)  # (e, n, m1, d)
    total = torch.einsum("enj,eni,enc->eicj", outer.g_mu, gate, x)
    total = total + 2 * smoothing * torch.einsum(
        "enj,eni,enc->eicj", outer.mixed, h.square() * gate, x
    )
    for vectors in outer.rank_one.unbind(1):
        through = vectors @ point.net.V + signs * (vectors @ point.dV)
        total = total + torch.einsum("enj,enic->eicj", vectors, gated * through.unsqueeze(3))
    start = moved = torch.einsum("enj,enic->eicj", outer.diagonal, gated)
    if signs.shape[1] > 1 or len(rows.x[0]) == 1:  # one row of ones for many is Sigma = I
        moved = torch.einsum("enj,enic->eicj", outer.diagonal, gated * signs.unsqueeze(3))
    return total + start * point.net.V.mT.unsqueeze(2) + moved * point.dV.mT.unsqueeze(2)


def _first_block(
    point: Point,
    rows: Rows,
    objective: Objective,
    outer: _Outer,
    h: Tensor,
    gate: Tensor,
    density: Tensor,
) -> Tensor:
    """Return n times the part (w, w) of every block: a weighted sum of x x^T."""
    V, dV, signs, smoothing = point.net.V, point.dV, rows.signs, objective.sigma_v**2

    def through(row: Tensor) -> Tensor:
        return row @ V + signs * (row @ dV)

    curved = outer.diagonal @ (V.square() + dV.square()) + 2 * signs * (outer.diagonal @ (V * dV))
    for vectors in outer.rank_one.unbind(1):
        curved = curved + through(vectors).square()
    curved = curved + 4 * smoothing * h * through(outer.mixed)
    curved = curved + 4 * smoothing**2 * h.square() * outer.tau_tau
    bent = gate.square() + h * density
    weights = gate.square() * curved + density * through(outer.g_mu)
    weights = weights + 2 * smoothing * outer.g_tau * bent
    return torch.einsum("eni,enc,enb->eicb", weights, rows.x, rows.x)
