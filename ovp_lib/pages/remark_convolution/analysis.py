"""What the page on convolutions trains: one pass over fresh samples, and many over a few.

All risks are relative to predicting 0, on the same points.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.patches import Convolutional
from ovp_lib.pages.remark_convolution.problem import ConvolutionalTargets, network_of, relative_risk
from ovp_lib.pages.remark_convolution.steps import sgd
from ovp_lib.training.probes import by_member, first_crossing, steps_to_reach
from ovp_lib.training.samples import Sample, from_dataset

Array = NDArray[np.float64]

SLOWER = 0.1
"""What the step size is multiplied by for the last quarter of the steps on a data set."""


class SamplesNeeded(NamedTuple):
    """How many samples the learners of one pass needed.

    Attributes:
        level: relative risk that is to be reached, one number a seed.
        samples: to that level, shape ``(seeds, widths)``, infinite if it was not reached.
        least: least risk over all looks in units of the level, of the same shape.
    """

    level: Array
    samples: Array
    least: Array


def one_pass(
    problem: ConvolutionalTargets,
    net: Convolutional,
    *,
    eta: float,
    batch_size: int,
    looks: Sequence[int],
    activation: Callable[[Tensor], Tensor] = torch.relu,
    validation: Sample | None = None,
) -> pd.DataFrame:
    """Train by SGD that sees every sample once (Algorithm 1 with fresh samples).

    Args:
        problem: what samples are drawn from.
        net: initial weights.
        eta: step size.
        batch_size: samples a step.
        looks: steps after which to look; the last one is the last step.
        activation: of the channels.
        validation: other points to look at.

    Returns:
        One row a look and member: ``step`` (in samples), ``member``, and the relative risks
        ``test`` and, if there are such points, ``validation``.
    """
    sets = {"test": problem.test} | ({} if validation is None else {"validation": validation})
    [table] = _passes(
        problem, net, [eta], sets, batch_size=batch_size, looks=looks, activation=activation
    )
    return table


def _passes(
    problem: ConvolutionalTargets,
    net: Convolutional,
    etas: Sequence[float],
    sets: Mapping[str, Sample],
    *,
    batch_size: int,
    looks: Sequence[int],
    activation: Callable[[Tensor], Tensor],
) -> list[pd.DataFrame]:
    """Return what :func:`one_pass` does for each of several step sizes."""
    network = network_of(problem, activation)

    def look(now: Convolutional) -> Mapping[str, Tensor]:
        return {name: relative_risk(network, now, each) for name, each in sets.items()}

    _, tables = sgd(
        net,
        problem.fresh(),
        patches=problem.target.patches.to(problem.device),
        activation=activation,
        etas=etas,
        steps=max(looks),
        batch_size=batch_size,
        looks=looks,
        probe=look,
    )
    return [table.assign(step=table["step"] * batch_size) for table in tables]


def samples_needed(tables: Mapping[int, pd.DataFrame], factor: float) -> SamplesNeeded:
    """Return the samples to a level that is set by the widest network, for each target.

    Args:
        tables: what :func:`one_pass` returned, by increasing width.
        factor: the level in units of the least test risk of the widest network.

    Returns:
        Levels, samples, and least risks.
    """
    steps, _ = by_member(next(iter(tables.values())), "test")
    curves = np.stack([by_member(table, "test")[1] for table in tables.values()], axis=1)
    least = curves.min(axis=2)
    level = factor * least[:, -1]
    samples = [
        [first_crossing(steps, curve, goal) for curve in widths]
        for widths, goal in zip(curves, level, strict=True)
    ]
    return SamplesNeeded(level, np.array(samples), least / level[:, None])


def at_least(counts: Array, whole: float) -> Array:
    """Return the samples with those that are missing at the narrower half of the widths replaced.

    A target that was not reached in the whole pass needs more than that. Counting the whole pass
    at a width below the middle one makes a fitted exponent in the width larger than it is. At the
    wider half it could make it smaller, so what is missing there stays infinite.

    Args:
        counts: samples, shape ``(seeds, widths)``, infinite if missing; widths are evenly spaced
            in logarithm, increasing.
        whole: samples of the whole pass.

    Returns:
        The same shape.
    """
    half = counts.shape[1] // 2
    return np.concatenate([np.minimum(counts[:, :half], whole), counts[:, half:]], axis=1)


def times_as_many(samples: Array, others: Array) -> Array:
    """Return the ratios of two numbers of samples, NaN where neither level was reached.

    Args:
        samples: one number a seed, infinite if the level was not reached.
        others: the same for another network.

    Returns:
        One ratio a seed.
    """
    with np.errstate(invalid="ignore"):
        return np.divide(samples, others)


def on_a_data_set(
    problem: ConvolutionalTargets, m: int, n: int, *, eta: float, steps: int, batch_size: int
) -> tuple[Array, Array]:
    """Train by SGD on n samples, with a smaller step size at the end (Algorithm 1).

    Args:
        problem: what the samples are drawn from.
        m: number of channels.
        n: number of samples; fewer samples are the first ones of more.
        eta: step size.
        steps: number of steps, at least 4.
        batch_size: samples a step, drawn with replacement.

    Returns:
        Relative risk on the test points and on the samples, one number a seed.
    """
    network, data, net = network_of(problem), problem.draw(n, "train"), problem.learner(m)
    source, last = from_dataset(data, problem.draws("order")), steps // 4
    patches = problem.target.patches.to(problem.device)
    for rate, part in ((eta, steps - last), (SLOWER * eta, last)):
        net, _ = sgd(
            net,
            source,
            patches=patches,
            activation=torch.relu,
            etas=[rate],
            steps=part,
            batch_size=batch_size,
        )
    risks = (relative_risk(network, net, each) for each in (problem.test, data))
    test, seen = (each.cpu().numpy() for each in risks)
    return test, seen


def with_own_activation(
    problem: ConvolutionalTargets,
    copies: int,
    etas: Sequence[float],
    *,
    goal: float,
    batch_size: int,
    looks: Sequence[int],
) -> pd.DataFrame:
    """Train a network that has the target's activation and outputs, so that it can be the target.

    It has the step size with which the goal is reached from the fewest samples, in geometric mean
    over seeds, on validation points.

    Args:
        problem: whose target is learned in one pass.
        copies: how many channels there are for each one of the target.
        etas: step sizes of the target's own size, to choose from; the step size grows like the
            number of copies, as outputs become smaller.
        goal: relative risk to be reached.
        batch_size: samples a step.
        looks: steps after which to look.

    Returns:
        What :func:`one_pass` returns for the best step size, with the columns ``eta`` and
        ``at_edge`` (whether it is an end of the grid).
    """
    start = problem.target.network(copies)
    W = problem.learner(start.width).W
    net = start.to(W.device, W.dtype)._replace(W=W)
    validation = problem.draw(problem.test.x.shape[1], "validation")
    passes = _passes(
        problem,
        net,
        [eta * copies for eta in etas],
        {"test": problem.test, "validation": validation},
        batch_size=batch_size,
        looks=looks,
        activation=problem.target.activation,
    )
    tables = dict(zip(etas, passes, strict=True))
    needed = {eta: steps_to_reach(each, "validation", goal) for eta, each in tables.items()}
    best = min(etas, key=lambda eta: float(np.log(needed[eta]).mean()))
    return tables[best].assign(eta=best, at_edge=best in (min(etas), max(etas)))
