"""Smooth scalar functions as a person writes them; nothing here computes with tensors."""

import math
import re
from dataclasses import dataclass

RADII = {
    "sin": math.inf,
    "cos": math.inf,
    "exp": math.inf,
    "tanh": math.pi / 2,
    "sigmoid": math.pi,
}
"""Where the Taylor series of each function at 0 converges."""


@dataclass(frozen=True)
class Formula:
    """A function that was read: ``base(scale z)``, or a polynomial.

    Attributes:
        name: how it is written, without spaces.
        base: a key of :data:`RADII`; empty for a polynomial.
        scale: what z is multiplied by, positive.
        coefficients: c_0, c_1, ... of a polynomial, finite; else empty.
    """

    name: str
    base: str = ""
    scale: float = 1.0
    coefficients: tuple[float, ...] = ()

    @property
    def radius(self) -> float:
        """The Taylor series at 0 converges for |z| below this."""
        return RADII[self.base] / self.scale if self.base else math.inf


def read(text: str) -> Formula:
    """Read a smooth function.

    Args:
        text: ``sin``, ``cos``, ``exp``, ``tanh`` or ``sigmoid`` of ``z`` or ``<number>z``; a power
            ``z``, ``z^3``; or ``poly(c0,c1,...)``. Spaces do not matter.

    Returns:
        What was read, with the name in its shortest form.

    Raises:
        ValueError: if ``text`` is none of these.

    Example:
        >>> read("sin(2 z)")
        Formula(name='sin(2z)', base='sin', scale=2.0, coefficients=())
        >>> read("z^2").coefficients
        (0.0, 0.0, 1.0)
    """
    compact = re.sub(r"\s|\*", "", text)
    if match := re.fullmatch(r"z(?:\^(\d{1,2}))?", compact):
        power = int(match[1] or 1)
        return Formula(compact, coefficients=(*[0.0] * power, 1.0))
    if match := re.fullmatch(r"poly\(([^()]+)\)", compact):
        return Formula(compact, coefficients=_coefficients(match[1], text))
    if (match := re.fullmatch(r"([a-z]+)\((\d*\.?\d*)z\)", compact)) and match[1] in RADII:
        scale = float(match[2] or 1.0)
        if scale > 0:
            return Formula(compact, match[1], scale)
    raise ValueError(
        f"cannot read the function {text!r}; allowed are "
        f"{', '.join(f'{name}(<number>z)' for name in RADII)}, z, z^<power>, poly(c0,c1,...)"
    )


def _coefficients(listed: str, text: str) -> tuple[float, ...]:
    try:
        coefficients = tuple(map(float, listed.split(",")))
    except ValueError as error:
        raise ValueError(f"cannot read the coefficients of {text!r}: {error}") from error
    if not all(map(math.isfinite, coefficients)):
        raise ValueError(f"cannot read the coefficients of {text!r}: they must be finite")
    return coefficients
