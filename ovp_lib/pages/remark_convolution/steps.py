"""SGD for convolutional networks, several step sizes at once.

The steps are those of :func:`ovp_lib.training.plain.sgd_by_autograd`, to the bit. All but the
activation is differentiated by hand, and patches are gathered once a block of steps:

    W <- W - eta (1/n) sum_i (F(x_i) - y_i) sum_p (a * phi'(W x_{S_p} + b)) x_{S_p}^T
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd
import torch
from torch import Tensor

from ovp_lib.models.patches import Convolutional
from ovp_lib.training.probes import rows
from ovp_lib.training.samples import Source

Probe = Callable[[Convolutional], Mapping[str, Tensor]]
"""What to measure of the networks of one step size: named tensors of shape ``(e,)``."""

Activation = Callable[[Tensor], Tensor]

_gate = torch.ops.aten.threshold_backward.grad_input
"""``(gradient, input, 0)`` with 0 where a ReLU is off."""


def sgd(
    net: Convolutional,
    source: Source,
    *,
    patches: Tensor,
    activation: Activation,
    etas: Sequence[float],
    steps: int,
    batch_size: int,
    looks: Iterable[int] = (),
    probe: Probe | None = None,
) -> tuple[Convolutional, list[pd.DataFrame]]:
    """Train W of every member with each of some step sizes, on the squared loss.

    Args:
        net: initial weights of ``e`` members with one output; it is not changed.
        source: samples of each step, the same for all step sizes.
        patches: which inputs each patch sees, on the device of the weights.
        activation: of the channels, elementwise.
        etas: step sizes.
        steps: number of steps.
        batch_size: samples a step.
        looks: steps after which to look.
        probe: what to measure then.

    Returns:
        The trained weights, the members of one step size after those of the other; and for each
        step size one row a look and member, with the columns ``step``, ``member`` and the probe's.
    """
    e, looks = len(net.W), set(looks)
    groups = [slice(i * e, (i + 1) * e) for i in range(len(etas))]
    now = net.map(lambda field: field.repeat(len(etas), 1, *[1] * (field.ndim - 2)).clone())
    tables: list[list[pd.DataFrame]] = [[] for _ in etas]
    shape, taken = (len(now.W), batch_size * len(patches), now.width), 0
    space = [now.W.new_empty(shape) for _ in range(2)]
    for block in source(steps, batch_size):
        seen = block.x[..., patches].flatten(2, 3).to(now.W)
        for x, y in zip(seen, block.y.to(now.W), strict=True):
            tiled, labels = (each.repeat(len(etas), 1, 1) for each in (x, y))
            towards = _gradient(now, tiled, labels, activation, space)
            for group, eta in zip(groups, etas, strict=True):
                now.W[group].sub_(towards[group], alpha=eta)
            taken += 1
            if taken in looks and probe is not None:
                for table, group in zip(tables, groups, strict=True):
                    table.append(rows(taken, probe(now.select(group))))
    return now, [pd.concat(each, ignore_index=True) if each else pd.DataFrame() for each in tables]


def _gradient(
    net: Convolutional, x: Tensor, y: Tensor, activation: Activation, space: Sequence[Tensor]
) -> Tensor:
    """Return the gradient of the mean loss of a batch in W, shape ``(e, m, q)``.

    Args:
        net: weights.
        x: patches, those of one sample after those of the other, shape ``(e, n p, q)``.
        y: labels, shape ``(e, n, 1)``.
        activation: of the channels.
        space: two tensors of shape ``(e, n p, m)`` to write to.
    """
    z, h = space
    torch.baddbmm(net.b.unsqueeze(1), x, net.W.mT, out=z)
    if activation is torch.relu:
        torch.clamp_min(z, 0.0, out=h)
        # Into h itself: by then _missing has summed up all that the step needs of it.
        back = torch.mul(_missing(h, net.a, y), net.a, out=h)
        slope = _gate(back, z, 0, grad_input=back)
    else:
        leaf = z.detach().requires_grad_()
        with torch.enable_grad():
            smooth = activation(leaf)
        back = _missing(smooth.detach(), net.a, y) * net.a
        (slope,) = torch.autograd.grad(smooth, leaf, back)
    return (x.mT @ slope).mT


def _missing(h: Tensor, a: Tensor, y: Tensor) -> Tensor:
    """Return dL/df of the sample of each patch, shape ``(e, n p, 1)``."""
    each = (h @ a.mT).view(*y.shape[:2], -1)  # what each patch adds to the output
    missing = (each.sum(dim=2, keepdim=True) - y) * (1 / y.shape[1])
    return missing.expand_as(each).flatten(1).unsqueeze(2)
