"""Movements of the hidden weights in the norms of Lemma 6.5, and random ones of a given norm."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

Radius = TypeVar("Radius", float, np.ndarray, Tensor)
"""One radius, or one for each of several movements."""


def norm_2_4(movement: Float[Tensor, "e m d"]) -> Float[Tensor, " e"]:
    """Return ||W'||_{2,4} = (sum_i ||w'_i||^4)^(1/4) over the rows of each member.

    Args:
        movement: W', shape ``(e, m, d)``.

    Returns:
        Shape ``(e,)``.

    Example:
        >>> norm_2_4(torch.tensor([[[3.0, 4.0], [0.0, 0.0]]])).tolist()
        [5.0]
    """
    return torch.linalg.vector_norm(torch.linalg.vector_norm(movement, dim=2), ord=4, dim=1)


def norm_ratio(W: Float[Tensor, "e m d"]) -> Float[Tensor, " e"]:
    r"""Return how unevenly the norm of each member is spread over its neurons, in float64.

    .. math:: \frac{m \|W\|_{2,4}^4}{\|W\|_F^4}
              = \frac{m \sum_i \|w_i\|^4}{(\sum_i \|w_i\|^2)^2}

    (Going Beyond Two Layers, Section 7.1.)

    Args:
        W: hidden weights, shape ``(e, m, d)``; not all of a member are zero.

    Returns:
        Shape ``(e,)``: 1 where all neurons have the same norm, m where one neuron has all of it.

    Example:
        >>> norm_ratio(torch.tensor([[[3.0, 4.0], [5.0, 0.0]], [[0.0, 0.0], [1.0, 2.0]]])).tolist()
        [1.0, 2.0]
    """
    squares = W.double().square().sum(dim=2)
    return W.shape[1] * squares.square().sum(dim=1) / squares.sum(dim=1).square()


def frobenius(movement: Float[Tensor, "e m2 m1"]) -> Float[Tensor, " e"]:
    """Return ||V'||_F of each member.

    Args:
        movement: V', shape ``(e, m2, m1)``.

    Returns:
        Shape ``(e,)``.

    Example:
        >>> frobenius(torch.tensor([[[3.0, 0.0], [0.0, 4.0]]])).tolist()
        [5.0]
    """
    return torch.linalg.matrix_norm(movement)


def random_first(
    like: Float[Tensor, "e m1 d"], norm: float | Tensor, generators: Sequence[Generator]
) -> Float[Tensor, "e m1 d"]:
    """Draw a Gaussian W' and scale it to ||W'||_{2,4} = norm.

    Up to its scale it has the distribution of the smoothing noise W^rho.

    Args:
        like: weights whose shape, device and precision it takes.
        norm: positive, one for all members or one for each.
        generators: one source of randomness for each member.

    Returns:
        W' of the shape of ``like``.

    Raises:
        ValueError: if a norm is not positive, or there is not one generator for each member.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> W = random_first(torch.zeros(1, 50, 3).double(), 0.5, [stream(0)])
        >>> round(norm_2_4(W).item(), 12)
        0.5
    """
    draw = _gaussian(like, generators)
    return draw * (_norms(norm, draw) / norm_2_4(draw))[:, None, None]


def random_second(
    like: Float[Tensor, "e m2 m1"], norm: float | Tensor, generators: Sequence[Generator]
) -> Float[Tensor, "e m2 m1"]:
    """Draw a Gaussian V' and scale it to ||V'||_F = norm; otherwise as :func:`random_first`.

    Args:
        like: weights whose shape, device and precision it takes.
        norm: positive, one for all members or one for each.
        generators: one source of randomness for each member.

    Returns:
        V' of the shape of ``like``.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> V = random_second(torch.zeros(1, 40, 50).double(), 0.5, [stream(0)])
        >>> round(frobenius(V).item(), 12)
        0.5
    """
    draw = _gaussian(like, generators)
    return draw * (_norms(norm, draw) / frobenius(draw))[:, None, None]


def first_bound(tau_w: Radius, m1: int) -> Radius:
    """Return tau_w^(4/5) m1^(6/5), the bound on sign changes of layer 1 (Lemma 6.5).

    As everywhere in the paper, constants and logarithms are left out.

    Args:
        tau_w: ||W'||_{2,4}, at least 0.
        m1: width of the first layer.

    Returns:
        A number of gates.
    """
    return tau_w ** (4 / 5) * m1 ** (6 / 5)


def second_bound(tau_w: Radius, tau_v: Radius, m1: int, m2: int) -> Radius:
    """Return (tau_v + tau_w m1^(1/4))^(2/3) m2, the bound on sign changes of layer 2.

    The lemma prints it as the sum of the powers of both terms, which is the same up to a factor.

    Args:
        tau_w: ||W'||_{2,4}, at least 0.
        tau_v: ||V'||_F, at least 0.
        m1: width of the first layer.
        m2: width of the second layer.

    Returns:
        A number of gates.
    """
    return (tau_v + tau_w * m1**0.25) ** (2 / 3) * m2


def positive_norm(norm: float | Tensor) -> None:
    """Refuse a norm that is not positive.

    Args:
        norm: one, or one for each member.

    Raises:
        ValueError: if ``norm``, or one of several, is zero, negative or not a number.
    """
    if not (torch.as_tensor(norm) > 0).all():
        raise ValueError(f"the norm of a movement must be positive, got {norm}")


def _gaussian(like: Tensor, generators: Sequence[Generator]) -> Tensor:
    if len(generators) != len(like):
        raise ValueError(f"expected {len(like)} generators, got {len(generators)}")
    draws = [torch.randn(like.shape[1:], generator=g, dtype=torch.float64) for g in generators]
    return torch.stack(draws).to(like)


def _norms(norm: float | Tensor, like: Tensor) -> Tensor:
    positive_norm(norm)
    return torch.as_tensor(norm, dtype=like.dtype, device=like.device).expand(len(like))
