"""Labelled samples of every member: random streams, and sources that training draws from."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Ensemble
from ovp_lib.models.inputs import stream

PURPOSES = ("target", "init", "train", "test", "order", "perturbation", "signs", "validation")
"""What a random stream is for; each purpose of each member has a stream of its own."""

BLOCK = 256
"""Steps whose samples are drawn at once."""


def streams(seed: int, n_seeds: int, purpose: str) -> list[Generator]:
    """Return one generator for each member of an ensemble.

    Member i draws the same numbers whatever ``n_seeds`` is, and the samples of different purposes,
    training and test above all, are independent draws.

    Args:
        seed: root of all streams of an experiment, at least 0.
        n_seeds: number of members.
        purpose: what the numbers are for, of :data:`PURPOSES`.

    Returns:
        Generators on the CPU, one for each member.

    Raises:
        ValueError: if ``purpose`` is none of :data:`PURPOSES`.

    Example:
        >>> two, three = streams(0, 2, "train"), streams(0, 3, "train")
        >>> torch.rand(1, generator=two[1]) == torch.rand(1, generator=three[1])
        tensor([True])
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose must be one of {', '.join(PURPOSES)}, got {purpose!r}")
    return [stream(seed, member, PURPOSES.index(purpose)) for member in range(n_seeds)]


class _Sample(NamedTuple):
    x: Tensor
    y: Tensor


class Sample(Ensemble, _Sample):
    """Labelled points of every member.

    Attributes:
        x: inputs, shape ``(e, n, d)``.
        y: labels as the loss wants them: ``(e, n, k)``, or classes ``(e, n)``.
    """

    __slots__ = ()

    def to(self, reference: Tensor) -> "Sample":
        """Move to the device of ``reference``, and real numbers to its precision.

        Args:
            reference: a tensor on the device and in the precision wanted.

        Returns:
            The sample there; classes stay whole numbers.
        """
        y = self.y.to(reference) if self.y.is_floating_point() else self.y.to(reference.device)
        return Sample(self.x.to(reference), y)


Source = Callable[[int, int], Iterator[Sample]]
"""``(steps, batch_size) -> blocks`` whose samples have shapes ``(s, e, batch_size, ...)``."""


def from_dataset(data: Sample, generators: Sequence[Generator]) -> Source:
    """Return the source of Algorithm 1: every step draws from the data set Z, with replacement.

    Args:
        data: Z, one data set for each member.
        generators: of the order, one for each member.

    Returns:
        A source whose samples are rows of ``data``.

    Example:
        >>> data = Sample(torch.arange(4.0).view(1, 4, 1), torch.zeros(1, 4, 1))
        >>> block = next(from_dataset(data, streams(0, 1, "order"))(10, 2))
        >>> block.x.shape, set(block.x.flatten().tolist()) <= {0.0, 1.0, 2.0, 3.0}
        (torch.Size([10, 1, 2, 1]), True)
    """
    e, n = data.x.shape[:2]
    member = torch.arange(e)[:, None]

    def blocks(steps: int, batch_size: int) -> Iterator[Sample]:
        for start in range(0, steps, BLOCK):
            s = min(BLOCK, steps - start)
            drawn = [torch.randint(n, (s * batch_size,), generator=g) for g in generators]
            index = torch.stack(drawn)
            yield Sample(*(by_step(part[member, index], s, batch_size) for part in data))

    return blocks


def by_step(part: Tensor, s: int, batch_size: int) -> Tensor:
    """Reshape what ``s`` steps draw at once into the batch of each step.

    Args:
        part: one sample after the other, shape ``(e, s * batch_size, ...)``.
        s: number of steps.
        batch_size: samples of a step.

    Returns:
        The same numbers, shape ``(s, e, batch_size, ...)``.
    """
    return part.reshape(part.shape[0], s, batch_size, *part.shape[2:]).transpose(0, 1).contiguous()
