"""What the page on width trains: data of every seed, with true and noisy labels, and networks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Generator, Tensor

from ovp_lib.datasets import LabelledData, cifar_10, digits, mnist_1d, random_labels, split
from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.residual_convolution import (
    init_residual_convolution,
    plain_convolutional,
    residual_convolutional,
)
from ovp_lib.models.weights import normal
from ovp_lib.pages.slides_width.statement import SlidesWidthParameters
from ovp_lib.training.samples import Sample, streams

LABELS = ("clean", "noise")
"""True labels, and those of which a part is drawn anew, in the training and validation sets."""


@dataclass(frozen=True)
class WidthStudy:
    """Data of all seeds, and the networks that are trained on them.

    Attributes:
        name: of the data.
        sets: ``train``, ``validation`` and ``test`` for each of :data:`LABELS`; test labels are
            true in both.
        start: ``(generators, m) -> initial weights``.
        network: ``(net, x) -> outputs``.
    """

    name: str
    sets: dict[str, dict[str, Sample]]
    start: Callable[[Sequence[Generator], int], Any]
    network: Callable[[Any, Tensor], Tensor]


def on_digits(p: SlidesWidthParameters) -> WidthStudy:
    """Return fully connected networks with two hidden layers on scikit-learn's digits.

    Args:
        p: parameters of the page.

    Returns:
        The problem of every seed.

    Raises:
        ValueError: if there are fewer digits than asked for.
    """
    data = digits()
    left = max(1, min(p.n_test, len(data) - p.samples - p.n_validation))
    parts = [split(data, (p.samples, p.n_validation, left), each) for each in _draws(p, "train")]
    start = partial(_dense, d=data.dimension, k=len(data.classes))
    return WidthStudy(data.name, _with_noise(p, parts), start, deep)


def on_images(p: SlidesWidthParameters, *, skip: bool) -> WidthStudy:
    """Return convolutional networks on MNIST-1D, or on CIFAR-10 if there is a folder of it.

    Args:
        p: parameters of the page.
        skip: whether the networks have skips.

    Returns:
        The problem of every seed.

    Raises:
        ValueError: if there are fewer points than asked for.
        FileNotFoundError: if the folder has no CIFAR-10, with the files that are looked for.
    """
    sizes = (p.image_samples, p.n_validation)
    if p.data_folder:
        data, tests = (cifar_10(p.data_folder, part) for part in ("train", "test"))
        held = tests.select(torch.arange(min(p.n_test, len(tests))))
        parts = [(*split(data, sizes, each), held) for each in _draws(p, "train")]
    else:
        data = _signals()
        parts = [split(data, (*sizes, p.n_test), each) for each in _draws(p, "train")]
    start = partial(_convolutional, shape=data.shape, blocks=p.blocks, k=len(data.classes))
    kind = residual_convolutional if skip else plain_convolutional
    return WidthStudy(data.name, _with_noise(p, parts), start, partial(kind, shape=data.shape))


@cache
def _signals() -> LabelledData:
    """Return MNIST-1D, which takes a second to generate; nobody may change it."""
    return mnist_1d()


def _draws(p: SlidesWidthParameters, purpose: str) -> list[Generator]:
    return streams(p.seed, p.n_seeds, purpose)


def _with_noise(
    p: SlidesWidthParameters, parts: Sequence[tuple[LabelledData, ...]]
) -> dict[str, dict[str, Sample]]:
    """Return the parts of all seeds as samples, with true labels and with noisy ones."""
    train, validation, test = zip(*parts, strict=True)
    clean = {"train": train, "validation": validation, "test": test}
    noisy = dict(clean)
    for part, purpose in (("train", "perturbation"), ("validation", "validation")):
        draws = _draws(p, purpose)
        noisy[part] = tuple(map(random_labels, clean[part], [p.share] * p.n_seeds, draws))
    return {
        labels: {part: _stacked(each) for part, each in sets.items()}
        for labels, sets in zip(LABELS, (clean, noisy), strict=True)
    }


def _stacked(parts: Sequence[LabelledData]) -> Sample:
    return Sample(
        torch.stack([each.x for each in parts]), torch.stack([each.labels for each in parts])
    )


def _dense(generators: Sequence[Generator], m: int, *, d: int, k: int) -> Deep:
    """Draw weights with He's variances, unlike the slides' own: step sizes then suit all widths."""
    first, other = math.sqrt(2 / d), math.sqrt(2 / m)
    W, V = normal(generators, m, d, std=first), normal(generators, 1, m, m, std=other)
    return Deep(W, V, normal(generators, k, m, std=1 / math.sqrt(m)))


def _convolutional(
    generators: Sequence[Generator], m: int, *, shape: tuple[int, ...], blocks: int, k: int
) -> Any:
    return init_residual_convolution(generators, shape=shape, m=m, blocks=blocks, k=k)
