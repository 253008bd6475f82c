"""Loss functions with hand-written gradients, and the risk that no predictor can beat.

Section 3 of Going Beyond Two Layers asks for losses that are non-negative, convex, 1-Lipschitz and
1-smooth with L(0, y) in [0, 1]. Executed literally, only :data:`PSEUDO_HUBER` is all of that: the
squared loss is 1-Lipschitz only while residuals stay below one, and the cross-entropy has gradients
of norm up to sqrt(2) and L(0, y) = log k > 1 for k >= 3. Constants only, but worth knowing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn.functional import one_hot

from ovp_lib.maths import elementary


@dataclass(frozen=True)
class Loss:
    """A loss L(f, y), per sample, with its gradient in f.

    Attributes:
        name: how parameters name it.
        value: ``(f, y) -> (e, n)`` for outputs ``f`` of shape ``(e, n, k)``.
        gradient: ``(f, y) -> (e, n, k)``.
        classifies: whether ``y`` holds classes, shape ``(e, n)``, or real labels ``(e, n, k)``.
        noise_risk: ``(noise, k) -> risk`` of the target itself under signs of size ``noise`` added
            to each label; ``None`` where it depends on the target.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]
    classifies: bool = False
    noise_risk: Callable[[float, int], float] | None = None


def _squared(f: Float[Tensor, "e n k"], y: Float[Tensor, "e n k"]) -> Float[Tensor, "e n"]:
    return 0.5 * (f - y).square().sum(dim=-1)


def _squared_gradient(
    f: Float[Tensor, "e n k"], y: Float[Tensor, "e n k"]
) -> Float[Tensor, "e n k"]:
    return f - y


def _pseudo_huber(f: Float[Tensor, "e n k"], y: Float[Tensor, "e n k"]) -> Float[Tensor, "e n"]:
    return elementary.sqrt(1 + (f - y).square().sum(dim=-1)) - 1


def _pseudo_huber_gradient(
    f: Float[Tensor, "e n k"], y: Float[Tensor, "e n k"]
) -> Float[Tensor, "e n k"]:
    residual = f - y
    return residual / elementary.sqrt(1 + residual.square().sum(dim=-1, keepdim=True))


def _cross_entropy(f: Float[Tensor, "e n k"], y: Shaped[Tensor, "e n"]) -> Float[Tensor, "e n"]:
    return -f.log_softmax(dim=-1).gather(-1, y.unsqueeze(-1)).squeeze(-1)


def _cross_entropy_gradient(
    f: Float[Tensor, "e n k"], y: Shaped[Tensor, "e n"]
) -> Float[Tensor, "e n k"]:
    return f.softmax(dim=-1) - one_hot(y, f.shape[-1])


SQUARED = Loss(
    "squared", _squared, _squared_gradient, noise_risk=lambda noise, k: 0.5 * k * noise**2
)
"""L(f, y) = ||f - y||^2 / 2."""

PSEUDO_HUBER = Loss(
    "pseudo_huber",
    _pseudo_huber,
    _pseudo_huber_gradient,
    noise_risk=lambda noise, k: math.sqrt(1 + k * noise**2) - 1,
)
"""L(f, y) = sqrt(1 + ||f - y||^2) - 1: convex, 1-Lipschitz and 1-smooth."""

CROSS_ENTROPY = Loss("cross_entropy", _cross_entropy, _cross_entropy_gradient, classifies=True)
"""L(f, y) = -log softmax(f)_y for a class y."""

LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SQUARED, PSEUDO_HUBER, CROSS_ENTROPY)}
"""Every loss by name."""


def entropy(logits: Float[Tensor, "*shape k"]) -> Float[Tensor, "*shape"]:
    """Return the entropy of softmax(logits): the cross-entropy of the best predictor.

    Args:
        logits: of shape ``(..., k)``.

    Returns:
        Entropies in nats, in [0, log k], shape ``(...)``.
    """
    # entr is 0 at 0, where -p log p is NaN.
    return torch.special.entr(logits.softmax(dim=-1)).sum(dim=-1)
