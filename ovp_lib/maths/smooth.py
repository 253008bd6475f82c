"""Smooth scalar functions: the phi of the concept classes, with their Taylor coefficients.

A target of class (3.1) is a sum of terms phi(<w_1, x>) <w_2, x>; everything that the theory says of
phi it says through the coefficients c_i of ``phi(z) = sum_i c_i z^i``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from scipy.special import gammaln, zeta
from torch import Tensor

from ovp_lib.maths.formulas import read

Series = tuple[np.ndarray, np.ndarray]
"""Signs (in -1, 0, 1) and natural logarithms of |c_0|, ..., |c_degree|, in float64.

In logarithms, since 1/i! underflows at i = 171 while C_eps sums tens of thousands of terms.
"""


@dataclass(frozen=True)
class SmoothFunction:
    """A scalar function that equals its Taylor series inside a radius.

    Attributes:
        name: how a person writes it, e.g. ``sin(2z)``.
        evaluate: the function on a tensor of any shape.
        series: ``degree -> (signs, log |c_i|)`` of ``c_0, ..., c_degree``.
        radius: the series converges for ``|z| < radius``; infinite for entire functions.
        degree: highest power of a polynomial, ``None`` for a true series.
    """

    name: str
    evaluate: Callable[[Tensor], Tensor] = field(repr=False, compare=False)
    series: Callable[[int], Series] = field(repr=False, compare=False)
    radius: float = math.inf
    degree: int | None = None

    def __call__(self, z: Tensor) -> Tensor:
        """Evaluate phi elementwise."""
        return self.evaluate(z)

    def coefficients(self, degree: int) -> np.ndarray:
        """Return ``c_0, ..., c_degree`` in float64, shape ``(degree + 1,)``.

        Args:
            degree: the last one wanted, at least 0.

        Raises:
            ValueError: if ``degree`` is negative.

        Example:
            >>> parse("exp(z)").coefficients(3).round(6).tolist()
            [1.0, 1.0, 0.5, 0.166667]
        """
        if degree < 0:
            raise ValueError(f"degree must be at least 0, got {degree}")
        signs, logs = self.series(degree)
        return signs * np.exp(logs)

    def scaled(self, factor: float) -> "SmoothFunction":
        """Return ``factor * phi``; footnote 6 of the paper absorbs scales in this way.

        Args:
            factor: any number.

        Returns:
            A function whose coefficients are multiplied too.

        Raises:
            ValueError: if ``factor`` is zero or not finite.
        """
        if factor == 0 or not math.isfinite(factor):
            raise ValueError(f"factor must be finite and not zero, got {factor}")

        def series(degree: int) -> Series:
            signs, logs = self.series(degree)
            return np.sign(factor) * signs, logs + math.log(abs(factor))

        return replace(
            self,
            name=f"{factor:.3g} {self.name}",
            evaluate=lambda z: factor * self.evaluate(z),
            series=series,
        )


def polynomial(*coefficients: float) -> SmoothFunction:
    """Return ``c_0 + c_1 z + ... + c_n z^n``.

    Args:
        coefficients: c_0, c_1, ..., c_n, at least one.

    Returns:
        The function, named after its formula.

    Raises:
        ValueError: if there is no coefficient, or one that is not finite.

    Example:
        >>> polynomial(1.0, 0.0, 2.0)(torch.tensor(3.0)).item()
        19.0
    """
    if not coefficients or not all(map(math.isfinite, coefficients)):
        raise ValueError(
            f"a polynomial needs finite coefficients c_0, c_1, ..., got {coefficients}"
        )
    c = np.array(coefficients, dtype=np.float64)

    def evaluate(z: Tensor) -> Tensor:
        value = torch.full_like(z, c[-1])
        for c_i in c[-2::-1]:
            value = value * z + float(c_i)
        return value

    def series(degree: int) -> Series:
        padded = np.pad(c, (0, max(0, degree + 1 - len(c))))[: degree + 1]
        with np.errstate(divide="ignore"):
            return np.sign(padded), np.log(np.abs(padded))

    name = f"poly({','.join(f'{c_i:g}' for c_i in c)})"
    return SmoothFunction(name, evaluate, series, degree=len(c) - 1)


def parse(text: str) -> SmoothFunction:
    """Read a smooth function as a person writes it.

    Args:
        text: as :func:`ovp_lib.maths.formulas.read` has it.

    Returns:
        The function, with the series of ``z -> base(scale * z)``.

    Raises:
        ValueError: if ``text`` is no function.

    Example:
        >>> parse("sin(2z)").coefficients(3).round(6).tolist()
        [0.0, 2.0, 0.0, -1.333333]
    """
    formula = read(text)
    if not formula.base:
        return replace(polynomial(*formula.coefficients), name=formula.name)
    function, base_series = _FUNCTIONS[formula.base]
    scale = formula.scale

    def series(degree: int) -> Series:
        signs, logs = base_series(degree)
        return signs, logs + np.arange(degree + 1) * math.log(scale)

    return SmoothFunction(formula.name, lambda z: function(scale * z), series, formula.radius)


def _exp(degree: int) -> Series:
    i = np.arange(degree + 1)
    return np.ones(degree + 1), -gammaln(i + 1)


def _sin(degree: int) -> Series:
    i = np.arange(degree + 1)
    return np.array([0.0, 1.0, 0.0, -1.0])[i % 4], -gammaln(i + 1)


def _cos(degree: int) -> Series:
    i = np.arange(degree + 1)
    return np.array([1.0, 0.0, -1.0, 0.0])[i % 4], -gammaln(i + 1)


def _tanh(degree: int) -> Series:
    """Return the series of tanh, for odd i from its poles at +-i n pi/2 (n odd).

    c_i = (-1)^((i-1)/2) 2 (2/pi)^(i+1) sum_(odd n) n^-(i+1)
    """
    i = np.arange(degree + 1)
    # zeta has a pole at 1, which i = 0 would meet; the coefficient there is 0 in any case.
    poles = np.log1p(-(2.0 ** -(i + 1))) + np.log(zeta(np.maximum(i + 1, 2)))
    signs = np.array([0.0, 1.0, 0.0, -1.0])[i % 4]
    return signs, math.log(2.0) + (i + 1) * math.log(2.0 / math.pi) + poles


def _sigmoid(degree: int) -> Series:
    """Return the series of the sigmoid, by sigmoid(z) = 1/2 + tanh(z/2)/2."""
    signs, logs = _tanh(degree)
    logs = logs - (np.arange(degree + 1) + 1) * math.log(2.0)
    signs[0], logs[0] = 1.0, -math.log(2.0)
    return signs, logs


_FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[int], Series]]] = {
    "sin": (torch.sin, _sin),
    "cos": (torch.cos, _cos),
    "exp": (torch.exp, _exp),
    "tanh": (torch.tanh, _tanh),
    "sigmoid": (torch.sigmoid, _sigmoid),
}
"""Function and series of each name in :data:`ovp_lib.maths.formulas.RADII`."""
