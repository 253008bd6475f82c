"""The ResNet paper's comparison: what one task of the sweep computes.

A task is one learner, width and sample size on a target beta F + alpha G(F), with every step size
and weight decay. A learner is trained as the paper trains it: its hidden weights by SGD; its output
weights alone ("last"); or the model that is linear in its hidden weights, with weights of their own
for each output ("ntk", equation 3.1) or shared by all, as in the network ("ntk-shared"). The last
three are linear models, whose SGD is run exactly on kernel coefficients.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ovp_lib.experiments.residual_task import COLUMNS, ResidualTask
from ovp_lib.kernels.tangent import (
    Tangent,
    hidden_tangents,
    output_tangents,
    readout_tangents,
)
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.learners import Learner, init_learner
from ovp_lib.models.residual_targets import INSTANCES, Parts, ResidualTarget
from ovp_lib.models.resnet import Bottleneck
from ovp_lib.training.dual_sgd import dual_sgd
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member
from ovp_lib.training.splits import Splits, draw_splits
from ovp_lib.training.tasks import Sample, streams

VALIDATION, TEST = 1000, 2000
"""Points to choose hyper-parameters by, and points to report."""


class Errors(NamedTuple):
    """What every member has come to.

    Attributes:
        risks: mean losses by member and set.
        test: outputs on the test points, shape ``(e, n, k)``; NaN where a member diverged.
    """

    risks: pd.DataFrame
    test: Tensor


def run(task: ResidualTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task.

    Returns:
        The final errors of every run, see :data:`~ovp_lib.experiments.residual_task.COLUMNS`.
    """
    grid = list(itertools.product(task.lrs, task.wds))
    rows = []
    for seed in task.seeds:
        members = [Member(seed=seed, lr=lr, wd=wd) for lr, wd in grid]
        splits, net = data(task, seed), initial(task, seed)
        how = _by_sgd if task.trained == "hidden" else _by_dual_sgd
        found = how(task, net, splits, members, device)
        parts = problem_of(task).at(splits.test.x)
        table = 2.0 * found.risks.reindex(range(len(grid)))  # the loss is half the squared error
        table[["base", "composite"]] = [_coefficients(parts, f) for f in found.test]
        rows.append(table.assign(seed=seed, lr=[m.lr for m in members], wd=[m.wd for m in members]))
    return pd.concat(rows, ignore_index=True).astype(COLUMNS)[list(COLUMNS)]


def problem_of(task: ResidualTask) -> ResidualTarget:
    """Return F and G."""
    return INSTANCES[task.target](task.dimension)


def data(task: ResidualTask, seed: int) -> Splits:
    """Draw the data of a seed."""

    def draw(n: int, generators: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        parts = problem_of(task).draw(n, generators)
        return parts.x, parts.labels(task.alpha, task.beta)

    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(draw, seed, 1, **sizes)


def initial(task: ResidualTask, seed: int) -> Learner:
    """Draw the initial weights of a seed."""
    problem, generators = problem_of(task), streams(seed, 1, "init")
    return init_learner(task.network, generators, d=problem.d, m=task.width, k=problem.k)


def _by_sgd(
    task: ResidualTask, net: Learner, splits: Splits, members: list[Member], device: str
) -> Errors:
    e = len(members)
    shared = Splits(*(Sample(*(t.expand(e, -1, -1) for t in part)) for part in splits))
    trained = train(
        type(net)(*(weight.expand(e, *weight.shape[1:]) for weight in net)),
        shared.train,
        members,
        task.protocol,
        looks=(task.epochs,),
        sets=shared._asdict(),
        device=device,
    )
    risks = trained.curves.pivot(index="member", columns="set", values="risk")
    return Errors(risks.reindex(columns=shared._fields), _outputs(trained.net, splits.test.x))


def _by_dual_sgd(
    task: ResidualTask, net: Learner, splits: Splits, members: list[Member], device: str
) -> Errors:
    net = type(net)(*(weight.to(device, torch.float32) for weight in net))
    points = {name: part.x[0].to(net.W) for name, part in splits._asdict().items()}
    labels = {name: part.y[0].to(net.W) for name, part in splits._asdict().items()}
    if task.trained == "ntk":
        each = [
            _dual(tangents, {name: y[:, r, None] for name, y in labels.items()}, members, task)
            for r, tangents in enumerate(output_tangents(net, points))
        ]
        stacked = pd.concat([errors.risks for errors in each])
        risks = stacked.groupby(level=0).sum(min_count=len(each))
        return Errors(risks, torch.cat([errors.test for errors in each], dim=2))
    if task.trained == "ntk-shared":
        return _dual(hidden_tangents(net, points), labels, members, task)
    if isinstance(net, Bottleneck):
        net = net.expanded()  # the literal ResNet (2.1), which is linear in its output weights
    return _dual(readout_tangents(net, points), labels, members, task)


def _dual(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    members: list[Member],
    task: ResidualTask,
) -> Errors:
    done = dual_sgd(tangents, labels, members, task.protocol)
    risks = done.curves.pivot(index="member", columns="set", values="risk")
    risks[~np.isfinite(risks).all(axis=1)] = np.nan
    return Errors(risks, done.predict(tangents["test"]).cpu())


def _outputs(net: Learner, x: Tensor) -> Tensor:
    """Evaluate member by member: the hidden layers of all at once would fill the memory."""
    forward, found = architecture_of(net).forward, []
    for i in range(len(net.W)):
        member = type(net)(*(weight[i : i + 1] for weight in net))
        rows = torch.split(x.to(net.W), 500, dim=1)
        found.append(torch.cat([forward(member, part) for part in rows], dim=1))
    return torch.cat(found).cpu()


def _coefficients(parts: Parts, outputs: Tensor) -> list[float]:
    """Return how much of F and of G(F) is in a member's outputs, NaN if it diverged."""
    if not outputs.isfinite().all():
        return [float("nan")] * 2
    found: list[float] = parts.coefficients(outputs.unsqueeze(0))[0].tolist()
    return found
