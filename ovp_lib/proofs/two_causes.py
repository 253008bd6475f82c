r"""Gates that two perturbations flip, one small in length and one small everywhere (Claim C.8).

What goes into the gates, g, is moved by g'_1 + g'_2 with ||g'_1||_2 <= length and ||g'_2||_inf <=
size. At gates that flip x = g + g'_1 + g'_2, elsewhere x = 0. The best adversary has a closed
form: g'_2 brings every gate nearer to zero by ``size``, and g'_1 pays for what is left.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.proofs.adversary import second_layer_flips


def most_flips(g: Float[Tensor, "e n m2"], length: float, size: float) -> Int[Tensor, "e n"]:
    """Return the largest ||x||_0: how many gates both perturbations can flip at most.

    max #{j : |g'_{1,j}| > |g_j| - size}  subject to  ||g'_1||_2 <= length

    Args:
        g: what goes into the gates.
        length: bound on ||g'_1||_2, positive.
        size: bound on ||g'_2||_inf, at least 0.

    Returns:
        For each row of ``g`` a number of gates.

    Raises:
        ValueError: if ``length`` is not positive or ``size`` is negative.

    Example:
        >>> g = torch.tensor([[[0.1, -0.3, 0.6, 3.0]]])
        >>> most_flips(g, length=0.15, size=0.2).tolist()  # the second costs 0.1, the third 0.4
        [[2]]
    """
    return second_layer_flips(_left_over(g, size), torch.ones_like(g[..., :1]), length)


def largest_sum(g: Float[Tensor, "e n m2"], length: float, size: float) -> Float[Tensor, "e n"]:
    r"""Return the largest ||x||_1: how far beyond zero all flipped gates can be moved together.

    max_k sum_{j <= k} (size - |g_(j)|) + length sqrt(k),   |g_(1)| <= |g_(2)| <= ...

    For a set of k gates the best g'_1 moves all of them by the same amount, length / sqrt(k), and
    the best set is that of the smallest |g_j|.

    Args:
        g: what goes into the gates.
        length: bound on ||g'_1||_2, positive.
        size: bound on ||g'_2||_inf, at least 0.

    Returns:
        One number for each row of ``g``.

    Raises:
        ValueError: if ``length`` is not positive or ``size`` is negative.

    Example:
        >>> g = torch.tensor([[[0.1, -0.3, 3.0]]]).double()
        >>> round(largest_sum(g, length=0.1, size=0.2).item(), 6)  # 0.1 + 0.1 by the first alone
        0.2
    """
    _require(length, size)
    nearest = g.abs().sort(dim=-1).values
    counts = torch.arange(1, g.shape[-1] + 1, dtype=g.dtype, device=g.device)
    sums = (size - nearest).cumsum(dim=-1) + length * elementary.sqrt(counts)
    return sums.amax(dim=-1).clamp_min(0)


def flips_bound(length: float, size: float, m2: int) -> float:
    """Return m2 length^(2/3) + m2^(3/2) size, the bound on ||x||_0, with every O(.) read as one.

    Args:
        length: bound on ||g'_1||_2.
        size: bound on ||g'_2||_inf.
        m2: number of gates.

    Example:
        >>> round(flips_bound(0.125, 0.01, 100), 6)  # 25 + 10
        35.0
    """
    return float(m2 * length ** (2 / 3) + m2**1.5 * size)


def sum_bound(length: float, size: float, m2: int) -> float:
    """Return m2^(1/2) length^(4/3) + m2^(3/2) size^2, the bound on ||x||_1, O(.) read as one.

    Our text of the claim has lost which norm it is. The proof adds up |x_j|.

    Args:
        length: bound on ||g'_1||_2.
        size: bound on ||g'_2||_inf.
        m2: number of gates.

    Example:
        >>> round(sum_bound(0.125, 0.01, 100), 6)  # 0.625 + 0.1
        0.725
    """
    return float(math.sqrt(m2) * length ** (4 / 3) + m2**1.5 * size**2)


def _left_over(g: Tensor, size: float) -> Tensor:
    """Return how far from zero g'_2 leaves each gate."""
    if not size >= 0:
        raise ValueError(f"size bounds the entries of g'_2, so at least 0, got {size}")
    return (g.abs() - size).clamp_min(0)


def _require(length: float, size: float) -> None:
    if not (length > 0 and size >= 0):
        raise ValueError(f"need length > 0 and size >= 0, got {length} and {size}")
