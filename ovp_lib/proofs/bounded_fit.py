r"""The best pseudo-network in a norm ball, by convex alternating least squares.

With frozen gates g^(0)(x) = a D_v V D_w W x is bilinear, so that each of

    minimise over V (or W)    sum_t (g^(0)(x_t; W, V) - y_t)^2 + ridge n (||V||_F^2 or ||W||_F^2)

is ridge regression, solved in the space of the n points: V = sum_t c_t A_t Z_t^T with
A_t = a D_v(x_t) and Z_t = D_w(x_t) W x_t, and W in the same way. The sum of both penalties falls
at every step. What is found bounds from above the error of the best W*, V* of the same norms:
existence without the constants of the construction of Lemma 6.2. Not in the paper.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class Fit(NamedTuple):
    """What alternating least squares have found.

    Attributes:
        W: W*, shape ``(m1, d)``.
        V: V*, shape ``(m2, m1)``.
        objective: mean squared error plus both penalties, after every sweep.
    """

    W: Float[Tensor, "m1 d"]
    V: Float[Tensor, "m2 m1"]
    objective: list[float]


def bounded_fit(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    a: Float[Tensor, " m2"],
    gates_w: Bool[Tensor, "n m1"],
    gates_v: Bool[Tensor, "n m2"],
    start: Float[Tensor, "m1 d"],
    *,
    ridge: float,
    sweeps: int = 20,
) -> Fit:
    """Minimise the mean squared error plus ``ridge`` times ||W||_F^2 + ||V||_F^2, in turns.

    Args:
        x: points to fit.
        y: values there, of one output.
        a: output weights.
        gates_w: gates of the first layer at the points.
        gates_v: gates of the second layer at the points.
        start: the W to begin with, not zero.
        ridge: weight of both penalties, positive.
        sweeps: solutions for V and then W, at least 1.

    Returns:
        The last W and V.

    Raises:
        ValueError: if ``ridge`` is not positive or ``sweeps < 1``.
    """
    if not (ridge > 0 and sweeps >= 1):
        raise ValueError(f"need ridge > 0 and sweeps >= 1, got {ridge} and {sweeps}")
    A, open_w = a * gates_v, gates_w.to(x)
    outputs, inputs = A @ A.T, x @ x.T
    W, history = start, []
    for _ in range(sweeps):
        Z = (x @ W.T) * open_w
        c = _ridge(outputs * (Z @ Z.T), y, ridge)
        back = (outputs * c) @ Z * open_w  # row t: D_w V^T D_v a at x_t
        e = _ridge((back @ back.T) * inputs, y, ridge)
        W = (back * e[:, None]).T @ x
        missed = ((x @ W.T) * back).sum(dim=1) - y
        # The coefficients give ||V||_F^2: the m2 x m1 matrix V is formed once only, at the end.
        penalty = W.square().sum() + c @ (outputs * (Z @ Z.T)) @ c
        history.append(float(missed.square().mean() + ridge * penalty))
    return Fit(W, (A * c[:, None]).T @ Z, history)


def evaluate(
    fit: Fit,
    x: Float[Tensor, "n d"],
    a: Float[Tensor, " m2"],
    gates_w: Bool[Tensor, "n m1"],
    gates_v: Bool[Tensor, "n m2"],
) -> Float[Tensor, " n"]:
    """Return a D_v V D_w W x at other points.

    Args:
        fit: W and V.
        x: points.
        a: output weights.
        gates_w: gates of the first layer at the points.
        gates_v: gates of the second layer at the points.
    """
    hidden = ((x @ fit.W.T) * gates_w) @ fit.V.T
    return (hidden * gates_v) @ a


def row_product(fit: Fit) -> float:
    """Return ||W||_{2,inf} ||V||_{2,inf} sqrt(m1) m2, which Lemma 6.2 bounds by C_0.

    Args:
        fit: W and V.
    """
    m2, m1 = fit.V.shape
    rows = fit.W.norm(dim=1).max() * fit.V.norm(dim=1).max()
    return float(rows) * math.sqrt(m1) * m2


def _ridge(K: Tensor, y: Tensor, ridge: float) -> Tensor:
    """Return the coefficients of the minimiser of mean squared error plus ridge ||.||^2."""
    K = K + ridge * len(y) * torch.eye(len(y), dtype=K.dtype, device=K.device)
    return torch.cholesky_solve(y[:, None], torch.linalg.cholesky(K))[:, 0]
