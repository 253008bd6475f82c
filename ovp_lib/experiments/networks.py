"""The comparison of Section 7 of Going Beyond Two Layers: what one task of a sweep computes.

A task is one learner, width and sample size, with every step size and weight decay. A learner is
trained as the paper trains it: its hidden weights by SGD; its output weights alone ("last"); or the
model that is linear in its hidden weights ("ntk"). The last two are linear models, whose SGD is run
exactly on kernel coefficients.
"""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from torch import Tensor

from ovp_lib.experiments.network_task import COLUMNS, NetworkTask
from ovp_lib.kernels.tangent import hidden_tangents, readout_tangents
from ovp_lib.models import section_7
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.training.dual_sgd import dual_sgd
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member
from ovp_lib.training.splits import Splits, draw_splits
from ovp_lib.training.tasks import Sample, streams

VALIDATION, TEST = 1000, 5000
"""Points to choose hyper-parameters by, and points to report."""


def run(task: NetworkTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task.

    Returns:
        What every run had come to after half of the epochs and after all of them, see
        :data:`~ovp_lib.experiments.network_task.COLUMNS`.
    """
    how = _by_sgd if task.trained == "hidden" else _by_dual_sgd
    return pd.concat([how(task, seed, device) for seed in task.seeds], ignore_index=True)


def data(task: NetworkTask, seed: int) -> Splits:
    """Draw the data of a seed."""
    draw = partial(section_7.draw, task.target, task.convention)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(draw, seed, 1, **sizes)


def initial(task: NetworkTask, seed: int) -> TwoLayer | ThreeLayer:
    """Draw the initial weights of a seed."""
    d = section_7.DIMENSION + (task.convention == "padded")
    generators = streams(seed, 1, "init")
    if task.network == "two-layer":
        return init_two_layer(generators, d=d, m=task.width)
    return init_three_layer(generators, d=d, m1=task.width, m2=task.width)


def norm_ratio(W: Tensor) -> np.ndarray:
    """Return m sum_i ||w_i||^4 / (sum_i ||w_i||^2)^2 for weights ``(e, m, d)``: 1 if all are alike.

    Going Beyond Two Layers, Section 7.1: between 1 and m, where one neuron has all of the norm.
    """
    squares = W.double().square().sum(dim=2)
    ratio = W.shape[1] * squares.square().sum(dim=1) / squares.sum(dim=1).square()
    return ratio.cpu().numpy()


def _members(task: NetworkTask, seed: int) -> list[Member]:
    grid = itertools.product(task.lrs, task.wds, task.w24s)
    return [Member(seed, lr, wd, w24) for lr, wd, w24 in grid]


def _by_sgd(task: NetworkTask, seed: int, device: str) -> pd.DataFrame:
    members = _members(task, seed)
    e, net = len(members), initial(task, seed)
    ratios: dict[tuple[int, int], float] = {}
    splits = Splits(*(Sample(*(t.expand(e, -1, -1) for t in part)) for part in data(task, seed)))

    def look(epoch: float, now: TwoLayer | ThreeLayer, alive: Sequence[int]) -> None:
        at = [(member, round(epoch)) for member in alive]
        ratios.update(zip(at, norm_ratio(now.W), strict=True))

    trained = train(
        type(net)(*(weight.expand(e, *weight.shape[1:]) for weight in net)),
        splits.train,
        members,
        task.protocol,
        looks=task.looks,
        sets=splits._asdict(),
        callback=look,
        device=device,
    )
    return _rows(task, members, trained.curves, ratios)


def _by_dual_sgd(task: NetworkTask, seed: int, device: str) -> pd.DataFrame:
    net, parts = initial(task, seed), data(task, seed)._asdict()
    net = type(net)(*(weight.float().to(device) for weight in net))
    points = {name: part.x[0].to(net.W) for name, part in parts.items()}
    labels = {name: part.y[0].to(net.W) for name, part in parts.items()}
    linearise = hidden_tangents if task.trained == "ntk" else readout_tangents
    members = _members(task, seed)
    done = dual_sgd(linearise(net, points), labels, members, task.protocol, at=task.looks)
    return _rows(task, members, done.curves, {})


def _rows(
    task: NetworkTask,
    members: Sequence[Member],
    curves: pd.DataFrame,
    ratios: Mapping[tuple[int, int], float],
) -> pd.DataFrame:
    """Return a row for each member and look, in this order, as :data:`COLUMNS` says."""
    every = pd.MultiIndex.from_product([range(len(members)), task.looks], names=["member", "epoch"])
    curves = curves.astype({"epoch": "int64"})
    risks = curves.pivot(index=["member", "epoch"], columns="set", values="risk").reindex(every)
    risks[~np.isfinite(risks).all(axis=1)] = np.nan
    errors = 2.0 * risks  # the loss is half the squared error
    errors["norm_ratio"] = [ratios.get(at, np.nan) for at in every]
    rows = errors.join(pd.DataFrame(members).rename_axis("member"))
    return rows.reset_index().astype(COLUMNS)[list(COLUMNS)]
