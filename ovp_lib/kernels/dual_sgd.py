"""Exact dual SGD: the papers' training of a linearised network, at a cost that knows no width.

SGD with momentum mu and weight decay moves theta and its momentum buffer inside the span of theta_0
and of the derivatives df(x_j) at the training points. With

    theta = s theta_0 + sum_j c_j df(x_j),   buffer = r theta_0 + sum_j u_j df(x_j)

one step on a batch B, with l'_j the derivative of the loss of sample j in the outputs, is

    r <- mu r + wd s,    u_j <- mu u_j + wd c_j + 1{j in B} l'_j / |B|,
    s <- s - lr r,       c_j <- c_j - lr u_j,

and the outputs on the next batch are f_0 + (s - 1) g_0 + K c. That is torch.optim.SGD on theta,
number for number up to rounding, early stopping, batches and all. Kernel ridge regression
(:mod:`ovp_lib.kernels.ridge`) is the limit of infinitely many epochs and small steps, with
penalty N wd and theta_0 forgotten: another estimator, often a far better one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ovp_lib.kernels.tangent import TRAIN, Tangent
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol

ORDERED_AT_ONCE = 64
"""Epochs whose permutations are drawn at once."""


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

    def predict(self, at: Tangent) -> Float[Tensor, "e n2 k"]:
        """Return f(x) of every member at the end of training."""
        if at.kernel.ndim == 2:
            moved = at.kernel @ self.coefficients
        else:
            moved = torch.einsum("nkij,eij->enk", at.kernel, self.coefficients)
        return at.start + (self.scale - 1)[:, None, None] * at.slope + moved


def dual_sgd(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    members: Sequence[Member],
    protocol: Protocol,
    *,
    at: Iterable[int] = (),
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
        at: epochs after which risks are recorded, in 0..epochs (0 is before the first step); by
            default the last one only.
        loss: averaged over the batch; the papers' is the squared one, ||f - y||^2 / 2.

    Returns:
        Coefficients and curves. A diverged member does not disturb the others.

    Raises:
        ValueError: if there are no members or one with a (2,4)-regulariser, which is not linear; if
            ``at``, sets or shapes do not fit.
    """
    looks = sorted(set(at) or {protocol.epochs})
    _check(tangents, labels, members, protocol, looks)
    problem = _Problem.of(tangents[TRAIN], labels[TRAIN])
    coefficients = problem.K.new_empty(len(members), len(problem.y), problem.k)
    scale, rows = problem.K.new_empty(len(members)), []
    for mine in _by_seed(members):
        run = _Run(problem, [[members[i] for i in same] for same in mine], protocol, loss)
        everyone, epochs = [i for same in mine for i in same], run.epochs()
        for look in looks:
            while run.epoch < look:
                next(epochs)
            rows += _risks(run, tangents, labels, everyone)
        for _ in epochs:
            pass
        coefficients[everyone], scale[everyone] = run.solution()
    curves = pd.DataFrame(rows, columns=["epoch", "step", "member", "set", "risk"])
    curves = curves.sort_values(["epoch", "member"], kind="stable", ignore_index=True)
    return DualRun(tuple(members), coefficients, scale, curves)


@dataclass(frozen=True)
class _Problem:
    """Points in matrix form: a sample is p rows, a member q columns, with p q = k outputs.

    p = 1, q = k if the outputs share one kernel, p = k, q = 1 if the kernel couples them.

    Attributes:
        K: kernel, shape ``(n p, N p)``.
        fixed: columns [g_0, f_0 - g_0], shape ``(n p, 2 q)``.
        y: labels.
        p: rows of a sample.
        k: number of outputs.
    """

    K: Tensor
    fixed: Tensor
    y: Tensor
    p: int
    k: int

    @staticmethod
    def of(tangent: Tangent, y: Tensor) -> "_Problem":
        k = tangent.start.shape[1]
        p = 1 if tangent.kernel.ndim == 2 else k
        n, n_train = tangent.kernel.shape[0], tangent.kernel.shape[-1 if p == 1 else 2]
        fixed = torch.cat(
            [g.reshape(n * p, k // p) for g in (tangent.slope, tangent.start - tangent.slope)], 1
        )
        return _Problem(tangent.kernel.reshape(n * p, n_train * p), fixed, y, p, k)

    def by_member(self, f: Float[Tensor, "s np eq"]) -> Float[Tensor, "se n k"]:
        """Turn rows and columns into members, samples and outputs."""
        (s, rows, columns), p, q = f.shape, self.p, self.k // self.p
        apart = f.view(s, rows // p, p, columns // q, q).permute(0, 3, 1, 2, 4)
        return apart.reshape(s * columns // q, rows // p, self.k)

    def by_row(self, f: Float[Tensor, "se n k"], s: int) -> Float[Tensor, "s np eq"]:
        """Undo :meth:`by_member`."""
        (members, n, _), p, q = f.shape, self.p, self.k // self.p
        apart = f.view(s, members // s, n, p, q).permute(0, 2, 3, 1, 4)
        return apart.reshape(s, n * p, members // s * q)


class _Run:
    """As many members on each of some seeds; one seed's see the same batches, and are columns.

    The state is one matrix for each seed: N p rows of c, then q rows of s (times the identity for
    q outputs) that multiply g_0 and decay alike, then q rows of the identity for f_0 - g_0, which
    stay.
    """

    def __init__(
        self,
        problem: _Problem,
        members: Sequence[Sequence[Member]],
        protocol: Protocol,
        loss: Loss,
    ) -> None:
        self.problem, self.protocol, self.loss, self.epoch = problem, protocol, loss, 0
        self.seeds = [same[0].seed for same in members]
        K, q, s, e = problem.K, problem.k // problem.p, len(members), len(members[0])
        self.state = K.new_zeros(s, K.shape[1] + 2 * q, e * q)
        self.state[:, K.shape[1] :] = torch.eye(q).repeat(2, e)
        self.moving = self.state[:, :-q]
        self.buffer = K.new_zeros(self.moving.shape)
        self.lr, self.wd = (
            K.new_tensor(values).repeat_interleave(q, dim=1).unsqueeze(1)
            for values in ([[m.lr for m in same] for same in members],
                           [[m.wd for m in same] for same in members])
        )

    def epochs(self) -> Iterator[None]:
        """Train one epoch at each step of the iteration."""
        n, total = len(self.problem.y), self.protocol.epochs
        for first in range(0, total, ORDERED_AT_ONCE):
            drawn = orders(self.seeds, first, min(first + ORDERED_AT_ONCE, total), n)
            for order in torch.from_numpy(drawn).to(self.problem.K.device).unbind(1):
                self._train(order.long())
                self.epoch += 1
                yield

    def _train(self, order: Int[Tensor, "s n"]) -> None:
        """Take one epoch of steps."""
        size, lr = self.protocol.batch_size, self.lr * self.protocol.factor(self.epoch)
        steps = self.protocol.steps_per_epoch(order.shape[1])
        flat = self.buffer.flatten(0, 1)
        for batch in order[:, : steps * size].split(size, dim=1):
            rows = self._rows(batch)
            gradient = self.loss.gradient(self._on_batch(rows), self._labels(batch))
            self.buffer.mul_(self.protocol.momentum).addcmul_(self.moving, self.wd)
            change = self.problem.by_row(gradient, len(batch)).flatten(0, 1)
            flat.index_add_(0, self._in_buffer(rows), change, alpha=1 / size)
            self.moving.addcmul_(self.buffer, lr, value=-1)

    def _on_batch(self, rows: Int[Tensor, "s bp"]) -> Float[Tensor, "se b k"]:
        """Return the outputs of every member on its own batch."""
        K, fixed = (
            part.index_select(0, rows.flatten()).unflatten(0, rows.shape)
            for part in (self.problem.K, self.problem.fixed)
        )
        n = K.shape[2]
        f = torch.baddbmm(fixed @ self.state[:, n:], K, self.state[:, :n])
        return self.problem.by_member(f)

    def _rows(self, batch: Int[Tensor, "s b"]) -> Int[Tensor, "s bp"]:
        p = self.problem.p
        if p == 1:
            return batch
        return (batch.unsqueeze(2) * p + torch.arange(p, device=batch.device)).flatten(1)

    def _in_buffer(self, rows: Int[Tensor, "s bp"]) -> Int[Tensor, " sbp"]:
        first = torch.arange(len(rows), device=rows.device) * self.buffer.shape[1]
        return (rows + first.unsqueeze(1)).flatten()

    def _labels(self, batch: Int[Tensor, "s b"]) -> Tensor:
        y = self.problem.y[batch]
        e = self.lr.shape[2] // (self.problem.k // self.problem.p)
        return y.unsqueeze(1).expand(-1, e, *y.shape[1:]).flatten(0, 1)

    def outputs(self, at: _Problem) -> Float[Tensor, "se n k"]:
        """Return f(x) of every member."""
        state, n = self._columns(), at.K.shape[1]
        f = torch.addmm(at.fixed @ state[n:], at.K, state[:n])
        return at.by_member(f.unsqueeze(0))

    def solution(self) -> tuple[Tensor, Tensor]:
        """Return c and s of every member."""
        state, n = self._columns(), self.problem.K.shape[1]
        c = self.problem.by_member(state[:n].unsqueeze(0))
        return c, state[n, :: self.problem.k // self.problem.p]

    def _columns(self) -> Float[Tensor, "rows seq"]:
        """Return the states of all seeds side by side."""
        return self.state.transpose(0, 1).flatten(1)


def _by_seed(members: Sequence[Member]) -> list[list[list[int]]]:
    """Group members by seed, and seeds by how many members they have."""
    seeds = {m.seed: [i for i, other in enumerate(members) if other.seed == m.seed] for m in members}
    sizes = sorted({len(same) for same in seeds.values()})
    return [[same for same in seeds.values() if len(same) == size] for size in sizes]


def _risks(
    run: _Run, tangents: Mapping[str, Tangent], labels: Mapping[str, Tensor], mine: Sequence[int]
) -> list[tuple[int, int, int, str, float]]:
    """Return the rows of the curves for one group of members, now."""
    step = run.epoch * run.protocol.steps_per_epoch(len(run.problem.y))
    rows = []
    for name, y in labels.items():
        f = run.outputs(_Problem.of(tangents[name], y))
        risks = run.loss.value(f, y.expand(len(f), *y.shape)).mean(dim=1).double()
        finite = np.nan_to_num(risks.cpu().numpy(), nan=np.inf, posinf=np.inf)
        rows += [
            (run.epoch, step, i, name, float(risk)) for i, risk in zip(mine, finite, strict=True)
        ]
    return rows


def _check(
    tangents: Mapping[str, Tangent],
    labels: Mapping[str, Tensor],
    members: Sequence[Member],
    protocol: Protocol,
    looks: Sequence[int],
) -> None:
    if not members or any(member.w24 for member in members):
        raise ValueError(f"need at least one member, and w24 = 0 for all, got {list(members)}")
    if not 0 <= looks[0] <= looks[-1] <= protocol.epochs:
        raise ValueError(f"epochs to record must lie in 0..{protocol.epochs}, got {looks}")
    if TRAIN not in labels or not set(labels) <= set(tangents):
        raise ValueError(
            f"labels must be of {TRAIN!r} and other sets among {sorted(tangents)}, "
            f"got {sorted(labels)}"
        )
    n, k = tangents[TRAIN].start.shape
    protocol.steps_per_epoch(n)
    for name, y in labels.items():
        points = len(tangents[name].start)
        allowed = {(points, n), (points, k, n, k)}
        if tuple(tangents[name].kernel.shape) not in allowed or len(y) != points:
            raise ValueError(
                f"set {name!r}: kernel must have one of the shapes {sorted(allowed)} and labels "
                f"{points} rows, got {tuple(tangents[name].kernel.shape)} and {tuple(y.shape)}"
            )
