r"""Moves of Corollary 6.6 that hurt at all inputs at once.

An adversary at one input harms the expectation over inputs little. But the features F(x) of all
inputs point in similar directions: with F_bar their mean, a row v'_q = -t_q F_bar moves n_q(x) by
-t_q <F_bar, F(x)> at every x. To flip the gate of neuron q it takes
t_q = (n_q + b_q) / ||F_bar||^2, so that the flip costs |n_q + b_q| / ||F_bar|| in norm. The
adversary pays for those flips that change the output most in one direction for their price.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def worst_flips(
    z: Float[Tensor, " m"],
    gain: Float[Tensor, " m"],
    *,
    length: float,
    power: int,
    radius: float,
    overshoot: float = 1.5,
) -> Float[Tensor, " m"]:
    r"""Return t, so that the rows -t_i c move sum_i gain_i 1{z_i >= 0} down as far as they can.

    Each row costs |t_i| ||c||, and (sum_i |t_i|^power)^(1/power) ||c|| <= radius. A flip of i is
    worth |gain_i|, and only if it closes a gate of positive gain or opens one of negative gain. The
    flips are bought in the order of worth per |t_i|^power while the budget lasts (the greedy
    solution of a knapsack problem, optimal up to its last item).

    Args:
        z: what goes into the gates at the common input, biases included.
        gain: what an open gate adds.
        length: ||c||, positive.
        power: 2 for ||V'||_F and 4 for ||W'||_{2,4}.
        radius: of the ball, positive.
        overshoot: by how much further than zero a gate is pushed, at least 1; inputs are not all
            the mean.

    Returns:
        t_i for every row, zero where nothing is done; <c, c> t_i is what z_i loses.

    Raises:
        ValueError: if ``length``, ``radius`` or ``power`` is not positive, or ``overshoot < 1``.

    Example:
        >>> z, gain = torch.tensor([0.1, 0.2, -0.1]), torch.tensor([1.0, 1.0, 1.0])
        >>> worst_flips(z, gain, length=1.0, power=2, radius=0.2).tolist()  # the third is closed
        [0.15000000596046448, 0.0, 0.0]
    """
    if min(length, radius, power) <= 0 or overshoot < 1:
        raise ValueError(
            "length, radius and power must be positive and overshoot at least 1, got "
            f"{length}, {radius}, {power} and {overshoot}"
        )
    t = overshoot * z / length**2
    cost = (t.abs() * length) ** power
    harmful = (gain > 0) == (z >= 0)
    worth = torch.where(harmful, gain.abs() / cost.clamp(min=1e-300), -torch.inf)
    order = worth.argsort(descending=True)
    order = order[harmful[order]]
    bought = order[cost[order].cumsum(dim=0) <= radius**power]
    moved = torch.zeros_like(t)
    moved[bought] = t[bought]
    return moved
