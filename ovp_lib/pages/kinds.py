"""Kinds of parameters that several statements have."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ovp_lib.maths import formulas
from ovp_lib.models.device_names import device_name


def increasing(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse sizes that do not increase.

    Args:
        sizes: numbers of things, in the order that was given.

    Returns:
        The sizes as they are.

    Raises:
        ValueError: if a size is not larger than the one before it.
    """
    if list(sizes) != sorted(set(sizes)):
        raise ValueError("sizes must increase")
    return sizes


def increasing_positive(values: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse numbers that are not positive or do not increase.

    Args:
        values: numbers, in the order that was given.

    Returns:
        The numbers as they are.

    Raises:
        ValueError: if it is so.
    """
    if min(values, default=1.0) <= 0 or list(values) != sorted(set(values)):
        raise ValueError("numbers must be positive and increase")
    return values


def readable(phi: str) -> str:
    """Refuse what :func:`~ovp_lib.maths.formulas.read` cannot read.

    Args:
        phi: a function as a person writes it, such as ``sin(2z)``.

    Returns:
        The text as it is.

    Raises:
        ValueError: if ``phi`` is not a function that it knows.
    """
    formulas.read(phi)
    return phi


def convergent(phi: str) -> str:
    """Refuse what cannot be read, or whose Taylor series diverges somewhere on [-1, 1].

    Args:
        phi: a function as a person writes it, such as ``sin(2z)``.

    Returns:
        The text as it is.

    Raises:
        ValueError: if it is so.
    """
    if (function := formulas.read(phi)).radius <= 1:
        raise ValueError(
            f"the Taylor series of {phi} converges only for |z| < {function.radius:.3g}; "
            "Lemma 6.3 needs it on [-1, 1]"
        )
    return phi


Device = Annotated[str, AfterValidator(device_name)]
"""What a device may be called; whether it is there is asked before a run."""

Size = Annotated[int, Field(ge=1)]
"""A number of things."""

Sizes = Annotated[tuple[Size, ...], AfterValidator(increasing)]
"""Increasing numbers of things."""

Positives = Annotated[tuple[float, ...], AfterValidator(increasing_positive)]
"""Increasing positive numbers."""

Phi = Annotated[str, AfterValidator(readable)]
"""A smooth function as a person writes it."""

ConvergentPhi = Annotated[str, AfterValidator(convergent)]
"""A smooth function whose Taylor series converges on [-1, 1]."""
