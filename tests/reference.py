"""Slow, obvious versions of what the library does fast: one sample and one neuron at a time."""

import torch
from torch import Tensor

from ovp_lib.models.networks import TwoLayer
from ovp_lib.training.losses import Loss


def two_layer(W: Tensor, b: Tensor, a: Tensor, x: Tensor) -> Tensor:
    """Equation 3.2 for one network and one input, neuron by neuron."""
    f = torch.zeros(len(a), dtype=W.dtype)
    for r in range(len(a)):
        for i in range(len(W)):
            z = W[i] @ x + b[i]
            f[r] += a[r, i] * (z if z >= 0 else 0.0)
    return f


def pseudo_two_layer(W: Tensor, W0: Tensor, b: Tensor, a: Tensor, x: Tensor) -> Tensor:
    """Appendix B's g for one network and one input, neuron by neuron."""
    g = torch.zeros(len(a), dtype=W.dtype)
    for r in range(len(a)):
        for i in range(len(W)):
            if W0[i] @ x + b[i] >= 0:
                g[r] += a[r, i] * (W[i] @ x + b[i])
    return g


def sgd(
    net: TwoLayer, member: int, loss: Loss, xs: Tensor, ys: Tensor, eta: float
) -> tuple[Tensor, list[float]]:
    """Algorithm 1 for one member by autograd and torch.optim; returns W and each step's loss."""
    W = net.W[member].clone().requires_grad_()
    b, a = net.b[member], net.a[member]
    optimiser = torch.optim.SGD([W], lr=eta)
    losses = []
    for x, y in zip(xs, ys, strict=True):
        optimiser.zero_grad()
        f = torch.relu(x @ W.T + b) @ a.T
        value = loss.value(f[None], y[None]).mean()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return W.detach(), losses
