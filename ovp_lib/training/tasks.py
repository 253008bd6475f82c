"""Learning problems: inputs, a target, noisy labels, a loss, and the risk of the optimum."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Ensemble
from ovp_lib.models.inputs import Sampler, additive_noise, sampled_classes, stream
from ovp_lib.models.targets import TwoLayerTarget
from ovp_lib.training.losses import Loss, entropy

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


@dataclass(frozen=True)
class Task:
    """A distribution over (x, y) for each member of an ensemble, and the loss to be minimised.

    Regression labels are F*(x) plus signs of size ``noise``. Class labels are drawn from
    softmax(F*(x) / noise), or are the largest output of F* if ``noise`` is 0. A target that is zero
    (see :meth:`random_labels`) gives labels that say nothing about x.

    Attributes:
        sampler: distribution of the inputs.
        target: F*, one for each member.
        loss: L.
        noise: size of the label noise, at least 0.
    """

    sampler: Sampler
    target: TwoLayerTarget
    loss: Loss
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.noise < 0:
            raise ValueError(f"noise must be at least 0, got {self.noise}")
        if self.loss.classifies and self.target.n_outputs < 2:
            raise ValueError(
                f"{self.loss.name} needs at least 2 outputs k, got {self.target.n_outputs}"
            )

    def draw(self, n: int, generators: Sequence[Generator]) -> Sample:
        """Draw ``n`` labelled points for each member, in float64 on the CPU.

        Args:
            n: number of points, at least 1.
            generators: one source of randomness for each member.

        Returns:
            Inputs ``(e, n, d)``, and labels as the loss wants them.
        """
        x = torch.stack([self.sampler(n, generator) for generator in generators])
        clean = self.target(x)
        labels = [
            self._labels(f, generator) for f, generator in zip(clean, generators, strict=True)
        ]
        return Sample(x, torch.stack(labels))

    def random_labels(self) -> "Task":
        """Return the task whose labels are signs of size one, or uniform classes, whatever x is.

        It is the agnostic case of the same concept class: F* = 0 and noise 1.
        """
        w1, w2, a = self.target.w1, self.target.w2, torch.zeros_like(self.target.a)
        zero = TwoLayerTarget(self.target.phi, w1, w2, a)
        return Task(self.sampler, zero, self.loss, noise=1.0)

    def optimal_risk(self, x: Tensor) -> Tensor:
        """Return OPT, the least population risk of any predictor, for each member, shape ``(e,)``.

        Closed form in the noise for regression (symmetric noise and a symmetric convex loss make
        F* optimal); for classes the mean over ``x`` of the entropy of the label.

        Args:
            x: inputs of each member that stand for the distribution, shape ``(e, n, d)``.

        Returns:
            Mean losses in float64 on the CPU.
        """
        e, k = self.target.a.shape[:2]
        if self.loss.noise_risk is not None:
            return torch.full((e,), self.loss.noise_risk(self.noise, k), dtype=torch.float64)
        if self.noise == 0:
            return torch.zeros(e, dtype=torch.float64)
        return entropy(self.target(x.double().cpu()) / self.noise).mean(dim=1)

    def null_risk(self, sample: Sample) -> np.ndarray:
        """Return the risk of predicting 0 on the sample of each member, shape ``(e,)``.

        Args:
            sample: points of each member.

        Returns:
            Mean losses in float64.
        """
        zero = torch.zeros(*sample.x.shape[:2], self.target.n_outputs, dtype=torch.float64)
        return self.loss.value(zero, sample.to(zero).y).mean(dim=1).numpy()

    def relative_excess(
        self, risk: np.ndarray | Tensor | pd.Series | pd.DataFrame, sample: Sample
    ) -> np.ndarray:
        """Return (risk - OPT) / (risk of predicting 0 - OPT): 1 knows nothing, 0 is optimal.

        Args:
            risk: one risk for each member, in the last axis.
            sample: points of each member on which the risk of predicting 0 is measured.

        Returns:
            The same shape as ``risk``.
        """
        optimum = self.optimal_risk(sample.x).numpy()
        return (np.asarray(risk) - optimum) / (self.null_risk(sample) - optimum)

    def _labels(self, clean: Tensor, generator: Generator) -> Tensor:
        if not self.loss.classifies:
            return additive_noise(clean, self.noise, generator)
        if self.noise == 0:
            return clean.argmax(dim=-1)
        return sampled_classes(clean / self.noise, generator)


Source = Callable[[int, int], Iterator[Sample]]
"""``(steps, batch_size) -> blocks`` whose samples have shapes ``(s, e, batch_size, ...)``."""


def fresh(task: Task, generators: Sequence[Generator]) -> Source:
    """Return the source that never shows a sample twice: every step draws new ones from D.

    Args:
        task: what the samples are drawn from.
        generators: one source of randomness for each member.

    Returns:
        A source in which the samples of any two steps are independent.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import sphere
        >>> from ovp_lib.models.targets import random_two_layer_target
        >>> from ovp_lib.training.losses import SQUARED
        >>> target = random_two_layer_target(parse("sin(z)"), streams(0, 2, "target"), d=3, p=4)
        >>> source = fresh(Task(sphere(3), target, SQUARED), streams(0, 2, "train"))
        >>> [block.x.shape for block in source(300, 5)]
        [torch.Size([256, 2, 5, 3]), torch.Size([44, 2, 5, 3])]
    """

    def blocks(steps: int, batch_size: int) -> Iterator[Sample]:
        for start in range(0, steps, BLOCK):
            s = min(BLOCK, steps - start)
            drawn = task.draw(s * batch_size, generators)
            yield drawn.map(partial(_by_step, s=s, batch_size=batch_size))

    return blocks


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
            yield Sample(*(_by_step(part[member, index], s, batch_size) for part in data))

    return blocks


def _by_step(part: Tensor, s: int, batch_size: int) -> Tensor:
    """Reshape ``(e, s * batch_size, ...)`` to ``(s, e, batch_size, ...)``."""
    return part.reshape(part.shape[0], s, batch_size, *part.shape[2:]).transpose(0, 1).contiguous()
