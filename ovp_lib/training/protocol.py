"""Training protocols of the papers: batches, momentum, the schedule of step sizes, tuning grids.

Section 7 of Going Beyond Two Layers: momentum 0.9, batches of 50, 800 epochs, the step size divided
by ten at epoch 400; step size and weight decay are the best of {1, 2, 5} x 10^k.
"""

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Protocol:
    """How every member of an ensemble is trained; the default is Section 7's.

    An epoch is a fresh permutation of the training set cut into batches of one size; what is left
    over after the last full batch is not used in that epoch.

    Attributes:
        epochs: passes over the training set, at least 1.
        batch_size: samples a step, at least 1.
        momentum: mu in [0, 1), as PyTorch's SGD has it (no dampening, no Nesterov).
        drops: ``(epoch, factor)``: from that epoch on the step size is multiplied by the factor.

    Raises:
        ValueError: if a number is out of range, or the epochs of the drops do not increase.
    """

    epochs: int = 800
    batch_size: int = 50
    momentum: float = 0.9
    drops: tuple[tuple[int, float], ...] = ((400, 0.1),)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise ValueError(
                f"epochs and batch_size must be at least 1, got {self.epochs}, {self.batch_size}"
            )
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum}")
        epochs = [epoch for epoch, _ in self.drops]
        increasing = all(a < b for a, b in pairwise([0, *epochs]))
        if not increasing or not all(0 < factor <= 1 for _, factor in self.drops):
            raise ValueError(
                f"drops need increasing epochs from 1 on and factors in (0, 1], got {self.drops}"
            )

    @classmethod
    def of_section_7(cls, epochs: int) -> "Protocol":
        """Return Section 7's protocol with another budget: the step size falls at half of it.

        Args:
            epochs: passes over the training set, at least 2.

        Returns:
            Batches of 50, momentum 0.9 and one drop by ten.

        Example:
            >>> Protocol.of_section_7(800) == Protocol()
            True
        """
        return cls(epochs=epochs, drops=((epochs // 2, 0.1),))

    def steps_per_epoch(self, n: int) -> int:
        """Return the number of full batches in ``n`` samples.

        Args:
            n: size of the training set.

        Returns:
            At least 1.

        Raises:
            ValueError: if there is not even one.
        """
        if n < self.batch_size:
            raise ValueError(f"batches of {self.batch_size} need as many samples, got {n}")
        return n // self.batch_size

    def factor(self, epoch: int) -> float:
        """Return what the step size is multiplied by in an epoch (counted from 0).

        Args:
            epoch: counted from 0.

        Returns:
            The product of the factors of all drops up to then.

        Example:
            >>> [Protocol().factor(epoch) for epoch in (0, 399, 400)]
            [1.0, 1.0, 0.1]
        """
        return math.prod((factor for start, factor in self.drops if epoch >= start), start=1.0)


Factors = tuple[tuple[str, float], ...]
"""Pairs of a field of a network and what multiplies the step size of its weights."""


@dataclass(frozen=True)
class Member:
    """The settings of one member of an ensemble; weights and data are given apart from them.

    Attributes:
        seed: names the order in which the samples are seen, at least 0.
        lr: step size, positive. The loss is averaged over the batch.
        wd: weight decay, at least 0: adds wd * weight to the gradient, as PyTorch does.
        w24: strength of the regulariser of Section 4, at least 0: adds the gradient of
            w24 * ||W||_{2,4}^4 = w24 * sum_i ||w_i||_2^4 over the rows of the first hidden layer.
        factors: pairs of a trained field and what multiplies ``lr`` for its weights, positive;
            other fields have 1. As in the parameter groups of PyTorch, decay is multiplied too.

    Raises:
        ValueError: if a number is out of range, or a field has two factors.

    Example:
        >>> member = Member(seed=0, lr=0.5, factors=(("V", 0.1),))
        >>> member.factor("V"), member.factor("W")
        (0.1, 1.0)
    """

    seed: int
    lr: float
    wd: float = 0.0
    w24: float = 0.0
    factors: Factors = ()

    def __post_init__(self) -> None:
        finite = all(math.isfinite(value) for value in (self.lr, self.wd, self.w24))
        if not finite or self.seed < 0 or self.lr <= 0 or min(self.wd, self.w24) < 0:
            raise ValueError(
                f"a member needs seed >= 0, lr > 0, wd >= 0 and w24 >= 0, all finite, got {self}"
            )
        positive = all(0 < factor < math.inf for _, factor in self.factors)
        if not positive or len(dict(self.factors)) < len(self.factors):
            raise ValueError(f"factors are positive, one for a field, got {self.factors}")

    def factor(self, field: str) -> float:
        """Return what the step size of a field is multiplied by.

        Args:
            field: name of the weights.

        Returns:
            Its factor, 1 if none is given.
        """
        return dict(self.factors).get(field, 1.0)

    def uneven(self) -> bool:
        """Say whether some field has a step size of its own."""
        return any(factor != 1 for _, factor in self.factors)


def one_two_five(low: float, high: float) -> tuple[float, ...]:
    """Return the numbers of {1, 2, 5} x 10^k in [low, high], increasing: Section 7's grid.

    Args:
        low: least number that may be in it, positive.
        high: largest number that may be in it, at least ``low``.

    Returns:
        Step sizes or weight decays to try; there may be none.

    Raises:
        ValueError: if not 0 < low <= high.

    Example:
        >>> one_two_five(0.005, 0.1)
        (0.005, 0.01, 0.02, 0.05, 0.1)
    """
    if not 0 < low <= high < math.inf:
        raise ValueError(f"the grid needs 0 < low <= high, got {low} and {high}")
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    # Read from text each is the number that one would write; 5 * 10.0**-6 is another.
    grid = [float(f"{digit}e{k}") for k in exponents for digit in (1, 2, 5)]
    slack = 1 + 1e-12
    return tuple(value for value in grid if low / slack <= value <= high * slack)
