"""One set of points, several labellings: noise, sample sizes, and finite widths.

Axes: ``s`` seeds, ``l`` labellings, ``n`` points, ``w`` widths.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.datasets import LabelledData, grouped, random_labels, signs, split
from ovp_lib.datasets.generated import EVEN, ODD
from ovp_lib.kernels.agreement import label_agreement, slides_kernel
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.models.deep import Deep, init_deep
from ovp_lib.models.ensemble import joined
from ovp_lib.models.inputs import stream
from ovp_lib.training.online import online_sgd
from ovp_lib.training.samples import Sample, streams

Array = NDArray[np.float64]

NOISE, NETS = 12, 13
"""Last keys of the streams that draw labels and the networks of a finite width."""


class Curves(NamedTuple):
    """Agreement and test error of several labellings.

    Attributes:
        value: sqrt(y^T Theta^(-1) y / n), shape ``(s, l)`` or ``(s, l, sizes)``.
        error: 0-1 test error averaged over iterates, of the same shape.
    """

    value: Array
    error: Array


def even_or_odd(data: LabelledData) -> LabelledData:
    """Return the points with two classes: whether their class is even.

    Args:
        data: points of ten classes.

    Returns:
        The same points, class 1 for even.
    """
    return grouped(data, {"odd": ODD, "even": EVEN})


def under_noise(
    data: LabelledData,
    shares: Sequence[float],
    sizes: tuple[int, int],
    nets: Sequence[Deep],
    *,
    seed: int,
    kappa: float,
    every: int,
) -> Curves:
    """Give a share of the labels at random, in training and in test, and train at each share.

    Args:
        data: points of two classes.
        shares: probabilities that a label is drawn; 1 leaves no information.
        sizes: training and test points.
        nets: one network for each seed, ensembles of one.
        seed: root of the streams.
        kappa: m times the step size.
        every: samples between two looks at the test error.

    Returns:
        Shape ``(s, l)``.
    """
    found, trains, tests = [], [], []
    for s, generator in enumerate(streams(seed, len(nets), "train")):
        parts = split(data, sizes, generator)
        train, test = (
            _labelled([random_labels(part, share, stream(seed, s, k, NOISE)) for share in shares])
            for k, part in enumerate(parts)
        )
        found.append(_values(train, nets[0].depth, (sizes[0],))[:, 0])
        trains.append(train)
        tests.append(test)
    start = joined([net.expand(len(shares)) for net in nets])
    errors = _errors(start, trains, tests, kappa=kappa, every=every, sizes=(sizes[0],))
    return Curves(np.stack(found), errors.reshape(len(nets), len(shares)))


def as_samples_grow(
    data: LabelledData,
    sizes: tuple[int, ...],
    n_test: int,
    nets: Sequence[Deep],
    *,
    seed: int,
    kappa: float,
    every: int,
) -> Curves:
    """Follow true and random labels as the number of samples grows; samples are nested.

    Args:
        data: points of two classes.
        sizes: increasing numbers of training points.
        n_test: test points.
        nets: one network for each seed, ensembles of one.
        seed: root of the streams.
        kappa: m times the step size.
        every: samples between two looks at the test error.

    Returns:
        Shape ``(s, 2, sizes)``: true labels first.
    """
    found, trains, tests = [], [], []
    for s, generator in enumerate(streams(seed, len(nets), "train")):
        parts = split(data, (sizes[-1], n_test), generator)
        train, test = (
            _labelled([part, random_labels(part, 1.0, stream(seed, s, k, NOISE))])
            for k, part in enumerate(parts)
        )
        found.append(_values(train, nets[0].depth, sizes))
        trains.append(train)
        tests.append(test)
    start = joined([net.expand(2) for net in nets])
    errors = _errors(start, trains, tests, kappa=kappa, every=every, sizes=sizes)
    return Curves(np.stack(found), errors.reshape(len(nets), 2, len(sizes)))


def at_finite_widths(
    data: LabelledData,
    n: int,
    widths: Sequence[int],
    *,
    depth: int,
    nets: int,
    seed: int,
    seeds: int,
) -> tuple[Array, Array]:
    """Compare the tangent kernels of random networks, and their agreement, with the limit.

    Args:
        data: points of two classes.
        n: points of each seed.
        widths: of the networks.
        depth: hidden layers.
        nets: networks of each seed and width.
        seed: root of the streams.
        seeds: repetitions.

    Returns:
        Relative errors of (1/m) <df, df'> in Frobenius norm, and of y^T Theta^(-1) y: the root mean
        square over the networks of a seed, shape ``(s, w)`` each.
    """
    rows = []
    for s, generator in enumerate(streams(seed, seeds, "train")):
        [part] = split(data, (n,), generator)
        y, theta = signs(part, (1,)), slides_kernel(part.x, depth=depth)
        limit, row = label_agreement(theta, y), []
        for m in widths:
            kernels = [_finite(part.x, m, depth, (seed, s, i, NETS)) for i in range(nets)]
            deviation = [(K - theta).norm() / theta.norm() for K in kernels]
            relative = [(label_agreement(K, y) / limit - 1)[0] for K in kernels]
            row.append([_rms(deviation), _rms(relative)])
        rows.append(row)
    kernel, agreement = np.moveaxis(np.array(rows), 2, 0)
    return kernel, agreement


def _finite(x: Tensor, m: int, depth: int, key: tuple[int, ...]) -> Tensor:
    net = init_deep([stream(*key, m)], d=x.shape[1], m=m, depth=depth)
    return ntk(net, x[None])[0] / m


def _rms(numbers: list[Tensor]) -> float:
    return float(np.sqrt(torch.stack(numbers).square().mean().item()))


def _labelled(labellings: list[LabelledData]) -> Sample:
    """Return one member for each labelling of the same points."""
    y = torch.stack([signs(each, (1,)) for each in labellings])
    return Sample(labellings[0].x.expand(len(y), -1, -1), y)


def _values(train: Sample, depth: int, sizes: Sequence[int]) -> Array:
    theta, y = slides_kernel(train.x[0], depth=depth), train.y[:, :, 0].mT
    found = [label_agreement(theta[:n, :n], y[:n]) for n in sizes]
    return np.sqrt(torch.stack(found, dim=1).numpy())


def _errors(
    net: Deep,
    trains: list[Sample],
    tests: list[Sample],
    *,
    kappa: float,
    every: int,
    sizes: Sequence[int],
) -> Array:
    """Return the averaged 0-1 error after each number of samples, shape ``(members, sizes)``."""
    train, test = joined(trains), joined(tests)
    looks = {*range(0, train.x.shape[1], every), *sizes}
    _, table = online_sgd(net, train, test, kappa=kappa, looks=looks)
    curves = table.pivot(index="member", columns="samples", values="average")
    return curves[list(sizes)].to_numpy(np.float64)
