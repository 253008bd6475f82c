r"""The two-layer network of least norm for a parity, and the frontier of norm and error.

For x uniform on {-1/sqrt(d), 1/sqrt(d)}^d, chi(x) = prod_{i <= k} sqrt(d) x_i with k even, and

    f(x) = (1/sqrt(m)) sum_j s_j sigma(<w_j, x>),   s_j in {-1, 1},

every unit vector w has abs(E[sigma(<w, x>) chi(x)]) <= 1/R* (proof below), so that

    E (f - chi)^2 >= (1 - <f, chi>)_+^2 >= (1 - ||W||_F / R*)_+^2,
    R* = sqrt(k d) / kappa,   kappa = C(k-2, (k-2)/2) / 2^(k-1);   kappa = 3/16 for k = 6.

*Proof.* sigma(t) = (abs(t) + t) / 2, and E[<w, x> chi] = 0 as k > 1. With
abs(t) = (2/pi) int_0^oo (1 - cos(u t)) / u^2 du and independent coordinates,

    E[sigma(<w, x>) chi] = +-(1/pi) int_0^oo P(u) Q(u) du / u^2,
    P(u) = prod_{i <= k} sin(u w_i / sqrt(d)),   Q(u) = prod_{i > k} cos(u w_i / sqrt(d)).

Drop the cosines, apply Hölder's inequality with k factors, and substitute v = u w_i / sqrt(d):

    abs(E[sigma(<w, x>) chi])
    <= (1/pi) prod_{i <= k} (int_0^oo sin(u w_i / sqrt(d))^k du / u^2)^(1/k)
    = (kappa / sqrt(d)) prod_{i <= k} abs(w_i)^(1/k)
    <= (kappa / sqrt(k d)) ||w||,   kappa = (1/pi) int_0^oo sin(v)^k dv / v^2,

the last step by the inequality of means. For even k the integrand sin^k is not negative, so both
are equalities if abs(w_i) is the same for i <= k and 0 beyond: the bound is attained. Then
<f, chi> <= (1/sqrt(m)) sum_j ||w_j|| / R* <= ||W||_F / R* by Cauchy and Schwarz.

For odd k > 1 the same two steps give E[sigma(<w, x>) chi] = 0: a network without biases says
nothing about such a parity, and has an error of at least 1.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.maths.hypercube import points
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.sparse_parity import network, parity


def correlation_constant(k: int) -> float:
    """Return kappa, the modulus of E_w[chi(w) sigma(w_1 + ... + w_k)] over w uniform on {-1, 1}^k.

    Args:
        k: number of coordinates, even and at least 2.

    Returns:
        kappa, positive.

    Raises:
        ValueError: if ``k`` is not even or below 2.

    Example:
        >>> correlation_constant(6)
        0.1875
    """
    if k < 2 or k % 2:
        raise ValueError(f"the parity must have an even number of coordinates, got k = {k}")
    return math.comb(k - 2, (k - 2) // 2) / 2 ** (k - 1)


def least_norm(d: int, k: int) -> float:
    """Return R*, the least ||W||_F of a network that is the parity.

    Args:
        d: dimension, at least k.
        k: number of coordinates of the parity, even and at least 2.

    Returns:
        R*, positive.

    Raises:
        ValueError: if ``k`` is not even, below 2 or above ``d``.

    Example:
        >>> round(least_norm(40, 6) / math.sqrt(40), 3)
        13.064
    """
    if k > d:
        raise ValueError(f"a parity of k coordinates needs d >= k, got k = {k} and d = {d}")
    return math.sqrt(k * d) / correlation_constant(k)


def by_hand(d: int, m: int, k: int, scale: float = 1.0) -> TwoLayer:
    """Return a network that is ``scale`` times the parity, exactly.

    chi(x) = (1 / (2^k kappa)) sum_{w in {-1,1}^k} +-chi(w) sigma(<w, sqrt(d) x_{1:k}>), and + if
    k = 2, 6, 10, ... Neurons are shared out evenly among the 2^k sign patterns w; if 2^k divides m,
    ||W||_F is ``scale`` times :func:`least_norm`, else a little more.

    Args:
        d: input dimension.
        m: width, even and at least 2^k.
        k: coordinates in the parity, even.
        scale: factor t; the error is (1 - t)^2 at every input.

    Returns:
        The network, one member, in float64.

    Raises:
        ValueError: if a size does not fit.
    """
    kappa = correlation_constant(k)
    if k > d or m < 2**k or m % 2:
        raise ValueError(
            f"a parity of {k} coordinates needs d >= {k} and an even m >= {2**k}, got {d} and {m}"
        )
    patterns = points(k)
    signs = patterns.prod(dim=1) * (1 if k % 4 == 2 else -1)
    W = torch.zeros(1, m, d, dtype=torch.float64)
    # The first half of the neurons has positive output weights, see ``network``.
    for half, sign in enumerate((1, -1)):
        mine = patterns[signs == sign]
        which = torch.arange(m // 2) % len(mine)
        # If 2^k does not divide m, some patterns have one neuron more than others: each is divided
        # by its own number of neurons, so that the sum stays exact.
        copies = which.bincount()[which].unsqueeze(1)
        rows = slice(half * (m // 2), (half + 1) * (m // 2))
        W[0, rows, :k] = mine[which] * math.sqrt(m * d) / (copies * 2**k * kappa)
    return network(scale * W)


def padded(W: Float[Tensor, "e m k"], d: int) -> Float[Tensor, "e m d"]:
    """Return hidden weights for d inputs that do to the first k what ``W`` does to k alone.

    Inputs have norm 1 whatever their number, so each weight grows by sqrt(d / k), and the others
    are zero.

    Args:
        W: hidden weights, shape ``(e, m, k)``.
        d: dimension, at least k.

    Returns:
        Hidden weights, zero beyond the first k inputs.

    Raises:
        ValueError: if d < k.
    """
    k = W.shape[2]
    if k > d:
        raise ValueError(f"weights of {k} inputs cannot be padded to {d}")
    return torch.nn.functional.pad(W * math.sqrt(d / k), (0, d - k))


def least_error(norm: Float[Tensor, "..."], d: int, k: int) -> Float[Tensor, "..."]:
    """Return the least error E (f - chi)^2 at a norm, (1 - ||W||_F / R*)_+^2.

    Args:
        norm: ||W||_F, at least 0, of any shape.
        d: dimension, at least k.
        k: number of coordinates of the parity, even and at least 2.

    Returns:
        In [0, 1], of the shape of ``norm``.

    Example:
        >>> norm = torch.tensor([0.0, 0.5, 2.0]).double() * least_norm(20, 6)
        >>> least_error(norm, 20, 6).tolist()
        [1.0, 0.25, 0.0]
    """
    return (1 - norm / least_norm(d, k)).clamp(min=0).square()


def norm_at(error: Float[Tensor, "..."], d: int, k: int) -> Float[Tensor, "..."]:
    """Return the least norm ||W||_F at an error in [0, 1], R* (1 - sqrt(error)).

    Args:
        error: mean squared error, in [0, 1], of any shape.
        d: dimension, at least k.
        k: number of coordinates of the parity, even and at least 2.

    Returns:
        In [0, R*], of the shape of ``error``.

    Raises:
        ValueError: if an error is not in [0, 1].

    Example:
        >>> ratio = norm_at(torch.tensor([1.0, 0.25, 0.0]).double(), 20, 6) / least_norm(20, 6)
        >>> [round(each, 12) for each in ratio.tolist()]
        [0.0, 0.5, 1.0]
    """
    if not ((error >= 0) & (error <= 1)).all():
        raise ValueError(f"errors must lie in [0, 1], got {error.min()} to {error.max()}")
    return least_norm(d, k) * (1 - elementary.sqrt(error))


def best_scale(wd: Float[Tensor, "..."], d: int, k: int) -> Float[Tensor, "..."]:
    """Return the factor t of the parity that minimises (1 - t)^2 / 2 + wd (t R*)^2 / 2.

    Args:
        wd: weight decay, at least 0, of any shape.
        d: dimension, at least k.
        k: number of coordinates of the parity, even and at least 2.

    Returns:
        t in (0, 1], of the shape of ``wd``.
    """
    return 1 / (1 + wd * least_norm(d, k) ** 2)


def least_objective(wd: Float[Tensor, "..."], d: int, k: int) -> Float[Tensor, "..."]:
    """Return the least of E (f - chi)^2 / 2 + wd ||W||_F^2 / 2, which is wd R*^2 t / 2.

    t is :func:`best_scale`. That is what SGD with weight decay wd descends, on the population;
    on a sample the same network has the same value, since its error is the same at every input.

    Args:
        wd: weight decay, at least 0, of any shape.
        d: dimension, at least k.
        k: number of coordinates of the parity, even and at least 2.

    Returns:
        In [0, 1/2], of the shape of ``wd``.
    """
    return wd * least_norm(d, k) ** 2 * best_scale(wd, d, k) / 2


def correlations(W: Float[Tensor, "n d"], k: int) -> Float[Tensor, " n"]:
    """Return E[sigma(<w, x>) chi(x)] for each row w, over all 2^d inputs x.

    Args:
        W: rows w, shape ``(n, d)``.
        k: number of coordinates of the parity, at most d.

    Returns:
        Shape ``(n,)``.

    Raises:
        ValueError: if there are too many inputs to list, or fewer than ``k`` coordinates.
    """
    signs = points(W.shape[1])
    chi = parity(signs[None], k)[0, :, 0]
    return (W @ signs.T / math.sqrt(W.shape[1])).relu() @ chi / len(signs)


def largest_correlations(W: Float[Tensor, "n d"], k: int, steps: int) -> Float[Tensor, " n"]:
    """Climb abs(E[sigma(<w, x>) chi(x)]) R* / ||w||, which is at most 1, from each row.

    Each start takes gradient steps on the sphere whose length falls like 1 / t.

    Args:
        W: where to start.
        k: coordinates in the parity, even.
        steps: gradient steps.

    Returns:
        The largest value that each start met.
    """
    w, best = W / W.norm(dim=1, keepdim=True), torch.zeros(len(W), dtype=W.dtype)
    for step in range(steps + 1):
        w = w.detach().requires_grad_()
        value = correlations(w, k).abs() * least_norm(W.shape[1], k)
        best = torch.maximum(best, value.detach())
        (gradient,) = torch.autograd.grad(value.sum(), w)
        w = w.detach() + gradient / (1 + step)
        w = w / w.norm(dim=1, keepdim=True)
    return best
