"""The learning problems of the page on convolutions: targets, data, learners, relative risks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ovp_lib.maths import smooth
from ovp_lib.models.inputs import gaussian
from ovp_lib.models.patches import (
    Convolutional,
    ConvolutionalTarget,
    convolutional,
    init_convolutional,
    random_convolutional_target,
    ring_patches,
)
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.samples import BLOCK, Sample, Source, by_step, streams

CHUNK = 100
"""Test points that are evaluated at once, at most."""

CHANNELS = 1 << 16
"""Channels, over all these points and members, that are evaluated at once."""


@dataclass(frozen=True)
class ConvolutionalTargets:
    """Targets and inputs of all seeds.

    Attributes:
        seed: root seed.
        target: F*, one for each seed.
        inputs: numbers of rows and channels of an input.
        test: points to measure risks on.
        device: where networks are trained.
    """

    seed: int
    target: ConvolutionalTarget
    inputs: tuple[int, int]
    test: Sample
    device: torch.device

    @property
    def n_seeds(self) -> int:
        """Number of seeds."""
        return len(self.target.w)

    def draws(self, purpose: str) -> list[torch.Generator]:
        """Return one generator for each seed.

        Args:
            purpose: as in :func:`~ovp_lib.training.samples.streams`.
        """
        return streams(self.seed, self.n_seeds, purpose)

    def draw(self, n: int, purpose: str) -> Sample:
        """Draw labelled points of each seed, the same ones at every call.

        Args:
            n: number of points.
            purpose: as in :func:`~ovp_lib.training.samples.streams`.

        Returns:
            Inputs ``(e, n, d)`` and labels ``(e, n, 1)`` in float64 on the CPU.
        """
        return _labelled(self.target, self.inputs, n, self.draws(purpose))

    def fresh(self) -> Source:
        """Return the source that never shows a sample twice."""
        generators = self.draws("train")

        def blocks(steps: int, batch_size: int) -> Iterator[Sample]:
            for start in range(0, steps, BLOCK):
                s = min(BLOCK, steps - start)
                drawn = _labelled(self.target, self.inputs, s * batch_size, generators)
                yield drawn.map(partial(by_step, s=s, batch_size=batch_size))

        return blocks

    def learner(self, m: int) -> Convolutional:
        """Return initial weights with m channels, on the device.

        Args:
            m: number of channels.
        """
        n_patches, q = self.target.patches.shape
        net = init_convolutional(self.draws("init"), q=q, m=m, n_patches=n_patches)
        return net.to(self.device)


def make_problem(
    seed: int,
    n_seeds: int,
    *,
    phi: Sequence[str],
    channels: int,
    inputs: tuple[int, int],
    size: int,
    stride: int,
    n_test: int,
    device: torch.device,
) -> ConvolutionalTargets:
    """Draw the targets and test points of all seeds.

    Args:
        seed: root seed.
        n_seeds: number of seeds.
        phi: functions whose sum is the activation of the target.
        channels: of the target.
        inputs: numbers of rows and channels of an input.
        size: rows of a patch.
        stride: by how many rows the next patch is moved.
        n_test: number of test points.
        device: where networks are trained.

    Returns:
        The problem of every seed.

    Raises:
        ValueError: if the patches do not fit the inputs, or the channels not into a patch.
    """
    patches = ring_patches(*inputs, size=size, stride=stride)
    target = random_convolutional_target(
        [smooth.parse(each) for each in phi],
        streams(seed, n_seeds, "target"),
        channels=channels,
        patches=patches,
    )
    test = _labelled(target, inputs, n_test, streams(seed, n_seeds, "test"))
    return ConvolutionalTargets(seed, target, inputs, test, device)


def relative_risk(
    network: Callable[[Convolutional, Tensor], Tensor], net: Convolutional, sample: Sample
) -> Tensor:
    """Return the risk of every member over that of predicting 0.

    Args:
        network: ``(net, x) -> outputs``.
        net: weights.
        sample: points of each member.

    Returns:
        Shape ``(e,)``, in float64.
    """
    x, y = sample.to(net.W)
    size = min(CHUNK, max(1, CHANNELS // (len(x) * net.width)))
    f = torch.cat([network(net, part) for part in torch.split(x, size, dim=1)], dim=1)
    zero = SQUARED.value(torch.zeros_like(y), y).double().mean(dim=1)
    return SQUARED.value(f, y).double().mean(dim=1) / zero


def network_of(
    problem: ConvolutionalTargets, activation: Callable[[Tensor], Tensor] = torch.relu
) -> Callable[[Convolutional, Tensor], Tensor]:
    """Return what evaluates a convolutional network on the patches of a problem.

    Args:
        problem: whose patches are seen.
        activation: of the channels.

    Returns:
        ``(net, x) -> outputs``.
    """
    patches = problem.target.patches.to(problem.device)
    return partial(convolutional, patches=patches, activation=activation)


def _labelled(
    target: ConvolutionalTarget,
    inputs: tuple[int, int],
    n: int,
    generators: Sequence[torch.Generator],
) -> Sample:
    sampler = gaussian(inputs[0] * inputs[1])
    x = torch.stack([sampler(n, generator) for generator in generators])
    return Sample(x, target(x))
