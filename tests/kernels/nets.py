"""Small networks, points and derivatives that the tests of the kernels share."""

import torch
from torch import Tensor
from torch.func import jacrev

from ovp_lib.kernels.finite_width import Network
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import TwoLayer, init_two_layer, two_layer
from ovp_lib.models.three_layer import init_three_layer, three_layer


def network(kind: str, *, e: int = 1, k: int = 1, m: int = 9, seed: int = 0) -> Network:
    generators = [stream(seed, i) for i in range(e)]
    if kind == "two":
        return init_two_layer(generators, d=4, m=m, k=k, init_scale=0.7)
    return init_three_layer(generators, d=4, m1=m, m2=m - 1, k=k, init_scale=0.7)


def points(n: int, *, e: int = 1, key: int = 9) -> Tensor:
    return torch.stack([padded_sphere(4)(n, stream(key, i)) for i in range(e)])


def forward(net: Network, x: Tensor) -> Tensor:
    return two_layer(net, x) if isinstance(net, TwoLayer) else three_layer(net, x)


def trained(net: Network) -> tuple[str, ...]:
    return ("W",) if isinstance(net, TwoLayer) else ("W", "V")


def derivatives(net: Network, x: Tensor, names: tuple[str, ...]) -> Tensor:
    """Return df_r(x)/dtheta by automatic differentiation, shape (e, n, k, parameters)."""
    e, n, k = len(net.a), x.shape[1], net.a.shape[1]
    weights = {name: getattr(net, name) for name in names}

    def outputs(moving: dict[str, Tensor]) -> Tensor:
        return forward(net._replace(**moving), x)

    jacobian = jacrev(outputs)(weights)
    own = torch.arange(e)
    flat = [jacobian[name].flatten(4)[own, :, :, own] for name in names]
    return torch.cat(flat, dim=-1).view(e, n, k, -1)


def parameters(net: Network, names: tuple[str, ...]) -> Tensor:
    """Return theta, shape (e, parameters)."""
    return torch.cat([getattr(net, name).flatten(1) for name in names], dim=1)
