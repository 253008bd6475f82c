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
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import hermite
from ovp_lib.maths.smooth import SmoothFunction

MAX_DEGREE = 100
"""Beyond it the polynomials at the paper's clip, of size (165)^i, approach the largest float64."""

REACH = 9.0
"""Standard deviations after which a normal tail, of mass 1e-19, is left out."""


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
        """Return E[1{alpha >= -b0} h(alpha1, b0)] at each x1 in [-1, 1], by quadrature."""


class Outer(Protocol):
    """The functions g_0, ..., g_D of the bias in a sum of products."""

    @property
    def breaks(self) -> Float[Tensor, " breaks"]:
        """Return where some g_i jumps, increasing."""

    def __call__(self, b0: Tensor) -> Tensor:
        """Return g_i(b0) along a new first axis."""

    def mass(self, b: Tensor) -> Tensor:
        """Return int_b^inf g_i(t) phi_N(t) dt along a new first axis."""


class Steps(NamedTuple):
    """The paper's outer functions g_i(b0) = weight_i 1{low_i < b0 <= high_i}."""

    weight: Float[Tensor, " degree+1"]
    low: Float[Tensor, " degree+1"]
    high: Float[Tensor, " degree+1"]

    @property
    def breaks(self) -> Float[Tensor, " breaks"]:
        """Return the finite ends of the intervals."""
        ends = torch.cat([self.low, self.high]).unique()
        return ends[ends.isfinite()]

    def __call__(self, b0: Tensor) -> Tensor:
        """Return g_i(b0)."""
        weight, low, high = (_column(part, b0) for part in self)
        return weight * ((low < b0) & (b0 <= high))

    def mass(self, b: Tensor) -> Tensor:
        """Return int_b^inf g_i(t) phi_N(t) dt."""
        weight, low, high = (_column(part, b) for part in self)
        below = hermite.distribution(b.maximum(low).minimum(high))
        return weight * (hermite.distribution(high) - below)


class Bumps(NamedTuple):
    """The outer functions of least norm, g_i(b0) = weight_i hbar_{i-1}(-b0) phi_N(b0)."""

    weight: Float[Tensor, " degree+1"]

    @property
    def breaks(self) -> Float[Tensor, " breaks"]:
        """Return nothing: they are smooth."""
        return self.weight[:0]

    def __call__(self, b0: Tensor) -> Tensor:
        """Return g_i(b0), where g_0 = weight_0 Phi(b0)."""
        degree = len(self.weight) - 1
        bumps = hermite.normalised(max(degree - 1, 0), -b0) * hermite.density(b0)
        inner = torch.cat([hermite.distribution(b0)[None], bumps[:degree]])
        return _column(self.weight, b0) * inner

    def mass(self, b: Tensor) -> Tensor:
        """Return int_b^inf g_i(t) phi_N(t) dt, integrated by parts.

        F_n(a) = int_{-inf}^a hbar_n(t) phi_N(t)^2 dt
               = -(hbar_{n-1}(a) phi_N(a)^2 / sqrt(n) + sqrt((n-1)/n) F_{n-2}(a)) / 2
        """
        degree, a = len(self.weight) - 1, -b
        hbar, square = hermite.normalised(max(degree - 1, 0), a), hermite.density(a).square()
        F = [hermite.distribution(math.sqrt(2.0) * a) / (2 * math.sqrt(math.pi))]
        for n in range(1, degree):
            before = math.sqrt((n - 1) / n) * F[n - 2] if n > 1 else 0.0
            F.append(-(hbar[n - 1] * square / math.sqrt(n) + before) / 2)
        constant = (1 - hermite.distribution(b).square()) / 2
        return _column(self.weight, b) * torch.stack([constant, *F[:degree]])


@dataclass(frozen=True)
class HermiteIndicator:
    """An h that is a sum of Hermite polynomials in alpha1 times functions of b0.

    Attributes:
        name: which construction it is.
        outer: the functions g_i of the bias.
        clip: B_i for each degree; infinite where nothing is clipped.
    """

    name: str
    outer: Steps | Bumps
    clip: tuple[float, ...]

    @property
    def degree(self) -> int:
        """Highest power of x1 that it makes."""
        return len(self.clip) - 1

    def __call__(self, alpha1: Tensor, b0: Tensor) -> Tensor:
        """Evaluate h elementwise; the arguments broadcast."""
        return torch.stack([f * g for f, g in zip(self.inner(alpha1), self.outer(b0))]).sum(dim=0)

    def inner(self, alpha1: Tensor) -> Tensor:
        """Return hhat_i(alpha1), constant beyond its clip, along a new first axis."""
        tables = {c: hermite.normalised(self.degree, alpha1.clamp(-c, c)) for c in set(self.clip)}
        return torch.stack([tables[c][i] for i, c in enumerate(self.clip)])

    def slope(self, alpha1: Tensor) -> Tensor:
        """Return hhat_i'(alpha1) = sqrt(i) hbar_{i-1}(alpha1), zero beyond the clip."""
        hbar = hermite.normalised(self.degree, alpha1)
        slopes = [
            math.sqrt(i) * hbar[max(i - 1, 0)] * (alpha1.abs() <= c)
            for i, c in enumerate(self.clip)
        ]
        return torch.stack(slopes)

    def sup(self) -> float:
        """Return sup |h|, by a grid that zooms in on the largest value."""
        return self._largest(self.inner, first_unbounded=1)

    def lipschitz(self) -> float:
        """Return the Lipschitz constant in alpha1, by a grid that zooms in."""
        return self._largest(self.slope, first_unbounded=2)

    def second_moment(self) -> float:
        """Return E[h(alpha1, b0)^2] by Gauss-Legendre between all jumps and kinks."""
        kinks = torch.tensor(self.clip, dtype=torch.float64)
        a, weight_a = hermite.composite(self._edges(torch.cat([-kinks, kinks])))
        b, weight_b = hermite.composite(self._edges(self.outer.breaks))
        h = self.inner(a).T @ self.outer(b)
        return float((weight_a * hermite.density(a)) @ h.square() @ (weight_b * hermite.density(b)))

    def expectation(self, x1: Tensor) -> Tensor:
        """Return E[1{alpha >= -b0} h(alpha1, b0)] at each x1.

        int phi_N(alpha) sum_i (int_{-alpha}^inf g_i phi_N) E_beta[hhat_i(alpha x1 + beta s)] dalpha

        with s = sqrt(1 - x1^2). Both inner integrals are closed forms, so that one quadrature is
        left, over alpha, split where an outer function jumps and where a clip is felt.

        Args:
            x1: points in [-1, 1], shape ``(n,)``.

        Returns:
            The expectations, shape ``(n,)``.

        Raises:
            ValueError: if some ``|x1| > 1``.
        """
        check_x1(x1)
        felt = [c if c < 2 * self._reach else math.inf for c in self.clip]
        finite = torch.tensor(sorted({c for c in felt if c < math.inf}), dtype=torch.float64)
        fixed = self._edges(-self.outer.breaks).expand(len(x1), -1)
        edges = torch.cat([fixed, near(torch.cat([-finite, finite]), x1)], dim=1)
        edges = edges.clamp(-self._reach, self._reach).sort(dim=1).values
        alpha, weight = hermite.composite(edges)
        smoothed = {c: smoothed_hermite(self.degree, alpha, x1[:, None], c) for c in set(felt)}
        mass = self.outer.mass(-alpha)
        total = sum(mass[i] * smoothed[c][i] for i, c in enumerate(felt))
        return (weight * hermite.density(alpha) * total).sum(dim=1)

    @property
    def _reach(self) -> float:
        """Where hbar_degree^2 times the density has long vanished."""
        return 2 * math.sqrt(self.degree) + REACH

    def _edges(self, breaks: Tensor) -> Tensor:
        """Return the ends of panels of length about one, and the breaks."""
        regular = torch.linspace(
            -self._reach, self._reach, math.ceil(2 * self._reach), dtype=torch.float64
        )
        return torch.cat([regular, breaks[breaks.abs() < self._reach]]).unique()

    def _largest(self, inner: Callable[[Tensor], Tensor], *, first_unbounded: int) -> float:
        """Return the largest |sum_i inner_i(alpha1) g_i(b0)|."""
        rough = zip(self.outer.weight.tolist(), self.clip)
        if any(w != 0 and c == math.inf for w, c in list(rough)[first_unbounded:]):
            return math.inf
        end = max([c for c in self.clip if c < math.inf], default=self._reach)
        panels = self._edges(self.outer.breaks)
        a = torch.linspace(-end, end, 4001, dtype=torch.float64)
        b, _ = hermite.composite(panels)
        largest, a_step, b_step = 0.0, end / 2000, 0.1
        zoom = torch.linspace(-1, 1, 41, dtype=torch.float64)
        for _ in range(7):
            h = (inner(a).T @ self.outer(b)).abs()
            largest = max(largest, float(h.max()))
            i, j = divmod(int(h.argmax()), len(b))
            right = int(torch.searchsorted(panels, b[j]))
            low, high = panels[right - 1] + 1e-12, panels[right]
            a, b = (a[i] + a_step * zoom).clamp(-end, end), (b[j] + b_step * zoom).clamp(low, high)
            a_step, b_step = a_step / 10, b_step / 10
        return largest


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
        >>> round(indicator_coefficient(1), 6)  # (1/(2 pi)) int_{-1/2}^{1/2} exp(-b^2) db
        0.146819
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
    """
    c = _taylor_coefficients(phi, degree)
    weight = [2 * c[0]]
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

    Raises:
        ValueError: if ``degree`` is out of range or ``eps`` not in (0, 1).
    """
    _check_degree(degree, least=0)
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps}")
    shift = 10 * math.sqrt(math.log(1 / eps))
    return (math.inf, *(100 * math.sqrt(i) + shift for i in range(1, degree + 1)))


def check_x1(x1: Tensor) -> None:
    """Refuse points outside [-1, 1]: x1 is the cosine of an angle.

    Raises:
        ValueError: if there is one.
    """
    if x1.numel() and not bool((x1.abs() <= 1).all()):
        raise ValueError(f"x1 must lie in [-1, 1], got {float(x1[~(x1.abs() <= 1)][0])}")


def near(kinks: Float[Tensor, " k"], x1: Float[Tensor, " n"]) -> Float[Tensor, "n panels"]:
    """Return the ends of panels in alpha around which E_beta[f(alpha x1 + beta s)] bends.

    A kink of f at t is felt at alpha = t/x1, over a width of s/|x1| with s = sqrt(1 - x1^2).
    """
    widths = torch.tensor([-8, -6, -4, -2.5, -1, 0, 1, 2.5, 4, 6, 8], dtype=torch.float64)
    s = (1 - x1 * x1).clamp(min=0).sqrt()
    felt = (kinks[None, :, None] + s[:, None, None] * widths) / x1[:, None, None].abs()
    return felt.nan_to_num(nan=0.0).flatten(1)


def smoothed_hermite(degree: int, alpha: Tensor, x1: Tensor, clip: float) -> Tensor:
    r"""Return E_beta[hhat_i(alpha x1 + beta sqrt(1 - x1^2))] for i = 0, ..., degree.

    Without a clip this is x1^i hbar_i(alpha) (Mehler). With t ~ N(mu, s^2), I_i = E[hbar_i(t)
    1{|t| <= B}] and N the density of t, integration by parts of t N = mu N - s^2 N' gives

    sqrt(i+1) I_{i+1} = mu I_i - x1^2 sqrt(i) I_{i-1} - s^2 (hbar_i N)|_{-B}^{B},

    and the clipped parts add hbar_i(B) (P(t > B) + (-1)^i P(t < -B)).
    """
    mu = alpha * x1
    if clip == math.inf:
        powers = torch.stack([x1**i for i in range(degree + 1)])
        return powers * hermite.normalised(degree, alpha)
    s = (1 - x1 * x1).clamp(min=1e-300).sqrt()
    above, below = (clip - mu) / s, (-clip - mu) / s
    at_clip = hermite.normalised(degree, torch.tensor(clip, dtype=torch.float64)).tolist()
    right, left = s * hermite.density(above), s * hermite.density(below)
    inside = [hermite.distribution(above) - hermite.distribution(below)]
    for i in range(degree):
        last = math.sqrt(i) * x1 * x1 * inside[i - 1] if i else 0.0
        boundary = at_clip[i] * (right - (-1) ** i * left)
        inside.append((mu * inside[i] - last - boundary) / math.sqrt(i + 1))
    over, under = hermite.distribution(-above), hermite.distribution(below)
    beyond = [at_clip[i] * (over + (-1) ** i * under) for i in range(degree + 1)]
    return torch.stack([part + rest for part, rest in zip(inside, beyond, strict=True)])


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


def _column(values: Tensor, like: Tensor) -> Tensor:
    """Return a vector as a first axis before the axes of ``like``."""
    return values.to(like).reshape(-1, *[1] * like.ndim)
