"""Norm and error of what SGD finds on a sparse parity: what a task of the norm figure computes."""

import itertools
import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from ovp_lib.experiments.norm_task import COLUMNS, NormTask
from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.models.sparse_parity import draw, init_network
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member
from ovp_lib.training.splits import Splits, draw_splits
from ovp_lib.training.tasks import Sample, streams

VALIDATION, TEST = 5000, 5000
"""Points to choose hyper-parameters by, and points to report."""


class Weights(NamedTuple):
    """What a look sees of the weights of one member, besides its risks."""

    member: int
    epoch: int
    test_se: float
    norm: float
    share: float


def run(task: NormTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task at once.

    Returns:
        What was found before the step size falls and at the end, see
        :data:`~ovp_lib.experiments.norm_task.COLUMNS`. Of a run that diverged, what comes after it
        did is NaN.
    """
    grid = list(itertools.product(task.lrs, task.wds))
    sets = {name: _for_all(part, len(grid)) for name, part in _data(task)._asdict().items()}
    weights = _initial(task)
    seen: list[Weights] = []
    trained = train(
        type(weights)(*(weight[[0] * len(grid)] for weight in weights)),
        sets["train"],
        [Member(task.seed, lr, wd) for lr, wd in grid],
        task.protocol,
        looks=task.looks,
        sets=sets,
        callback=partial(_look, seen, sets["test"], task.parity),
        device=device,
    )
    curves = trained.curves.astype({"epoch": "int64"})
    risks = 2.0 * curves.pivot(index=["member", "epoch"], columns="set", values="risk")
    every = pd.MultiIndex.from_product([range(len(grid)), task.looks], names=["member", "epoch"])
    table = risks.join(pd.DataFrame(seen, columns=Weights._fields).set_index(every.names))
    rows = table.reindex(every).reset_index().merge(trained.members, on="member")
    return rows.astype(COLUMNS)[list(COLUMNS)]


def _data(task: NormTask) -> Splits:
    sampler = partial(draw, task.inputs, task.parity)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(sampler, task.seed, 1, **sizes)


def _initial(task: NormTask) -> TwoLayer:
    generators = streams(task.seed, 1, "init")
    return init_network(generators, d=task.inputs, m=task.width, init=task.init)


def _for_all(sample: Sample, members: int) -> Sample:
    return Sample(*(part.expand(members, -1, -1) for part in sample))


def _look(
    seen: list[Weights], test: Sample, k: int, epoch: float, net: TwoLayer, members: Sequence[int]
) -> None:
    """Keep what the weights of each member say; a :data:`~ovp_lib.training.run.Callback`."""
    x, y = (part[:1] for part in test.to(net.W))
    for position, member in enumerate(members):
        alone = type(net)(*(weight[position : position + 1] for weight in net))
        errors = (two_layer(alone, x) - y).double().square()
        squares = alone.W.double().square().sum(dim=(0, 1))
        norm, share = math.sqrt(squares.sum()), float(squares[:k].sum() / squares.sum())
        standard_error = float(errors.std()) / math.sqrt(errors.numel())
        seen.append(Weights(member, round(epoch), standard_error, norm, share))
