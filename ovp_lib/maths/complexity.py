"""The complexity measures of Section 2: C_eps for the width, C_s for the samples.

C* = 10^4 makes C_eps larger than any float, so both are returned as natural logarithms.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

from ovp_lib.maths.smooth import SmoothFunction

C_STAR = 1e4
"""The "sufficiently large constant" C*, for which the paper gives 10^4 as an example."""

MAX_TERMS = 1 << 20
"""Terms after which a series that has not converged is given up."""


def log_c_eps(
    phi: SmoothFunction,
    eps: float,
    R: float = 1.0,
    *,
    c_star: float = C_STAR,
    degree: int | None = None,
) -> float:
    r"""Natural logarithm of the width complexity of phi.

    C_eps(phi, R) = sum_i ((C* R)^i + (sqrt(log(1/eps)) / sqrt(i) C* R)^i) |c_i|

    (Going Beyond Two Layers, Section 2; the second summand is 1 at i = 0.)

    Args:
        phi: the smooth function.
        eps: accuracy, in (0, 1).
        R: radius of the argument, positive.
        c_star: the constant C*, positive.
        degree: cut the series after this power; needed where it diverges, i.e. for functions with
            a finite radius (see :func:`truncation_degree`).

    Returns:
        ``log C_eps``; infinite if the series diverges.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> round(math.exp(log_c_eps(parse("z"), eps=math.exp(-4), c_star=1.0)), 6)
        3.0
    """
    _check_eps(eps)
    _check_positive(R=R, c_star=c_star)

    def log_weight(i: np.ndarray) -> np.ndarray:
        spread = 0.5 * (math.log(math.log(1 / eps)) - np.log(np.maximum(i, 1)))
        return i * math.log(c_star * R) + np.logaddexp(0.0, i * spread)

    return _log_series(phi, log_weight, degree)


def width_complexities(
    functions: Iterable[SmoothFunction], eps: float, *, c_star: float = C_STAR
) -> dict[str, list[float]]:
    """Return log10 C_eps(phi, 1) of several functions in the two readings of the paper.

    The definition sums the whole series of phi. Example 2.1 cuts it where eps allows: then the
    polynomial is what is learned, and C_eps is that of the polynomial. At C* = 10^4 the two differ
    by thousands of digits, so that a table has to say which it shows.

    Args:
        functions: smooth functions.
        eps: accuracy, in (0, 1).
        c_star: the constant C*, positive.

    Returns:
        One number a function under words for each reading. It is infinite where the whole series
        diverges, or where no polynomial of the series is accurate on [-1, 1].

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> for words, [digits] in width_complexities([parse("sin(2z)")], 0.01).items():
        ...     print(f"{words}: {digits:.4g}")
        log10 C_ε at C* = 10000, whole series: 8686
        log10 C_ε at C* = 10000, cut at ε: 26.5
    """
    known, log10 = list(functions), math.log(10)
    whole = [log_c_eps(phi, eps, c_star=c_star) / log10 for phi in known]
    cut = [_log_c_eps_of_polynomial(phi, eps, c_star) / log10 for phi in known]
    words = f"log10 C_ε at C* = {c_star:g}"
    return {f"{words}, whole series": whole, f"{words}, cut at ε": cut}


def log_c_s(
    phi: SmoothFunction,
    R: float = 1.0,
    *,
    c_star: float = C_STAR,
    degree: int | None = None,
    power: float = 1.75,
) -> float:
    r"""Natural logarithm of the sample complexity of phi.

    C_s(phi, R) = C* sum_i (i + 1)^1.75 R^i |c_i|

    (Going Beyond Two Layers, Section 2). What Can ResNet Learn, Section 4, has (i + 1) to the
    first power.

    Args:
        phi: the smooth function.
        R: radius of the argument, positive.
        c_star: the constant C*, positive; it multiplies the sum and so never changes an order.
        degree: cut the series after this power.
        power: of i + 1, positive; 1 for the ResNet paper.

    Returns:
        ``log C_s``; infinite if the series diverges.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> round(math.exp(log_c_s(parse("poly(0,0,1)"), c_star=1.0)), 6) == round(3**1.75, 6)
        True
        >>> round(math.exp(log_c_s(parse("poly(0,0,1)"), c_star=1.0, power=1)), 6)
        3.0
    """
    _check_positive(R=R, c_star=c_star, power=power)

    def log_weight(i: np.ndarray) -> np.ndarray:
        return power * np.log(i + 1) + i * math.log(R)

    return math.log(c_star) + _log_series(phi, log_weight, degree)


def smallest_c_star(bound: Callable[[float], float], log_value: float) -> float:
    """Return the smallest constant C* for which a bound of the paper covers a measured value.

    Args:
        bound: ``C* -> log bound``, not decreasing, such as
            ``lambda c: log_c_eps(phi, eps, c_star=c)``.
        log_value: natural logarithm of what is to be bounded.

    Returns:
        The constant to 6 digits; 0 if every constant will do (below 1e-12), infinite if none up to
        1e12 does.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> value = math.log(7 * 2**1.75)
        >>> round(smallest_c_star(lambda c: log_c_s(parse("z"), c_star=c), value), 4)
        7.0
    """

    def excess(log_c: float) -> float:
        return bound(math.exp(log_c)) - log_value

    low, high = math.log(1e-12), math.log(1e12)
    if excess(low) >= 0:
        return 0.0
    if excess(high) < 0:
        return math.inf
    return math.exp(float(brentq(excess, low, high, xtol=1e-7)))


def truncation_degree(phi: SmoothFunction, eps: float) -> int:
    """Smallest degree at which the Taylor series is eps-accurate on [-1, 1].

    The tail sum_{i > degree} |c_i| bounds the error; Example 2.1 truncates sigmoid and tanh at
    degree Theta(log(1/eps)) in this way.

    Args:
        phi: the smooth function, with a radius above 1.
        eps: accuracy, in (0, 1).

    Returns:
        The degree.

    Raises:
        ValueError: if ``eps`` is not in (0, 1), or phi's series does not converge on [-1, 1].

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> truncation_degree(parse("exp(z)"), 1e-3)
        6
    """
    _check_eps(eps)
    if phi.radius <= 1:
        raise ValueError(
            f"the series of {phi.name} has radius {phi.radius:.3g}; it must exceed 1 to be "
            "accurate on [-1, 1]"
        )
    terms = 64
    while np.abs(c := phi.coefficients(terms))[-4:].max() > 1e-6 * eps:
        terms *= 2
    # Summed from the last term: adding the small ones first keeps their digits.
    tail = np.cumsum(np.abs(c[::-1]))[::-1] - np.abs(c)
    return int(np.argmax(tail <= eps))


def _log_c_eps_of_polynomial(phi: SmoothFunction, eps: float, c_star: float) -> float:
    """Return log C_eps of the Taylor polynomial of phi that is eps-accurate on [-1, 1]."""
    if phi.radius <= 1:
        return math.inf
    return log_c_eps(phi, eps, c_star=c_star, degree=truncation_degree(phi, eps))


def _log_series(
    phi: SmoothFunction, log_weight: Callable[[np.ndarray], np.ndarray], degree: int | None
) -> float:
    """Return log sum_i exp(log_weight(i)) |c_i|, to ``degree`` or until it has converged."""
    degree = phi.degree if degree is None else degree
    terms = 256 if degree is None else degree
    while True:
        signs, logs = phi.series(terms)
        terms_in_logs = np.where(signs == 0, -np.inf, logs + log_weight(np.arange(terms + 1)))
        # Four terms, since every second one may be 0; exp(-60) is far below the sum's rounding.
        if degree is not None or terms_in_logs[-4:].max() < terms_in_logs.max() - 60:
            return float(logsumexp(terms_in_logs))
        if terms >= MAX_TERMS:
            return math.inf
        terms *= 4


def _check_eps(eps: float) -> None:
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps}")


def _check_positive(**named: float) -> None:
    for name, value in named.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
