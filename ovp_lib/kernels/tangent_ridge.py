"""Ridge regression on the tangents of fully connected networks with one output, in NumPy.

The derivative of the output in the weights U of a layer z = U h + b is an outer product,
df/dU = (df/dz) h^T, and that in the output weights is the last h. So each of them has two factors.
The kernel of a layer is a product of their Gram matrices, see :mod:`~ovp_lib.kernels.tangent`, and
what is fitted moves U by sum_j c_j (df/dz)_j h_j^T, which is the shorter way where one factor is
short.

:func:`~ovp_lib.kernels.ridge_regression.ridge` on :func:`~ovp_lib.kernels.tangent.hidden_tangents`
finds the same, a few times slower: in the reproducible mode NumPy's products are the faster ones.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from ovp_lib.maths.positive import solve_positive
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer

Array = np.ndarray


class Factors(NamedTuple):
    """The derivative in the weights of one layer at some points: signal times input.

    Attributes:
        inputs: h, shape ``(n, p)``.
        signals: df/dz, shape ``(n, q)``.
    """

    inputs: Float[Array, "n p"]
    signals: Float[Array, "n q"]

    def kernel(self, columns: "Factors") -> Float[Array, "n n2"]:
        """Return the layer's share of the tangent kernel.

        Args:
            columns: at the other points.
        """
        gram = self.inputs @ columns.inputs.T
        gram *= self.signals @ columns.signals.T
        return gram

    def predict(
        self, columns: "Factors", coefficients: Float[Array, "n2 l"]
    ) -> Float[Array, "n l"]:
        """Return K(x, X) c for every column c, through the kernel or the movement of the weights.

        Args:
            columns: at the points X.
            coefficients: c, a column each.
        """
        (short, long), (short2, long2) = (sorted(each, key=np.size) for each in (self, columns))
        (n2, p), count = short2.shape, coefficients.shape[1]
        # With q columns in the longer factor, the kernel takes about n n2 q multiplications, the
        # movement of the weights (n + n2) q p count.
        if p * count >= n2:
            return self.kernel(columns) @ coefficients
        weighted = short2[:, :, None] * coefficients[:, None, :]
        moved = long @ (long2.T @ weighted.reshape(n2, p * count))
        return (moved.reshape(-1, p, count) * short[:, :, None]).sum(axis=1)


class Linearised(NamedTuple):
    """A network next to its initial weights, at some points.

    Attributes:
        start: f_0(x), shape ``(n,)``.
        layers: the derivatives, by the fields of the trained weights.
    """

    start: Float[Array, " n"]
    layers: Mapping[str, Factors]


def linearise(
    net: TwoLayer | ThreeLayer, x: Float[Array, "n d"], trained: Sequence[str]
) -> Linearised:
    """Return outputs and derivatives of a network.

    Args:
        net: an ensemble of one member, with one output.
        x: points.
        trained: fields of the weights that are trained, of ``W``, ``V`` and ``a``.
    """
    (a,), h = net.a[0].numpy(), x
    layers = _hidden(net)
    inputs, gates = {}, {}
    for name, (U, b) in layers.items():
        inputs[name], z = h, h @ U.T
        z += b
        # The gates come first: the ReLU overwrites z, and a gate is open at 0.
        gates[name], h = z >= 0, np.maximum(z, 0, out=z)
    found, down = {"a": Factors(h, np.ones((len(x), 1)))}, a
    for name in reversed(layers):
        if not set(trained) - found.keys():
            break
        found[name] = Factors(inputs[name], np.where(gates[name], down, 0))
        down = found[name].signals @ layers[name][0]
    return Linearised(h @ a, {name: found[name] for name in trained})


def coefficients(
    kernel: Float[Array, "n n"], y: Float[Array, " n"], penalties: Sequence[float]
) -> Float[Array, "n l"]:
    """Return (K + penalty trace(K) I)^(-1) y for every penalty, a column each.

    Args:
        kernel: K(X, X), symmetric and positive semi-definite.
        y: labels, without the initial network.
        penalties: positive, in units of the kernel's trace.

    Raises:
        ValueError: if a penalty is too small for the kernel to be inverted.
    """
    return np.stack([_solved(kernel, y, each * kernel.trace()) for each in penalties], axis=1)


def _solved(kernel: Array, y: Array, penalty: float) -> Array:
    K, right = torch.from_numpy(kernel), torch.from_numpy(y).unsqueeze(1)
    c = solve_positive(K, right, shift=float(penalty))
    if c is None:
        raise ValueError(f"singular to rounding with the penalty {penalty}")
    found: Array = c[:, 0].numpy()
    return found


def _hidden(net: TwoLayer | ThreeLayer) -> dict[str, tuple[Array, Array]]:
    """Return weights and biases of the hidden layers, from the input up."""
    names = {"W": "b"} if isinstance(net, TwoLayer) else {"W": "b1", "V": "b2"}
    return {
        weight: (getattr(net, weight)[0].numpy(), getattr(net, bias)[0].numpy())
        for weight, bias in names.items()
    }
