"""What one would otherwise train with: a plain PyTorch loop, ``torch.func`` and JAX.

All of them train hidden weights only, by momentum SGD with weight decay on batches of 50, and draw
a fresh permutation of the samples every epoch, as ours do.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

Net = TwoLayer | ThreeLayer
Trainer = Callable[[Net, Sample, list[Member], Protocol], object]


class Network(nn.Module):
    """Member 0 of an ensemble as anybody would write it; only hidden weights need gradients."""

    def __init__(self, net: Net, member: int = 0) -> None:
        super().__init__()
        fields = {name: value[member].float() for name, value in net._asdict().items()}
        deep = isinstance(net, ThreeLayer)
        self.first = _linear(fields["W"], fields["b1" if deep else "b"])
        self.second = _linear(fields["V"], fields["b2"]) if deep else nn.Identity()
        self.register_buffer("a", fields["a"])

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs."""
        h = torch.relu(self.first(x))
        if not isinstance(self.second, nn.Identity):
            h = torch.relu(self.second(h))
        return h @ self.a.T


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight = nn.Parameter(weight.clone())
    layer.bias = nn.Parameter(bias.clone(), requires_grad=False)
    return layer


def plain_loop(
    net: Net, data: Sample, members: list[Member], protocol: Protocol, device: str = "cpu"
) -> list[Network]:
    """Train one member after the other with ``nn.Module`` and ``torch.optim.SGD``."""
    x, y = (part[0].float().to(device) for part in data)
    models = [Network(net, i).to(device) for i in range(len(members))]
    return [_plain(*each, protocol, x, y) for each in zip(models, members, strict=True)]


def _plain(model: Network, member: Member, protocol: Protocol, x: Tensor, y: Tensor) -> Network:
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.SGD(
        trained, lr=member.lr, momentum=protocol.momentum, weight_decay=member.wd
    )
    for _ in range(protocol.epochs):
        for index in torch.randperm(len(x), device=x.device).split(protocol.batch_size):
            loss = 0.5 * (model(x[index]) - y[index]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model


def vmapped(
    net: Net, data: Sample, members: list[Member], protocol: Protocol, device: str = "cpu"
) -> dict[str, Tensor]:
    """Train all members at once as PyTorch's ensembling tutorial does: stacked states and vmap."""
    x, y = (part[0].float().to(device) for part in data)
    models = [Network(net, i).to(device) for i in range(len(members))]
    state, buffers = torch.func.stack_module_state(models)
    trained = {name: value.detach() for name, value in state.items() if "weight" in name}
    fixed = {name: value.detach() for name, value in state.items() if "weight" not in name}
    base = models[0]

    def loss(
        weights: dict[str, Tensor], others: tuple[dict[str, Tensor], ...], x: Tensor, y: Tensor
    ) -> Tensor:
        merged = (weights, *others)
        return 0.5 * (torch.func.functional_call(base, merged, (x,)) - y).square().mean()

    gradients = torch.func.vmap(torch.func.grad(loss), in_dims=(0, 0, 0, 0))
    momentum = {name: torch.zeros_like(value) for name, value in trained.items()}
    lr, wd = (
        torch.tensor([getattr(m, what) for m in members], device=device) for what in ("lr", "wd")
    )
    for _ in range(protocol.epochs):
        order = torch.stack([torch.randperm(len(x), device=device) for _ in members])
        for index in order.split(protocol.batch_size, dim=1):
            found = gradients(trained, (fixed, buffers), x[index], y[index])
            for name, value in trained.items():
                shape = (-1, *[1] * (value.ndim - 1))
                step = found[name].add_(wd.view(shape) * value)
                momentum[name].mul_(protocol.momentum).add_(step)
                value.sub_(lr.view(shape) * momentum[name])
    return trained


def jax_trainer() -> Trainer | None:
    """Return the same in JAX, vmap over members and scan over an epoch's steps; or ``None``."""
    try:
        from benchmarks.baseline_jax import vmap_scan
    except ImportError:
        return None
    return vmap_scan
