r"""Information out of randomness (Lemma 6.4): a random neuron rewritten in the direction of phi.

One neuron of the second layer at random initialisation, for any phi and any unit w* orthogonal to
the padded coordinate e_d, is

    n1(x) = sum_i v_{1,i} relu(<w_i, x> + b_i) = rho phi_eps(<w*, x>) + B(x) + R(x),

rho a Gaussian independent of B(x), R small. The proof finds rho like this. Write g_i for
sqrt(m2) v_{1,i} and y_i for 2 h(sqrt(m1) <w_i, w*>, sqrt(m1) b_i) / C, with the h of Lemma 6.3. The
few neurons with g_i in I(y_i) (Lemma A.4) form S; each has an effective sign s_i = s(y_i, g_i),
which is fair whatever W is. So

    u = s / sqrt(|S|)    is independent of W,    alpha = u^T W e_d ~ N(0, 1/m1),

and W = alpha u e_d^T + beta with beta independent of alpha. What only beta enters is B. What alpha
enters is alpha times a sum over S of s_i v_{1,i} behind gates, and s_i v_{1,i} is about
y_i / sqrt(m2): the average of Lemma 6.3.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.devices import one_thread
from ovp_lib.models.neurons import Neurons, check_direction, draw_neurons
from ovp_lib.proofs.interval import effective_signs

Indicator = Callable[[Tensor, Tensor], Tensor]
"""``h(alpha1, b0)`` of Lemma 6.3, elementwise."""

CHUNK = 100_000
"""Neurons of the first layer that are held at once."""


class Pieces(NamedTuple):
    """The pieces of Lemma 6.4; n1 = rho phi_eps + B1 + B2 + R1 + R2 + R3.

    Attributes:
        n1: the neuron itself, summed over all of the first layer, shape ``(e, n)``.
        rho: the Gaussian, shape ``(e,)``.
        B1: neurons outside S, shape ``(e, n)``.
        B2: neurons of S at beta.
        R1: s_i sqrt(m2) v_i is not quite y_i.
        R2: an average over S is not quite its expectation, nor |S| quite tau m1.
        R3: gates at W are not quite those at beta.
        norm: ||relu(W x + b)||, so that n1 given W and b is N(0, norm^2/m2).
        size: |S|, shape ``(e,)``.
    """

    n1: Float[Tensor, "e n"]
    rho: Float[Tensor, " e"]
    B1: Float[Tensor, "e n"]
    B2: Float[Tensor, "e n"]
    R1: Float[Tensor, "e n"]
    R2: Float[Tensor, "e n"]
    R3: Float[Tensor, "e n"]
    norm: Float[Tensor, "e n"]
    size: Float[Tensor, " e"]

    @property
    def B(self) -> Float[Tensor, "e n"]:
        """The noise B = B1 + B2."""
        return self.B1 + self.B2

    @property
    def R(self) -> Float[Tensor, "e n"]:
        """The remainder R = R1 + R2 + R3."""
        return self.R1 + self.R2 + self.R3


def signs_of(
    neurons: Neurons,
    direction: Float[Tensor, " d"],
    h: Indicator,
    *,
    bound: float,
    tau: float = 0.01,
) -> tuple[Float[Tensor, "e m"], Float[Tensor, "e m"]]:
    """Return the hidden numbers y_i and the effective signs s_i of all neurons.

    y_i = 2 h(sqrt(m1) <w_i, w*>, sqrt(m1) b_i) / C,    s_i = s(y_i, sqrt(m2) v_{1,i})

    Args:
        neurons: the draws.
        direction: the unit vector w*, orthogonal to e_d.
        h: the function of Lemma 6.3.
        bound: C, at least 2 sup|h|; the 2 undoes the x_d = 1/2 that multiplies alpha.
        tau: probability with which a neuron is in S, in (0, 1/100].

    Returns:
        y and s.

    Raises:
        ValueError: if w* is not allowed, ``bound`` too small, or ``tau`` out of its range.
    """
    check_direction(direction)
    root = math.sqrt(neurons.W.shape[1])
    y = 2 * h(root * (neurons.W @ direction), root * neurons.b) / bound
    if not (y.abs() <= 1).all():
        raise ValueError(
            f"bound must be at least 2 sup|h|; it is {bound:.6g}, and |h| reaches "
            f"{y.abs().max().item() * bound / 2:.6g}"
        )
    return y, effective_signs(y, math.sqrt(neurons.m2) * neurons.v, tau)


def decompose(
    neurons: Neurons,
    x: Float[Tensor, "n d"],
    direction: Float[Tensor, " d"],
    h: Indicator,
    phi_eps: Float[Tensor, " n"],
    *,
    bound: float,
    tau: float = 0.01,
) -> Pieces:
    r"""Compute every piece of Lemma 6.4 from its own definition (its proof, Appendix C).

    With z_i = <w_i, x> + b_i and z'_i = <beta_i, x> + b_i, and their gates I_i and I'_i,

    B1  = sum_{i not in S} v_i relu(z_i)                  B2 = sum_{i in S} v_i relu(z'_i)
    rho = alpha sqrt(tau m1) / (C sqrt(m2))               R3 = sum_{i in S} v_i z'_i (I_i - I'_i)
    R1  = alpha x_d / sqrt(|S| m2) sum_{i in S} (s_i sqrt(m2) v_i - y_i) I_i
    R2  = alpha x_d / sqrt(|S| m2) sum_{i in S} y_i I_i - rho phi_eps

    Args:
        neurons: the draws.
        x: unit points with x_d = 1/2.
        direction: the unit vector w*, orthogonal to e_d.
        h: the function of Lemma 6.3.
        phi_eps: E[1{<w, x> + b0 >= 0} h(<w, w*>, b0)] at every point.
        bound: C, at least 2 sup|h|; then rho ~ N(0, tau / (C^2 m2)).
        tau: probability with which a neuron is in S, in (0, 1/100].

    Returns:
        The pieces.

    Raises:
        ValueError: as in :func:`signs_of`, if a point is not allowed, or if S is empty in a draw,
            which has probability (1 - tau)^m1: take a larger m1.
    """
    _check_points(x)
    y, s = signs_of(neurons, direction, h, bound=bound, tau=tau)
    z = neurons.W @ x.T + neurons.b[..., None]
    layer, size = z.relu(), s.abs().sum(dim=1)
    if not (size > 0).all():
        raise ValueError(f"S is empty in some draw: m1 = {s.shape[1]} is too small")
    outside = neurons.v.masked_fill(s != 0, 0.0)
    n1, B1 = (torch.stack([neurons.v, outside], dim=1) @ layer).unbind(dim=1)
    alpha, B2, R1, average, R3 = _over_members(neurons, x, y, s, size)
    rho = alpha * math.sqrt(tau * s.shape[1] / neurons.m2) / bound
    R2 = average - rho[:, None] * phi_eps
    norm = torch.linalg.vector_norm(layer, dim=1)
    return Pieces(n1, rho, B1, B2, R1, R2, R3, norm, size)


@one_thread()
def sample_pieces(
    draws: int,
    generator: Generator,
    x: Float[Tensor, "n d"],
    direction: Float[Tensor, " d"],
    h: Indicator,
    phi_eps: Float[Tensor, " n"],
    *,
    m1: int,
    m2: int,
    bound: float,
    tau: float = 0.01,
) -> Pieces:
    """Draw ``draws`` neurons with draw_neurons and decompose each, in little memory.

    The draws depend on the generator and the sizes only: another ``h`` sees the same neurons. They
    are drawn on the CPU and computed with where ``x`` is.

    Args:
        draws: number of independent draws, at least 1.
        generator: source of randomness.
        x: padded unit vectors, shape ``(n, d)``.
        direction: w*, shape ``(d,)``.
        h: indicator function of phi.
        phi_eps: what h makes of phi at each point, shape ``(n,)``.
        m1: width of the first layer.
        m2: width of the second layer.
        bound: of |h|, by which y is scaled.
        tau: Pr[g in I(y)], in (0, 1/100].

    Returns:
        The pieces of all draws, on the CPU.

    Raises:
        ValueError: as in :func:`~ovp_lib.models.neurons.draw_neurons` and :func:`decompose`.
    """
    pieces = []
    each = max(1, CHUNK // m1)
    for start in range(0, draws, each):
        drawn = draw_neurons(min(each, draws - start), generator, d=x.shape[1], m1=m1, m2=m2)
        part = decompose(drawn.to(x), x, direction, h, phi_eps, bound=bound, tau=tau)
        pieces.append([values.cpu() for values in part])
    return Pieces(*map(torch.cat, zip(*pieces, strict=True)))


def _over_members(
    neurons: Neurons, x: Tensor, y: Tensor, s: Tensor, size: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return alpha and the sums over S: B2, R1, R2 + rho phi_eps, R3."""
    e, i = s.nonzero(as_tuple=True)  # one row for every member of S, over all draws
    v, W, b, y, s = neurons.v[e, i], neurons.W[e, i], neurons.b[e, i], y[e, i], s[e, i]
    root = math.sqrt(neurons.m2)

    def total(terms: Tensor) -> Tensor:
        """Sum over S, draw by draw."""
        return terms.new_zeros(len(size), *terms.shape[1:]).index_add_(0, e, terms)

    u = s / elementary.sqrt(size)[e]
    alpha = total(u * W[:, -1])
    beta = torch.cat([W[:, :-1], (W[:, -1] - alpha[e] * u)[:, None]], dim=1)
    z, z_beta = (rows @ x.T + b[:, None] for rows in (W, beta))
    gate, gate_beta = (z >= 0).to(z), (z_beta >= 0).to(z)
    front = alpha[:, None] / (2 * root * elementary.sqrt(size)[:, None])  # 2: x_d = 1/2
    B2 = total(v[:, None] * z_beta.relu())
    R1 = front * total((s * root * v - y)[:, None] * gate)
    R3 = total(v[:, None] * z_beta * (gate - gate_beta))
    return alpha, B2, R1, front * total(y[:, None] * gate), R3


def _check_points(x: Tensor) -> None:
    if not ((x.norm(dim=1) - 1).abs() < 1e-9).all() or not ((x[:, -1] - 0.5).abs() < 1e-9).all():
        raise ValueError(
            "points must have norm 1 and last coordinate 1/2 (ovp_lib.models.inputs.pad)"
        )
