"""Hierarchical learning of F + alpha G(F) by a ResNet: over time, by layer, and layer by layer.

The tasks are those of :mod:`ovp_lib.experiments.residual`; here all seeds of a task are members of
one ensemble, whose networks are measured while they train.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Tensor

from ovp_lib.experiments.grids import Grid, grid_of, risks, train_grid
from ovp_lib.experiments.residual import data, factors_of, initial, problem_of
from ovp_lib.experiments.residual_task import ResidualTask
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.ensemble import joined
from ovp_lib.models.learners import Learner
from ovp_lib.models.residual_targets import Parts
from ovp_lib.models.resnet import Bottleneck, first_output
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member
from ovp_lib.training.splits import Splits


@dataclass(frozen=True)
class Experiment:
    """Every seed of a task with every step size and weight decay, as one ensemble.

    Attributes:
        task: what is learned by whom.
        grid: members, initial weights and data.
    """

    task: ResidualTask
    grid: Grid[Learner]

    @property
    def members(self) -> tuple[Member, ...]:
        """Seed, step size and weight decay of each member."""
        return self.grid.members

    @property
    def net(self) -> Learner:
        """Initial weights."""
        return self.grid.net

    @property
    def splits(self) -> Splits:
        """Data; members of one seed have the same."""
        return self.grid.splits

    @property
    def test(self) -> Parts:
        """The test points with F and G(F)."""
        return problem_of(self.task).at(self.splits.test.x)


def experiment(task: ResidualTask) -> Experiment:
    """Draw data and initial weights of every seed of a task.

    Args:
        task: what is learned by whom.

    Returns:
        All that is needed to train it.
    """
    net = joined([initial(task, seed) for seed in task.seeds])
    splits = Splits(*map(joined, zip(*(data(task, seed) for seed in task.seeds), strict=True)))
    factors = factors_of(task)
    return Experiment(task, grid_of(net, splits, task.seeds, task.lrs, task.wds, factors=factors))


def over_time(learning: Experiment, looks: Sequence[float], device: str = "auto") -> pd.DataFrame:
    """Train the bottleneck ResNet and follow what its output, and out1(x), hold of F and of G(F).

    Args:
        learning: an experiment with the bottleneck; members that diverge have no rows from then on.
        looks: epochs after which to look, fractions allowed.
        device: where to train.

    Returns:
        A row for each look and member: ``epoch``, ``member``, ``seed``; ``base`` and ``composite``,
        the coefficients of F and G(F) in the output on the test points; ``first_base`` and
        ``first_composite``, those in out1(x); ``first_gap``, E ||out1(x) - F(x)||^2; ``error``,
        E ||out(x) - H(x)||^2; and ``validation``, that on the validation points.

    Raises:
        TypeError: if the learner has no out1(x).
    """
    net, task, members = learning.net, learning.task, learning.members
    if not isinstance(net, Bottleneck):
        raise TypeError(f"only a bottleneck has out1(x), got {type(net).__name__}")
    test, rows = learning.test, []
    labels, validation = test.labels(task.alpha, task.beta), learning.splits.validation

    def look(epoch: float, now: Bottleneck, alive: Sequence[int]) -> None:
        parts = test.select(alive)
        out, out1 = _evaluate(now, parts.x)
        gap = (out1 - parts.base).square().sum(dim=2).mean(dim=1)
        error = (out - labels[list(alive)]).square().sum(dim=2).mean(dim=1)
        chosen = validation.select(alive)
        other = (_evaluate(now, chosen.x)[0] - chosen.y).square().sum(dim=2).mean(dim=1)
        means = torch.stack([gap, error, other], dim=1)
        numbers = torch.cat([parts.coefficients(out), parts.coefficients(out1), means], dim=1)
        for member, found in zip(alive, numbers.tolist(), strict=True):
            rows.append((epoch, member, members[member].seed, *found))

    # Not train_grid: the callback measures on the test points, so no risks on them are needed.
    data, protocol = learning.splits.train, task.protocol
    train(net, data, members, protocol, looks=looks, callback=look, device=device)
    names = ("base", "composite", "first_base", "first_composite", "first_gap", "error")
    columns = ["epoch", "member", "seed", *names, "validation"]
    return pd.DataFrame(rows, columns=columns)


def layer_wise(learning: Experiment, order: Sequence[str], device: str = "auto") -> pd.DataFrame:
    """Train the hidden layers one after the other, each for the whole protocol.

    Args:
        learning: an experiment with any learner of two hidden layers.
        order: fields of the weights in the order in which they are trained; one entry with several
            fields is a comma-separated list, so that ``["W,V"]`` trains both at once.
        device: where to train.

    Returns:
        A row for each member: ``seed``, ``lr``, ``wd``, ``validation`` and ``test``, squared errors
        summed over the outputs, NaN if the member diverged.

    Raises:
        ValueError: if a field is none that the learner trains, or the layers have step sizes of
            their own.
    """
    hidden = architecture_of(learning.net).hidden
    phases = [tuple(phase.split(",")) for phase in order]
    if not phases or not {name for phase in phases for name in phase} <= set(hidden):
        raise ValueError(f"{type(learning.net).__name__} trains {hidden}, got {list(order)}")
    grid, last = learning.grid, (learning.task.epochs,)
    table, lost = pd.DataFrame(), set[int]()
    for phase in phases:
        done = train_grid(grid, learning.task.protocol, trained=phase, looks=last, device=device)
        lost |= set(done.members.loc[done.members["diverged_at"].notna(), "member"])
        table = risks(done.curves, grid.members, last).droplevel("epoch")
        # A trainer refuses weights that are NaN: who was lost goes on from 0, and is not reported.
        net = done.net.map(torch.nan_to_num).map(torch.Tensor.cpu)
        grid = replace(grid, net=net)
    errors = 2.0 * table[["validation", "test"]]  # the loss is half the squared error
    errors.loc[sorted(lost)] = float("nan")
    return table[["seed", "lr", "wd"]].join(errors).rename_axis(None)


def _evaluate(net: Bottleneck, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return out(x) and out1(x) in float64 on the CPU."""
    points = x.to(net.W)
    out, out1 = architecture_of(net).forward(net, points), first_output(net, points)
    return out.double().cpu(), out1.double().cpu()
