"""Gradient ascent by autograd from many starts: the slow, obvious way to a supremum over balls."""

from collections.abc import Callable

import torch
from torch import Tensor

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.perturbations import frobenius, norm_2_4

STARTS = 8

Value = Callable[[Tensor, Tensor], Tensor]
"""``(dW, dV) -> value`` of shape ``(STARTS,)``."""


def _into(free: Tensor, norm: Tensor, radius: float) -> Tensor:
    """Map all of space onto the ball: what lies outside is scaled back onto its surface."""
    return radius * free / norm.clamp(min=1.0)[:, None, None]


def supremum(
    value: Value,
    shapes: tuple[tuple[int, int], tuple[int, int]],
    radii: tuple[float, float],
    *,
    steps: int = 250,
) -> float:
    """Return the largest value that Adam reaches from random starts, with falling steps."""
    free = [
        torch.randn((STARTS, *shape), generator=stream(5, i), dtype=torch.float64).requires_grad_()
        for i, shape in enumerate(shapes)
    ]
    adam = torch.optim.Adam(free, lr=0.1, maximize=True)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    best = -torch.inf
    for _ in range(steps):
        dW = _into(free[0], norm_2_4(free[0]), radii[0])
        dV = _into(free[1], frobenius(free[1]), radii[1])
        values = value(dW, dV)
        best = max(best, values.max().item())
        for leaf, slope in zip(free, torch.autograd.grad(values.sum(), free), strict=True):
            leaf.grad = slope
        adam.step()
        falling.step()
    return best
