"""Small networks, points and derivatives that the tests of the kernels share."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import jacrev

from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.deep import init_deep
from ovp_lib.models.ensemble import Network
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.resnet import init_bottleneck, init_resnet
from ovp_lib.models.three_layer import init_three_layer

KINDS = ["two-layer", "three-layer", "deep", "resnet", "bottleneck"]


def network(kind: str, *, e: int = 1, k: int = 1, m: int = 9, seed: int = 0) -> Network:
    generators = [stream(seed, i) for i in range(e)]
    match kind:
        case "two-layer":
            return init_two_layer(generators, d=4, m=m, k=k, init_scale=0.7)
        case "three-layer":
            return init_three_layer(generators, d=4, m1=m, m2=m - 1, k=k, init_scale=0.7)
        case "deep":
            return init_deep(generators, d=4, m=m, depth=4, k=k)
        case "resnet":
            return init_resnet(generators, d=4, m=m, k=k)
    return init_bottleneck(generators, d=4, m=m, k=k)


def points(n: int, *, e: int = 1, key: int = 9) -> Tensor:
    return torch.stack([padded_sphere(4)(n, stream(key, i)) for i in range(e)])


def forward(net: Network, x: Tensor) -> Tensor:
    return architecture_of(net).forward(net, x)


def hidden(net: Network) -> tuple[str, ...]:
    return architecture_of(net).hidden


def readout(net: Network) -> str:
    return architecture_of(net).readout


def derivatives(net: Network, x: Tensor, names: Sequence[str]) -> Tensor:
    """Return df_r(x)/dtheta by automatic differentiation, shape (e, n, k, parameters)."""
    weights = {name: getattr(net, name) for name in names}

    def outputs(moving: dict[str, Tensor]) -> Tensor:
        return forward(net._replace(**moving), x)

    jacobian, own = jacrev(outputs)(weights), torch.arange(len(x))
    return torch.cat([jacobian[name].flatten(4)[own, :, :, own] for name in names], dim=-1)


def parameters(net: Network, names: Sequence[str]) -> Tensor:
    """Return theta, shape (e, parameters)."""
    return torch.cat([getattr(net, name).flatten(1) for name in names], dim=1)
