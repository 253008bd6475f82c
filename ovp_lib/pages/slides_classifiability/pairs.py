"""All pairs of classes: how well their labels agree with a kernel, and how hard they are to learn.

Axes: ``p`` pairs of classes, ``n`` training points, ``d`` inputs.
"""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.datasets import LabelledData, of_classes, signs, split
from ovp_lib.kernels.agreement import label_agreement
from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import stream
from ovp_lib.training.full_batch import full_batch_descent
from ovp_lib.training.online import online_sgd, zero_one_error
from ovp_lib.training.samples import Sample, streams

Array = NDArray[np.float64]

DRAWS = 11
"""Last key of the streams that draw the points of a pair."""

GOAL = 1e-9
"""Half the mean square at which gradient descent stops."""


class Draw(NamedTuple):
    """Points of all pairs of classes.

    Attributes:
        train: points ``(p, n, d)`` and signs ``(p, n, 1)``.
        test: others of the same pairs.
    """

    train: Sample
    test: Sample


class PairNumbers(NamedTuple):
    """One draw's numbers, one for each pair; several draws give shape ``(draws, p)``.

    Attributes:
        value: sqrt(y^T Theta^(-1) y / n) on the training points.
        error: test error of what was trained: 0-1, or clipped absolute.
        last: 0-1 error of the last network.
        distance: between the means of the two classes of training points.
    """

    value: Array
    error: Array
    last: Array
    distance: Array


def draw_pairs(
    data: LabelledData, classes: tuple[int, ...], sizes: tuple[int, int], seed: int, draw: int
) -> Draw:
    """Draw training and test points of every pair, without replacement.

    Args:
        data: all points, on the unit sphere.
        classes: which classes are paired.
        sizes: training and test points of each pair.
        seed: root of the streams.
        draw: which repetition.

    Returns:
        Disjoint samples.

    Raises:
        ValueError: if a pair has too few points, or a draw has one class only.
    """
    parts = []
    for index, pair in enumerate(combinations(classes, 2)):
        generator = stream(seed, draw, index, DRAWS)
        parts.append([_sample(part) for part in split(of_classes(data, pair), sizes, generator)])
    train, test = (
        Sample(*map(torch.stack, zip(*each, strict=True))) for each in zip(*parts, strict=True)
    )
    return Draw(train, test)


def values(train: Sample, kernel: Callable[[Tensor], Tensor]) -> Array:
    """Return sqrt(y^T Theta^(-1) y / n) of every pair.

    Args:
        train: points and signs.
        kernel: points ``(n, d)`` to Theta.

    Returns:
        Shape ``(p,)``.
    """
    found = [label_agreement(kernel(x), y)[0] for x, y in zip(*train, strict=True)]
    return np.sqrt(torch.stack(found).numpy())


def class_distance(train: Sample) -> Array:
    """Return the distance between the means of the two classes of every pair.

    Args:
        train: points and signs.

    Returns:
        Shape ``(p,)``.
    """
    means = [(train.x * (train.y == s)).sum(1) / (train.y == s).sum(1) for s in (1, -1)]
    return (means[0] - means[1]).norm(dim=1).numpy()


def by_online_sgd(
    drawn: Draw,
    kernel: Callable[[Tensor], Tensor],
    net: Deep,
    *,
    kappa: float,
    every: int,
) -> PairNumbers:
    """Train by Cao and Gu's SGD on every pair, from one initialisation.

    Args:
        drawn: points of all pairs.
        kernel: Theta.
        net: one network.
        kappa: m times the step size.
        every: samples between two looks at the test error.

    Returns:
        Numbers of each pair, with the 0-1 error averaged over iterates.
    """
    pairs, n = drawn.train.x.shape[:2]
    looks = range(0, n, every)
    _, table = online_sgd(net.expand(pairs), drawn.train, drawn.test, kappa=kappa, looks=looks)
    end = table[table["samples"] == n]
    error, last = (end[name].to_numpy(np.float64) for name in ("average", "error"))
    return PairNumbers(values(drawn.train, kernel), error, last, class_distance(drawn.train))


def by_gradient_descent(
    drawn: Draw, kernel: Callable[[Tensor], Tensor], net: Deep, *, steps: int
) -> PairNumbers:
    """Train as Arora et al. do: all points at once, squared loss, from a small initialisation.

    Args:
        drawn: points of all pairs.
        kernel: H.
        net: one network with one hidden layer.
        steps: most steps.

    Returns:
        Numbers of each pair, with the error E min(|f - y|, 1), a loss for which they have a bound.
    """
    done = full_batch_descent(net.expand(len(drawn.train.x)), drawn.train, steps=steps, goal=GOAL)
    test = drawn.test.to(net.W)
    f = deep(done.net, test.x)
    clipped = (f - test.y).abs().clamp(max=1).mean(dim=(1, 2))
    measured = (clipped, zero_one_error(f, test.y))
    error, last = (each.double().cpu().numpy() for each in measured)
    return PairNumbers(values(drawn.train, kernel), error, last, class_distance(drawn.train))


def networks(
    seed: int, draws: int, *, d: int, m: int, depth: int, scale: float, device: torch.device
) -> list[Deep]:
    """Return one initial network for each draw.

    Args:
        seed: root of the streams.
        draws: how many.
        d: inputs.
        m: width.
        depth: hidden layers.
        scale: by which the first layer's weights are multiplied; 1 for the slides' networks.
        device: where.

    Returns:
        Ensembles of one, in the precision in which networks are usually trained.
    """
    nets = [init_deep([each], d=d, m=m, depth=depth) for each in streams(seed, draws, "init")]
    return [net._replace(W=scale * net.W).to(device, torch.float32) for net in nets]


def stacked(draws: list[PairNumbers]) -> PairNumbers:
    """Return the numbers of several draws as one.

    Args:
        draws: one for each repetition.

    Returns:
        Arrays of shape ``(draws, p)``.
    """
    return PairNumbers(*(np.stack(part) for part in zip(*draws, strict=True)))


def _sample(part: LabelledData) -> tuple[Tensor, Tensor]:
    return part.x, signs(part, (1,))
