"""The risk of every member of an ensemble, evaluated member by member."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.architectures import Architecture
from ovp_lib.models.ensemble import Network
from ovp_lib.training.losses import Loss
from ovp_lib.training.samples import Sample

CHUNK_BYTES = 1 << 26
"""Memory that an evaluation may take for hidden layers at once."""


def risk(
    architecture: Architecture, net: Network, sample: Sample, loss: Loss
) -> NDArray[np.float64]:
    """Return the mean loss of every member over its own sample, shape ``(e,)``.

    Members are evaluated one by one, so that none depends on the others, in chunks of samples
    whose hidden layers take a bounded memory, and summed in float64.

    Args:
        architecture: what ``net`` is.
        net: weights.
        sample: points of each member, on any device and in any precision.
        loss: L.

    Returns:
        Mean losses, shape ``(e,)``.
    """
    members = range(len(net[0]))
    return np.array(
        [_risk_alone(architecture, net.member(i), sample.member(i), loss) for i in members]
    )


def members_of(sample: Sample, members: Sequence[int]) -> Sample:
    """Return the samples of some members; what all share stays shared.

    Args:
        sample: points of each member.
        members: positions in the leading axis.

    Returns:
        A sample of as many members. A part that is an expanded view stays one.
    """
    return sample.map(partial(_members_of, members=list(members)))


def _risk_alone(architecture: Architecture, net: Network, sample: Sample, loss: Loss) -> float:
    neurons = sum(field[0].numel() // field.shape[-1] for field in net if field.ndim > 2)
    chunk = max(1, CHUNK_BYTES // (neurons * net[0].element_size()))
    losses = []
    for part in zip(*(torch.split(part, chunk, dim=1) for part in sample), strict=True):
        x, y = Sample(*part).to(net[0])
        losses.append(loss.value(architecture.forward(net, x), y)[0].cpu().double().numpy())
    return float(np.concatenate(losses).mean())


def _members_of(part: Tensor, members: list[int]) -> Tensor:
    shared = len(part) > 1 and part.stride(0) == 0
    return part[:1].expand(len(members), *part.shape[1:]) if shared else part[members]
