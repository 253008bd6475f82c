"""Which movement in a ball goes furthest along a direction: the steps of all suprema here."""

import torch
from jaxtyping import Float
from torch import Tensor


def nonzero(sizes: Tensor) -> Tensor:
    """Return sizes that can be divided by: the smallest normal number stands for zero.

    A direction of zero then gives a movement of zero, in every precision.

    Args:
        sizes: of any shape, at least 0.

    Example:
        >>> (torch.zeros(1) / nonzero(torch.zeros(1))).item()
        0.0
    """
    return sizes.clamp_min(torch.finfo(sizes.dtype).tiny)


def dual_2_4(direction: Float[Tensor, "e m d"]) -> Float[Tensor, " e"]:
    """Return max <G, W'> over ||W'||_{2,4} <= 1: (sum_i ||g_i||^(4/3))^(3/4) (Hölder).

    Args:
        direction: G, one for each member.

    Example:
        >>> dual_2_4(torch.tensor([[[3.0, 4.0], [0.0, 0.0]]])).tolist()
        [5.0]
    """
    rows = torch.linalg.vector_norm(direction, dim=2)
    return torch.linalg.vector_norm(rows, ord=4 / 3, dim=1)


def along_2_4(direction: Float[Tensor, "e m d"], radius: float) -> Float[Tensor, "e m d"]:
    """Return the W' with ||W'||_{2,4} <= radius that maximises <G, W'>.

    Its rows point along those of G, with lengths in proportion to ||g_i||^(1/3).

    Args:
        direction: G, one for each member.
        radius: tau_w.
    """
    rows = torch.linalg.vector_norm(direction, dim=2, keepdim=True)
    lengths = rows ** (1 / 3)
    total = torch.linalg.vector_norm(lengths, ord=4, dim=1, keepdim=True)
    return radius * direction * (lengths / nonzero(rows * total))


def along_frobenius(direction: Float[Tensor, "e m d"], radius: float) -> Float[Tensor, "e m d"]:
    """Return the V' with ||V'||_F <= radius that maximises <G, V'>.

    Args:
        direction: G, one for each member.
        radius: tau_v.
    """
    norms = torch.linalg.matrix_norm(direction, keepdim=True)
    return radius * direction / nonzero(norms)
