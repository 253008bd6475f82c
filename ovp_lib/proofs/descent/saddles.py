r"""Functions whose saddle points, and their curvatures, are known (Lemma A.9).

    cosines:        f(x) = delta cos(x_1) - sum_{i >= 2} cos(x_i)
    factorisation:  f(W, V) = ||V W - diag(s)||_F^2 / 2

The first one is bounded and smooth to any order, as the lemma asks; 0 is a saddle with the one
negative eigenvalue -delta, and all critical points have coordinates in pi Z. The second one is
what the pseudo-network a D_v V D_w W x makes of the squared loss. Its critical points are
truncated singular value decompositions; where the largest r of the values s are fitted,
lambda_min = -s_{r+1}, and 0 for the whole (the sets of minima are flat).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Landscape:
    """A function of many points at once, with a saddle.

    Attributes:
        name: what it is.
        value: f of points ``(s, p)``, shape ``(s,)``.
        gradient: of points ``(s, p)``, the same shape.
        lowest: the smallest eigenvalue of the Hessian at points ``(s, p)``, shape ``(s,)``.
        saddle: a saddle point, shape ``(p,)``.
        curvature: minus the smallest eigenvalue there, positive.
        least: the smallest value of f.
    """

    name: str
    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    lowest: Callable[[Array], Array]
    saddle: Array
    curvature: float
    least: float


def cosines(delta: float, d: int) -> Landscape:
    """Return the bounded function with a saddle of curvature ``delta`` at 0.

    Args:
        delta: minus the smallest eigenvalue there, in (0, 1].
        d: dimensions, at least 2.

    Returns:
        The function.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> f = cosines(0.25, d=3)
        >>> f.lowest(f.saddle[None]).tolist(), f.value(f.saddle[None]).tolist(), f.least
        ([-0.25], [-1.75], -2.25)
    """
    if not 0 < delta <= 1 or d < 2:
        raise ValueError(f"need delta in (0, 1] and d >= 2, got {delta} and {d}")
    weights = np.full(d, -1.0)
    weights[0] = delta

    def value(x: Array) -> Array:
        return np.asarray(np.cos(x) @ weights)

    def gradient(x: Array) -> Array:
        return np.asarray(-np.sin(x) * weights)

    def lowest(x: Array) -> Array:
        return np.asarray((-np.cos(x) * weights).min(axis=1))

    least = -delta - (d - 1)
    return Landscape(f"cosines, d = {d}", value, gradient, lowest, np.zeros(d), delta, least)


def factorisation(values: Sequence[float], fitted: int = 0) -> Landscape:
    """Return the factorisation of a diagonal matrix, at the saddle that fits its largest values.

    Args:
        values: s, positive, decreasing.
        fitted: r, how many of them the saddle fits, fewer than all.

    Returns:
        The function of (W, V), flattened one after the other.

    Raises:
        ValueError: if the values do not decrease or ``fitted`` is out of range.

    Example:
        >>> f = factorisation((2.0, 0.5), fitted=1)
        >>> f.curvature, f.value(f.saddle[None]).tolist()
        (0.5, [0.125])
        >>> round(float(f.lowest(f.saddle[None])[0]), 9)
        -0.5
    """
    s, r = np.asarray(values, np.float64), len(values)
    if not 0 <= fitted < r or s.min() <= 0 or (np.diff(s) > 0).any():
        raise ValueError(f"need decreasing positive values and fitted in 0..{r - 1}, got {values}")
    target = np.diag(s)

    def split(x: Array) -> tuple[Array, Array]:
        both = x.reshape(-1, 2, r, r)
        return both[:, 0], both[:, 1]

    def value(x: Array) -> Array:
        W, V = split(x)
        return np.asarray(np.square(V @ W - target).sum(axis=(1, 2)) / 2)

    def gradient(x: Array) -> Array:
        W, V = split(x)
        error = V @ W - target
        return np.stack([V.mT @ error, error @ W.mT], axis=1).reshape(x.shape)

    def lowest(x: Array) -> Array:
        return np.asarray(np.linalg.eigvalsh(_hessian(*split(x), target))[:, 0], np.float64)

    root = np.diag(np.where(np.arange(r) < fitted, np.sqrt(s), 0.0))
    saddle = np.stack([root, root]).ravel()
    name = f"factorisation, {fitted} of {r} fitted"
    return Landscape(name, value, gradient, lowest, saddle, float(s[fitted]), 0.0)


def _hessian(W: Array, V: Array, target: Array) -> Array:
    """Return the Hessian: d^2 f = ||dV W + V dW||^2 + 2 <V W - target, dV dW>."""
    n, r, _ = W.shape
    basis = np.eye(2 * r * r).reshape(-1, 2, r, r)
    dW, dV = basis[:, 0], basis[:, 1]
    linear = np.einsum("pij,njk->npik", dV, W) + np.einsum("nij,pjk->npik", V, dW)
    flat = linear.reshape(n, len(basis), -1)
    crossed = np.einsum("nik,pij,qjk->npq", V @ W - target, dV, dW)
    return np.asarray(flat @ flat.mT + crossed + crossed.mT)
