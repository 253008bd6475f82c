"""Training, validation and test data that have no input in common."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Members
from ovp_lib.training.samples import Sample, streams

Draw = Callable[[int, Sequence[Generator]], tuple[Tensor, Tensor]]
"""``(n, generators) -> (x, y)``, of shapes ``(e, n, d)`` and ``(e, n, ...)``."""

ROUNDS = 100
"""Times that points are drawn again before a domain is called too small."""


class Splits(NamedTuple):
    """The data of every member.

    Attributes:
        train: what SGD sees.
        validation: what hyper-parameters are chosen by.
        test: what is reported. Whoever chooses by it must say so.
    """

    train: Sample
    validation: Sample
    test: Sample

    def expand(self, e: int) -> "Splits":
        """Return the data of one member as those of ``e`` members, which share the memory.

        Args:
            e: number of members, at least 1.

        Returns:
            Splits whose tensors are views.
        """
        return Splits(*(part.expand(e) for part in self))

    def select(self, members: Members) -> "Splits":
        """Return the data of some members, in the order given.

        Args:
            members: see :meth:`ovp_lib.models.ensemble.Ensemble.select`.

        Returns:
            Splits with as many members as there are in ``members``.
        """
        return Splits(*(part.select(members) for part in self))


def draw_splits(
    draw: Draw, seed: int, n_seeds: int, *, train: int, validation: int, test: int
) -> Splits:
    """Draw the data of every member from three independent streams, without a common input.

    On a continuous domain a common input has probability zero. On a finite one (signs, say) a point
    that an earlier split of the same member holds is drawn again.

    Args:
        draw: draws labelled points, see :data:`Draw`.
        seed: root of the streams.
        n_seeds: members; member i's data do not depend on how many there are.
        train: points to train on, at least 1.
        validation: points to choose by, at least 1.
        test: points to report, at least 1.

    Returns:
        The data, in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1, or the domain has too few points for all of them.

    Example:
        >>> from ovp_lib.models.inputs import sphere
        >>> def draw(n, generators):
        ...     x = torch.stack([sphere(3)(n, generator) for generator in generators])
        ...     return x, x[..., :1]
        >>> splits = draw_splits(draw, seed=0, n_seeds=2, train=10, validation=5, test=7)
        >>> [part.x.shape for part in splits]
        [torch.Size([2, 10, 3]), torch.Size([2, 5, 3]), torch.Size([2, 7, 3])]
    """
    sizes = {"train": train, "validation": validation, "test": test}
    if min(sizes.values()) < 1 or n_seeds < 1:
        raise ValueError(f"sizes and n_seeds must be at least 1, got {sizes} and {n_seeds}")
    sources = [streams(seed, n_seeds, purpose) for purpose in sizes]
    members = []
    for generators in zip(*sources, strict=True):
        # Members are drawn one by one, each with its own streams, so that one more changes none.
        taken: set[bytes] = set()
        members.append(
            [
                _apart(draw, size, generator, taken)
                for size, generator in zip(sizes.values(), generators, strict=True)
            ]
        )
    return Splits(*(_stack(parts) for parts in zip(*members, strict=True)))


def partition(n: int, sizes: Sequence[int], generator: Generator) -> tuple[Tensor, ...]:
    """Cut ``n`` given samples at random into disjoint sets of indices: the splits of real data.

    Args:
        n: number of samples.
        sizes: of the sets, each at least 1.
        generator: source of randomness.

    Returns:
        Positions in 0..n-1 for each set.

    Raises:
        ValueError: if a size is below 1 or they add up to more than ``n``.

    Example:
        >>> parts = partition(10, (5, 3, 2), torch.Generator().manual_seed(0))
        >>> sorted(torch.cat(parts).tolist()) == list(range(10))
        True
    """
    if min(sizes) < 1 or sum(sizes) > n:
        raise ValueError(f"{n} samples cannot be cut into sets of {list(sizes)}, each at least 1")
    order = torch.randperm(n, generator=generator)
    return torch.split(order[: sum(sizes)], list(sizes))


def _apart(draw: Draw, n: int, generator: Generator, taken: set[bytes]) -> Sample:
    """Draw ``n`` points whose inputs are not in ``taken``, and add theirs to it.

    Within one split an input may come twice, as it does in a sample.

    Returns:
        One member's points, without the ensemble axis.

    Raises:
        ValueError: if the domain has too few points.
    """
    x, y = (part[0] for part in draw(n, [generator]))
    for _ in range(ROUNDS):
        clash = torch.tensor([row in taken for row in _rows(x)])
        if not clash.any():
            taken.update(_rows(x))
            return Sample(x, y)
        again = draw(int(clash.sum()), [generator])
        x[clash], y[clash] = again[0][0], again[1][0]
    raise ValueError(
        f"no {n} points apart from {len(taken)} others after {ROUNDS} rounds: "
        "the domain of the inputs is too small for these splits"
    )


def _rows(x: Tensor) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(x.numpy())]


def _stack(parts: Sequence[Sample]) -> Sample:
    return Sample(*(torch.stack(tensors) for tensors in zip(*parts, strict=True)))
