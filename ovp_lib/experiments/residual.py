"""The ResNet paper's comparison: the computation of one task.

A task is one learner, width and sample size on a target beta F + alpha G(F), with every step size
and weight decay. A learner is trained as the paper trains it: its hidden weights by SGD; its output
weights alone ("last"); or the model that is linear in its hidden weights, with weights of their own
for each output ("ntk", equation 3.1) or shared by all, as in the network ("ntk-shared"). The last
three are linear models, whose SGD is run exactly on kernel coefficients.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.experiments.grids import Grid, grid_of, risks, train_grid
from ovp_lib.experiments.residual_task import COLUMNS, ResidualTask
from ovp_lib.kernels.tangent import (
    Tangent,
    hidden_tangents,
    output_tangents,
    readout_tangents,
)
from ovp_lib.models.architectures import ARCHITECTURES, architecture_of
from ovp_lib.models.learners import Learner, init_learner
from ovp_lib.models.residual_targets import INSTANCES, Parts, ResidualTarget
from ovp_lib.models.resnet import Bottleneck
from ovp_lib.training.dual import dual_sgd
from ovp_lib.training.protocol import Factors, Member
from ovp_lib.training.samples import streams
from ovp_lib.training.splits import Splits, draw_splits

VALIDATION, TEST = 1000, 2000
"""Points to choose hyper-parameters by, and points to report."""


class Outcome(NamedTuple):
    """The results of training, member by member.

    Attributes:
        risks: mean losses after the last epoch, a row for each member and a column for each set;
            NaN where it diverged.
        outputs: on the test points, shape ``(e, n, k)``; NaN where a member diverged.
    """

    risks: pd.DataFrame
    outputs: Tensor


def run(task: ResidualTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task.

    Args:
        task: what to train.
        device: name of a device that is there.

    Returns:
        The final errors of every run, see :data:`~ovp_lib.experiments.residual_task.COLUMNS`.
    """
    train_seed = _by_sgd if task.trained == "hidden" else _by_dual_sgd
    rows = []
    for seed in task.seeds:
        splits = data(task, seed)
        net, factors = initial(task, seed), factors_of(task)
        grid = grid_of(net, splits, (seed,), task.lrs, task.wds, factors=factors)
        found = train_seed(task, grid, device)
        parts = problem_of(task).at(splits.test.x)
        table = 2.0 * found.risks  # the loss is half the squared error
        table[["base", "composite"]] = [_coefficients(parts, f) for f in found.outputs]
        given = {name: [getattr(m, name) for m in grid.members] for name in ("seed", "lr", "wd")}
        rows.append(table.assign(**given))
    table = pd.concat(rows, ignore_index=True).astype(COLUMNS)[list(COLUMNS)]
    return table.rename_axis(columns="set")  # which stored tables have, and notebooks show


def factors_of(task: ResidualTask) -> Factors:
    """Return what multiplies the step sizes of single weights.

    Args:
        task: which says by what number those of the two hidden layers differ.

    Returns:
        The factor of the second layer's weights; none if that is 1.
    """
    if task.step_ratio == 1:
        return ()
    return ((ARCHITECTURES[task.network].hidden[1], task.step_ratio),)


def problem_of(task: ResidualTask) -> ResidualTarget:
    """Return F and G.

    Args:
        task: what is learned.

    Returns:
        The target in the task's dimension.
    """
    return INSTANCES[task.target](task.dimension)


def data(task: ResidualTask, seed: int) -> Splits:
    """Draw the data of a seed.

    Args:
        task: what is learned.
        seed: root of the streams, at least 0.

    Returns:
        Data of one member, in float64 on the CPU.
    """

    def draw(n: int, generators: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        parts = problem_of(task).draw(n, generators)
        return parts.x, parts.labels(task.alpha, task.beta)

    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(draw, seed, 1, **sizes)


def initial(task: ResidualTask, seed: int) -> Learner:
    """Draw the initial weights of a seed.

    Args:
        task: who learns it.
        seed: root of the stream, at least 0.

    Returns:
        Weights of one member, in float64 on the CPU.
    """
    problem, generators = problem_of(task), streams(seed, 1, "init")
    return init_learner(task.network, generators, d=problem.d, m=task.width, k=problem.k)


def _by_sgd(task: ResidualTask, grid: Grid[Learner], device: str) -> Outcome:
    trained = train_grid(grid, task.protocol, looks=(task.epochs,), device=device)
    losses = _last(trained.curves, grid.members, task)
    return Outcome(losses, _outputs(trained.net, grid.splits.test.x[:1]))


def _by_dual_sgd(task: ResidualTask, grid: Grid[Learner], device: str) -> Outcome:
    # All members have one seed, so the same initial weights, and share one linearisation.
    net = grid.net.member(0).to(device, torch.float32)
    points = {name: part.x[0].to(net.W) for name, part in grid.splits._asdict().items()}
    labels = {name: part.y[0].to(net.W) for name, part in grid.splits._asdict().items()}
    # Output r has a model of its own (3.1): k problems with one output each.
    if task.trained == "ntk":
        each = [
            _dual(tangents, {name: y[:, r, None] for name, y in labels.items()}, grid, task)
            for r, tangents in enumerate(output_tangents(net, points))
        ]
        stacked = pd.concat([outcome.risks for outcome in each])
        # Squared errors add up over outputs; the sum of what has diverged in one output is NaN.
        losses = stacked.groupby(level=0).sum(min_count=len(each))
        return Outcome(losses, torch.cat([outcome.outputs for outcome in each], dim=2))
    if task.trained == "ntk-shared":
        return _dual(hidden_tangents(net, points), labels, grid, task)
    if isinstance(net, Bottleneck):
        net = net.expanded()  # the literal ResNet (2.1), which is linear in its output weights
    return _dual(readout_tangents(net, points), labels, grid, task)


def _dual(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    grid: Grid[Learner],
    task: ResidualTask,
) -> Outcome:
    done = dual_sgd(tangents, labels, grid.members, task.protocol)
    losses = _last(done.curves, grid.members, task)
    losses[~np.isfinite(losses).all(axis=1)] = np.nan
    return Outcome(losses, done.predict(tangents["test"]).cpu())


def _last(curves: pd.DataFrame, members: Sequence[Member], task: ResidualTask) -> pd.DataFrame:
    """Return the mean losses after the last epoch, by member and set."""
    return risks(curves, members, (task.epochs,)).droplevel("epoch")[list(Splits._fields)]


def _outputs(net: Learner, x: Float[Tensor, "1 n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate member by member: the hidden layers of all at once would fill the memory."""
    forward, rows = architecture_of(net).forward, torch.split(x.to(net.W), 500, dim=1)
    found = []
    for i in range(len(net.W)):
        member = net.member(i)
        found.append(torch.cat([forward(member, part) for part in rows], dim=1))
    return torch.cat(found).cpu()


def _coefficients(parts: Parts, outputs: Tensor) -> list[float]:
    """Return how much of F and of G(F) is in a member's outputs, NaN if it diverged."""
    if not outputs.isfinite().all():
        return [float("nan")] * 2
    found: list[float] = parts.coefficients(outputs.unsqueeze(0))[0].tolist()
    return found
