r"""Complexities of composed functions: what Theorems 2 and 3 say of targets of class (4.1).

Theorem 2 has the network's width through C_eps(Phi, sqrt(p2) C_eps(phi, 1)), a complexity at a
radius that is a complexity itself and larger than any float. So radii are logarithms here too.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from ovp_lib.maths.accuracy import require_eps0
from ovp_lib.maths.complexity import C_STAR, MAX_TERMS, log_c_s
from ovp_lib.maths.smooth import SmoothFunction

Functions = Sequence[SmoothFunction]


def log_c_eps_at(
    phi: SmoothFunction,
    eps: float,
    log_radius: float,
    *,
    c_star: float = C_STAR,
    degree: int | None = None,
) -> float:
    r"""Natural logarithm of C_eps(phi, R) at the radius R = exp(log_radius).

    C_eps(phi, R) = sum_i ((C* R)^i + (sqrt(log(1/eps)) / sqrt(i) C* R)^i) |c_i|

    (Going Beyond Two Layers, Section 2; the second summand is 1 at i = 0.)

    Args:
        phi: the smooth function.
        eps: accuracy, in (0, 1).
        log_radius: log R, any number.
        c_star: the constant C*, positive.
        degree: cut the series after this power.

    Returns:
        ``log C_eps``; infinite if the series diverges, or needs more than 2^20 terms.

    Raises:
        ValueError: if ``eps`` or ``c_star`` is out of its range, or the radius is no number.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> round(log_c_eps_at(parse("z^2"), 0.5, 1000.0, c_star=1.0))  # beyond any float
        2000
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps}")
    _require(c_star=c_star)
    spread = 0.5 * math.log(math.log(1 / eps))

    def weight(i: np.ndarray) -> np.ndarray:
        second = i * (spread - 0.5 * np.log(np.maximum(i, 1)))
        return i * (math.log(c_star) + log_radius) + np.logaddexp(0.0, second)

    return _log_series(phi, weight, log_radius, degree)


def log_c_s_at(
    phi: SmoothFunction,
    log_radius: float,
    *,
    c_star: float = C_STAR,
    degree: int | None = None,
) -> float:
    r"""Natural logarithm of C_s(phi, R) at the radius R = exp(log_radius).

    C_s(phi, R) = C* sum_i (i + 1)^1.75 R^i |c_i|    (Going Beyond Two Layers, Section 2)

    Args:
        phi: the smooth function.
        log_radius: log R, any number.
        c_star: the constant C*, positive.
        degree: cut the series after this power.

    Returns:
        ``log C_s``; infinite if the series diverges, or needs more than 2^20 terms.

    Raises:
        ValueError: if ``c_star`` is not positive, or the radius is no number.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> round(log_c_s_at(parse("z"), 1000.0, c_star=1.0) - 1000, 3)  # 1.75 log 2
        1.213
    """
    _require(c_star=c_star)

    def weight(i: np.ndarray) -> np.ndarray:
        return 1.75 * np.log(i + 1) + i * log_radius

    return math.log(c_star) + _log_series(phi, weight, log_radius, degree)


@dataclass(frozen=True)
class Composed:
    r"""The complexities of a target of class (4.1), as Theorem 2 has them and as footnote 16 does.

    Section 4 lets C(phi) be the largest over both factors. Footnote 16 says that for a product of
    factors that differ one can be more careful: C(Phi, C(phi_1)) C(phi_2) in place of
    C(Phi, C(phi)), where C(phi_1) and C(phi_2) are those of the first and of the second factor.

    Attributes:
        outer: the functions Phi_i.
        inner: the functions phi_{1,j}.
        second: the functions phi_{2,j}.
        k: number of outputs, at least 1.
        c_star: the constant C*, positive.

    Raises:
        ValueError: if a group of functions is empty, the last two differ in number, or a number is
            out of range.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> square, sine, cosine = (parse(f) for f in ("poly(4,-4,1)", "sin(3z)", "cos(7z)"))
        >>> target = Composed((square,), (sine,), (cosine,), c_star=1.0)
        >>> target.log_c_s() > target.log_c_s_separated()
        True
    """

    outer: Functions
    inner: Functions
    second: Functions
    k: int = 1
    c_star: float = C_STAR

    def __post_init__(self) -> None:
        counts = (len(self.outer), len(self.inner), len(self.second))
        if min(counts) < 1 or counts[1] != counts[2] or self.k < 1:
            raise ValueError(
                "need functions outer, inner and second, the last two alike in number, and "
                f"k >= 1, got {counts} and k = {self.k}"
            )
        _require(c_star=self.c_star)

    @property
    def p1(self) -> int:
        """Number of terms."""
        return len(self.outer)

    @property
    def p2(self) -> int:
        """Number of functions inside each term."""
        return len(self.inner)

    def log_c_eps(self, eps: float) -> float:
        """Return log C_eps(Phi, sqrt(p2) C_eps(phi, 1)), Theorem 2's measure of the width.

        Args:
            eps: accuracy, in (0, 1).
        """
        radius = 0.5 * math.log(self.p2) + self._inside_eps(eps, (*self.inner, *self.second))
        return self._outer_eps(eps, radius)

    def log_c_eps_separated(self, eps: float) -> float:
        """Return log [C_eps(Phi, sqrt(p2) C_eps(phi_1, 1)) C_eps(phi_2, 1)] (footnote 16).

        Args:
            eps: accuracy, in (0, 1).
        """
        radius = 0.5 * math.log(self.p2) + self._inside_eps(eps, self.inner)
        return self._outer_eps(eps, radius) + self._inside_eps(eps, self.second)

    def log_c_s(self) -> float:
        """Return log C_s(Phi, p2 C_s(phi, 1)), which Theorem 2's eps is divided by."""
        return self._outer_s(math.log(self.p2) + self._inside_s((*self.inner, *self.second)))

    def log_c_s_separated(self) -> float:
        """Return log [C_s(Phi, p2 C_s(phi_1, 1)) C_s(phi_2, 1)] (footnote 16)."""
        first = self._outer_s(math.log(self.p2) + self._inside_s(self.inner))
        return first + self._inside_s(self.second)

    def log_eps(self, eps0: float) -> float:
        r"""Return log eps of Theorem 2, from the excess risk that is wanted.

        eps = eps0 / (k p1 p2^2 C_s(Phi, p2 C_s(phi, 1)) C_s(phi, 1)^2)

        Args:
            eps0: excess risk, in (0, 1/100].

        Raises:
            ValueError: if ``eps0`` is out of range.
        """
        require_eps0(eps0)
        counts = math.log(self.k * self.p1 * self.p2**2)
        inside = self._inside_s((*self.inner, *self.second))
        return math.log(eps0) - counts - self.log_c_s() - 2 * inside

    def log_samples(self, eps0: float, eps: float | None = None) -> float:
        r"""Return log N of Theorem 2 without its logarithms in the width, for any loss.

        N >= (C_eps(Phi, sqrt(p2) C_eps(phi, 1)) C_eps(phi, 1) sqrt(p2) p1 k^2 / eps0)^2

        Args:
            eps0: excess risk, in (0, 1/100].
            eps: accuracy at which C_eps is taken; by default Theorem 2's own.

        Returns:
            The logarithm, infinite where the series of C_eps diverges.

        Raises:
            ValueError: if ``eps0`` or ``eps`` is out of range, or if Theorem 2's own accuracy is
                smaller than any float, as it is at the paper's C* = 10^4.
        """
        require_eps0(eps0)
        if eps is None:
            log_eps = self.log_eps(eps0)
            eps = math.exp(log_eps)
            if eps == 0:
                raise ValueError(f"eps of Theorem 2 is exp({log_eps:.6g}), too small: give eps")
        inside = self._inside_eps(eps, (*self.inner, *self.second))
        counts = math.log(math.sqrt(self.p2) * self.p1 * self.k**2)
        return 2 * (self.log_c_eps(eps) + inside + counts - math.log(eps0))

    def _inside_eps(self, eps: float, functions: Functions) -> float:
        return max(log_c_eps_at(phi, eps, 0.0, c_star=self.c_star) for phi in functions)

    def _outer_eps(self, eps: float, log_radius: float) -> float:
        return max(log_c_eps_at(Phi, eps, log_radius, c_star=self.c_star) for Phi in self.outer)

    def _inside_s(self, functions: Functions) -> float:
        return max(log_c_s(phi, c_star=self.c_star) for phi in functions)

    def _outer_s(self, log_radius: float) -> float:
        return max(log_c_s_at(Phi, log_radius, c_star=self.c_star) for Phi in self.outer)


def _require(**positive: float) -> None:
    for name, value in positive.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")


def _log_series(
    phi: SmoothFunction,
    log_weight: Callable[[np.ndarray], np.ndarray],
    log_radius: float,
    degree: int | None,
) -> float:
    """Return log sum_i exp(log_weight(i)) |c_i|, to ``degree`` or until it has converged."""
    if math.isnan(log_radius):
        raise ValueError("the logarithm of a radius must be a number, got nan")
    degree = phi.degree if degree is None else degree
    if log_radius == math.inf:
        return math.inf
    terms = 256 if degree is None else degree
    while True:
        signs, logs = phi.series(terms)
        found = np.where(signs == 0, -np.inf, logs + log_weight(np.arange(terms + 1)))
        # Four terms, since every second one may be 0; exp(-60) is far below the sum's rounding.
        if degree is not None or found[-4:].max() < found.max() - 60:
            return float(logsumexp(found))
        if terms >= MAX_TERMS:
            return math.inf
        terms *= 4
