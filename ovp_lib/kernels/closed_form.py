"""Kernels in closed form: infinitely wide ReLU networks, and the usual kernels.

Everything rests on two expectations over a centred Gaussian pair (z, z') with covariance
q = E z z', variances s^2 = E z^2, s'^2 = E z'^2 and angle theta = arccos(q / (s s')):

    E 1{z >= 0} 1{z' >= 0} = (pi - theta) / (2 pi),
    E relu(z) relu(z')     = s s' (sin theta + (pi - theta) cos theta) / (2 pi).

These are one half of the arc-cosine kernels of order 0 and 1 (Cho and Saul, 2009).
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary

BLOCK = 2**15
"""Entries of a kernel that are computed at once, so few that they stay in the cache. The rows of a
block are a multiple of 8, as many entries as vectors take, so that no bit depends on the block."""


class Covariance(NamedTuple):
    """Second moments of a Gaussian field at two sets of points.

    Attributes:
        cross: E z(x) z(x'), shape ``(n, n2)``.
        rows: E z(x)^2, positive, shape ``(n,)``.
        columns: E z(x')^2, positive, shape ``(n2,)``.
    """

    cross: Float[Tensor, "n n2"]
    rows: Float[Tensor, " n"]
    columns: Float[Tensor, " n2"]

    def affine(self, scale: float, shift: float) -> "Covariance":
        """Return scale * moments + shift: a layer of weights and biases on top.

        Args:
            scale: variance of the weights, at least 0.
            shift: variance of the biases, at least 0.

        Returns:
            Moments of what the next layer's neurons see.
        """
        return Covariance(*(scale * moments + shift for moments in self))

    def lengths(self) -> Float[Tensor, "n n2"]:
        """Return s s', the geometric means of two variances."""
        return elementary.sqrt(self.rows.unsqueeze(1) * self.columns)

    def angles(self) -> Float[Tensor, "n n2"]:
        """Return theta in [0, pi]; between equal points to about 1e-8, as arccos has it near 1."""
        return _angles(self.cross, self.lengths())


class NetworkKernels(NamedTuple):
    """Kernels of an infinitely wide network with hidden layers 1 to L.

    Attributes:
        conjugate: lim <h_L(x), h_L(x')>, shape ``(n, n2)``: the kernel of training the output
            weights alone, and the covariance of the outputs at ``init_scale`` 1.
        weights: lim K_l / m_l of training the weights of layer l, shape ``(l, n, n2)``.
        biases: the same of training its biases.
    """

    conjugate: Float[Tensor, "n n2"]
    weights: Float[Tensor, "l n n2"]
    biases: Float[Tensor, "l n n2"]

    def ntk(self, trained_bias: bool = False) -> Float[Tensor, "n n2"]:
        """Return the tangent kernel of all hidden layers, divided by their common width m.

        Args:
            trained_bias: whether the biases are trained too; the papers freeze them.
        """
        total = self.weights.sum(dim=0)
        return total + self.biases.sum(dim=0) if trained_bias else total


def arc_cosine_0(z: Covariance) -> Float[Tensor, "n n2"]:
    """Return E 1{z >= 0} 1{z' >= 0} = (pi - theta) / (2 pi): how often two gates are both open.

    Args:
        z: moments of the Gaussian field.

    Returns:
        In [0, 1/2], shape ``(n, n2)``.

    Example:
        >>> orthogonal = Covariance(torch.zeros(1, 1), torch.ones(1), torch.ones(1))
        >>> arc_cosine_0(orthogonal).item()
        0.25
    """
    return _both_open(z.angles())


def arc_cosine_1(z: Covariance) -> Float[Tensor, "n n2"]:
    """Return E relu(z) relu(z') = s s' (sin theta + (pi - theta) cos theta) / (2 pi).

    Args:
        z: moments of the Gaussian field; s and s' are the roots of its variances.

    Returns:
        At least 0, shape ``(n, n2)``.
    """
    lengths = z.lengths()
    return _both_outputs(_angles(z.cross, lengths), lengths)


def relu_network(
    x: Float[Tensor, "n d"],
    x2: Float[Tensor, "n2 d"] | None = None,
    *,
    hidden_layers: int,
    weight_variance: float = 1.0,
    bias_variance: float = 1.0,
    init_scale: float = 1.0,
) -> NetworkKernels:
    """Return the kernels of a ReLU network with random weights as all widths grow.

    f(x) = <a, h_L>, h_l = relu(W_l h_{l-1} + b_l), h_0 = x, with m_l neurons in layer l and
    W_l ~ N(0, weight_variance / m_l), b_l ~ N(0, bias_variance / m_l), a ~ N(0, init_scale^2):
    variances are divided by the width of the layer itself, not by its fan-in. With
    s_l = lim <h_l, h_l'> and q_l = weight_variance s_{l-1} + bias_variance,

        s_0 = <x, x'>,   s_l = E relu relu at covariance q_l,   g_l = E 1 1 at covariance q_l,
        lim K_l / m_l = init_scale^2 s_{l-1} weight_variance^(L-l) g_l g_{l+1} ... g_L.

    The networks of Going Beyond Two Layers are the defaults with ``hidden_layers`` 1 (Section 3;
    K = m ntk()) and 2 (Section 4; K = m1 weights[0] + m2 weights[1]); a padded input needs nothing
    else. The deep networks of the slides have ``weight_variance`` 2 and ``bias_variance`` 0, and
    signs +-1 for a have the same limit as N(0, 1).

    Args:
        x: one set of points.
        x2: the other; by default the same.
        hidden_layers: L, at least 1.
        weight_variance: m_l times the variance of a weight, positive.
        bias_variance: m_l times the variance of a bias, at least 0.
        init_scale: standard deviation eps_a of the output weights, positive.

    Raises:
        ValueError: if a number is out of range, or a point is 0 and there is no bias.

    Example:
        >>> x = torch.eye(2, dtype=torch.float64)
        >>> kernels = relu_network(x, hidden_layers=1, bias_variance=0.0)
        >>> [[round(value, 4) for value in row] for row in kernels.conjugate.tolist()]
        [[0.5, 0.1592], [0.1592, 0.5]]
    """
    _check(hidden_layers, weight_variance, bias_variance, init_scale)
    below = _second_moments(x, x if x2 is None else x2)
    weights, biases, top = _layers(below, hidden_layers, weight_variance, bias_variance, init_scale)
    return NetworkKernels(_both_outputs(*top), weights, biases)


def relu_ntk(
    x: Float[Tensor, "n d"],
    x2: Float[Tensor, "n2 d"] | None = None,
    *,
    hidden_layers: int,
    weight_variance: float = 1.0,
    bias_variance: float = 1.0,
) -> Float[Tensor, "n n2"]:
    """Return ``relu_network(...).ntk()``, bit for bit, a few rows at a time.

    For thousands of points this takes a third of the time, since all that a row needs stays in the
    processor's cache.

    Args:
        x: one set of points.
        x2: the other; by default the same.
        hidden_layers: L, at least 1.
        weight_variance: m_l times the variance of a weight, positive.
        bias_variance: m_l times the variance of a bias, at least 0.

    Raises:
        ValueError: if a number is out of range, or a point is 0 and there is no bias.

    Example:
        >>> x = torch.eye(2, dtype=torch.float64)
        >>> relu_ntk(x, hidden_layers=1, bias_variance=0.0).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """
    _check(hidden_layers, weight_variance, bias_variance, 1.0)
    cross, rows, columns = _second_moments(x, x if x2 is None else x2)
    # The inner products are one product for all rows: for a block they might be summed in another
    # order, and other bits would come out.
    block, kernel = max(BLOCK // cross.shape[1] // 8, 1) * 8, torch.empty_like(cross)
    for start in range(0, len(cross), block):
        part = slice(start, start + block)
        below = Covariance(cross[part], rows[part], columns)
        weights = _layers(below, hidden_layers, weight_variance, bias_variance, 1.0)[0]
        kernel[part] = weights.sum(dim=0)
    return kernel


def arcsin(
    x: Float[Tensor, "n d"],
    x2: Float[Tensor, "n2 d"] | None = None,
    *,
    weight_variance: float = 1.0,
    bias_variance: float = 1.0,
) -> Float[Tensor, "n n2"]:
    """Return E erf(z) erf(z') for z = <w, x> + b: the conjugate kernel of an erf network.

    (2 / pi) arcsin(2 q / sqrt((1 + 2 s^2) (1 + 2 s'^2)))    (Williams, 1997)

    Args:
        x: one set of points.
        x2: the other; by default the same.
        weight_variance: variance of each entry of w, positive.
        bias_variance: variance of b, at least 0.

    Raises:
        ValueError: if a variance is out of range.
    """
    if not weight_variance > 0 or not bias_variance >= 0:
        raise ValueError(
            "need weight_variance > 0 and bias_variance >= 0, "
            f"got {weight_variance} and {bias_variance}"
        )
    z = _second_moments(x, x if x2 is None else x2).affine(weight_variance, bias_variance)
    scale = elementary.sqrt((1 + 2 * z.rows).unsqueeze(1) * (1 + 2 * z.columns))
    return 2 / math.pi * elementary.arcsin(2 * z.cross / scale)


def gaussian(
    x: Float[Tensor, "n d"], x2: Float[Tensor, "n2 d"] | None = None, *, width: float
) -> Float[Tensor, "n n2"]:
    """Return exp(-||x - x'||^2 / (2 width^2)).

    Args:
        x: points, shape ``(n, d)``.
        x2: other points, shape ``(n2, d)``; ``x`` itself by default.
        width: standard deviation, positive.

    Returns:
        Shape ``(n, n2)``.

    Raises:
        ValueError: if ``width`` is not positive.

    Example:
        >>> gaussian(torch.tensor([[0.0], [2.0]]), width=2.0)[0].tolist()
        [1.0, 0.6065306663513184]
    """
    if not width > 0:
        raise ValueError(f"the width of a Gaussian kernel must be positive, got {width}")
    # |x|^2 - 2 <x, x'> + |x'|^2, which cdist takes for many points, cancels where points are close.
    exact = "donot_use_mm_for_euclid_dist"
    distance = torch.cdist(x, x if x2 is None else x2, compute_mode=exact)
    return (-(distance**2) / (2 * width**2)).exp()


def polynomial(
    x: Float[Tensor, "n d"],
    x2: Float[Tensor, "n2 d"] | None = None,
    *,
    degree: int,
    offset: float = 1.0,
) -> Float[Tensor, "n n2"]:
    """Return (<x, x'> + offset)^degree.

    Args:
        x: points, shape ``(n, d)``.
        x2: other points, shape ``(n2, d)``; ``x`` itself by default.
        degree: at least 1.
        offset: at least 0; with 0 the polynomial is homogeneous.

    Returns:
        Shape ``(n, n2)``.

    Raises:
        ValueError: if ``degree`` is below 1 or ``offset`` negative: no kernel then.

    Example:
        >>> polynomial(torch.tensor([[1.0], [2.0]]), degree=2, offset=1.0).tolist()
        [[4.0, 9.0], [9.0, 25.0]]
    """
    if degree < 1 or not offset >= 0:
        raise ValueError(f"need degree >= 1 and offset >= 0, got {degree} and {offset}")
    return (x @ (x if x2 is None else x2).mT + offset) ** degree


def _check(
    hidden_layers: int, weight_variance: float, bias_variance: float, init_scale: float
) -> None:
    if hidden_layers < 1 or not min(weight_variance, init_scale) > 0 or not bias_variance >= 0:
        raise ValueError(
            "need hidden_layers >= 1, weight_variance > 0, init_scale > 0 and bias_variance >= 0, "
            f"got {hidden_layers}, {weight_variance}, {init_scale} and {bias_variance}"
        )


def _layers(
    below: Covariance,
    hidden_layers: int,
    weight_variance: float,
    bias_variance: float,
    init_scale: float,
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Return the tangent kernels of :func:`relu_network`'s layers, and angles and s s' at the top.

    The conjugate kernel follows from the last two; who needs tangent kernels alone leaves it out.
    """
    inputs, seen = [], list[tuple[Covariance, Tensor, Tensor]]()
    for _ in range(hidden_layers):
        if seen:
            z, *top = seen[-1]
            # E relu(z)^2 is E z^2 / 2, so that variances need no angle.
            below = Covariance(_both_outputs(*top), z.rows / 2, z.columns / 2)
        z = below.affine(weight_variance, bias_variance)
        _all_positive(z)
        lengths = z.lengths()
        seen.append((z, _angles(z.cross, lengths), lengths))
        inputs.append(below.cross)
    biases = torch.stack([_both_open(theta) for _, theta, _ in seen])
    signal = torch.full_like(below.cross, init_scale**2)
    # From the output down, since the gates of a layer act on all layers below it.
    for layer in reversed(range(hidden_layers)):
        biases[layer] *= signal
        signal = weight_variance * biases[layer]
    return torch.stack(inputs) * biases, biases, seen[-1][1:]


def _angles(cross: Tensor, lengths: Tensor) -> Tensor:
    # Rounding may take a cosine past 1, where there is no angle.
    return elementary.arccos((cross / lengths).clamp(-1, 1))


def _both_open(theta: Tensor) -> Tensor:
    return (math.pi - theta) / (2 * math.pi)


def _both_outputs(theta: Tensor, lengths: Tensor) -> Tensor:
    return lengths * ((theta.sin() + (math.pi - theta) * theta.cos()) / (2 * math.pi))


def _second_moments(x: Tensor, x2: Tensor) -> Covariance:
    return Covariance(x @ x2.mT, x.square().sum(dim=1), x2.square().sum(dim=1))


def _all_positive(z: Covariance) -> None:
    if not (z.rows > 0).all() or not (z.columns > 0).all():
        raise ValueError("a point at 0 needs a bias: its gates have no angle at bias_variance 0")
