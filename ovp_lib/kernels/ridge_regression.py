"""Kernel ridge regression for all penalties at once, from one eigendecomposition.

For K = Q diag(s) Q^T the estimator is f(x) = K(x, X) c with

    c = (K + penalty I)^(-1) y = Q diag(1 / (s + penalty)) Q^T y,

the minimiser of sum_i (f(x_i) - y_i)^2 + penalty ||f||_K^2. It is *not* what the papers' SGD
finds on the same kernel in a finite number of epochs; that is
:func:`ovp_lib.training.dual.dual_sgd`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class RidgePath(NamedTuple):
    """Ridge estimators along a path of penalties.

    Attributes:
        penalties: shape ``(l,)``.
        coefficients: c, shape ``(l, n, k)``.
        left_out: what the estimator fitted without sample i predicts there, shape ``(l, n, k)``.
    """

    penalties: Float[Tensor, " l"]
    coefficients: Float[Tensor, "l n k"]
    left_out: Float[Tensor, "l n k"]

    def predict(self, rows: Float[Tensor, "n2 n"]) -> Float[Tensor, "l n2 k"]:
        """Return the prediction for every penalty.

        Args:
            rows: K(x, X), new points against the training points.
        """
        return rows @ self.coefficients


def ridge(kernel: Tensor, y: Tensor, penalties: Sequence[float]) -> RidgePath:
    """Fit every penalty.

    Leaving sample i out needs no new fit: its residual is c_i / ((K + penalty I)^(-1))_ii.

    Args:
        kernel: K(X, X), shape ``(n, n)``, symmetric and positive semi-definite. A kernel between
            outputs is fitted as ``(n k, n k)`` with labels ``(n k, 1)``; one coordinate is left out
            then, not one sample.
        y: labels, shape ``(n, k)``; subtract the initial network first where the model starts from
            it.
        penalties: each at least 0; 0 interpolates and needs an invertible kernel. Scikit-learn's
            ``alpha`` is the same number.

    Returns:
        Coefficients and leave-one-out predictions for every penalty.

    Raises:
        ValueError: if shapes do not fit, something is not finite, the kernel is not symmetric or
            has an eigenvalue below 0 by more than rounding, a penalty is negative, or one is too
            small for a singular kernel.

    Example:
        >>> K, y = torch.eye(2, dtype=torch.float64), torch.tensor([[1.0], [2.0]]).double()
        >>> ridge(K, y, [1.0]).predict(K).flatten().tolist()
        [0.5, 1.0]
    """
    _check(kernel, y)
    values, Q = torch.linalg.eigh(kernel)
    lam = torch.tensor(list(penalties), dtype=kernel.dtype, device=kernel.device)
    values = _checked_spectrum(values, lam)
    inverse = 1 / (values + lam.unsqueeze(1))
    c = Q @ (inverse.unsqueeze(2) * (Q.mT @ y))
    # Only the diagonals of the inverses are needed: n^2 operations for each penalty instead of n^3.
    diagonal = inverse @ Q.square().mT
    return RidgePath(lam, c, y - c / diagonal.unsqueeze(2))


def mean_squared_errors(
    predictions: Float[Tensor, "l n k"], y: Float[Tensor, "n k"]
) -> Float[Tensor, " l"]:
    """Return (1/n) sum_i ||f(x_i) - y_i||^2 for each penalty.

    With predictions on validation points, or with ``left_out`` and the training labels, its argmin
    is the selected penalty.

    Args:
        predictions: for each penalty, shape ``(l, n, k)``.
        y: labels, shape ``(n, k)``.

    Returns:
        Errors summed over the outputs, shape ``(l,)``.
    """
    return (predictions - y).square().sum(dim=2).mean(dim=1)


def _check(kernel: Tensor, y: Tensor) -> None:
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or y.shape[:-1] != kernel.shape[:1]:
        raise ValueError(
            "ridge needs a square kernel and as many rows of labels, "
            f"got {tuple(kernel.shape)} and {tuple(y.shape)}"
        )
    if not kernel.isfinite().all() or not y.isfinite().all():
        raise ValueError("kernel and labels must be finite")
    skew, largest = (kernel - kernel.mT).abs().max().item(), kernel.abs().max().item()
    if skew > _rounding(kernel) * largest:
        raise ValueError(
            f"the kernel must be symmetric, got entries up to {largest:.3g} that differ from "
            f"their mirror image by up to {skew:.3g}"
        )


def _checked_spectrum(values: Tensor, penalties: Tensor) -> Tensor:
    """Return the eigenvalues without negative rounding errors, if the problem is well posed."""
    if penalties.numel() == 0 or not (penalties >= 0).all() or not penalties.isfinite().all():
        raise ValueError(f"penalties must be finite and at least 0, got {penalties.tolist()}")
    noise = _rounding(values) * values.abs().max().item()
    least = values.min().item()
    if least < -noise:
        raise ValueError(
            f"the kernel must be positive semi-definite, got the eigenvalue {least:.3g} beside "
            f"the largest, {values.max().item():.3g}"
        )
    if least + penalties.min().item() <= noise:
        raise ValueError(
            f"the kernel is singular to rounding (smallest eigenvalue {least:.3g}): penalties "
            f"must be above {noise:.3g}, got {penalties.min().item():.3g}"
        )
    return values.clamp(min=0)


def _rounding(matrix: Tensor) -> float:
    """Return the relative size of rounding errors in a matrix of that many rows."""
    return float(torch.finfo(matrix.dtype).eps) * 4 * len(matrix)
