"""Norm and error of the networks that SGD finds on a sparse parity: one task of the norm figure."""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from ovp_lib.experiments.grids import grid_of, risks, train_grid
from ovp_lib.experiments.minimal_norm_task import COLUMNS, MinimalNormTask
from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.models.sparse_parity import draw, init_network
from ovp_lib.training.samples import Sample, streams
from ovp_lib.training.splits import Splits, draw_splits

VALIDATION, TEST = 5000, 5000
"""Points to choose hyper-parameters by, and points to report."""

SETS = ["train", "validation", "test"]
"""Where errors are measured."""


class Seen(NamedTuple):
    """Measurements of the weights of one member at a look.

    Attributes:
        member: its position in the ensemble.
        epoch: when.
        test_se: standard error of the mean squared error on the test set.
        norm: ||W||_F.
        share: part of its square that lies on the coordinates of the parity.
    """

    member: int
    epoch: int
    test_se: float
    norm: float
    share: float


def run(task: MinimalNormTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task at once.

    Args:
        task: what to train.
        device: name of a device that is there.

    Returns:
        What was found before the step size falls and at the end, see
        :data:`~ovp_lib.experiments.minimal_norm_task.COLUMNS`. Of a run that diverged, what comes
        after it did is NaN.
    """
    grid = grid_of(_initial(task), _data(task), (task.seed,), task.lrs, task.wds)
    seen: list[Seen] = []
    trained = train_grid(
        grid,
        task.protocol,
        looks=task.looks,
        callback=partial(_look, seen, grid.splits.test, task.parity),
        device=device,
    )
    table = risks(trained.curves, grid.members, task.looks)
    table[SETS] = 2.0 * table[SETS]  # the loss is half the squared error
    keys = ["member", "epoch"]
    table = table.join(pd.DataFrame(seen, columns=Seen._fields).set_index(keys)).reset_index()
    rows = table.merge(trained.members[["member", "diverged_at"]], on="member")
    return rows.astype(COLUMNS)[list(COLUMNS)]


def _data(task: MinimalNormTask) -> Splits:
    sampler = partial(draw, task.inputs, task.parity)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(sampler, task.seed, 1, **sizes)


def _initial(task: MinimalNormTask) -> TwoLayer:
    generators = streams(task.seed, 1, "init")
    return init_network(generators, d=task.inputs, m=task.width, init=task.init)


def _look(
    seen: list[Seen], test: Sample, k: int, epoch: float, net: TwoLayer, members: Sequence[int]
) -> None:
    """Keep what the weights of each member say; a :data:`~ovp_lib.training.run.Callback`."""
    # All members have one seed, and so the same test points.
    x, y = (part[:1] for part in test.to(net.W))
    for position, member in enumerate(members):
        alone = net.member(position)
        errors = (two_layer(alone, x) - y).double().square()
        squares = alone.W.double().square().sum(dim=(0, 1))
        norm, share = math.sqrt(squares.sum()), float(squares[:k].sum() / squares.sum())
        standard_error = float(errors.std()) / math.sqrt(errors.numel())
        seen.append(Seen(member, round(epoch), standard_error, norm, share))
