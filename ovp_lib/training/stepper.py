"""Steppers: the interface of what takes the steps of SGD, and the choice of an implementation."""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.architectures import Architecture
from ovp_lib.models.ensemble import Network
from ovp_lib.training import fused
from ovp_lib.training.by_hand import ByHand
from ovp_lib.training.graphs import cuda_capture
from ovp_lib.training.losses import Loss
from ovp_lib.training.protocol import Member
from ovp_lib.training.protocol import Protocol as TrainingProtocol
from ovp_lib.training.samples import Sample

PATHS = ("auto", "fused", "torch")
"""How steps are taken: by the faster way that applies, compiled for this CPU, or by PyTorch."""


@runtime_checkable
class Stepper(Protocol):
    """SGD of an ensemble, step by step.

    A step on a batch is that of ``torch.optim.SGD`` with momentum mu and weight decay wd, for every
    member and trained weight:

        G = grad (1/n) sum_i L(F(x_i), y_i) + grad w24 sum_j ||w_j||_2^4
        M' = mu M + G + wd W,   W' = W - lr * factor * M',   M = 0 at first,

    where lr is the member's step size times its own factor for that weight, if it has one. The
    derivative of ReLU at 0 is 0; w_j are the rows of the first hidden layer's weights. In how
    many calls the steps are asked for does not change a bit of the result.
    """

    def advance(self, order: NDArray[np.int32], factor: float) -> None:
        """Take a step on each batch of samples.

        Args:
            order: indices of samples, shape ``(e, s, batch)``.
            factor: what the members' step sizes are multiplied by.
        """

    def net(self) -> Network:
        """Return a copy of the current network."""

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that :meth:`load` needs to go on bit by bit."""

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from a state of the same members.

        Args:
            state: what :meth:`state` returned.
        """

    def keep(self, members: Sequence[int]) -> None:
        """Go on with these members only, numbered as they are now.

        Args:
            members: positions among those of now.
        """


def chosen_path(
    path: str,
    architecture: Architecture,
    net: Network,
    *,
    trained: tuple[str, ...],
    loss: Loss,
) -> Literal["fused", "torch"]:
    """Return how the steps will be taken.

    Args:
        path: what is wished for.
        architecture: what ``net`` is.
        net: initial weights, on the device and in the precision of the run.
        trained: fields that are trained.
        loss: L.

    Returns:
        "fused" or "torch".

    Raises:
        ValueError: if ``path`` is unknown, or "fused" and that does not apply.
    """
    if path not in PATHS:
        raise ValueError(f"path must be one of {', '.join(PATHS)}, got {path!r}")
    if path == "torch":
        return "torch"
    device, precision = net[0].device, net[0].dtype
    obstacle = fused.why_not(
        architecture, net, trained, loss=loss, device=device, precision=precision
    )
    if obstacle is None:
        return "fused"
    if path == "fused":
        raise ValueError(f"path 'fused' does not apply here: {obstacle}; take 'auto' or 'torch'")
    return "torch"


def make_stepper(
    path: str,
    architecture: Architecture,
    net: Network,
    data: Sample,
    members: Sequence[Member],
    protocol: TrainingProtocol,
    *,
    trained: tuple[str, ...],
    loss: Loss,
    graphs: bool = True,
) -> Stepper:
    """Return what takes the steps.

    Args:
        path: see :func:`chosen_path`.
        architecture: what ``net`` is.
        net: initial weights of all members; its device and precision are used.
        data: training set of each member.
        members: step sizes, regularisers and seeds.
        protocol: batch size and momentum.
        trained: fields that are trained.
        loss: L.
        graphs: whether, on CUDA, many steps are launched at once.

    Returns:
        A stepper before its first step.

    Raises:
        ValueError: as :func:`chosen_path`.
    """
    chosen = chosen_path(path, architecture, net, trained=trained, loss=loss)
    if chosen == "fused":
        return fused.FusedStepper(
            architecture, net, data, members, protocol, trained=trained, loss=loss
        )
    capture = cuda_capture if graphs and net[0].device.type == "cuda" else None
    return ByHand(
        architecture, net, data, members, protocol, trained=trained, loss=loss, capture=capture
    )
