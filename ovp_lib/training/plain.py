"""SGD by automatic differentiation, for any network that is a named tuple of weights.

It is short and works for everything, and so it is what faster trainers are compared with.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import pandas as pd
import torch
from torch import Tensor

from ovp_lib.models.ensemble import Network
from ovp_lib.training.losses import Loss
from ovp_lib.training.probes import rows
from ovp_lib.training.samples import Sample, Source

N = TypeVar("N", bound=Network)
"""The type of the networks that are trained."""


def sgd_by_autograd(
    network: Callable[[N, Tensor], Tensor],
    net: N,
    source: Source,
    loss: Loss,
    *,
    etas: Mapping[str, float],
    steps: int,
    batch_size: int = 1,
    checkpoints: Iterable[int] = (),
    probe: Callable[[N], Mapping[str, Tensor]] | None = None,
) -> tuple[N, pd.DataFrame]:
    """Train the named weights of every member by plain SGD and watch them at checkpoints.

    weight_{t+1} = weight_t - eta grad (1/n) sum_i L(F(x_i), y_i)

    As everywhere in PyTorch, the derivative of ReLU at 0 is 0.

    Args:
        network: ``(net, x) -> outputs`` of shape ``(e, n, k)``.
        net: initial weights; its device and precision are used; it is not changed.
        source: samples of each step.
        loss: L.
        etas: step size of each field that is trained, positive; the others stay.
        steps: number of steps, at least 1.
        batch_size: samples a step.
        checkpoints: step numbers after which to look, in 1..steps.
        probe: what to measure then, named tensors of shape ``(e,)``.

    Returns:
        The trained weights, and one row per checkpoint and member with columns ``step``,
        ``member`` and those of the probe.

    Raises:
        ValueError: if a number is out of range, a field unknown, or nothing is to be trained.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import TwoLayer, two_layer
        >>> from ovp_lib.training.losses import SQUARED
        >>> from ovp_lib.training.samples import from_dataset
        >>> net = TwoLayer(torch.ones(1, 1, 1), torch.zeros(1, 1), torch.ones(1, 1, 1))
        >>> source = from_dataset(Sample(torch.ones(1, 1, 1), torch.zeros(1, 1, 1)), [stream(0)])
        >>> done, _ = sgd_by_autograd(two_layer, net, source, SQUARED, etas={"W": 0.5}, steps=2)
        >>> done.W.item()  # halved twice
        0.25
    """
    looks = set(checkpoints)
    if steps < 1 or batch_size < 1 or not all(1 <= look <= steps for look in looks):
        raise ValueError(
            f"steps and batch_size must be at least 1 and checkpoints in 1..steps, "
            f"got {steps}, {batch_size} and {sorted(looks)}"
        )
    if not etas or not set(etas) <= set(net._fields) or not min(etas.values()) > 0:
        raise ValueError(f"etas must give positive step sizes of {net._fields}, got {dict(etas)}")
    trained = {name: getattr(net, name).clone() for name in etas}
    current, taken, tables = net._replace(**trained), 0, []
    for block in source(steps, batch_size):
        for x, y in zip(*block, strict=True):
            _step(network, current, Sample(x, y).to(net[0]), loss, etas)
            taken += 1
            if taken in looks and probe is not None:
                tables.append(rows(taken, probe(current)))
    return current, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _step(
    network: Callable[[N, Tensor], Tensor],
    net: N,
    sample: Sample,
    loss: Loss,
    etas: Mapping[str, float],
) -> None:
    """Move the trained weights of ``net`` in place."""
    # Fresh leaves that share the weights' memory: no graph grows from step to step.
    weights = {name: getattr(net, name).detach().requires_grad_() for name in etas}
    f = network(net._replace(**weights), sample.x)
    total = loss.value(f, sample.y).mean(dim=1).sum()
    gradients = torch.autograd.grad(total, list(weights.values()))
    with torch.no_grad():
        for (name, eta), gradient in zip(etas.items(), gradients, strict=True):
            getattr(net, name).sub_(gradient, alpha=eta)
