r"""How well labels agree with a tangent kernel: y^T Theta^(-1) y / n, and which Theta that is.

Cao and Gu (2019) and Arora et al. (2019) bound the test error by the root of it. Four kernels go by
similar names. With the notation of :func:`~ovp_lib.kernels.closed_form.relu_network`, for a network
f = v^T relu(W_L ... relu(W_1 x)) with W_l ~ N(0, 2/m), v in {-1, 1}::

    slides      Theta^(L) = lim (1/m) <df/dW, df'/dW>, all hidden layers trained
    ntk         the same network with W_l = sqrt(2/m) U_l and U_l ~ N(0, 1) trained: 2 Theta^(L),
                since df/dU = sqrt(2/m) df/dW. Jacot et al. (2018); neural-tangents.
    output-too  Theta^(L) + lim <h_L, h_L'>: the output weights are sqrt(m) w and w is trained, too.
                Cao and Gu (2019), Definition 3.8, for L + 1 layers: (ntk of all layers)/2.
    arora       H = <x, x'> (pi - theta) / (2 pi) for f = (1/sqrt(m)) a^T relu(W x), W trained.
                This is Theta^(1): the gate does not depend on the scale of W.

So the slides' Theta is what a plain Jacobian in their own weights gives, and half of that in unit
Gaussian ones; Arora et al.'s kernel needs no factor.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.kernels.closed_form import relu_network, relu_ntk
from ovp_lib.maths import elementary

CONVENTIONS = ("slides", "ntk", "output-too")
"""Which kernel of a network of the slides :func:`slides_kernel` returns."""

LEAST_PIVOT = 1e-7
"""Pivots below that, relative to the largest diagonal entry, may be rounding: the angle between two
points comes from an arccos, which has about eight correct digits near 1."""


def slides_kernel(
    x: Float[Tensor, "n d"],
    x2: Float[Tensor, "n2 d"] | None = None,
    *,
    depth: int,
    convention: str = "slides",
) -> Float[Tensor, "n n2"]:
    """Return Theta^(L) of the slides' networks in closed form.

    Args:
        x: points none of which is 0, shape ``(n, d)``; on the unit sphere where a theorem is meant.
        x2: other points, shape ``(n2, d)``; ``x`` itself by default.
        depth: number of hidden layers L, at least 1.
        convention: one of :data:`CONVENTIONS`, see the top of this module.

    Returns:
        The kernel, shape ``(n, n2)``.

    Raises:
        ValueError: if L is below 1, the convention unknown, or a point is 0.

    Example:
        >>> x = torch.eye(2, dtype=torch.float64)
        >>> slides_kernel(x, depth=1).tolist(), slides_kernel(x, depth=1, convention="ntk").tolist()
        ([[0.5, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]])
    """
    if depth < 1:
        raise ValueError(
            "a network of the slides has at least one hidden layer: without one no weight is "
            f"trained and there is no tangent kernel, got depth {depth}"
        )
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, got {convention!r}")
    if convention == "output-too":
        both = relu_network(x, x2, hidden_layers=depth, weight_variance=2.0, bias_variance=0.0)
        return both.ntk() + both.conjugate
    theta = relu_ntk(x, x2, hidden_layers=depth, weight_variance=2.0, bias_variance=0.0)
    return 2 * theta if convention == "ntk" else theta


def two_layer_kernel(
    x: Float[Tensor, "n d"], x2: Float[Tensor, "n2 d"] | None = None
) -> Float[Tensor, "n n2"]:
    """Return H^infinity = <x, x'> (pi - arccos <x, x'>) / (2 pi) of Arora et al. (2019), (3).

    Args:
        x: points on the unit sphere, shape ``(n, d)``.
        x2: other points on it, shape ``(n2, d)``; ``x`` itself by default.

    Returns:
        The kernel, shape ``(n, n2)``; 1/2 for equal points.

    Raises:
        ValueError: if a point is not on the unit sphere, for which the kernel is not defined.

    Example:
        >>> two_layer_kernel(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])).tolist()
        [[0.5, -0.0], [-0.0, 0.5]]
    """
    for points in (x, x if x2 is None else x2):
        lengths = points.norm(dim=1)
        if not torch.allclose(lengths, torch.ones_like(lengths), atol=1e-6):
            furthest = float(lengths[(lengths - 1).abs().argmax()])
            raise ValueError(f"points must be on the unit sphere, got one of length {furthest:.6g}")
    cosines = (x @ (x if x2 is None else x2).mT).clamp(-1, 1)
    return cosines * (math.pi - elementary.arccos(cosines)) / (2 * math.pi)


def label_agreement(kernel: Tensor, y: Tensor) -> Float[Tensor, " r"]:
    """Return y^T Theta^(-1) y / n for each column of labels, by one Cholesky factor.

    Small numbers mean that the labels vary along the large eigenvalues of the kernel. For random
    labels the mean is tr(Theta^(-1)) / n.

    Args:
        kernel: Theta between the n points, symmetric, in double precision for more than a few
            digits, shape ``(n, n)``.
        y: labels -1 and 1, one labelling a column, each with both signs, shape ``(n, r)``.

    Returns:
        Positive numbers, shape ``(r,)``.

    Raises:
        ValueError: if shapes do not fit, a label is no sign, a column has one class only, or Theta
            is singular, with the reason.

    Example:
        >>> theta = torch.diag(torch.tensor([1.0, 2.0, 4.0, 4.0]))
        >>> label_agreement(theta, torch.tensor([[1.0], [1.0], [-1.0], [-1.0]])).tolist()
        [0.5]
    """
    _check_labels(kernel, y)
    # Rounding can leave a singular matrix a factor, with tiny pivots: to have one proves nothing.
    factor, failed = torch.linalg.cholesky_ex(kernel)
    pivots = factor.diagonal().square() / kernel.diagonal().max()
    if bool(failed) or not bool((pivots > LEAST_PIVOT).all()):
        raise ValueError(_why_singular(kernel))
    # |L^(-1) y|^2 needs one triangular solve, and rounding cannot make it negative.
    solved = torch.linalg.solve_triangular(factor, y.to(kernel), upper=False)
    return solved.square().sum(dim=0) / len(y)


def _check_labels(kernel: Tensor, y: Tensor) -> None:
    if kernel.ndim != 2 or y.ndim != 2 or kernel.shape != (len(y), len(y)):
        raise ValueError(
            "Theta must be square and have a row for each label, in columns, got "
            f"{tuple(kernel.shape)} and {tuple(y.shape)}"
        )
    if not bool(kernel.isfinite().all()) or not bool((y.abs() == 1).all()):
        raise ValueError("Theta must be finite and labels must be -1 or 1")
    if bool((y == y[:1]).all(dim=0).any()):
        raise ValueError("all labels are the same: with one class there is nothing to classify")


def _why_singular(kernel: Tensor) -> str:
    """Say which two points are the same for the kernel, if it is that."""
    # Without the clamp a diagonal entry of 0 would give NaN, which argmax takes for the largest.
    lengths = elementary.sqrt(kernel.diagonal().clamp(min=torch.finfo(kernel.dtype).tiny))
    cosines = (kernel / lengths / lengths[:, None]).tril(-1)
    row, column = divmod(int(cosines.argmax()), len(kernel))
    if float(cosines[row, column]) > 1 - LEAST_PIVOT:
        reason = f"points {column} and {row} are the same or have the same direction"
    else:
        reason = f"its rank is below n = {len(kernel)}, too few features for so many points"
    return f"Theta is singular to rounding, and y^T Theta^(-1) y is not known: {reason}"
