"""The fast trainer of some networks on the CPU, and where it applies."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.arithmetic import free_threads
from ovp_lib.models.architectures import Architecture
from ovp_lib.models.ensemble import Network
from ovp_lib.training.fused import bottleneck, three_layer, two_layer
from ovp_lib.training.fused.layout import LAYOUTS
from ovp_lib.training.fused.plan import Plan, host_tile
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

LOG = logging.getLogger(__name__)

KERNELS: dict[str, Callable[[Plan, Any], Any]] = {
    "two-layer": two_layer.compiled,
    "three-layer": three_layer.compiled,
    "bottleneck": bottleneck.compiled,
}
"""What makes the kernel of each architecture for a plan, given Numba's decorator."""

MOST_INPUTS, MOST_OUTPUTS = 64, 16
"""Beyond these the unrolled loops outgrow the registers, and matrix products are the better way."""


def why_not(
    architecture: Architecture,
    net: Network,
    trained: tuple[str, ...],
    *,
    loss: Loss,
    device: torch.device,
    precision: torch.dtype,
) -> str | None:
    """Say why :class:`FusedStepper` cannot train this, or ``None`` if it can.

    Args:
        architecture: kind of the network.
        net: initial weights, of which only shapes matter.
        trained: fields to be trained.
        loss: what is minimised.
        device: where it is to be trained.
        precision: number format in which it is to be trained.

    Returns:
        The first reason, in words for a log line.
    """
    if device.type != "cpu" or precision != torch.float32:
        return f"it trains in float32 on the CPU, not in {precision} on {device}"
    if architecture.name not in KERNELS:
        return f"it knows {' and '.join(KERNELS)} networks, not {architecture.name}"
    if loss.name != SQUARED.name:
        return f"it minimises the squared loss, not {loss.name}"
    if not trained or not set(trained) <= set(architecture.hidden):
        return f"it trains {' and '.join(architecture.hidden)}, not {' and '.join(trained)}"
    if net.W.shape[-1] > MOST_INPUTS or _outputs(architecture, net) > MOST_OUTPUTS:
        return f"it takes up to {MOST_INPUTS} inputs and {MOST_OUTPUTS} outputs"
    if host_tile() is None:
        return "it has no vectors for this processor"
    return None


class FusedStepper:
    """Trains an ensemble with momentum SGD on the squared loss, each step in one compiled pass.

    g = grad of the batch's mean loss + wd w + 4 w24 ||w_i||^2 w_i (the last on rows of W only)
    M' = mu M + g,  w' = w - lr M'    (torch.optim.SGD; lr of V may be another one than of W)

    What becomes of a member depends on nothing but that member: not on the others, nor on the
    number of threads, nor on how its steps are cut into calls, bit by bit.

    Args:
        architecture: kind of the network; see :func:`why_not`.
        net: initial weights, shape ``(e, ...)``.
        data: training set of each member; ``x`` is ``(e, n, d)`` and ``y`` ``(e, n, k)``. A set
            that all members share may be expanded, and is not copied then.
        members: step size, weight decay and regulariser of each member.
        protocol: batch size and momentum.
        trained: fields to be trained.
        loss: the squared loss.
        threads: members trained at the same time; by default those of
            :func:`~ovp_lib.arithmetic.free_threads`, or as many as PyTorch uses.
        tile: key of :data:`ovp_lib.training.fused.plan.TILES`; by default what suits the processor.

    Raises:
        ValueError: if it does not apply, or shapes do not fit together.
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
        threads: int | None = None,
        tile: str | None = None,
    ) -> None:
        cpu = torch.device("cpu")
        reason = why_not(architecture, net, trained, loss=loss, device=cpu, precision=torch.float32)
        if reason is not None:
            raise ValueError(f"the fused step does not apply: {reason}")
        _check_shapes(architecture, net, data, members, protocol)

        d, k, batch = net.W.shape[-1], _outputs(architecture, net), protocol.batch_size
        self._plan = Plan.of(tile or str(host_tile()), d=d, k=k, batch=batch)
        self._architecture, self._trained, self._threads = architecture, trained, threads
        self._layout, self._protocol = LAYOUTS[architecture.name], protocol
        self._net = net.map(torch.Tensor.detach).to(cpu, torch.float32)
        self._x, self._y = (_shared(part.to(cpu, torch.float32)) for part in data)
        self._members = list(members)
        still = {name: torch.zeros_like(getattr(self._net, name)) for name in architecture.hidden}
        self._arrays = self._layout.pack(self._net, still, self._plan)

    def advance(self, order: NDArray[np.int32], factor: float) -> None:
        """Take steps at the members' step sizes times a factor.

        Args:
            order: samples of each batch, shape ``(e, steps, batch)``.
            factor: positive.

        Raises:
            ValueError: if ``order`` has another shape, or names samples that are not there.
        """
        order = np.ascontiguousarray(order, dtype=np.int32)
        # Compiled code checks no bounds: a wrong position would read memory outside of the data.
        self._check_order(order)
        if order.size == 0:
            return
        settings = np.array([_settings(each, factor) for each in self._members], np.float32)
        kernel = _kernel(self._architecture.name, self._plan)
        weights = tuple(array.numpy() for array in self._arrays)
        data = (self._x.numpy(), self._y.numpy())
        trains = ("W" in self._trained, "V" in self._trained)
        momentum = np.float32(self._protocol.momentum)

        # One thread trains a member to the end: no number depends on how many threads there are,
        # and the weights of a member stay in the cache of a core.
        def train(chosen: range) -> None:
            scratch = self._scratch()
            for e in chosen:
                kernel(weights, data, order, settings, momentum, trains, scratch, e, e + 1)

        self._spread(train)

    def net(self) -> Network:
        """Return a copy of the network with its current weights, in float32."""
        weights, _ = self._layout.unpack(self._arrays, self._net, self._plan)
        now = {name: weights[name] for name in self._trained}
        return self._net._replace(**now).map(torch.clone)

    def state(self) -> dict[str, Tensor]:
        """Return copies of the trained weights and their momentum: all that is needed to go on."""
        weights, momentum = self._layout.unpack(self._arrays, self._net, self._plan)
        now = {name: weights[name].clone() for name in self._trained}
        return now | {f"momentum.{name}": momentum[name].clone() for name in self._trained}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what :meth:`state` returned, on this or another processor.

        Args:
            state: what :meth:`state` returned.

        Raises:
            ValueError: if it is the state of other fields or shapes.
        """
        here = self.state()
        shapes, wanted = ({k: tuple(v.shape) for k, v in s.items()} for s in (state, here))
        if shapes != wanted:
            raise ValueError(f"this trainer's state has shapes {wanted}, got {shapes}")
        _, momentum = self._layout.unpack(self._arrays, self._net, self._plan)
        momentum |= {name: state[f"momentum.{name}"] for name in self._trained}
        self._net = self._net._replace(**{name: state[name].clone() for name in self._trained})
        self._arrays = self._layout.pack(self._net, momentum, self._plan)

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some of the members, in the order given.

        Args:
            members: positions among those of now, in the order wanted.

        Raises:
            ValueError: if there are none, or one that is not there.
        """
        chosen, e = list(members), len(self._members)
        if not chosen or not set(chosen) <= set(range(e)):
            raise ValueError(f"members to keep must be in 0..{e - 1}, at least one, got {chosen}")
        self._arrays = tuple(array[chosen].contiguous() for array in self._arrays)
        self._net = self._net.select(chosen)
        if len(self._x) == e:
            self._x = self._x[chosen]
        if len(self._y) == e:
            self._y = self._y[chosen]
        self._members = [self._members[index] for index in chosen]

    def _check_order(self, order: NDArray[np.int32]) -> None:
        e, batch, n = len(self._members), self._protocol.batch_size, self._x.shape[1]
        if order.ndim != 3 or (order.shape[0], order.shape[2]) != (e, batch):
            raise ValueError(f"order must have shape ({e}, steps, {batch}), got {order.shape}")
        if order.size and not (order.min() >= 0 and order.max() < n):
            raise ValueError(
                f"order must name samples 0..{n - 1}, got {order.min()}..{order.max()}"
            )

    def _scratch(self) -> tuple[NDArray[np.float32], ...]:
        sizes = self._layout.room(self._net, self._plan, self._protocol.batch_size)
        # Not torch.empty: kernels add to some of it, and read padding that no step writes.
        return tuple(torch.zeros(size).numpy() for size in sizes)

    def _spread(self, train: Callable[[range], None]) -> None:
        """Give each thread its share of the members."""
        e = len(self._members)
        threads = min(e, self._threads or free_threads() or torch.get_num_threads())
        if threads == 1:
            train(range(e))
            return
        with ThreadPoolExecutor(threads) as pool:
            # An error in a thread is raised only where its result is read.
            list(pool.map(train, (range(first, e, threads) for first in range(threads))))


def _settings(member: Member, factor: float) -> tuple[float, float, float, float]:
    """Return what a kernel reads of a member: step size of W, decay, regulariser, step size of V.

    A factor of 1 changes no bit of a product.
    """
    lr = member.lr * factor
    return lr * member.factor("W"), member.wd, 4 * member.w24, lr * member.factor("V")


@cache
def _kernel(architecture: str, plan: Plan) -> Any:
    """Return the kernel for a plan, compiled on its first call or read from Numba's cache."""
    LOG.info("preparing the fused step; its first use on a machine takes some seconds")
    compiled = KERNELS[architecture]
    try:
        return compiled(plan, njit(nogil=True, cache=True))
    except RuntimeError as error:
        LOG.info("no place for a cache (%s): it will be compiled again in every process", error)
        return compiled(plan, njit(nogil=True))


def _shared(part: Tensor) -> Tensor:
    """Return one copy of what is the same for all members, else contiguous memory."""
    return (part[:1] if part.stride(0) == 0 else part).contiguous()


def _outputs(architecture: Architecture, net: Network) -> int:
    return int(getattr(net, architecture.readout).shape[1])


def _check_shapes(
    architecture: Architecture,
    net: Network,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol,
) -> None:
    e, d, k = len(net.W), net.W.shape[-1], _outputs(architecture, net)
    x, y = tuple(data.x.shape), tuple(data.y.shape)
    if len(members) != e or len(x) != 3 or x[::2] != (e, d) or y != (*x[:2], k):
        raise ValueError(
            f"need one member for each of {e} networks, x ({e}, n, {d}) and y ({e}, n, {k}), "
            f"got {len(members)} members, x {x} and y {y}"
        )
    protocol.steps_per_epoch(x[1])
