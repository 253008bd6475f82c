r"""A lower bound for kernels and feature maps: the best fit of a parity in a given span.

Let V be a space of functions on {-1, 1}^d of dimension at most N: the span of N kernel sections
K(x_1, .), ..., K(x_N, .), or of N features. Let M hold the Fourier coefficients of a basis of V at
level k, one function a row, and let h_S be the squared length of the projection of the unit vector
e_S onto the row space of M. With |T| != k, under the uniform law,

    min_{f in V} E |f - (chi_T + alpha chi_S)|^2 >= alpha^2 (1 - h_S),   sum_S h_S = rank M <= N.

As there are C(d, k) subsets S, the bound is alpha^2 (1 - N / C(d, k)) on average over S, and by
Markov h_S > N / (q C(d, k)) for at most the fraction q of them. V may depend on anything but S.
Theorems 2, 3 and 4 of *What Can ResNet Learn Efficiently* are statements of this kind.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ovp_lib.maths import hypercube

CUT_OFF = 1e-12
"""Singular values below that, relative to the largest of unit columns, count as zero."""


class Overlaps(NamedTuple):
    """How much of each parity of one level a span can hold.

    Attributes:
        h: h_S in [0, 1] for all s = C(d, k) subsets, in the order of
            :func:`~ovp_lib.maths.hypercube.subsets`.
        rank: of the coefficients at that level; h adds up to it.
    """

    h: Float[Tensor, " s"]
    rank: int


def average_bound(n: int, d: int, k: int) -> float:
    """Return max(0, 1 - n / C(d, k)): the least error in units of alpha^2, averaged over S.

    With several outputs, each in a span of its own of dimension at most ``n``, it bounds the error
    of each of them.

    Args:
        n: number of kernel sections (training points) or of features, at least 0.
        d: input dimension.
        k: level of the parities, 1..d.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> average_bound(300, d=30, k=4)
        0.9890530925013684
    """
    _check(n, d, k)
    return max(0.0, 1 - n / math.comb(d, k))


def share_bound(n: int, d: int, k: int, *, share: float = 0.99) -> float:
    """Return the error, in units of alpha^2, that at least that share of all S suffers.

    max(0, 1 - n / ((1 - share) C(d, k))) by Markov: 0.9 for 99 % as long as n <= C(d, k) / 1000.

    Args:
        n: number of training points or features, at least 0.
        d: dimension of the hypercube.
        k: size of the subsets S, in 1..d.
        share: in [0, 1).

    Returns:
        In [0, 1].

    Raises:
        ValueError: if a number is out of range; ``share`` must lie in [0, 1).

    Example:
        >>> round(share_bound(27, d=30, k=4), 3)
        0.901
    """
    _check(n, d, k)
    if not 0 <= share < 1:
        raise ValueError(f"share must lie in [0, 1), got {share}")
    return max(0.0, 1 - n / ((1 - share) * math.comb(d, k)))


def size_needed(fraction: float, d: int, k: int) -> int:
    """Return the least n for which the average bound is at most ``fraction``.

    Args:
        fraction: of alpha^2, in [0, 1].
        d: dimension of the hypercube.
        k: size of the subsets S, in 1..d.

    Returns:
        A number of training points or features.

    Raises:
        ValueError: if ``fraction`` is not in [0, 1] or a number is out of range.

    Example:
        >>> size_needed(0.5, d=30, k=4)
        13703
    """
    _check(0, d, k)
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must lie in [0, 1], got {fraction}")
    size = math.ceil((1 - fraction) * math.comb(d, k))
    # 1 - fraction is rounded, and may come out a little too large.
    return size - 1 if size and average_bound(size - 1, d, k) <= fraction else size


def orthonormal(functions: Float[Tensor, "n f"]) -> Float[Tensor, "n r"]:
    """Return an orthonormal basis of the span of the columns, up to rounding.

    Columns are scaled to length one first, so that a small function counts as much as a large one.

    Args:
        functions: one function a column, in any orthonormal basis. Columns of zeros are allowed.
    """
    lengths = functions.norm(dim=0)
    unit = functions[:, lengths > 0] / lengths[lengths > 0]
    if unit.shape[1] == 0:
        return functions[:, :0]
    # QR alone does not show the rank. The SVD of R does, and costs less than that of the columns.
    Q, R = torch.linalg.qr(unit)
    U, s, _ = torch.linalg.svd(R, full_matrices=False)
    return Q @ U[:, s > CUT_OFF * s[0]]


def overlaps(coefficients: Float[Tensor, "n f"], level: int) -> Overlaps:
    """Return h_S for every S of one level, by enumeration.

    A function without any coefficient at that level adds nothing: what is below rounding of the
    function itself counts as zero.

    Args:
        coefficients: of functions that span V, from :func:`~ovp_lib.maths.hypercube.fourier`.
        level: k.

    Raises:
        ValueError: if there is no such level.

    Example:
        >>> chi = hypercube.parities(hypercube.points(4), hypercube.subsets(4, 2)[:3])
        >>> overlaps(hypercube.fourier(chi), level=2).h.tolist()
        [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    at_level = coefficients[level_rows(len(coefficients), level)]
    # orthonormal() scales columns to length one: rounding at this level would count as a function.
    noise = CUT_OFF * coefficients.norm(dim=0)
    basis = orthonormal(torch.where(at_level.norm(dim=0) > noise, at_level, 0.0))
    return Overlaps(basis.square().sum(dim=1), basis.shape[1])


def best_errors(
    coefficients: Float[Tensor, "n f"],
    signals: Int[Tensor, " s"],
    nuisances: Int[Tensor, " s"] | None = None,
    *,
    alpha: float = 1.0,
) -> Float[Tensor, " s"]:
    """Return min_{f in V} E |f - (chi_T + alpha chi_S)|^2 for pairs of parities, by enumeration.

    With rows q of an orthonormal basis of V in Fourier space it is
    (1 - |q_T|^2) - 2 alpha <q_T, q_S> + alpha^2 (1 - |q_S|^2).

    Args:
        coefficients: of functions that span V, from :func:`~ovp_lib.maths.hypercube.fourier`.
        signals: numbers of the subsets S, see :func:`~ovp_lib.maths.hypercube.numbers`.
        nuisances: numbers of the subsets T, none of them S; without them chi_T is left out.
        alpha: size of the signal.

    Raises:
        ValueError: if some T is S.
    """
    q = orthonormal(coefficients)
    error = alpha**2 * (1 - q[signals].square().sum(dim=1))
    if nuisances is not None:
        if (nuisances == signals).any():
            raise ValueError("the nuisance must be another parity than the signal, got the same")
        error += 1 - q[nuisances].square().sum(dim=1)
        error -= 2 * alpha * (q[nuisances] * q[signals]).sum(dim=1)
    return error.clamp(min=0)


def level_rows(n: int, level: int) -> Int[Tensor, " s"]:
    """Return the rows of one level among all n = 2^d coefficients, in the order of ``subsets``.

    Args:
        n: number of all coefficients, a power of 2.
        level: size of the subsets, in 0..d.

    Returns:
        Row numbers, one for each subset of that size.

    Raises:
        ValueError: if ``n`` is no power of two or the level is not in 0..d.
    """
    d = n.bit_length() - 1
    if n != 2**d or not 0 <= level <= d:
        raise ValueError(
            f"need the coefficients of all 2^d subsets and a level in 0..d, got {n} and {level}"
        )
    return hypercube.numbers(hypercube.subsets(d, level))


def _check(n: int, d: int, k: int) -> None:
    if n < 0 or not 1 <= k <= d:
        raise ValueError(f"need n >= 0 and 1 <= k <= d, got n = {n}, d = {d}, k = {k}")
