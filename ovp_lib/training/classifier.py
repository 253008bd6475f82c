"""Training classifiers to zero training error: epochs of SGD with momentum and cross-entropy.

The labelled sample is fixed and may have wrong labels. A member of the ensemble stops at the first
look at which it fits, and the run ends when all have: what a member learns does not depend on the
others. Any network that is a named tuple of weights, on any device.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from ovp_lib.models.ensemble import Network, joined
from ovp_lib.training.evaluation import CHUNK_BYTES
from ovp_lib.training.losses import CROSS_ENTROPY
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

N = TypeVar("N", bound=Network)
"""The type of the networks that are trained."""

Function = Callable[[N, Tensor], Tensor]
"""``(net, x) -> outputs`` of shape ``(e, n, k)`` for points ``(e, n, d)``."""

COPIES = 64
"""How many times the inputs the layers of a network hold, about, when it is evaluated."""


@dataclass(frozen=True)
class Classified(Generic[N]):
    """What became of the members.

    Attributes:
        net: weights of each member where it stopped.
        curves: one row a look and member that still trained: ``epoch``, ``member``, ``loss`` and
            ``train`` (mean cross-entropy and error on the sample, 0 to 1), and the error on each of
            the other sets by its name.
        last: the last row of each member, with ``fitted`` (whether it fits) and ``diverged``
            (whether its loss is not finite; its errors are then NaN).
    """

    net: N
    curves: pd.DataFrame
    last: pd.DataFrame


def train_classifier(
    network: Function[N],
    net: N,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol,
    *,
    sets: Mapping[str, Sample] | None = None,
    looks: Iterable[int] | None = None,
    trained: Sequence[str] | None = None,
    loss_goal: float = math.inf,
    stop: bool = True,
    progress: str | None = None,
) -> Classified[N]:
    """Train every member by SGD with momentum on cross-entropy, until it fits.

    The step is that of ``torch.optim.SGD`` with momentum and weight decay; the order of the samples
    is that of :func:`~ovp_lib.training.order.orders`. Of every epoch the samples left over after
    the last full batch are not used. A member fits when it classifies every sample correctly and
    its mean cross-entropy is at most ``loss_goal``.

    Args:
        network: what a network computes.
        net: initial weights of all members; its device and precision are used, it is not changed.
        data: ``x`` of shape ``(e, n, d)``, classes ``y`` of shape ``(e, n)``. One data set for all
            is an expanded view, and is held once.
        members: seed of the order, step size and weight decay of each; ``w24`` must be 0.
        protocol: epochs, batches, momentum and schedule.
        sets: other samples on which to measure the error, e.g. ``validation`` and ``test``.
        looks: epochs after which to look, in 0..epochs; by default every epoch. The last epoch is
            one in any case.
        trained: fields that are trained; all by default.
        loss_goal: mean cross-entropy at which a member counts as fitted; Neyshabur et al. take .01.
        stop: whether a member stops where it fits; otherwise all take every epoch.
        progress: words for a progress bar; none if ``None``.

    Returns:
        Weights, curves, and what became of each member.

    Raises:
        ValueError: if the parts do not fit together, a label is no class, or a number is out of
            range.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.deep import deep, init_deep
        >>> x = torch.randn(1, 40, 5, generator=stream(0), dtype=torch.float64).expand(2, -1, -1)
        >>> data = Sample(x, (x[..., 0] > 0).long())
        >>> net = init_deep([stream(1), stream(2)], d=5, m=30, depth=2, k=2)
        >>> members, protocol = [Member(0, 0.01), Member(1, 0.01)], Protocol(100, 10, 0.9, ())
        >>> train_classifier(deep, net, data, members, protocol).last.train.tolist()
        [0.0, 0.0]
    """
    names = tuple(net._fields if trained is None else trained)
    when = _checked_looks(looks, protocol.epochs)
    _require_fit(net, data, members, protocol, names, sets or {})
    others = {name: each.to(net[0]) for name, each in (sets or {}).items()}
    run = _Run(network, net, data.to(net[0]), members, protocol, names)
    _require_classes(network, net, {"data": run.data, **others})
    tables: list[pd.DataFrame] = []
    with tqdm(total=protocol.epochs, desc=progress, disable=not progress) as bar:
        for epoch in range(protocol.epochs + 1):
            if epoch:
                run.epoch(epoch - 1)
                bar.update()
            if epoch in when:
                tables.append(run.look(epoch, others))
                run.leave(_through(tables[-1], loss_goal, stop=stop))
                bar.set_postfix(active=len(run.active), refresh=False)
            if not run.active:
                break
    return _result(run, pd.concat(tables, ignore_index=True), loss_goal)


def errors(
    network: Function[N], net: N, sample: Sample, members: Sequence[int] | None = None
) -> tuple[Tensor, Tensor]:
    """Return the mean cross-entropy and the error of every member, without holding all layers.

    Args:
        network: what a network computes.
        net: weights of e members.
        sample: points and classes, on the device of the weights.
        members: whose points each of the networks sees, positions in ``sample``; their own by
            default.

    Returns:
        Cross-entropies, and shares of points that are misclassified, both of shape ``(e,)``.

    Example:
        >>> from ovp_lib.models.deep import Deep, deep
        >>> net = Deep(torch.eye(2)[None], torch.zeros(1, 0, 2, 2), torch.eye(2)[None])
        >>> sample = Sample(torch.eye(2)[None], torch.tensor([[0, 0]]))
        >>> errors(deep, net, sample)[1].item()
        0.5
    """
    own = list(range(len(net[0]))) if members is None else list(members)
    n, d = sample.x.shape[1:]
    widest = max(d, net.W.shape[1])
    chunk = max(1, CHUNK_BYTES // (len(own) * widest * COPIES * sample.x.element_size()))
    value, wrong = net[0].new_zeros(len(own)), net[0].new_zeros(len(own))
    with torch.no_grad():
        for start in range(0, n, chunk):
            x, y = (part[own, start : start + chunk] for part in sample)
            f = network(net, x)
            value += CROSS_ENTROPY.value(f, y).sum(dim=1)
            wrong += (f.argmax(dim=2) != y).sum(dim=1)
    return value / n, wrong / n


class _Run(Generic[N]):
    """A run in progress: who still trains, with which weights and velocities."""

    def __init__(
        self,
        network: Function[N],
        net: N,
        data: Sample,
        members: Sequence[Member],
        protocol: Protocol,
        names: tuple[str, ...],
    ) -> None:
        self.network, self.data, self.protocol, self.names = network, data, protocol, names
        self.members, self.active = members, list(range(len(members)))
        self.net = net._replace(**{name: getattr(net, name).clone() for name in names})
        self.velocity = {name: torch.zeros_like(getattr(net, name)) for name in names}
        self.done: dict[int, N] = {}

    def epoch(self, epoch: int) -> None:
        """Take the steps of one epoch, counted from 0."""
        n, size = self.data.x.shape[1], self.protocol.batch_size
        order = orders([self.members[i].seed for i in self.active], epoch, epoch + 1, n)[:, 0]
        positions = torch.from_numpy(order.astype(np.int64)).to(self.data.x.device)
        rows = torch.tensor(self.active).to(positions.device)[:, None]
        factor = self.protocol.factor(epoch)
        lr = self._column([self.members[i].lr * factor for i in self.active])
        wd = self._column([self.members[i].wd for i in self.active])
        for step in range(self.protocol.steps_per_epoch(n)):
            batch = positions[:, step * size : (step + 1) * size]
            self._step(Sample(self.data.x[rows, batch], self.data.y[rows, batch]), lr, wd)

    def _step(self, batch: Sample, lr: Tensor, wd: Tensor) -> None:
        """Change weights and velocities in place: u <- mu u + grad + wd w; w <- w - lr u."""
        # Fresh leaves that share the weights' memory: no graph grows from step to step.
        weights = {name: getattr(self.net, name).detach().requires_grad_() for name in self.names}
        f = self.network(self.net._replace(**weights), batch.x)
        total = CROSS_ENTROPY.value(f, batch.y).mean(dim=1).sum()
        gradients = torch.autograd.grad(total, list(weights.values()))
        with torch.no_grad():
            for name, gradient in zip(self.names, gradients, strict=True):
                weight, speed = getattr(self.net, name), self.velocity[name]
                ones = (1,) * (weight.dim() - 1)
                speed.mul_(self.protocol.momentum).add_(gradient)
                if any(self.members[i].wd for i in self.active):
                    speed.add_(weight * wd.view(-1, *ones))
                weight.sub_(speed * lr.view(-1, *ones))

    def look(self, epoch: int, sets: Mapping[str, Sample]) -> pd.DataFrame:
        """Measure every member that still trains; errors are NaN where the loss is not finite."""
        loss, wrong = errors(self.network, self.net, self.data, self.active)
        columns = {"loss": loss, "train": wrong}
        for name, each in sets.items():
            columns[name] = errors(self.network, self.net, each, self.active)[1]
        measured = {name: value.double().cpu().numpy() for name, value in columns.items()}
        healthy = np.isfinite(measured["loss"])
        for name in ("train", *sets):
            measured[name] = np.where(healthy, measured[name], math.nan)
        return pd.DataFrame({"epoch": epoch, "member": self.active, **measured})

    def leave(self, through: NDArray[np.bool_]) -> None:
        """Put aside the weights of members that train no longer."""
        if not through.any():
            return
        for place in np.flatnonzero(through):
            # A clone, as the view of one member would keep the weights of all in memory.
            self.done[self.active[place]] = self.net.member(int(place)).map(torch.clone)
        stay = [int(place) for place in np.flatnonzero(~through)]
        self.active = [self.active[place] for place in stay]
        self.net = self.net.select(stay)
        self.velocity = {name: value[stay] for name, value in self.velocity.items()}

    def _column(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float64).to(self.data.x)


def _fits(rows: pd.DataFrame, goal: float) -> NDArray[np.bool_]:
    return ((rows["train"] == 0) & (rows["loss"] <= goal)).to_numpy()


def _through(rows: pd.DataFrame, goal: float, *, stop: bool) -> NDArray[np.bool_]:
    """Return who trains no longer: those that fit, if that is a reason, and those that diverged."""
    diverged = ~np.isfinite(rows["loss"].to_numpy())
    return (_fits(rows, goal) | diverged) if stop else diverged


def _result(run: _Run[N], curves: pd.DataFrame, goal: float) -> Classified[N]:
    for place, member in enumerate(run.active):
        run.done[member] = run.net.member(place)
    parts = [run.done[member] for member in range(len(run.members))]
    net: N = joined(parts)  # type: ignore[type-var]
    last = curves.drop_duplicates("member", keep="last").sort_values("member", ignore_index=True)
    diverged = ~np.isfinite(last["loss"])
    return Classified(net, curves, last.assign(fitted=_fits(last, goal), diverged=diverged))


def _checked_looks(looks: Iterable[int] | None, epochs: int) -> set[int]:
    when = set(range(epochs + 1)) if looks is None else set(looks)
    if not all(0 <= epoch <= epochs for epoch in when):
        raise ValueError(f"looks must be epochs in 0..{epochs}, got {sorted(when)}")
    return when | {epochs}


def _require_fit(
    net: Network,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol,
    names: tuple[str, ...],
    sets: Mapping[str, Sample],
) -> None:
    """Refuse what does not fit together, before anything is trained."""
    e = len(members)
    if not e or any(len(part) != e for part in (net[0], *data)):
        raise ValueError(
            f"one network, data set and member each are needed, got {len(net[0])} networks, "
            f"{len(data.x)} data sets and {e} members"
        )
    if not names or not set(names) <= set(net._fields):
        raise ValueError(f"trained must name some of {net._fields}, got {names}")
    if any(member.w24 or member.factors for member in members):
        raise ValueError("this trainer has one step size a member, and weight decay only")
    protocol.steps_per_epoch(data.x.shape[1])
    for name, each in {"data": data, **sets}.items():
        if len(each.x) != e or each.y.shape != each.x.shape[:2] or each.y.is_floating_point():
            raise ValueError(
                f"{name} needs points (e, n, d) and whole classes (e, n) of {e} members, got "
                f"{tuple(each.x.shape)} and {tuple(each.y.shape)}, {each.y.dtype}"
            )
    if clash := {"epoch", "member", "loss", "train"} & set(sets):
        raise ValueError(f"a set cannot be called {sorted(clash)[0]!r}")


def _require_classes(network: Function[N], net: N, samples: Mapping[str, Sample]) -> None:
    """Refuse a label that no output stands for: on an accelerator it would end the process."""
    with torch.no_grad():
        k = network(net, samples["data"].x[:, :1]).shape[2]
    for name, each in samples.items():
        if each.y.numel() and not 0 <= int(each.y.min()) <= int(each.y.max()) < k:
            raise ValueError(
                f"labels must be in 0..{k - 1}, one for each output, {name} has "
                f"{int(each.y.min())} to {int(each.y.max())}"
            )
