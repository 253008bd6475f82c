r"""Indicator to function: random ReLU gates that compute phi in expectation (Lemma 6.3).

    E[ 1{alpha1 x1 + beta1 sqrt(1 - x1^2) + b0 >= 0} h(alpha1, b0) ] = phi(x1)    up to epsilon,

with alpha1, beta1, b0 independent N(0, 1). Two exact choices of h are built here from the Taylor
coefficients of phi, the paper's and the one of smallest E[h^2]; :mod:`ovp_lib.proofs.minimal_sup`
has the one of smallest sup|h|. Both are sums of products,

    h(alpha1, b0) = sum_i hhat_i(alpha1) g_i(b0),    hhat_i = hbar_i clipped at |alpha1| = B_i,

of a Hermite polynomial and an *outer* function of the bias.

Why it works: with alpha = <w, x>, so that alpha1 = alpha x1 + beta sqrt(1 - x1^2), Mehler's formula
gives E[h_i(alpha1) 1{alpha >= b}] = p_i(b) x1^i with p_i(b) = h_{i-1}(b) exp(-b^2/2) / sqrt(2 pi):
one Hermite polynomial makes one power of x1.
"""

import math
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ovp_lib.maths import hermite
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.proofs.hermite_indicator import Bumps, HermiteIndicator, Steps

MAX_DEGREE = 100
"""Beyond it the polynomials at the paper's clip, of size (165)^i, approach the largest float64."""


@runtime_checkable
class Indicator(Protocol):
    """A function h of Lemma 6.3, whatever it is made of; tensors are float64."""

    @property
    def name(self) -> str:
        """Which construction it is."""

    def __call__(self, alpha1: Tensor, b0: Tensor) -> Tensor:
        """Evaluate h elementwise; the arguments broadcast."""

    def sup(self) -> float:
        """Return sup |h|; infinite where h is unbounded."""

    def lipschitz(self) -> float:
        """Return the Lipschitz constant in alpha1; infinite where there is none."""

    def second_moment(self) -> float:
        """Return E[h(alpha1, b0)^2]."""

    def expectation(self, x1: Tensor) -> Tensor:
        """Return E[1{alpha >= -b0} h(alpha1, b0)] at each x1 in [-1, 1], by quadrature.

        Args:
            x1: shape ``(n,)``.

        Returns:
            Shape ``(n,)``.
        """


def indicator_coefficient(i: int) -> float:
    r"""Return p'_i, the coefficient with which h_i makes the power x1^i (Claim C.1).

    p'_i = E_b0[p_i(-b0) 1{q_i(b0)}] = 1/(2 pi) int_{q_i} h_{i-1}(b) exp(-b^2) db,

    over b = -b0 in (0, 1/(2i)] for even i and [-1/(2i), 1/(2i)] for odd i.

    Args:
        i: degree, from 1 to :data:`MAX_DEGREE`.

    Returns:
        p'_i, of size at least (i - 1)!! / (200 i^2).

    Raises:
        ValueError: if ``i`` is out of that range.

    Example:
        >>> round(indicator_coefficient(1), 5)  # (1/(2 pi)) int_{-1/2}^{1/2} exp(-b^2) db
        0.14683
    """
    _check_degree(i, least=1)
    return _normalised_coefficient(i) * math.exp(0.5 * math.lgamma(i))


def taylor_indicator(
    phi: SmoothFunction, degree: int, clip: float | tuple[float, ...] | None = None
) -> HermiteIndicator:
    r"""Build the paper's h from the Taylor coefficients of phi (proof of Lemma 6.3a).

    h(alpha1, b0) = 2 c_0 + sum_{i=1}^{D} c'_i hhat_i(alpha1) 1{q_i(b0)},    c'_i = c_i / p'_i

    Args:
        phi: the smooth function; its series must converge on [-1, 1].
        degree: D, where the series is cut.
        clip: B_i, one for all degrees or one each (:func:`paper_clip`); ``None`` clips nothing,
            then the expectation is the Taylor polynomial exactly.

    Returns:
        The function h.

    Raises:
        ValueError: if the series diverges, the degree is out of range, or a clip is not positive.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> h = taylor_indicator(parse("z^2"), degree=2)
        >>> h.expectation(torch.tensor([0.5]).double()).allclose(torch.tensor([0.25]).double())
        True
    """
    c = _taylor_coefficients(phi, degree)
    weight = [2 * c[0]]
    # The factorials in h_i and p'_i cancel but for sqrt(i), so none of them is computed.
    weight += [c[i] * math.sqrt(i) / _normalised_coefficient(i) for i in range(1, degree + 1)]
    ends = [(-math.inf, math.inf)]
    ends += [(-0.5 / i, 0.5 / i if i % 2 else 0.0) for i in range(1, degree + 1)]
    low, high = torch.tensor(ends, dtype=torch.float64).T
    steps = Steps(torch.tensor(weight, dtype=torch.float64), low, high)
    return HermiteIndicator("the paper's h", steps, _clips(clip, degree))


def least_norm_indicator(
    phi: SmoothFunction, degree: int, clip: float | tuple[float, ...] | None = None
) -> HermiteIndicator:
    r"""Build the h of smallest E[h^2] among all that represent the Taylor polynomial exactly.

    h(alpha1, b0) = 3 c_0 Phi(b0) + sum_i c_i sqrt(i)/K_i hbar_i(alpha1) hbar_{i-1}(-b0) phi_N(b0)

    with K_i = int hbar_{i-1}^2 phi_N^3. Why it is smallest: write h = sum_i hbar_i(alpha1) g_i(b0).
    By Mehler's formula the expectation is sum_i x1^i E[g_i(b0) u_i(b0)] / sqrt(i) with
    u_i(b0) = hbar_{i-1}(-b0) phi_N(b0) (and x1^0 E[g_0 Phi]), so that exactness says E[g_i u_i] =
    c_i sqrt(i) for each i, while E[h^2] = sum_i E[g_i^2]: each g_i is the multiple of u_i that
    meets its own constraint. Not in the paper.

    Args:
        phi: the smooth function; its series must converge on [-1, 1].
        degree: D, where the series is cut.
        clip: as in :func:`taylor_indicator`.

    Returns:
        The function h.

    Raises:
        ValueError: as in :func:`taylor_indicator`.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> h = least_norm_indicator(parse("z^2"), degree=2)
        >>> h.expectation(torch.tensor([0.5]).double()).allclose(torch.tensor([0.25]).double())
        True
    """
    c = _taylor_coefficients(phi, degree)
    b, weight = hermite.composite(torch.linspace(-12, 12, 49, dtype=torch.float64))
    squares = hermite.normalised(max(degree - 1, 0), b).square()
    K = (squares * weight * hermite.density(b) ** 3).sum(dim=1).tolist()
    bumps = [3 * c[0]] + [c[i] * math.sqrt(i) / K[i - 1] for i in range(1, degree + 1)]
    outer = Bumps(torch.tensor(bumps, dtype=torch.float64))
    return HermiteIndicator("least E[h²]", outer, _clips(clip, degree))


def paper_clip(degree: int, eps: float) -> tuple[float, ...]:
    """Return B_i = 100 sqrt(i) + 10 sqrt(log(1/eps)) of Claim C.2, infinite for i = 0.

    Args:
        degree: of phi's power series, at least 0.
        eps: accuracy, in (0, 1).

    Returns:
        B_0, ..., B_degree.

    Raises:
        ValueError: if ``degree`` is out of range or ``eps`` not in (0, 1).
    """
    _check_degree(degree, least=0)
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps}")
    shift = 10 * math.sqrt(math.log(1 / eps))
    return (math.inf, *(100 * math.sqrt(i) + shift for i in range(1, degree + 1)))


def _normalised_coefficient(i: int) -> float:
    """Return p'_i / sqrt((i - 1)!)."""
    start = -0.5 / i if i % 2 else 0.0
    b, weight = hermite.composite(torch.tensor([start, 0.5 / i], dtype=torch.float64), order=32)
    integrand = hermite.normalised(i - 1, b)[-1] * torch.exp(-b * b)
    return float((weight * integrand).sum()) / (2 * math.pi)


def _taylor_coefficients(phi: SmoothFunction, degree: int) -> list[float]:
    _check_degree(degree, least=0)
    if phi.radius <= 1:
        raise ValueError(
            f"the Taylor series of {phi.name} converges only for |z| < {phi.radius:.3g}; Lemma 6.3 "
            "needs it on [-1, 1]"
        )
    return [float(c) for c in phi.coefficients(degree)]


def _clips(clip: float | tuple[float, ...] | None, degree: int) -> tuple[float, ...]:
    if clip is None or isinstance(clip, int | float):
        clip = (math.inf if clip is None else float(clip),) * (degree + 1)
    if len(clip) != degree + 1 or not all(c > 0 for c in clip):
        raise ValueError(
            f"clip must be positive, one number or one for each of {degree + 1} degrees, got {clip}"
        )
    return clip


def _check_degree(degree: int, *, least: int) -> None:
    if not least <= degree <= MAX_DEGREE:
        raise ValueError(
            f"degree must lie in [{least}, {MAX_DEGREE}] (float64 carries no more), got {degree}"
        )
