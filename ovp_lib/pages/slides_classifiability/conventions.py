"""Which Theta is meant: three kernels of one network, measured against their closed forms."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.kernels.agreement import label_agreement, slides_kernel, two_layer_kernel
from ovp_lib.models.deep import Deep, init_deep
from ovp_lib.models.inputs import stream

Array = NDArray[np.float64]

NETS = 14
"""Last key of the streams of these networks."""


class Ratios(NamedTuple):
    """Measured kernels over Theta^(L): traces, one a network.

    Attributes:
        slides: of (1/m) <df/dW, df'/dW>.
        unit: of <df/dU, df'/dU> with W = sqrt(2/m) U.
    """

    slides: Array
    unit: Array


def measured_ratios(x: Float[Tensor, "n d"], *, m: int, depth: int, nets: int, seed: int) -> Ratios:
    """Differentiate random networks in both parametrisations, by autograd.

    Args:
        x: points, shape ``(n, d)``.
        m: width.
        depth: hidden layers.
        nets: how many networks.
        seed: root of the streams.

    Returns:
        Two ratios of each network.
    """
    trace = slides_kernel(x, depth=depth).trace()
    ratios = []
    for i in range(nets):
        net = init_deep([stream(seed, i, NETS)], d=x.shape[1], m=m, depth=depth)
        W = _trace_of_jacobian(net, x, 1.0)
        U = _trace_of_jacobian(net, x, (2 / m) ** 0.5)
        ratios.append([float(W / m / trace), float(U / trace)])
    return Ratios(*np.array(ratios).T)


def four_values(x: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], depth: int) -> pd.DataFrame:
    """Return sqrt(y^T K^(-1) y / n) for each of the kernels that go by this name.

    Args:
        x: points on the unit sphere, shape ``(n, d)``.
        y: signs.
        depth: hidden layers L.

    Returns:
        One row a kernel, as text.
    """
    kernels = {
        f"Θ^({depth}) of the slides": slides_kernel(x, depth=depth),
        "in unit weights: 2 Θ": slides_kernel(x, depth=depth, convention="ntk"),
        "output trained, too": slides_kernel(x, depth=depth, convention="output-too"),
        "H of Arora et al.: Θ^(1)": two_layer_kernel(x),
    }
    rows = {
        name: (f"{K[0, 0].item():.3g}", f"{label_agreement(K, y).item() ** 0.5:.3g}")
        for name, K in kernels.items()
    }
    return pd.DataFrame(rows, index=["K(x, x)", "√(yᵀK⁻¹y/n)"]).T


def _trace_of_jacobian(net: Deep, x: Float[Tensor, "n d"], factor: float) -> Tensor:
    """Return sum_i ||df(x_i)/dU||^2 where W = factor U."""
    layers = [layer / factor for layer in (net.W[0], *net.V[0])]
    weights, total = [layer.requires_grad_() for layer in layers], torch.zeros(()).to(x)
    for point in x:
        h = point
        for weight in weights:
            h = (factor * weight @ h).relu()
        gradients = torch.autograd.grad(net.a[0, 0] @ h, weights)
        total += sum(gradient.square().sum() for gradient in gradients)
    return total
