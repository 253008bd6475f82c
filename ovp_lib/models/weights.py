"""Random initial weights of an ensemble."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def normal(generators: Sequence[Generator], *shape: int, std: float) -> Tensor:
    """Draw independent Gaussian weights, one member for each generator.

    A member draws the same numbers whatever other members there are; no second copy is held.

    Args:
        generators: one source of randomness for each member.
        shape: of one member's weights.
        std: standard deviation of every entry.

    Returns:
        Weights of shape ``(e, *shape)`` in float64 on the CPU.
    """
    weights = torch.empty((len(generators), *shape), dtype=torch.float64)
    for member, generator in zip(weights, generators, strict=True):
        member.normal_(generator=generator)
    return weights.mul_(std)


def require_sizes(generators: Sequence[Generator], **sizes: int) -> None:
    """Refuse a network without members, or with a size below 1.

    Args:
        generators: one source of randomness for each member.
        sizes: dimensions, widths and the like by name, each at least 1.

    Raises:
        ValueError: naming the sizes.

    Example:
        >>> require_sizes([], d=3)
        Traceback (most recent call last):
        ValueError: d and members must be at least 1, got (3, 0)
    """
    if min(sizes.values()) < 1 or not generators:
        *names, last = [*sizes, "members"]
        raise ValueError(
            f"{', '.join(names)} and {last} must be at least 1, "
            f"got {(*sizes.values(), len(generators))}"
        )
