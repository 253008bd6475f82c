"""What is looked at while an ensemble trains: risks, and whether a member has diverged."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.architectures import Architecture
from ovp_lib.models.ensemble import Network
from ovp_lib.training.losses import Loss
from ovp_lib.training.probes import CHUNK_BYTES
from ovp_lib.training.tasks import Sample

EXPLODED = 1e4
"""A weight that many times as large as the largest of its field at first counts as divergence."""


def risk(
    architecture: Architecture, net: Network, sample: Sample, loss: Loss
) -> NDArray[np.float64]:
    """Return the mean loss of every member over its own sample, shape ``(e,)``.

    Members are evaluated one by one, so that none depends on its company, in chunks of samples
    whose hidden layers take a bounded memory, and summed in float64.

    Args:
        architecture: what ``net`` is.
        net: weights.
        sample: points of each member, on any device and in any precision.
        loss: L.
    """
    members = range(len(net[0]))
    return np.array(
        [_risk_alone(architecture, net.member(i), sample.member(i), loss) for i in members]
    )


def members_of(sample: Sample, members: Sequence[int]) -> Sample:
    """Return the samples of some members; what all share stays shared."""
    return Sample(*(_members_of(part, members) for part in sample))


class Watch:
    """Tells which members have diverged, by a look at their weights.

    A run that diverges does so exponentially: that its weights have exploded is seen as soon as
    that its risk has, at a small part of the cost, and the largest of many numbers does not depend
    on the order in which they are compared.

    Args:
        net: initial weights of all members.
        trained: fields that are trained; one that starts at 0 is only asked to be finite.
    """

    def __init__(self, net: Network, trained: tuple[str, ...]) -> None:
        first = {name: _largest(getattr(net, name)) for name in trained}
        self.limits = {
            name: np.where(value > 0, EXPLODED * value, np.finfo(value.dtype).max)
            for name, value in first.items()
        }

    def healthy(self, net: Network, members: Sequence[int]) -> NDArray[np.bool_]:
        """Return which of ``members``, whose weights ``net`` holds, are finite and not exploded."""
        at = list(members)
        within = [_largest(getattr(net, name)) <= limit[at] for name, limit in self.limits.items()]
        return np.all(within, axis=0)


def _largest(field: Tensor) -> NDArray[np.floating]:
    """Return the largest magnitude of every member's weights; NaN if one is."""
    return field.flatten(1).abs().amax(dim=1).cpu().numpy()


def _risk_alone(architecture: Architecture, net: Network, sample: Sample, loss: Loss) -> float:
    neurons = sum(field[0].numel() // field.shape[-1] for field in net if field.ndim > 2)
    chunk = max(1, CHUNK_BYTES // (neurons * net[0].element_size()))
    losses = []
    for part in zip(*(torch.split(part, chunk, dim=1) for part in sample), strict=True):
        x, y = Sample(*part).to(net[0])
        losses.append(loss.value(architecture.forward(net, x), y)[0].cpu().double().numpy())
    return float(np.concatenate(losses).mean())


def _members_of(part: Tensor, members: Sequence[int]) -> Tensor:
    shared = len(part) > 1 and part.stride(0) == 0
    at = list(members)
    return part[:1].expand(len(at), *part.shape[1:]) if shared else part[at]
