"""The trainer of ensembles: many networks, each with its own step size, seed and data."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from ovp_lib.models.devices import resolve_device
from ovp_lib.training.job import checked
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.run import Callback, N, Run, Trained
from ovp_lib.training.samples import Sample


def train(
    net: N,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol | None = None,
    *,
    loss: Loss = SQUARED,
    trained: Sequence[str] | None = None,
    looks: Iterable[float] = (),
    sets: Mapping[str, Sample] | None = None,
    callback: Callback[N] | None = None,
    device: str | torch.device = "auto",
    precision: torch.dtype = torch.float32,
    path: str = "auto",
    graphs: bool = True,
    checkpoint_at: Path | None = None,
    checkpoint_seconds: float = 300.0,
    progress: str | None = None,
) -> Trained[N]:
    """Train every member of an ensemble by SGD with momentum, each with its own settings.

    The step is that of ``torch.optim.SGD`` (see :class:`~ovp_lib.training.stepper.Stepper`), with
    the schedule of :class:`~ovp_lib.training.protocol.Protocol` (Section 7 of Going Beyond Two
    Layers). A member whose weights are no longer finite, or have exploded, is recorded
    as diverged and left behind; the others go on.

    What a member learns depends on neither looks, callbacks, checkpoints nor on how often the run
    was interrupted, to the bit. On the path "fused" it does not depend on the other members
    either; on the path "torch" they may change its last digits, as batched products round
    differently.

    Args:
        net: initial weights of all members, of any architecture of
            :data:`~ovp_lib.models.architectures.ARCHITECTURES`; it is not changed.
        data: training set of each member, ``x`` of shape ``(e, n, d)`` and ``y`` as the loss wants
            it. One data set for all is an expanded view, and is held once.
        members: step size, regularisers and seed of each.
        protocol: epochs, batches, momentum and schedule; Section 7's by default.
        loss: L.
        trained: fields of ``net`` that are trained; by default the architecture's hidden weights.
        looks: epochs after which to look, in 0..epochs; 0 is before training. A fraction of an
            epoch is rounded to a step.
        sets: where to measure risks then; the training set by default.
        callback: called at each look, after the risks. It is not called again for looks that a
            checkpoint remembers.
        device: ``auto``, a name (see :func:`~ovp_lib.models.devices.resolve_device`) or a device.
        precision: number format of weights and data.
        path: how steps are taken: "fused" (compiled for this CPU), "torch" (anywhere) or "auto",
            the faster one that applies.
        graphs: whether, on CUDA, whole periods of steps are launched at once.
        checkpoint_at: file to go on from if it is there, and to write checkpoints to; what the
            finished run leaves there gives its result again without training.
        checkpoint_seconds: how often, about.
        progress: words for a progress bar; none if ``None``.

    Returns:
        Weights, curves and what became of each member.

    Raises:
        TypeError: if ``net`` is no network that we know.
        ValueError: if the parts do not fit together, or a checkpoint belongs to another run.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> net = init_two_layer([stream(0), stream(1)], d=2, m=50)
        >>> x = torch.randn(1, 100, 2, generator=stream(2)).expand(2, -1, -1)
        >>> data = Sample(x, x[..., :1] * x[..., 1:])
        >>> members = [Member(seed=0, lr=0.05), Member(seed=1, lr=1e9)]
        >>> done = train(net, data, members, Protocol(epochs=30, drops=()), looks=[0, 30])
        >>> done.members.diverged_at.tolist()
        [nan, 1.0]
        >>> [(row.epoch, row.member) for row in done.curves.itertuples()]
        [(0.0, 0), (0.0, 1), (30.0, 0)]
    """
    job = checked(
        net,
        data,
        members,
        protocol or Protocol(),
        loss=loss,
        trained=trained,
        looks=looks,
        sets=sets,
        device=device if isinstance(device, torch.device) else resolve_device(device),
        precision=precision,
        path=path,
        graphs=graphs,
    )
    with torch.no_grad():
        run = Run(job, callback, checkpoint_at, checkpoint_seconds)
        run.go(progress)
        return run.result()
