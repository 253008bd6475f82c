"""The comparison of Section 7 of Going Beyond Two Layers: the computation of one task.

A task is one learner, width and sample size, with every step size and weight decay. A learner is
trained as the paper trains it: its hidden weights by SGD; its output weights alone ("last"); or the
model that is linear in its hidden weights ("ntk"). The last two are linear models, whose SGD is run
exactly on kernel coefficients.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch

from ovp_lib.experiments.grids import grid_of, risks, settings, train_grid
from ovp_lib.experiments.network_task import COLUMNS, NetworkTask
from ovp_lib.kernels.tangent import hidden_tangents, readout_tangents
from ovp_lib.models import section_7
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.proofs.perturbations import norm_ratio
from ovp_lib.training.dual import dual_sgd
from ovp_lib.training.protocol import Member
from ovp_lib.training.samples import streams
from ovp_lib.training.splits import Splits, draw_splits

VALIDATION, TEST = 1000, 5000
"""Points to choose hyper-parameters by, and points to report."""

SETS = ["train", "validation", "test"]
"""Where errors are measured."""


def run(task: NetworkTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task.

    Args:
        task: what to train.
        device: name of a device that is there.

    Returns:
        The errors of every run after half of the epochs and after all of them, see
        :data:`~ovp_lib.experiments.network_task.COLUMNS`.
    """
    how = _by_sgd if task.trained == "hidden" else _by_dual_sgd
    return pd.concat([how(task, seed, device) for seed in task.seeds], ignore_index=True)


def data(task: NetworkTask, seed: int) -> Splits:
    """Draw the data of a seed.

    Args:
        task: what is learned.
        seed: root of the streams, at least 0.

    Returns:
        Data of one member, in float64 on the CPU.
    """
    draw = partial(section_7.draw, task.target, task.convention)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(draw, seed, 1, **sizes)


def initial(task: NetworkTask, seed: int) -> TwoLayer | ThreeLayer:
    """Draw the initial weights of a seed.

    Args:
        task: who learns it.
        seed: root of the stream, at least 0.

    Returns:
        Weights of one member, in float64 on the CPU.
    """
    d = section_7.DIMENSION + (task.convention == "padded")
    generators = streams(seed, 1, "init")
    if task.network == "two-layer":
        return init_two_layer(generators, d=d, m=task.width)
    return init_three_layer(generators, d=d, m1=task.width, m2=task.width)


def _by_sgd(task: NetworkTask, seed: int, device: str) -> pd.DataFrame:
    net, splits = initial(task, seed), data(task, seed)
    grid = grid_of(net, splits, (seed,), task.lrs, task.wds, task.w24s)
    ratios: dict[tuple[int, int], float] = {}

    def look(epoch: float, now: TwoLayer | ThreeLayer, alive: Sequence[int]) -> None:
        keys = [(member, round(epoch)) for member in alive]
        ratios.update(zip(keys, norm_ratio(now.W).tolist(), strict=True))

    trained = train_grid(grid, task.protocol, looks=task.looks, callback=look, device=device)
    return _rows(task, grid.members, trained.curves, ratios)


def _by_dual_sgd(task: NetworkTask, seed: int, device: str) -> pd.DataFrame:
    parts = data(task, seed)._asdict()
    net = initial(task, seed).to(device, torch.float32)
    points = {name: part.x[0].to(net.W) for name, part in parts.items()}
    labels = {name: part.y[0].to(net.W) for name, part in parts.items()}
    linearise = hidden_tangents if task.trained == "ntk" else readout_tangents
    members = settings((seed,), task.lrs, task.wds, task.w24s)
    done = dual_sgd(linearise(net, points), labels, members, task.protocol, looks=task.looks)
    return _rows(task, members, done.curves, {})


def _rows(
    task: NetworkTask,
    members: Sequence[Member],
    curves: pd.DataFrame,
    ratios: Mapping[tuple[int, int], float],
) -> pd.DataFrame:
    """Return a row for each member and look, in this order, as :data:`COLUMNS` says."""
    rows = risks(curves, members, task.looks)
    errors = 2.0 * rows[SETS]  # the loss is half the squared error
    # A linear model is not watched for divergence: it shows in a risk that is no number.
    errors[~np.isfinite(errors).all(axis=1)] = np.nan
    rows[SETS] = errors
    rows["norm_ratio"] = [ratios.get(key, np.nan) for key in rows.index]
    return rows.reset_index().astype(COLUMNS)[list(COLUMNS)]
