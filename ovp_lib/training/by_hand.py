"""The trainer that runs anywhere: the hand-written step of a whole ensemble, in PyTorch.

Time runs in periods of a fixed number of steps. Their samples and scalars are prepared at once, and
at their end weights and momentum are folded back to a scale near 1. As periods are counted from the
first step on, it does not matter in how many calls the steps are asked for.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.architectures import Architecture
from ovp_lib.models.devices import one_thread
from ovp_lib.models.ensemble import Network
from ovp_lib.training.batches import Batches
from ovp_lib.training.graphs import Capture, Recorded
from ovp_lib.training.losses import Loss
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample
from ovp_lib.training.scales import Scales
from ovp_lib.training.step import Now, Step
from ovp_lib.training.wiring import wire

PERIOD = 64
"""Steps in a period."""

SCALARS = 5
"""Numbers that a step needs for each member, in addition to two for each hidden layer."""

_shrink = torch.ops.aten.hardshrink.out
"""``(u, least) -> u`` with 0 for what lies between -least and least, in place."""

THREADS = 1 << 24
"""Multiplications in a layer below which one CPU thread serves better than several."""

CACHE = 1 << 16
"""Hidden activations a step beyond which a CPU takes members in smaller groups, one after another
through a whole period: what they need then stays in its cache."""


class ByHand:
    """A :class:`~ovp_lib.training.stepper.Stepper` for every architecture, loss and device.

    Batched matrix products may round differently with other members beside them: a member's result
    depends on the others, in the last digits only.

    Args:
        architecture: what ``net`` is.
        net: initial weights of all members; its device and precision are used; it is copied.
        data: training set of each member; one that all share may be an expanded view, and is then
            held once.
        members: step sizes, regularisers and seeds.
        protocol: batch size and momentum.
        trained: fields of ``net`` that are trained.
        loss: L.
        capture: what records a period of steps as one launch; ``None`` launches kernel by kernel.
    """

    def __init__(
        self,
        architecture: Architecture,
        net: Network,
        data: Sample,
        members: Sequence[Member],
        protocol: Protocol,
        *,
        trained: tuple[str, ...],
        loss: Loss,
        capture: Capture | None = None,
    ) -> None:
        self.wiring = wire(architecture, net, trained, members)
        self.scales = Scales(members, protocol.momentum)
        self.protocol, self.loss, self.capture = protocol, loss, capture
        self.taken = 0
        self.batches = Batches(
            data, net[0], PERIOD, protocol.batch_size, constant=self.wiring.constant
        )
        # M starts at 0, but u is made of M + (y / eta) W (see scales).
        y = self._per_member(self.scales.y)
        for _, w, u, _ in self.wiring.moving():
            torch.mul(y, w, out=u)
        self._allocate()

    def advance(self, order: NDArray[np.int32], factor: float) -> None:
        """Take a step on each batch of ``order``, shape ``(e, s, batch)``, at lr * factor.

        Args:
            order: positions in each member's training set, shape ``(e, s, batch)``.
            factor: what the members' step sizes are multiplied by, positive.
        """
        # A step size is part of the scale of the momentum, which must be changed with it.
        if factor != self.scales.factor:
            self._change(factor)
        with one_thread() if self.small else nullcontext():
            while order.shape[1]:
                steps = PERIOD - self.taken % PERIOD
                self._segment(order[:, :steps])
                order = order[:, steps:]

    def net(self) -> Network:
        """Return a copy of the current network."""
        return self.wiring.net(self._per_member(self.scales.sigma))

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that :meth:`load` needs to go on bit by bit."""
        found = {
            "sigma": torch.from_numpy(self.scales.sigma.copy()),
            "factor": torch.tensor(self.scales.factor, dtype=torch.float64),
            "taken": torch.tensor(self.taken),
        }
        for name, w, u, _ in self.wiring.moving():
            found |= {name: w.clone(), f"momentum of {name}": u.clone()}
        return found

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from a state of the same members.

        Args:
            state: what :meth:`state` returned.
        """
        # The step size comes first: to change it changes the momentum, which is overwritten below.
        self._change(state["factor"].item())
        self.scales.sigma = state["sigma"].numpy().copy()
        self.taken = int(state["taken"])
        for name, w, u, _ in self.wiring.moving():
            w.copy_(state[name])
            u.copy_(state[f"momentum of {name}"])

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some members only.

        Args:
            members: positions among those of now, in the order wanted.
        """
        index = torch.tensor(list(members), device=self.table.device)
        self.wiring = self.wiring.of(lambda part: part.index_select(0, index))
        self.scales.keep(members)
        self.batches.keep(members)
        self._allocate()

    def _per_member(self, values: NDArray[np.float64]) -> Tensor:
        return torch.from_numpy(values).to(self.wiring.readout.w).view(-1, 1, 1)

    def _allocate(self) -> None:
        """Set up the memory that steps read and write; it stays where it is."""
        e, hidden = len(self.wiring.readout.w), self.wiring.hidden
        shape = (SCALARS + 2 * len(hidden), PERIOD, e, 1, 1)
        self.table = self.wiring.readout.w.new_zeros(shape)
        batch, mu = self.protocol.batch_size, self.protocol.momentum
        # On a CPU a group of members goes through a whole period before the next one starts: its
        # activations stay in the cache. Small layers are faster with one thread.
        size, on_cpu = e, self.table.device.type == "cpu"
        if on_cpu:
            widest = max(each.weight.w.shape[2] for each in hidden)
            size = max(1, CACHE // (batch * widest))
        self.small = (
            on_cpu and batch * max(each.weight.w.shape[1:].numel() for each in hidden) < THREADS
        )
        groups = [(start, min(size, e - start)) for start in range(0, e, size)]
        self.steps = [
            Step(
                self.wiring.of(partial(torch.narrow, dim=0, start=start, length=length)),
                self.loss,
                batch,
                mu,
            )
            for start, length in groups
        ]
        self.views = [self._views(*group) for group in groups]
        self._settle()

    def _views(self, start: int, length: int) -> list[Now]:
        """Return what each step of a period reads for a group of members."""
        x, y, table = (
            part.narrow(axis, start, length)
            for part, axis in ((self.batches.x, 1), (self.batches.y, 1), (self.table, 2))
        )
        x_T = x.narrow(-1, *(self.wiring.hidden[0].weight.rows or (0, 0))).mT
        parts = (x.unbind(), x_T.unbind(), y.unbind(), table.unbind(1))
        return [self._now(*now) for now in zip(*parts, strict=True)]

    def _now(self, x: Tensor, x_T: Tensor, y: Tensor, scalars: Tensor) -> Now:
        """Return what a step reads; ``scalars`` in the order in which :meth:`_fill` has them."""
        scale, rate, move, decay, w24, *by_layer = scalars.unbind()
        ones = tuple(one.expand(-1, x.shape[1], 1) for one in by_layer[: len(by_layer) // 2])
        skips = tuple(by_layer[len(by_layer) // 2 :])
        return Now(x, x_T, y, scale, rate, move, decay, w24, ones, skips)

    def _settle(self) -> None:
        """Settle what a step does from now on; a recording is made of that."""
        moves_first = self.wiring.hidden[0].layer.weight in self.wiring.trained
        for step in self.steps:
            step.decays = bool(self.scales.unfolded.any())
            step.regularised = moves_first and bool(self.scales.w24.any())
        self.period = Recorded(partial(self._take, PERIOD), self.capture)

    def _change(self, factor: float) -> None:
        a, b = map(self._per_member, self.scales.change(factor))
        for _, w, u, _ in self.wiring.moving():
            u.mul_(a).addcmul_(w, b)
        self._settle()

    def _segment(self, order: NDArray[np.int32]) -> None:
        """Take steps that lie within one period."""
        steps = order.shape[1]
        self.batches.gather(order)
        self._fill(steps)
        if steps == PERIOD:
            self.period()
        else:
            self._take(steps)
        self.taken += steps
        if self.taken % PERIOD == 0:
            self._fold()

    def _take(self, steps: int) -> None:
        for step, views in zip(self.steps, self.views, strict=True):
            for now in views[:steps]:
                step(now)

    def _fill(self, steps: int) -> None:
        """Compute the scalars of the next steps in float64, as :meth:`_now` reads them."""
        s, hidden = self.scales, self.wiring.hidden
        ahead = s.ahead(steps)
        sigma, s.sigma = ahead[:-1], ahead[-1]
        scale = sigma**self.wiring.scale
        columns = [
            scale,
            s.eta * scale / self.protocol.batch_size,
            -1 / (sigma * ahead[1:]),
            s.eta * s.unfolded * sigma**2,
            4 * s.eta * s.w24 * sigma**4,
            *(sigma**each.one for each in hidden),
            *(sigma ** (each.skip or 0) for each in hidden),
        ]
        values = torch.from_numpy(np.stack(columns)[..., None, None])
        self.table.narrow(1, 0, steps).copy_(values.to(self.table))
        if self.wiring.constant:
            # gather() has just set the constant input to 1 again, so it may be scaled in place.
            constant = self.batches.x.narrow(0, 0, steps).narrow(-1, self.wiring.inputs, 1)
            constant.mul_(self.table.select(0, SCALARS).narrow(0, 0, steps))

    def _fold(self) -> None:
        """Bring sigma back to [1, 2), and end the momentum of what has died out.

        Momentum that dies out would spend a long time among subnormal numbers, which are slow.
        """
        powers = self._per_member(self.scales.fold())
        for _, w, u, _ in self.wiring.moving():
            w.mul_(powers)
            u.div_(powers)
            _shrink(u, torch.finfo(u.dtype).tiny * 1e8, out=u)
