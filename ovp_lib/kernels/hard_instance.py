r"""Ridge regression on the hard instance of the ResNet paper, exactly, for many S at once.

H_j(x) = x_{i_j} + alpha chi_S(x) with S = {i_1, ..., i_k}, j = 1..k: each output is a coordinate
and the same parity (Section 7). A learner that knows the coordinates alone has an error of
k alpha^2, the unit of everything here.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from ovp_lib.kernels.correlation import CorrelationKernel, ridge_errors, ridge_products
from ovp_lib.maths import hypercube

PENALTIES = (1.0, 0.3, 0.1, 0.03, 1e-3, 1e-6)
"""Relative to the mean of the eigenvalues; the best ones of pilot runs lie well inside, or at the
least, which is interpolation."""


def random_subsets(d: int, k: int, n: int, generator: Generator) -> Int[Tensor, "n k"]:
    """Draw ``n`` subsets of k of d coordinates, uniform and independent.

    Args:
        d: number of coordinates, at least k.
        k: size of a subset, at least 1.
        n: number of subsets, at least 1.
        generator: source of randomness.

    Returns:
        Increasing coordinates in 0..d-1, one subset a row.

    Raises:
        ValueError: if ``k`` is not in 1..d.
    """
    if not 1 <= k <= d:
        raise ValueError(f"k must lie in 1..d, got k = {k} and d = {d}")
    order = torch.rand(n, d, generator=generator, dtype=torch.float64).argsort(dim=1)
    return order[:, :k].sort(dim=1).values


def relative_ridge_errors(
    kernel: CorrelationKernel,
    x: Float[Tensor, "n d"],
    which: Int[Tensor, "s k"],
    alpha: float,
    penalties: Sequence[float] = PENALTIES,
) -> Float[Tensor, " s"]:
    """Return E ||f - H||^2 / (k alpha^2) of kernel ridge regression for each S.

    One penalty serves all outputs, and it is the best one for that S by this very error: more than
    any kernel method could know.

    Args:
        kernel: K.
        x: training points, the same for all S; labels are noiseless.
        which: the subsets S.
        alpha: size of the composite signal.
        penalties: to choose from, see :func:`~ovp_lib.kernels.correlation.ridge_errors`.
    """
    s, k = which.shape
    signal, power = alpha * hypercube.parities(x, which), 1 + alpha**2
    if s == 1:
        parts = {1: x[:, which[0]], k: signal.repeat_interleave(k, dim=1)}
        errors = ridge_errors(kernel, x, parts, power, penalties).unsqueeze(1)
    else:  # many S share their coordinates, and outputs a parity
        coordinates = torch.tensor(sorted(set(which.flatten().tolist())))
        pure = [(1, x[:, coordinates]), (k, signal)]
        products = ridge_products(kernel, x, pure, penalties)
        i = torch.searchsorted(coordinates, which)
        S = torch.arange(s).unsqueeze(1).expand(s, k) + len(coordinates)
        own = products.diagonal(dim1=1, dim2=2)
        errors = power + own[:, i] + own[:, S] + 2 * products[:, i, S]
    return errors.sum(dim=2).amin(dim=0) / (k * alpha**2)
