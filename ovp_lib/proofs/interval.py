r"""Interval partition (Lemma A.4): a number y encoded in the set of values of a Gaussian.

For y in [-1, 1] and g ~ N(0, 1) there are a set I(y) of mass tau and signs s(y, g), fair on I(y),
such that s(y, g) g has mean y there. In |g| all of it is four ends,

    start <= middle <= flip <= end,

- s = sign(y) sign(g)  where start <= |g| < middle   (two intervals that mirror each other),
- s = +1, then -1      where middle <= |g| < flip, then flip <= |g| <= end   (even in g: no mean),

and s = 0 elsewhere. While the two mirrored intervals are disjoint, middle = flip = end and nothing
is even. They meet at |y| = y0 (:func:`turning_point`); below it start = 0.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary

STEPS = 6
"""Newton steps; both equations are nearly linear in their unknown."""

_PEAK = 1 / math.sqrt(2 * math.pi)


class Partition(NamedTuple):
    """I(y) and s(y, .) for many y at once.

    Attributes:
        y: the numbers that are hidden.
        start: least |g| in I(y).
        middle: end of the part on which s is odd in g.
        flip: where the even part changes its sign.
        end: largest |g| in I(y).
    """

    y: Tensor
    start: Tensor
    middle: Tensor
    flip: Tensor
    end: Tensor

    def sign(self, g: Tensor) -> Tensor:
        """Return s(y, g) in {-1, 0, 1} for ``g`` that broadcasts against ``y``.

        Args:
            g: what is observed.

        Returns:
            Of the shape that both broadcast to.
        """
        size = g.abs()
        odd = ((self.start <= size) & (size < self.middle)).to(g)
        plus = ((self.middle <= size) & (size < self.flip)).to(g)
        # Without an even part flip equals end, and |g| = end alone would still count as -1.
        minus = ((self.flip <= size) & (size <= self.end) & (self.middle < self.end)).to(g)
        return odd * torch.where(self.y < 0, -1.0, 1.0).to(g) * torch.sign(g) + plus - minus

    def probability(self) -> Tensor:
        """Return Pr[g in I(y)], which property 2 wants to be tau."""
        return 2 * (_cdf(self.end) - _cdf(self.start))

    def imbalance(self) -> Tensor:
        """Return Pr[s = 1] - Pr[s = -1], which property 3 wants to be 0."""
        return 2 * (2 * _cdf(self.flip) - _cdf(self.middle) - _cdf(self.end))

    def mean(self) -> Tensor:
        """Return E[s(y, g) g | g in I(y)], which property 4 wants to be y."""
        mass = _density(self.start) - _density(self.middle)
        return 2 * torch.where(self.y < 0, -1.0, 1.0) * mass / self.probability()

    def spread(self) -> Tensor:
        """Return max - min of s(y, g) g over I(y), which property 5 wants within 10 tau."""
        even = self.middle < self.end
        return torch.where(even, 2 * self.end, self.middle - self.start)

    def distance(self, other: "Partition") -> Tensor:
        """Return the length of the symmetric difference of I(y1) and I(y2) (property 6).

        Args:
            other: intervals of other numbers, for the same tau.

        Returns:
            At least 0, of the shape of ``y``.
        """
        overlap = torch.minimum(self.end, other.end) - torch.maximum(self.start, other.start)
        lengths = self.end - self.start + other.end - other.start
        return 2 * (lengths - 2 * overlap.clamp(min=0.0))


def turning_point(tau: float = 0.01) -> float:
    """Return y0, the |y| at which the two mirrored intervals meet.

    y0 = E[g | 0 <= g <= c] with Pr[|g| <= c] = tau

    Args:
        tau: Pr[g in I(y)], in (0, 1/100].

    Returns:
        y0, positive.

    Raises:
        ValueError: if ``tau`` is not in (0, 1/100].
    """
    _check_tau(tau)
    c = _outer_end(tau)
    return 2 * (_PEAK - _PEAK * math.exp(-(c**2) / 2)) / tau


def interval_partition(y: Float[Tensor, "*shape"], tau: float = 0.01) -> Partition:
    """Return I(y) and s(y, .) with all six properties of Lemma A.4.

    Above y0 as printed: Pr[start <= g <= end] = tau/2 and E[g | start <= g <= end] = |y|. Below it
    e = middle solves E[|g| 1{|g| <= e}] = tau |y|, so that e^2 = -2 log(1 - tau |y| sqrt(2 pi)/2).

    Args:
        y: numbers in [-1, 1], float64.
        tau: Gaussian mass of I(y), in (0, 1/100]; the ends are accurate to about 1e-16 / tau.

    Returns:
        The partition, with the shape of ``y``.

    Raises:
        ValueError: if some y is outside [-1, 1] or ``tau`` is not in (0, 1/100].

    Example:
        >>> partition = interval_partition(torch.tensor([0.001, 0.5], dtype=torch.float64))
        >>> partition.mean().round(decimals=12).tolist()
        [0.001, 0.5]
    """
    # tau |y| is at most 1/100: log(1 - tau |y| ...) would round digits away.
    e = elementary.sqrt(-2 * torch.log1p(-tau * y.abs() / (2 * _PEAK)))
    return _assemble(y, e, tau)


def printed_partition(y: Float[Tensor, "*shape"], tau: float = 0.01) -> Partition:
    """Return I(y) and s(y, .) as the proof of Lemma A.4 prints them.

    They differ from :func:`interval_partition` below y0 only, where e = middle solves
    E[|g| | |g| <= e] = |y|. The even part adds mass to I(y) but nothing to the mean, which comes
    out as |y| Pr[|g| <= e] / tau, about y^2/y0.

    Args:
        y: numbers in [-1, 1], float64.
        tau: Gaussian mass of I(y), in (0, 1/100].

    Returns:
        The partition, with the shape of ``y``.

    Raises:
        ValueError: if some y is outside [-1, 1] or ``tau`` is not in (0, 1/100].
    """
    target = y.abs().clamp(max=turning_point(tau))
    e = 2 * target
    for _ in range(STEPS):
        odd_mass, mass = -_PEAK * torch.expm1(-(e**2) / 2), torch.erf(e / math.sqrt(2)) / 2
        slope = _density(e) * (e - target)
        step = torch.where(slope > 0, (odd_mass - target * mass) / slope, 0.0)
        e = e - step
    return _assemble(y, e, tau)


def effective_signs(
    y: Float[Tensor, "*shape"], g: Float[Tensor, "*shape"], tau: float = 0.01
) -> Float[Tensor, "*shape"]:
    """Return s(y, g) of :func:`interval_partition`, fast when there are many.

    No g in I(y) is further from y, in size, than the widest interval is wide, so that ends are
    computed only for the few per cent of pairs that are near.

    Args:
        y: numbers in [-1, 1].
        g: values of the Gaussian, of the same shape.
        tau: Gaussian mass of I(y), in (0, 1/100].

    Returns:
        Signs in {-1, 0, 1}; zero outside I(y).

    Raises:
        ValueError: if some y is outside [-1, 1] or ``tau`` is not in (0, 1/100].
    """
    _check_y(y)
    widest = interval_partition(torch.ones(1, dtype=y.dtype), tau).spread().item()
    near = ((g.abs() - y.abs()).abs() <= widest).nonzero(as_tuple=True)
    signs = torch.zeros_like(g)
    signs[near] = interval_partition(y[near], tau).sign(g[near])
    return signs


def _assemble(y: Tensor, e: Tensor, tau: float) -> Partition:
    """Join the two cases: disjoint intervals from y0 on, ``e`` as the end of the odd part below."""
    _check_y(y)
    y0, c = turning_point(tau), _outer_end(tau)
    left, right = _disjoint(y.abs().clamp(min=y0), tau)
    meet = y.abs() < y0
    e = e.clamp(max=c)
    d = torch.special.ndtri((_cdf(e) + (1 + tau) / 2) / 2)
    # Rounding of ndtri may put the flip just outside [middle, end].
    d = torch.minimum(torch.maximum(d, e), torch.full_like(d, c))
    start = torch.where(meet, 0.0, left)
    middle, flip = (torch.where(meet, inner, right) for inner in (e, d))
    return Partition(y, start, middle, flip, torch.where(meet, c, right))


def _disjoint(y: Tensor, tau: float) -> tuple[Tensor, Tensor]:
    """Solve Pr[l <= g <= r] = tau/2 and E[g | l <= g <= r] = y for l and r, by Newton in l."""
    left = (y - tau / (4 * _density(y))).clamp(min=0.0)
    for _ in range(STEPS):
        right = torch.special.ndtri(_cdf(left) + tau / 2)
        excess = 2 * (_density(left) - _density(right)) / tau - y
        left = (left - excess * tau / (2 * _density(left) * (right - left))).clamp(min=0.0)
    return left, torch.special.ndtri(_cdf(left) + tau / 2)


def _outer_end(tau: float) -> float:
    """Return c with Pr[|g| <= c] = tau."""
    _check_tau(tau)
    return float(torch.special.ndtri(torch.tensor((1 + tau) / 2, dtype=torch.float64)))


def _density(x: Tensor) -> Tensor:
    return _PEAK * torch.exp(-(x**2) / 2)


def _cdf(x: Tensor) -> Tensor:
    return (1 + torch.erf(x / math.sqrt(2))) / 2


def _check_tau(tau: float) -> None:
    if not 0 < tau <= 0.01:
        raise ValueError(f"tau must lie in (0, 1/100], got {tau}")


def _check_y(y: Tensor) -> None:
    if y.numel() and not (y.abs() <= 1).all():
        raise ValueError(f"y must lie in [-1, 1], got {y.abs().max().item():.6g} in size")
