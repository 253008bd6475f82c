"""Exact dual SGD: the papers' training of a linearised network, at a cost independent of the width.

SGD with momentum mu and weight decay moves theta and its momentum buffer inside the span of theta_0
and of the derivatives df(x_j) at the training points. With

    theta = s theta_0 + sum_j c_j df(x_j),   buffer = r theta_0 + sum_j u_j df(x_j)

one step on a batch B, with l'_j the derivative of the loss of sample j in the outputs, is

    r <- mu r + wd s,    u_j <- mu u_j + wd c_j + 1{j in B} l'_j / |B|,
    s <- s - lr r,       c_j <- c_j - lr u_j,

and the outputs on the next batch are f_0 + (s - 1) g_0 + K c. That is torch.optim.SGD on theta,
number for number up to rounding, early stopping, batches and all. Kernel ridge regression
(:mod:`ovp_lib.kernels.ridge_regression`) is another estimator, often a far better one: the limit of
very many full-batch steps on the squared loss, with penalty N wd, theta_0 decayed to nothing
(s = 0) and labels y - (f_0 - g_0).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from torch import Tensor, einsum

from ovp_lib.kernels.tangent import TRAIN, Tangent
from ovp_lib.training.dual_steps import Group, Problem
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.protocol import Member, Protocol


@dataclass(frozen=True)
class DualRun:
    """What dual SGD found, for every member.

    Attributes:
        members: who was trained.
        coefficients: c of the last epoch, shape ``(e, N, k)``.
        scale: s, what is left of theta_0, shape ``(e,)``.
        curves: one row for each member, recorded epoch and set of points: ``epoch``, ``step``,
            ``member`` (its place in ``members``), ``set`` and ``risk``, the mean loss, infinite
            where a member has diverged.
    """

    members: tuple[Member, ...]
    coefficients: Float[Tensor, "e n k"]
    scale: Float[Tensor, " e"]
    curves: pd.DataFrame

    @property
    def diverged(self) -> Bool[Tensor, " e"]:
        """Whose numbers have overflowed."""
        return ~(self.coefficients.isfinite().all(dim=(1, 2)) & self.scale.isfinite())

    def predict(self, points: Tangent) -> Float[Tensor, "e n2 k"]:
        """Return f(x) of every member at the end of training.

        Args:
            points: the network at the points wanted, from the function that gave the training set's
                tangents.

        Returns:
            Outputs, shape ``(e, n2, k)``; NaN for members that diverged.
        """
        if points.kernel.ndim == 2:
            moved = points.kernel @ self.coefficients
        else:
            moved = einsum("nkij,eij->enk", points.kernel, self.coefficients)
        return points.start + (self.scale - 1)[:, None, None] * points.slope + moved


def dual_sgd(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    members: Sequence[Member],
    protocol: Protocol,
    *,
    looks: Iterable[int] = (),
    loss: Loss = SQUARED,
) -> DualRun:
    """Train one linearised network with SGD in every configuration.

    Args:
        tangents: the network at named sets of points, from
            :func:`~ovp_lib.kernels.tangent.hidden_tangents` (NTK) or
            :func:`~ovp_lib.kernels.tangent.readout_tangents` ("last"); one set is ``train``. The
            computation runs in their precision. Members of one seed share their batches and run as
            one matrix product.
        labels: of ``train`` and of each set whose risk is wanted, as the loss wants them.
        members: order of the samples, step size and weight decay of each.
        protocol: batches, momentum, epochs and drops of the step size.
        looks: epochs after which risks are recorded, in 0..epochs (0 is before the first step); by
            default the last one only.
        loss: averaged over the batch; the papers' is the squared one, ||f - y||^2 / 2.

    Returns:
        Coefficients and curves. A diverged member does not disturb the others.

    Raises:
        ValueError: if there are no members, or one with a (2,4)-regulariser, which is not linear,
            or with step sizes that differ from weight to weight, whose tangents are summed here; if
            ``looks``, sets or shapes do not fit.

    Example:
        >>> import torch
        >>> from ovp_lib.kernels.tangent import hidden_tangents
        >>> from ovp_lib.models.networks import TwoLayer
        >>> net = TwoLayer(torch.ones(1, 1, 1), torch.zeros(1, 1), torch.ones(1, 1, 1))
        >>> x, y = torch.ones(1, 1), torch.zeros(1, 1)
        >>> once = Protocol(epochs=2, batch_size=1, momentum=0.0, drops=())
        >>> tangents = hidden_tangents(net, {"train": x})
        >>> done = dual_sgd(tangents, {"train": y}, [Member(seed=0, lr=0.5)], once)
        >>> done.predict(tangents["train"]).tolist()  # halved twice
        [[[0.25]]]
    """
    epochs = set(looks) or {protocol.epochs}
    _check(tangents, labels, members, protocol, epochs, loss)
    problem = Problem.of(tangents[TRAIN], labels[TRAIN])
    coefficients = problem.K.new_empty(len(members), len(problem.y), problem.k)
    scale, rows = problem.K.new_empty(len(members)), []
    for mine in _by_seed(members):
        group = Group(problem, [[members[i] for i in same] for same in mine], protocol, loss)
        everyone = [i for same in mine for i in same]
        for _ in group.run(epochs):
            rows += _risks(group, tangents, labels, everyone)
        coefficients[everyone], scale[everyone] = group.solution()
    curves = pd.DataFrame(rows, columns=["epoch", "step", "member", "set", "risk"])
    curves = curves.sort_values(["epoch", "member"], kind="stable", ignore_index=True)
    return DualRun(tuple(members), coefficients, scale, curves)


def _by_seed(members: Sequence[Member]) -> list[list[list[int]]]:
    """Group members by seed, and seeds by how many members they have."""
    seeds = {
        m.seed: [i for i, other in enumerate(members) if other.seed == m.seed] for m in members
    }
    # A group is one tensor, whose seeds must have equally many members.
    sizes = sorted({len(same) for same in seeds.values()})
    return [[same for same in seeds.values() if len(same) == size] for size in sizes]


def _risks(
    group: Group, tangents: Mapping[str, Tangent], labels: Mapping[str, Tensor], mine: Sequence[int]
) -> list[tuple[int, int, int, str, float]]:
    """Return the rows of the curves for one group of members, now."""
    step = group.epoch * group.protocol.steps_per_epoch(len(group.problem.y))
    rows = []
    for name, y in labels.items():
        points = Problem.of(tangents[name], y)
        f = group.outputs(points)
        risks = group.loss.value(f, points.y.expand(len(f), *y.shape)).mean(dim=1).double()
        finite = np.nan_to_num(risks.cpu().numpy(), nan=np.inf, posinf=np.inf)
        rows += [
            (group.epoch, step, i, name, float(risk)) for i, risk in zip(mine, finite, strict=True)
        ]
    return rows


def _check(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    members: Sequence[Member],
    protocol: Protocol,
    looks: Collection[int],
    loss: Loss,
) -> None:
    if not members or any(member.w24 or member.uneven() for member in members):
        raise ValueError(
            f"need at least one member, and w24 = 0 and no factors for all, got {list(members)}"
        )
    if not 0 <= min(looks) <= max(looks) <= protocol.epochs:
        raise ValueError(f"epochs to record must lie in 0..{protocol.epochs}, got {sorted(looks)}")
    if TRAIN not in labels or not set(labels) <= set(tangents):
        raise ValueError(
            f"labels must be of {TRAIN!r} and other sets among {sorted(tangents)}, "
            f"got {sorted(labels)}"
        )
    n, k = tangents[TRAIN].start.shape
    protocol.steps_per_epoch(n)
    shared = tangents[TRAIN].kernel.ndim == 2
    for name, y in labels.items():
        points = len(tangents[name].start)
        kernel = (points, n) if shared else (points, k, n, k)
        wanted = kernel, (points,) if loss.classifies else (points, k)
        found = tuple(tangents[name].kernel.shape), tuple(y.shape)
        if found != wanted:
            raise ValueError(
                f"kernel and labels of the set {name!r} must have shapes {wanted[0]} and "
                f"{wanted[1]}, got {found[0]} and {found[1]}"
            )
