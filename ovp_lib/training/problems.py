"""Learning problems: inputs, a target, noisy labels, a loss, and the risk of the optimum."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Generator, Tensor

from ovp_lib.models.inputs import Sampler, additive_noise, sampled_classes
from ovp_lib.models.targets import TwoLayerTarget
from ovp_lib.training.losses import Loss, entropy
from ovp_lib.training.samples import BLOCK, Sample, Source, by_step


@dataclass(frozen=True)
class Problem:
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

    def random_labels(self) -> "Problem":
        """Return the problem whose labels are signs of size one, or uniform classes, whatever x is.

        It is the agnostic case of the same concept class: F* = 0 and noise 1.
        """
        w1, w2, a = self.target.w1, self.target.w2, torch.zeros_like(self.target.a)
        zero = TwoLayerTarget(self.target.phi, w1, w2, a)
        return Problem(self.sampler, zero, self.loss, noise=1.0)

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


def fresh(problem: Problem, generators: Sequence[Generator]) -> Source:
    """Return the source that never shows a sample twice: every step draws new ones from D.

    Args:
        problem: what the samples are drawn from.
        generators: one source of randomness for each member.

    Returns:
        A source in which the samples of any two steps are independent.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import sphere
        >>> from ovp_lib.models.targets import random_two_layer_target
        >>> from ovp_lib.training.losses import SQUARED
        >>> from ovp_lib.training.samples import streams
        >>> target = random_two_layer_target(parse("sin(z)"), streams(0, 2, "target"), d=3, p=4)
        >>> source = fresh(Problem(sphere(3), target, SQUARED), streams(0, 2, "train"))
        >>> [block.x.shape for block in source(300, 5)]
        [torch.Size([256, 2, 5, 3]), torch.Size([44, 2, 5, 3])]
    """

    def blocks(steps: int, batch_size: int) -> Iterator[Sample]:
        for start in range(0, steps, BLOCK):
            s = min(BLOCK, steps - start)
            drawn = problem.draw(s * batch_size, generators)
            yield drawn.map(partial(by_step, s=s, batch_size=batch_size))

    return blocks


def side_by_side(sources: Sequence[Source]) -> Source:
    """Return the source of an ensemble that is several ensembles, one beside the other.

    Args:
        sources: of the ensembles, in the order of their members, with samples of one shape.

    Returns:
        A source whose steps have the samples of all of them.

    Example:
        >>> from ovp_lib.training.samples import from_dataset, streams
        >>> data = Sample(torch.arange(4.0).view(1, 4, 1), torch.zeros(1, 4, 1))
        >>> two = side_by_side([from_dataset(data, streams(0, 1, "order")) for _ in range(2)])
        >>> [block.x.shape for block in two(300, 5)]
        [torch.Size([256, 2, 5, 1]), torch.Size([44, 2, 5, 1])]
    """

    def blocks(steps: int, batch_size: int) -> Iterator[Sample]:
        for parts in zip(*(source(steps, batch_size) for source in sources), strict=True):
            yield Sample(*(torch.cat(part, dim=1) for part in zip(*parts, strict=True)))

    return blocks
