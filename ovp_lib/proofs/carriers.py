r"""Carriers: how a random neuron of the second layer carries the inner function (Claim C.3).

A vector u over the first layer with

    <u, F(x)> = phi(x),    F(x) = relu(W x + b1),

makes alpha_q = sqrt(m2) <v_q, u> / ||u|| a standard Gaussian whose correlation with the neuron
n_q(x) = <v_q, F(x)> is phi(x) / (||u|| ||F(x)||), where ||F(x)|| is nearly 1. So ||u|| is what the
paper calls C': n_q = alpha_q phi / (C' sqrt(m2)) + noise that is independent of alpha_q, and the
outer function is taken at C' times the correlation. Every power of Phi pays for C' as often.

The proof of Claim C.3 finds its u among the signs of rare weights, which gives C' = 10 C sqrt(p2).
Here are two vectors that do the same for less; neither is in the paper.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary, hermite
from ovp_lib.models.neurons import check_direction
from ovp_lib.proofs.hermite_indicator import REACH

Indicator = Callable[[Tensor, Tensor], Tensor]
"""``h(alpha1, b0)`` of Lemma 6.3, elementwise."""


def features(
    W: Float[Tensor, "m1 d"], b: Float[Tensor, " m1"], x: Float[Tensor, "n d"]
) -> Float[Tensor, "n m1"]:
    """Return F(x) = relu(W x + b), what the second layer sees.

    Args:
        W: weights of the first layer.
        b: its biases.
        x: inputs.
    """
    return (x @ W.T + b).relu()


def least_norm_carrier(
    W: Float[Tensor, "m1 d"],
    b: Float[Tensor, " m1"],
    x: Float[Tensor, "n d"],
    values: Float[Tensor, "n p"],
    *,
    ridge: float = 1e-6,
    block: int = 50_000,
) -> Float[Tensor, "p m1"]:
    r"""Return the vectors u_i of least norm with <u_i, F(x_t)> = values_{t,i} at given points.

        u_i = sum_t c_{t,i} F(x_t),    (K + ridge mean(diag K) I) c = values,    K = F F^T

    No u has a smaller norm at these values (up to the ridge), so this is the smallest C' there is.

    Args:
        W: weights of the first layer.
        b: its biases.
        x: points at which the values are asked for.
        values: one column for each vector.
        ridge: relative to the mean of the diagonal of K, positive.
        block: neurons held at once.

    Returns:
        One row for each column of ``values``.

    Raises:
        ValueError: if ``ridge`` is not positive.

    Example:
        >>> from ovp_lib.models import init_three_layer, padded_sphere, stream
        >>> net = init_three_layer([stream(0)], d=4, m1=500, m2=5)
        >>> x = padded_sphere(4)(20, stream(1))
        >>> u = least_norm_carrier(net.W[0], net.b1[0], x, x[:, :1])
        >>> ((x @ net.W[0].T + net.b1[0]).relu() @ u[0] - x[:, 0]).abs().max().item() < 0.01
        True
    """
    if not ridge > 0:
        raise ValueError(f"ridge must be positive, got {ridge}")
    parts = range(0, len(b), block)
    K = x.new_zeros(len(x), len(x))
    for i in parts:
        F = features(W[i : i + block], b[i : i + block], x)
        K += F @ F.T
    K += ridge * K.diagonal().mean() * torch.eye(len(x), dtype=K.dtype, device=K.device)
    c = torch.cholesky_solve(values, torch.linalg.cholesky(K))
    # Features are computed twice, block by block: at large widths all of them do not fit in memory.
    rows = [c.T @ features(W[i : i + block], b[i : i + block], x) for i in parts]
    return torch.cat(rows, dim=1)


def gate_carrier(
    W: Float[Tensor, "m1 d"],
    b: Float[Tensor, " m1"],
    direction: Float[Tensor, " d"],
    h: Indicator,
) -> Float[Tensor, " m1"]:
    r"""Return a carrier of phi(<w*, x>) in closed form, from the h of Lemma 6.3.

        u_r = 2 w_{r,d} h(sqrt(m1) <w_r, w*>, sqrt(m1) b_r)

    By Stein's lemma in the last coordinate, which h does not see, E[sum_r u_r F_r(x)] =
    2 x_d E[h 1{open}] = phi(<w*, x>), and ||u||^2 tends to 4 E[h^2].

    Args:
        W: weights of the first layer, entries N(0, 1/m1).
        b: its biases, entries N(0, 1/m1).
        direction: the unit vector w*, orthogonal to e_d.
        h: the function of Lemma 6.3 for phi.

    Returns:
        u; points must have x_d = 1/2.

    Raises:
        ValueError: if w* is not allowed.
    """
    check_direction(direction)
    root = math.sqrt(len(b))
    return 2 * W[:, -1] * h(root * (W @ direction), root * b)


def second_layer(
    columns: Float[Tensor, "n m1"], m2: int, generator: torch.Generator
) -> Float[Tensor, "m2 n"]:
    r"""Draw V^(0) columns^T for an m2 x m1 matrix V^(0) that is never formed.

    The rows of V^(0) are independent N(0, I/m2), so those of the product are independent Gaussians
    with covariance columns columns^T / m2: exactly, in law, whatever m1 is. With
    columns = [F(x_1), ..., F(x_n), u/||u||] these are the neurons at all points, and their alpha.

    Args:
        columns: vectors over the first layer, n of them.
        m2: width of the second layer, at least 1.
        generator: source of randomness.

    Returns:
        One row for each neuron of the second layer.

    Raises:
        ValueError: if ``m2 < 1``.

    Example:
        >>> second_layer(torch.eye(3).double(), 7, torch.Generator().manual_seed(0)).shape
        torch.Size([7, 3])
    """
    if m2 < 1:
        raise ValueError(f"m2 must be at least 1, got {m2}")
    draws = torch.randn(m2, len(columns), generator=generator, dtype=torch.float64)
    # G = Q diag(e) Q^T: the root Q diag(sqrt(e)) does not mind columns that depend on each other.
    e, Q = torch.linalg.eigh(columns @ columns.T)
    root = Q * elementary.sqrt(e.clamp(min=0))
    return (draws.to(columns) @ root.T) / math.sqrt(m2)


def second_layer_again(
    products: Float[Tensor, "m2 n"],
    columns: Float[Tensor, "n m1"],
    others: Float[Tensor, "k m1"],
    generator: torch.Generator,
) -> Float[Tensor, "m2 k"]:
    r"""Draw V^(0) others^T from its law, given V^(0) columns^T.

    With A the least-squares solution of others = A columns,

        V others^T = (V columns^T) A^T + V (others - A columns)^T,

    and the second summand is independent of the first one.

    Args:
        products: V^(0) columns^T, as :func:`second_layer` draws it.
        columns: vectors over the first layer.
        others: more such vectors.
        generator: source of randomness of what the products leave open.

    Returns:
        One row for each neuron.
    """
    e, Q = torch.linalg.eigh(columns @ columns.T)
    # Columns may depend on each other; the inverse of an eigenvalue that is only rounding is noise.
    kept = e > 1e-10 * e.max()
    inverse = (Q[:, kept] / e[kept]) @ Q[:, kept].T
    A = (others @ columns.T) @ inverse
    rest = others - A @ columns
    return products @ A.T + second_layer(rest, len(products), generator)


def behind_gate(
    h: Indicator, z: Float[Tensor, " n"], size: Float[Tensor, " n"]
) -> Float[Tensor, " n"]:
    r"""Return E[h(alpha, b) 1{size (z alpha + sqrt(1 - z^2) beta) + b >= 0}], by quadrature.

    The expectation over beta is a normal distribution function, the other two are Gauss-Legendre.
    For size 1 it is what Lemma 6.3 speaks of.

    Args:
        h: a function of two variables that grows at most polynomially, smooth but for kinks.
        z: correlations, in (-1, 1).
        size: ||F(x)||, positive.

    Returns:
        One number for each z.
    """
    edges = torch.linspace(-REACH, REACH, 25, dtype=z.dtype, device=z.device)
    t, weight = hermite.composite(edges, order=6)
    weight = weight * hermite.density(t)
    values = h(t[:, None], t[None, :]) * weight[:, None] * weight
    across = size * elementary.sqrt((1 - z * z).clamp(min=1e-300))
    each = [
        (values * hermite.distribution((s * r * t[:, None] + t) / w)).sum()
        for s, r, w in zip(size, z, across, strict=True)
    ]
    return torch.stack(each)
