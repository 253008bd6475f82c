"""The closed-form kernels of this library on the hypercube, by name.

Inputs are scaled to unit length, as the ResNet paper does; networks have biases, without which a
kernel of one hidden layer has nothing at the odd levels from 3 on.
"""

import math
from collections.abc import Callable

from torch import Tensor

from ovp_lib.kernels import closed_form
from ovp_lib.kernels.correlation import CorrelationKernel, Kernel, correlation_kernel

HIDDEN_LAYERS = (1, 2, 3)
"""Depths of the ReLU networks whose kernels are listed."""


def correlation_kernels(d: int) -> dict[str, CorrelationKernel]:
    """Return every closed-form kernel of the library on {-1, 1}^d.

    Args:
        d: dimension of the hypercube, at least 1.

    Returns:
        Kernels by name.

    Example:
        >>> list(correlation_kernels(5))[:3]
        ['NTK, 1 hidden', 'NTK, 2 hidden', 'NTK, 3 hidden']
    """
    return {name: correlation_kernel(_unit(kernel), d) for name, kernel in KERNELS.items()}


def _unit(kernel: Kernel) -> Kernel:
    def of_unit_vectors(x: Tensor, x2: Tensor) -> Tensor:
        length = math.sqrt(x.shape[1])
        return kernel(x / length, x2 / length)

    return of_unit_vectors


def _ntk(layers: int) -> Kernel:
    return lambda x, x2: closed_form.relu_network(x, x2, hidden_layers=layers).ntk()


def _conjugate(layers: int) -> Kernel:
    return lambda x, x2: closed_form.relu_network(x, x2, hidden_layers=layers).conjugate


def _polynomial(degree: int) -> Kernel:
    return lambda x, x2: closed_form.polynomial(x, x2, degree=degree)


KERNELS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    **{f"NTK, {layers} hidden": _ntk(layers) for layers in HIDDEN_LAYERS},
    **{f"conjugate, {layers} hidden": _conjugate(layers) for layers in HIDDEN_LAYERS},
    "arcsin": closed_form.arcsin,
    "Gaussian, width 1": lambda x, x2: closed_form.gaussian(x, x2, width=1.0),
    "Gaussian, width 1/2": lambda x, x2: closed_form.gaussian(x, x2, width=0.5),
    "polynomial, degree 4": _polynomial(4),
    "polynomial, degree 3": _polynomial(3),
}
"""The kernels of unit vectors by name. The last one has no level above 3."""
