"""The steps of :mod:`ovp_lib.training.dual` in matrices, many members at once.

The kernel has the rows that the batch needs copied together, and meets the coefficients of all
members of one seed in one matrix product: 2 |B| N flops a step, member and output, beside which the
pass over the coefficients that decay and momentum need (a few N) costs little.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ovp_lib.kernels.tangent import Tangent
from ovp_lib.training.losses import Loss
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol

ORDERED_AT_ONCE = 64
"""Epochs whose permutations are drawn at once."""


@dataclass(frozen=True)
class Problem:
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
    def of(tangent: Tangent, y: Tensor) -> "Problem":
        """Arrange a tangent and its labels.

        Args:
            tangent: the linearised network at n points.
            y: their labels, as the loss wants them.

        Returns:
            Both in matrix form, in the precision of the tangent.
        """
        k = tangent.start.shape[1]
        p = 1 if tangent.kernel.ndim == 2 else k
        n, n_train = tangent.kernel.shape[0], tangent.kernel.shape[-1 if p == 1 else 2]
        fixed = torch.cat(
            [g.reshape(n * p, k // p) for g in (tangent.slope, tangent.start - tangent.slope)], 1
        )
        y = y.to(fixed) if y.is_floating_point() else y.to(fixed.device)
        return Problem(tangent.kernel.reshape(n * p, n_train * p), fixed, y, p, k)

    def by_member(self, f: Float[Tensor, "s np eq"]) -> Float[Tensor, "se n k"]:
        """Turn rows and columns into members, samples and outputs.

        Args:
            f: numbers for s seeds with e members each, shape ``(s, n p, e q)``.

        Returns:
            The same numbers, shape ``(s e, n, k)``.
        """
        (s, rows, columns), p, q = f.shape, self.p, self.k // self.p
        apart = f.view(s, rows // p, p, columns // q, q).permute(0, 3, 1, 2, 4)
        return apart.reshape(s * columns // q, rows // p, self.k)

    def by_row(self, f: Float[Tensor, "se n k"], s: int) -> Float[Tensor, "s np eq"]:
        """Undo :meth:`by_member`.

        Args:
            f: numbers for each member, shape ``(s e, n, k)``.
            s: number of seeds.

        Returns:
            The same numbers, shape ``(s, n p, e q)``.
        """
        (members, n, _), p, q = f.shape, self.p, self.k // self.p
        apart = f.view(s, members // s, n, p, q).permute(0, 2, 3, 1, 4)
        return apart.reshape(s, n * p, members // s * q)


class Group:
    """As many members on each of some seeds; one seed's see the same batches, and are columns.

    The state is one matrix for each seed: N p rows of c, then q rows of s (times the identity for
    q outputs) that multiply g_0 and decay alike, then q rows of the identity for f_0 - g_0, which
    stay.
    """

    def __init__(
        self,
        problem: Problem,
        members: Sequence[Sequence[Member]],
        protocol: Protocol,
        loss: Loss,
    ) -> None:
        self.problem, self.protocol, self.loss, self.epoch = problem, protocol, loss, 0
        self.seeds = [same[0].seed for same in members]
        K, q, s, e = problem.K, problem.k // problem.p, len(members), len(members[0])
        n, start = K.shape[1], torch.eye(q).repeat(2, e).to(K)
        self.state = torch.cat([K.new_zeros(s, n, e * q), start.expand(s, -1, -1)], dim=1)
        self.c, self.moving = (self.state.narrow(1, 0, rows) for rows in (n, n + q))
        self.known = self.state.narrow(1, n, 2 * q)
        self.buffer = K.new_zeros(self.moving.shape)
        self.lr, self.wd = (
            torch.tensor(values, dtype=torch.float64).to(K).repeat_interleave(q, dim=1).unsqueeze(1)
            for values in (
                [[m.lr for m in same] for same in members],
                [[m.wd for m in same] for same in members],
            )
        )

    def run(self, looks: Container[int]) -> Iterator[None]:
        """Train to the end, and pause after the epochs asked for (0 is before the first step).

        Args:
            looks: epochs to pause after, in 0..epochs.
        """
        n, total = len(self.problem.y), self.protocol.epochs
        if 0 in looks:
            yield
        # Permutations are drawn for many epochs at once, which is faster; all might not fit.
        for first in range(0, total, ORDERED_AT_ONCE):
            drawn = orders(self.seeds, first, min(first + ORDERED_AT_ONCE, total), n)
            for order in torch.from_numpy(drawn).to(self.problem.K.device).unbind(1):
                self._train(order.long())
                self.epoch += 1
                if self.epoch in looks:
                    yield

    def _train(self, order: Int[Tensor, "s n"]) -> None:
        """Take one epoch of steps."""
        size, lr = self.protocol.batch_size, self.lr * self.protocol.factor(self.epoch)
        steps = self.protocol.steps_per_epoch(order.shape[1])
        # A view, as the buffer is contiguous: what is added to it is added to the buffer.
        flat = self.buffer.flatten(0, 1)
        for batch in torch.split(order.narrow(1, 0, steps * size), size, dim=1):
            rows = self._rows(batch)
            gradient = self.loss.gradient(self._on_batch(rows), self._labels(batch))
            self.buffer.mul_(self.protocol.momentum).addcmul_(self.moving, self.wd)
            change = self.problem.by_row(gradient, len(batch)).flatten(0, 1)
            # No sample is in a batch twice, so no bit depends on the order of these additions.
            flat.index_add_(0, self._in_buffer(rows), change, alpha=1 / size)
            self.moving.addcmul_(self.buffer, lr, value=-1)

    def _on_batch(self, rows: Int[Tensor, "s bp"]) -> Float[Tensor, "se b k"]:
        """Return the outputs of every member on its own batch."""
        K, fixed = (
            part.index_select(0, rows.flatten()).view(*rows.shape, -1)
            for part in (self.problem.K, self.problem.fixed)
        )
        return self.problem.by_member(torch.baddbmm(fixed @ self.known, K, self.c))

    def _rows(self, batch: Int[Tensor, "s b"]) -> Int[Tensor, "s bp"]:
        p = self.problem.p
        if p == 1:
            return batch
        return (batch.unsqueeze(2) * p + torch.arange(p, device=batch.device)).flatten(1)

    def _in_buffer(self, rows: Int[Tensor, "s bp"]) -> Int[Tensor, " sbp"]:
        first = torch.arange(len(rows), device=rows.device) * self.buffer.shape[1]
        return (rows + first.unsqueeze(1)).flatten()

    def _labels(self, batch: Int[Tensor, "s b"]) -> Tensor:
        y = self.problem.y.index_select(0, batch.flatten())
        y = y.view(*batch.shape, *y.shape[1:])
        e = self.lr.shape[2] // (self.problem.k // self.problem.p)
        return y.unsqueeze(1).expand(-1, e, *y.shape[1:]).flatten(0, 1)

    def outputs(self, points: Problem) -> Float[Tensor, "se n k"]:
        """Return f(x) of every member.

        Args:
            points: in matrix form.

        Returns:
            Outputs, shape ``(s e, n, k)``.
        """
        f = torch.addmm(points.fixed @ self._columns(self.known), points.K, self._columns(self.c))
        return points.by_member(f.unsqueeze(0))

    def solution(self) -> tuple[Tensor, Tensor]:
        """Return c and s of every member."""
        s = self._columns(self.known)[0, :: self.problem.k // self.problem.p]
        return self.problem.by_member(self._columns(self.c).unsqueeze(0)), s

    @staticmethod
    def _columns(states: Float[Tensor, "s rows eq"]) -> Float[Tensor, "rows seq"]:
        """Return what all seeds have side by side."""
        return states.transpose(0, 1).flatten(1)
