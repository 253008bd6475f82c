"""Slow, obvious versions of what the library does fast: one sample and one neuron at a time."""

import torch
from torch import Tensor

from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer
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


def three_layer_preactivations(net: ThreeLayer, e: int, x: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs of all ReLUs of Section 4's network for one member and input, neuron by neuron."""
    first = torch.stack([net.W[e, i] @ x + net.b1[e, i] for i in range(net.W.shape[1])])
    second = net.b2[e].clone()
    for j in range(len(second)):
        for i in range(len(first)):
            second[j] += net.V[e, j, i] * (first[i] if first[i] >= 0 else 0.0)
    return first, second


def pseudo_three_layer(
    net: ThreeLayer, e: int, x: Tensor, on1: Tensor, on2: Tensor, *, b1: bool, b2: bool
) -> Tensor:
    """Section 6.3's g, g^(b) or g^(b,b) for one member and input, path by path."""
    g = torch.zeros(net.a.shape[1], dtype=x.dtype)
    for r in range(len(g)):
        for j in torch.nonzero(on2).flatten():
            inner = net.b2[e, j] if b2 else torch.zeros((), dtype=x.dtype)
            for i in torch.nonzero(on1).flatten():
                bias = net.b1[e, i] if b1 else 0.0
                inner = inner + net.V[e, j, i] * (net.W[e, i] @ x + bias)
            g[r] += net.a[e, r, j] * inner
    return g
