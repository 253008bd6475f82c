"""The most gates that a movement of given norm can flip, and movements that flip them (Lemma 6.5).

To flip neuron i at a unit vector x, a row must move by at least |z_i| along x, where z_i is what
goes into its ReLU. Rows do not share costs, so the best movement under a norm flips the neurons of
smallest |z_i|, one after the other, until the norm is spent.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ovp_lib.models.three_layer import ThreeLayer, preactivations
from ovp_lib.proofs.perturbations import positive_norm


def first_layer_flips(z: Float[Tensor, "e n m1"], tau_w: float) -> Int[Tensor, "e n"]:
    """Count the gates that the best W' with ||W'||_{2,4} <= tau_w flips, at each input alone.

    max #{i : ||w'_i|| > |z_i|}  subject to  sum_i ||w'_i||^4 <= tau_w^4

    Nothing larger than one row of ``z`` is made, so that widths of a million are cheap.

    Args:
        z: what goes into the first ReLUs, <w_i, x> + b_i, at unit vectors x.
        tau_w: the norm, positive.

    Returns:
        For each input the largest number of gates, in 0..m1.

    Raises:
        ValueError: if ``tau_w`` is not positive.

    Example:
        >>> first_layer_flips(torch.tensor([[[0.1, -0.2, 3.0]]]), tau_w=1.0).tolist()
        [[2]]
    """
    return _count(z, 4, tau_w)


def second_layer_flips(
    n: Float[Tensor, "e n m2"], h: Float[Tensor, "e n m1"], tau_v: float
) -> Int[Tensor, "e n"]:
    """Count the gates that the best V' with ||V'||_F <= tau_v flips, at each input alone.

    max #{j : ||v'_j|| ||h|| > |n_j|}  subject to  sum_j ||v'_j||^2 <= tau_v^2

    Args:
        n: what goes into the second ReLUs.
        h: what comes out of the first layer; not zero.
        tau_v: the norm, positive.

    Returns:
        For each input the largest number of gates, in 0..m2.

    Raises:
        ValueError: if ``tau_v`` is not positive.

    Example:
        >>> n, h = torch.tensor([[[0.6, -0.7, 3.0]]]), torch.tensor([[[1.0, 0.0]]])
        >>> second_layer_flips(n, h, tau_v=1.0).tolist()
        [[2]]
    """
    return _count(n / torch.linalg.vector_norm(h, dim=2, keepdim=True), 2, tau_v)


def first_layer_adversary(
    z: Float[Tensor, "e m1"],
    x: Float[Tensor, "e d"],
    tau_w: float,
    *,
    among: Bool[Tensor, "e m1"] | None = None,
    push: float = 1.0,
) -> Float[Tensor, "e m1 d"]:
    """Return a W' with ||W'||_{2,4} <= tau_w that flips as many gates at x as any.

    w'_i = -push z_i x for the neurons of smallest |z_i| (slightly more, to cross zero)

    Args:
        z: what goes into the first ReLUs at ``x``.
        x: one unit vector for each member.
        tau_w: the norm, positive.
        among: neurons that may be flipped; all if ``None``.
        push: at least 1; how far beyond zero a neuron is pushed, 1 being just across.

    Raises:
        ValueError: if ``tau_w`` is not positive, ``push`` below 1 or ``x`` no unit vector.

    Example:
        >>> z, x = torch.tensor([[0.1, -0.2, 3.0]]), torch.tensor([[1.0, 0.0]])
        >>> dW = first_layer_adversary(z, x, tau_w=1.0)
        >>> (z + (dW @ x.unsqueeze(2)).squeeze(2) >= 0).tolist()
        [[False, True, True]]
    """
    lengths = torch.linalg.vector_norm(x, dim=1)
    if not torch.allclose(lengths, torch.ones_like(lengths), atol=1e-5):
        raise ValueError(f"x must be a unit vector, got lengths {lengths.tolist()}")
    if not push >= 1:
        raise ValueError(f"push must be at least 1, got {push}")
    shifts = -push * _across(z)
    chosen = _cheapest(shifts.abs(), 4, tau_w, among)
    return (shifts * chosen).unsqueeze(2) * x.unsqueeze(1)


def second_layer_adversary(
    n: Float[Tensor, "e m2"], h: Float[Tensor, "e m1"], tau_v: float
) -> Float[Tensor, "e m2 m1"]:
    """Return a V' with ||V'||_F <= tau_v that flips as many gates as any at the input behind h.

    v'_j = -n_j h / ||h||^2 for the neurons of smallest |n_j| (slightly more, to cross zero)

    Args:
        n: what goes into the second ReLUs at one input of each member, shape ``(e, m2)``.
        h: what comes out of the first layer there, shape ``(e, m1)``; not zero.
        tau_v: the norm, positive.

    Returns:
        V', shape ``(e, m2, m1)``.

    Raises:
        ValueError: if ``tau_v`` is not positive.

    Example:
        >>> n, h = torch.tensor([[0.6, -0.7, 3.0]]), torch.tensor([[1.0, 0.0]])
        >>> dV = second_layer_adversary(n, h, tau_v=1.0)
        >>> (n + (dV @ h.unsqueeze(2)).squeeze(2) >= 0).tolist()
        [[False, True, True]]
    """
    length = torch.linalg.vector_norm(h, dim=1, keepdim=True)
    shifts = -_across(n) / length
    chosen = _cheapest(shifts.abs(), 2, tau_v, None)
    return (shifts * chosen).unsqueeze(2) * (h / length).unsqueeze(1)


def through_first_layer(
    net: ThreeLayer, x: Float[Tensor, "e d"], tau_w: float
) -> Float[Tensor, "e m1 d"]:
    """Return a W' with ||W'||_{2,4} <= tau_w that flips many gates of the second layer at x.

    W' = c x^T with the c of least length for which V c moves the s smallest inputs n_j of the
    second layer just across zero, for the largest s that the norm allows:

        c = B^T (B B^T)^{-1} (-n_S),    B = V_{S,A}

    A holds three quarters of the active neurons of the first layer, without those next to zero, so
    that none of them is switched off by a small c. The best W' has no closed form, so what this one
    flips is a lower bound on what can be flipped. It reaches the rate of the lemma, since ||c||_4
    is of order m1^(-1/4) ||c||_2.

    Args:
        net: weights of all members.
        x: one unit vector for each member, shape ``(e, d)``.
        tau_w: the norm, positive.

    Returns:
        W', shape ``(e, m1, d)``.

    Raises:
        ValueError: if ``tau_w`` is not positive.
    """
    positive_norm(tau_w)
    first, second = (layer[:, 0] for layer in preactivations(net, x.unsqueeze(1)))
    c = torch.zeros_like(first)
    for row, V, z, n in zip(c, net.V, first, second, strict=True):
        active = z[z >= 0]
        if len(active):
            safe = z >= active.quantile(0.25)
            row[safe] = _least_norm_push(V[:, safe], n, tau_w)
    return c.unsqueeze(2) * x.unsqueeze(1)


def _least_norm_push(B: Tensor, n: Tensor, tau_w: float) -> Tensor:
    """Return the c for the largest affordable number of targets, by bisection."""
    high = min(B.shape) // 2
    nearest = n.abs().argsort()[:high]
    rows, targets = B[nearest], -_across(n[nearest])
    gram = rows @ rows.mT

    def push(s: int) -> Tensor:
        return rows[:s].mT @ torch.linalg.solve(gram[:s, :s], targets[:s])

    # The 4-norm need not grow with s, as the 2-norm does. So the s that is found may not be the
    # largest, but it is affordable: only such an s becomes ``low``.
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        affordable = float(torch.linalg.vector_norm(push(middle), ord=4)) <= tau_w
        low, high = (middle, high) if affordable else (low, middle - 1)
    return push(low)


def _across(z: Tensor) -> Tensor:
    """Return slightly more than z: subtracting it from z crosses zero in spite of rounding."""
    slightly = torch.finfo(z.dtype).eps ** 0.5
    return z * (1 + slightly)


def _count(costs: Tensor, power: int, budget: float) -> Tensor:
    """Count, row by row, how many of the smallest costs fit into the budget."""
    positive_norm(budget)
    counts = [
        _affordable(_within_reach(_across(row.abs()), power, budget), power, budget)[0]
        for row in costs.flatten(0, 1)
    ]
    return torch.stack(counts).view(costs.shape[:2])


def _within_reach(costs: Tensor, power: int, budget: float) -> Tensor:
    """Drop costs that no affordable choice contains, so that little is left to be sorted.

    If all costs up to some limit exceed the budget together, those beyond it are never paid.

    Returns:
        Some of ``costs``, in their order.
    """
    # Halving: sorting the few that are left is cheap, sorting a million is not.
    limit = budget
    costs = costs[costs <= limit]
    while len(costs):
        limit /= 2
        cheaper = costs[costs <= limit]
        if _spent(cheaper, power, budget).sum() <= 1:
            break
        costs = cheaper
    return costs


def _cheapest(costs: Tensor, power: int, budget: float, among: Tensor | None) -> Tensor:
    """Return, row by row, which of the allowed costs the budget is spent on."""
    positive_norm(budget)
    if among is not None:
        costs = costs.masked_fill(~among, torch.inf)
    chosen = torch.zeros_like(costs, dtype=torch.bool)
    for row, marks in zip(costs, chosen, strict=True):
        count, order = _affordable(row, power, budget)
        marks[order[:count]] = True
    return chosen


def _affordable(costs: Tensor, power: int, budget: float) -> tuple[Tensor, Tensor]:
    """Return how many of the smallest costs fit, and the order of the costs."""
    ordered, order = costs.sort()
    spent = _spent(ordered, power, budget).cumsum(dim=0)
    return (spent <= 1).sum(), order


def _spent(costs: Tensor, power: int, budget: float) -> Tensor:
    """Return (costs / budget)^power for power 2 or 4, by squaring."""
    squared = (costs / budget).square()
    return squared if power == 2 else squared.square()
