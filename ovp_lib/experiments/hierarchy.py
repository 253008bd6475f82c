"""How a ResNet learns F + alpha G(F): over time, in which layer, and one layer after the other.

The tasks are those of :mod:`ovp_lib.experiments.residual`; here all seeds of a task are members of
one ensemble, whose networks are looked at while they train.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from ovp_lib.experiments.residual import data, initial, problem_of
from ovp_lib.experiments.residual_task import ResidualTask
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.learners import Learner
from ovp_lib.models.residual_targets import Parts
from ovp_lib.models.resnet import Bottleneck, first_output
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member
from ovp_lib.training.splits import Splits
from ovp_lib.training.tasks import Sample


@dataclass(frozen=True)
class Experiment:
    """Every seed of a task with every step size and weight decay, as one ensemble.

    Attributes:
        task: what is learned by whom.
        members: seed, step size and weight decay of each.
        net: initial weights.
        splits: data; members of one seed have the same.
    """

    task: ResidualTask
    members: tuple[Member, ...]
    net: Learner
    splits: Splits

    @property
    def test(self) -> Parts:
        """The test points with F and G(F)."""
        return problem_of(self.task).at(self.splits.test.x)


def experiment(task: ResidualTask) -> Experiment:
    """Draw data and initial weights of every seed of a task."""
    grid = list(itertools.product(range(len(task.seeds)), task.lrs, task.wds))
    where = [seed for seed, _, _ in grid]
    nets = [initial(task, seed) for seed in task.seeds]
    weights = [torch.cat(parts)[where] for parts in zip(*nets, strict=True)]
    splits = [data(task, seed) for seed in task.seeds]
    joined = [
        Sample(*(torch.cat(tensors)[where] for tensors in zip(*parts, strict=True)))
        for parts in zip(*splits, strict=True)
    ]
    members = tuple(Member(seed=task.seeds[seed], lr=lr, wd=wd) for seed, lr, wd in grid)
    return Experiment(task, members, type(nets[0])(*weights), Splits(*joined))


def over_time(of: Experiment, looks: Sequence[float], device: str = "auto") -> pd.DataFrame:
    """Train the bottleneck ResNet and follow what its output, and out1(x), hold of F and of G(F).

    Args:
        of: an experiment with the bottleneck; members that diverge have no rows from then on.
        looks: epochs, fractions allowed.
        device: where to train.

    Returns:
        One row a look and member: ``epoch``, ``member``, ``seed``; ``base`` and ``composite``, the
        coefficients of F and G(F) in the output on the test points; ``first_base`` and
        ``first_composite``, those in out1(x); ``first_gap``, E ||out1(x) - F(x)||^2; and
        ``error``, E ||out(x) - H(x)||^2.

    Raises:
        TypeError: if the learner has no out1(x).
    """
    if not isinstance(of.net, Bottleneck):
        raise TypeError(f"only a bottleneck has out1(x), got {type(of.net).__name__}")
    test, rows = of.test, []
    labels = test.labels(of.task.alpha, of.task.beta)

    def look(epoch: float, net: Bottleneck, alive: Sequence[int]) -> None:
        parts = Parts(*(signal[list(alive)] for signal in test))
        out, out1 = _evaluate(net, parts.x)
        gap = (out1 - parts.base).square().sum(dim=2).mean(dim=1)
        error = (out - labels[list(alive)]).square().sum(dim=2).mean(dim=1)
        numbers = [parts.coefficients(out), parts.coefficients(out1), gap[:, None], error[:, None]]
        for member, found in zip(alive, torch.cat(numbers, dim=1).tolist(), strict=True):
            rows.append((epoch, member, of.members[member].seed, *found))

    train(
        of.net,
        of.splits.train,
        of.members,
        of.task.protocol,
        looks=looks,
        callback=look,
        device=device,
    )
    names = ("base", "composite", "first_base", "first_composite", "first_gap", "error")
    return pd.DataFrame(rows, columns=["epoch", "member", "seed", *names])


def layer_wise(of: Experiment, order: Sequence[str], device: str = "auto") -> pd.DataFrame:
    """Train the hidden layers one after the other, each for the whole protocol.

    Args:
        of: an experiment with any learner of two hidden layers.
        order: fields of the weights in the order in which they are trained; one entry with several
            fields is a comma-separated list, so that ``["W,V"]`` trains both at once.
        device: where to train.

    Returns:
        One row a member: ``seed``, ``lr``, ``wd``, ``validation`` and ``test``, squared errors
        summed over the outputs, NaN if the member diverged.

    Raises:
        ValueError: if a field is none that the learner trains.
    """
    hidden = architecture_of(of.net).hidden
    phases = [tuple(phase.split(",")) for phase in order]
    if not phases or not {name for phase in phases for name in phase} <= set(hidden):
        raise ValueError(f"{type(of.net).__name__} trains {hidden}, got {list(order)}")
    net, last, errors = of.net, of.task.epochs, pd.DataFrame()
    sets = {"validation": of.splits.validation, "test": of.splits.test}
    lost: set[int] = set()
    for phase in phases:
        done = train(
            net,
            of.splits.train,
            of.members,
            of.task.protocol,
            trained=phase,
            looks=(last,),
            sets=sets,
            device=device,
        )
        lost |= set(done.members.loc[done.members["diverged_at"].notna(), "member"])
        net = type(net)(*(torch.nan_to_num(weight).cpu() for weight in done.net))
        errors = 2.0 * done.curves.pivot(index="member", columns="set", values="risk")
    errors = errors.reindex(range(len(of.members)))
    errors.loc[sorted(lost)] = float("nan")
    settings = [(member.seed, member.lr, member.wd) for member in of.members]
    table = pd.DataFrame(settings, columns=["seed", "lr", "wd"])
    return table.join(errors[["validation", "test"]])


def _evaluate(net: Bottleneck, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return out(x) and out1(x) in float64 on the CPU."""
    forward, at = architecture_of(net).forward, x.to(net.W)
    return forward(net, at).double().cpu(), first_output(net, at).double().cpu()
