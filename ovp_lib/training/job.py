"""Jobs: an ensemble and its settings, checked in full before anything is computed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from ovp_lib.models.architectures import Architecture, architecture_of
from ovp_lib.models.ensemble import Network
from ovp_lib.training.checkpoint import digest_of
from ovp_lib.training.losses import Loss
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample
from ovp_lib.training.stepper import chosen_path


@dataclass(frozen=True)
class Job:
    """An ensemble to train; see :func:`ovp_lib.training.ensemble.train` for what fields mean.

    Attributes:
        architecture: what ``net`` is.
        net: initial weights, on the device and in the precision of the run.
        data: training set of each member.
        members: step sizes, regularisers and seeds.
        protocol: batches, momentum and schedule.
        loss: L.
        trained: fields that are trained.
        looks: step numbers at which to look, increasing.
        sets: where risks are measured, by name.
        path: how steps are taken.
        graphs: whether, on CUDA, many steps are launched at once.
    """

    architecture: Architecture
    net: Network
    data: Sample
    members: tuple[Member, ...]
    protocol: Protocol
    loss: Loss
    trained: tuple[str, ...]
    looks: tuple[int, ...]
    sets: Mapping[str, Sample]
    path: Literal["fused", "torch"]
    graphs: bool

    @property
    def epoch(self) -> int:
        """Number of steps in an epoch."""
        return self.protocol.steps_per_epoch(self.data.x.shape[1])

    @property
    def steps(self) -> int:
        """Number of steps in all."""
        return self.protocol.epochs * self.epoch

    def describe(self) -> dict[str, str]:
        """Return all that the result depends on, as words and fingerprints."""
        sets = [(f"{name}.{i}", part) for name, s in self.sets.items() for i, part in enumerate(s)]
        return {
            "architecture": self.architecture.name,
            "initial weights": digest_of(self.net._asdict().items()),
            "training set": digest_of(self.data._asdict().items()),
            "sets": digest_of(sets),
            "members": str(self.members),
            "protocol": str(self.protocol),
            "loss": self.loss.name,
            "trained": ", ".join(self.trained),
            "looks at steps": str(self.looks),
            "path": self.path,
            "device": self.net[0].device.type,
            "precision": str(self.net[0].dtype),
            "torch": torch.__version__,
        }


def checked(
    net: Network,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol,
    *,
    loss: Loss,
    trained: Sequence[str] | None,
    looks: Iterable[float],
    sets: Mapping[str, Sample] | None,
    device: torch.device,
    precision: torch.dtype,
    path: str,
    graphs: bool,
) -> Job:
    """Return the job, its network moved to where it is trained.

    Args:
        net: initial weights of all members.
        data: training set of each member.
        members: step size, regularisers and seed of each.
        protocol: epochs, batches, momentum and schedule.
        loss: L.
        trained: fields of ``net`` that are trained; the architecture's hidden weights if ``None``.
        looks: epochs after which to look, in 0..epochs.
        sets: where to measure risks; the training set if ``None``.
        device: where to train.
        precision: number format of weights and data.
        path: how steps are taken, of :data:`~ovp_lib.training.stepper.PATHS`.
        graphs: whether, on CUDA, many steps are launched at once.

    Returns:
        The job; data stay where they are until they are needed.

    Raises:
        TypeError: if ``net`` is no network that we know.
        ValueError: if the parts do not fit together, with the numbers that do not.
    """
    architecture = architecture_of(net)
    fields = _trained(architecture, net, trained)
    _check_members(architecture, net, members, fields)
    sets = {"train": data} if sets is None else sets
    for name, sample in {"training set": data, **sets}.items():
        _check_sample(name, sample, architecture, net, loss)
    per_epoch = protocol.steps_per_epoch(data.x.shape[1])
    steps = _look_steps(looks, protocol, per_epoch)
    # Whether a path applies depends on device and precision, so it is asked after the move.
    moved = net.map(torch.Tensor.detach).to(device, precision)
    chosen = chosen_path(path, architecture, moved, trained=fields, loss=loss)
    return Job(
        architecture=architecture,
        net=moved,
        data=data,
        members=tuple(members),
        protocol=protocol,
        loss=loss,
        trained=fields,
        looks=steps,
        sets=sets,
        path=chosen,
        graphs=graphs,
    )


def _trained(
    architecture: Architecture, net: Network, trained: Sequence[str] | None
) -> tuple[str, ...]:
    known = net._fields
    chosen = architecture.hidden if trained is None else tuple(trained)
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(known):
        raise ValueError(
            f"trained must name different fields of {', '.join(known)}, at least one, got {chosen}"
        )
    return chosen


def _check_members(
    architecture: Architecture, net: Network, members: Sequence[Member], trained: tuple[str, ...]
) -> None:
    if len(members) != len(net[0]):
        raise ValueError(f"need a member for each of {len(net[0])} networks, got {len(members)}")
    for i, member in enumerate(members):
        if others := sorted({field for field, _ in member.factors} - set(trained)):
            raise ValueError(
                f"factors are of trained fields {', '.join(trained)}, got {others} for member {i}"
            )
    first = architecture.layers(net)[0].weight
    regularised = [i for i, member in enumerate(members) if member.w24 > 0]
    if regularised and first not in trained:
        raise ValueError(
            f"w24 regularises {first}, which is not among the trained fields "
            f"{', '.join(trained)}, got w24 > 0 for members {regularised}"
        )


def _check_sample(
    name: str, sample: Sample, architecture: Architecture, net: Network, loss: Loss
) -> None:
    first = getattr(net, architecture.layers(net)[0].weight)
    e, d, k = len(first), first.shape[-1], getattr(net, architecture.readout).shape[1]
    x, y = sample
    if x.ndim != 3 or len(x) != e or x.shape[2] != d or x.shape[1] < 1:
        raise ValueError(f"{name}: x must be ({e}, n, {d}) with n >= 1, got {tuple(x.shape)}")
    expected = (e, x.shape[1]) if loss.classifies else (e, x.shape[1], k)
    if y.shape != expected:
        raise ValueError(
            f"{name}: y must be {expected} for the {loss.name} loss, got {tuple(y.shape)}"
        )
    classes = set(y.flatten().tolist()) if loss.classifies else set()
    if not classes <= set(range(k)):
        raise ValueError(f"{name}: classes must be among 0..{k - 1}, got {sorted(classes)}")


def _look_steps(looks: Iterable[float], protocol: Protocol, per_epoch: int) -> tuple[int, ...]:
    epochs = sorted(set(looks))
    if epochs and not 0 <= epochs[0] <= epochs[-1] <= protocol.epochs:
        raise ValueError(
            f"looks must lie in 0..{protocol.epochs} epochs, got {epochs[0]} to {epochs[-1]}"
        )
    return tuple(sorted({round(epoch * per_epoch) for epoch in epochs}))
