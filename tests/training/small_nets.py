"""Small ensembles of every architecture, and torch.optim.SGD to compare trainers with."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Generator, Tensor

from ovp_lib.models.architectures import Architecture
from ovp_lib.models.deep import init_deep
from ovp_lib.models.ensemble import Network, joined
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.resnet import init_bottleneck, init_resnet
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.losses import Loss
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

D, K = 4, 3

INIT: dict[str, Callable[[list[Generator]], Network]] = {
    "two-layer": lambda g: init_two_layer(g, d=D, m=9, k=K),
    "three-layer": lambda g: init_three_layer(g, d=D, m1=7, m2=6, k=K),
    "deep": lambda g: init_deep(g, d=D, m=6, depth=4, k=K),
    "resnet": lambda g: init_resnet(g, d=D, m=7, k=K),
    "bottleneck": lambda g: init_bottleneck(g, d=D, m=7, k=K),
}


def network(name: str, e: int = 3, dtype: torch.dtype = torch.float64) -> Network:
    net = INIT[name]([stream(1, i) for i in range(e)])
    return net.to("cpu", dtype)


def sample(e: int = 3, n: int = 23, *, classes: bool = False, shared: bool = False) -> Sample:
    generator, own = stream(2), 1 if shared else e
    x = torch.randn(own, n, D, generator=generator, dtype=torch.float64)
    y = torch.randn(own, n, K, generator=generator, dtype=torch.float64)
    drawn = Sample(x, y.argmax(dim=2) if classes else y)
    return drawn.expand(e)


def by_torch_optim(
    architecture: Architecture,
    net: Network,
    data: Sample,
    members: Sequence[Member],
    protocol: Protocol,
    order: np.ndarray,
    factors: Sequence[float],
    *,
    trained: tuple[str, ...],
    loss: Loss,
) -> Network:
    """Each member on its own, by automatic differentiation and torch.optim.SGD."""
    ends = []
    for i, member in enumerate(members):
        alone = net.member(i).map(torch.clone)
        weights = [getattr(alone, name).requires_grad_() for name in trained]
        optimiser = torch.optim.SGD(
            [{"params": [weight]} for weight in weights],
            lr=member.lr,
            momentum=protocol.momentum,
            weight_decay=member.wd,
        )
        for batch, factor in zip(order[i], factors, strict=True):
            for name, group in zip(trained, optimiser.param_groups, strict=True):
                group["lr"] = member.lr * factor * dict(member.factors).get(name, 1.0)
            x, y = (part[i : i + 1, batch].to(weights[0].device) for part in data)
            objective = loss.value(architecture.forward(alone, x), y).mean()
            if "W" in trained:
                objective = objective + member.w24 * row_norms_4(alone.W)
            optimiser.zero_grad()
            objective.backward()
            optimiser.step()
        ends.append(alone)
    return joined(ends).map(torch.detach)


def row_norms_4(W: Tensor) -> Tensor:
    """The sum over rows of their 2-norm to the 4th power."""
    return sum((row @ row) ** 2 for row in W[0])


def worst(found: Network, expected: Network) -> float:
    """Largest difference, relative to the largest entry of the field."""
    return max(
        float((a - b).abs().max() / b.abs().max()) for a, b in zip(found, expected, strict=True)
    )
