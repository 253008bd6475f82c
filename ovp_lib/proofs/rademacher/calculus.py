"""Proposition A.12, all six parts: both sides, on classes that can be enumerated.

Where the paper writes O(.), the right side has the constant that the proof gives.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.proofs.rademacher.finite import all_signs, complexity, correlations, sums

Classes = Sequence[Float[Tensor, "f n"]]
"""Several finite classes on the same points: their values, a row a function."""


class Sides(NamedTuple):
    """The two sides of an inequality between Rademacher complexities.

    Attributes:
        left: the complexity that is bounded.
        right: its bound, with constants counted.
    """

    left: float
    right: float

    @property
    def ratio(self) -> float:
        """Left over right: at most one where the inequality holds."""
        return self.left / self.right


def l2_linear(x: Float[Tensor, "n d"], radius: float) -> Sides:
    """Return both sides of Proposition A.12a: R <= B / sqrt(N) where ||x_i||_2 <= 1.

    The supremum over the ball is (B/N) ||sum_i xi_i x_i||_2.

    Args:
        x: points of norm at most one.
        radius: B.

    Raises:
        ValueError: if a point is longer than one.

    Example:
        >>> l2_linear(torch.eye(4), 1.0)
        Sides(left=0.5, right=0.5)
    """
    _inside(torch.linalg.vector_norm(x, dim=1), "||x||_2")
    n = len(x)
    total = all_signs(n) @ x.double()
    return Sides(radius * total.norm(dim=1).mean().item() / n, radius / math.sqrt(n))


def l1_linear(x: Float[Tensor, "n m"], radius: float) -> Sides:
    """Return both sides of Proposition A.12b: R <= B sqrt(2 log(2m) / N) where |x_ij| <= 1.

    The supremum over the ball is (B/N) ||sum_i xi_i x_i||_inf. The paper's O(B sqrt(log m / N)) is
    zero for m = 1, where R is not: 2m stands for the 2m corners of the ball.

    Args:
        x: points in the cube [-1, 1]^m.
        radius: B.

    Raises:
        ValueError: if a coordinate is larger than one.
    """
    _inside(x.abs().amax(dim=1), "||x||_inf")
    n, m = x.shape
    total = all_signs(n) @ x.double()
    left = radius * total.abs().amax(dim=1).mean().item() / n
    return Sides(left, radius * math.sqrt(2 * math.log(2 * m) / n))


def addition(first: Float[Tensor, "f n"], second: Float[Tensor, "g n"]) -> Sides:
    """Return both sides of Proposition A.12c: R(F1 + F2) = R(F1) + R(F2).

    Args:
        first: values of F1.
        second: values of F2 on the same points.
    """
    return Sides(complexity(sums(first, second)), complexity(first) + complexity(second))


def contraction(values: Float[Tensor, "f n"], sigma: Callable[[Tensor], Tensor]) -> Sides:
    """Return both sides of Proposition A.12d: R(sigma o F) <= R(F).

    Args:
        values: values of F.
        sigma: a 1-Lipschitz function, applied entry by entry.
    """
    return Sides(complexity(sigma(values)), complexity(values))


def fixed_layer(
    classes: Classes, weights: Float[Tensor, " m"], sigma: Callable[[Tensor], Tensor]
) -> Sides:
    """Return both sides of Proposition A.12e: R(sum_j w_j sigma(F_j)) <= 2 ||w||_1 max_j R(F_j).

    The factor 2 is not needed: sup over a product is a sum of suprema, and -xi has the law of xi,
    so that R = sum_j |w_j| R(sigma o F_j).

    Args:
        classes: F_1, ..., F_m.
        weights: w, fixed.
        sigma: a 1-Lipschitz function.
    """
    each = [
        (w * correlations(sigma(values))).amax(dim=1)
        for w, values in zip(weights.tolist(), classes, strict=True)
    ]
    right = 2 * weights.abs().sum().item() * max(map(complexity, classes))
    return Sides(torch.stack(each).sum(dim=0).mean().item(), right)


def free_layer(
    classes: Classes, sigma: Callable[[Tensor], Tensor], *, radius_1: float, radius_inf: float
) -> Sides:
    """Return both sides of Proposition A.12f, where the weights v of the layer are free.

    R <= 2 D sum_j R(F_j) + B R0 sqrt(2 log(2m) / N)

    for ||v||_1 <= B and ||v||_inf <= D, with R0 the largest |sigma(f_j^(0)(x))| of the best choice
    of one function of each class. Over v, the supremum gives weight D to the largest entries.

    Args:
        classes: F_1, ..., F_m.
        sigma: a 1-Lipschitz function.
        radius_1: B, positive.
        radius_inf: D, positive.
    """
    largest = [correlations(sigma(values)).abs().amax(dim=1) for values in classes]
    left = _best_weights(torch.stack(largest, dim=1), radius_1, radius_inf).mean().item()
    anchors = max(sigma(values).abs().amax(dim=1).amin().item() for values in classes)
    n = classes[0].shape[1]
    chance = radius_1 * anchors * math.sqrt(2 * math.log(2 * len(classes)) / n)
    return Sides(left, 2 * radius_inf * sum(map(complexity, classes)) + chance)


def _best_weights(gains: Tensor, radius_1: float, radius_inf: float) -> Tensor:
    """Return max <v, gains> over 0 <= v_j <= D with sum_j v_j <= B, row by row."""
    ordered = gains.sort(dim=1, descending=True).values
    spent = radius_inf * torch.arange(gains.shape[1], dtype=gains.dtype)
    return ordered @ (radius_1 - spent).clamp(0, radius_inf)


def _inside(sizes: Tensor, name: str) -> None:
    if (largest := sizes.max().item()) > 1 + 1e-12:
        raise ValueError(f"Proposition A.12 needs {name} <= 1, got {largest:.3g}")
