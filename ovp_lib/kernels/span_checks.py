"""Checks of every inequality of the lower bound on one span, by enumeration."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ovp_lib.kernels import span_bound
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.maths import hypercube

ROUNDING = 1e-9
"""By how much an inequality must be broken to count; all errors are of order one."""


class SpanCheck(NamedTuple):
    """What the enumeration of one span of n functions found.

    Attributes:
        errors: the least E |f - (x_i + alpha chi_S)|^2 / alpha^2, i the first of S, for all S.
        h: h_S.
        rank: of the coefficients at level k.
        cases: how many inequalities were tried.
        broken: pairs (i, S), i in S, where the least error is below alpha^2 (1 - h_S).
        average_broken: outputs for which the average over S is below alpha^2 (1 - n / C(d, k)).
        share_broken: numbers j for which the j-th largest h_S exceeds n / j (Markov).
        rank_defect: |sum_S h_S - rank|, or what the rank exceeds n by.
    """

    errors: Float[Tensor, " s"]
    h: Float[Tensor, " s"]
    rank: int
    cases: int
    broken: int
    average_broken: int
    share_broken: int
    rank_defect: float

    def numbers(self) -> dict[str, float]:
        """Return everything but the arrays, and the mean of the errors as ``error``."""
        fields = {name: value for name, value in self._asdict().items() if name not in _ARRAYS}
        return {"error": self.errors.mean().item()} | fields


_ARRAYS = ("errors", "h")


def check_span(functions: Float[Tensor, "p n"], level: int, alpha: float) -> SpanCheck:
    """Try every inequality on the span of some functions.

    Args:
        functions: values at all p = 2^d points, one function a column.
        level: k.
        alpha: size of the composite signal.

    Returns:
        What was measured, and how often an inequality did not hold.
    """
    coefficients, n = hypercube.fourier(functions), functions.shape[1]
    d = len(coefficients).bit_length() - 1
    which = hypercube.subsets(d, level)
    h, rank = span_bound.overlaps(coefficients, level)
    errors = _errors(coefficients, which, alpha)
    least = alpha**2 * span_bound.average_bound(n, d, level)
    # Of the h_S, which add up to at most n, the j-th largest is at most n / j.
    ranked = h.sort(descending=True).values * torch.arange(1, len(h) + 1)
    return SpanCheck(
        errors[:, 0] / alpha**2,
        h,
        rank,
        errors.numel() + level + len(h),
        _count(errors < alpha**2 * (1 - h.unsqueeze(1)) - ROUNDING),
        _count(errors.mean(dim=0) < least - ROUNDING),
        _count(ranked > n + ROUNDING),
        max(abs(h.sum().item() - rank), float(rank - n)),
    )


def best_ridge(
    sections: Float[Tensor, "p n"],
    chosen: Int[Tensor, " n"],
    level: int,
    alpha: float,
    penalties: Sequence[float],
) -> Float[Tensor, " s"]:
    """Return E |f - (x_i + alpha chi_S)|^2 / alpha^2 of ridge, i the first of S, for all S.

    The labels are noiseless, and the penalty is the best one for each S by that very error: more
    than any kernel method could know.

    Args:
        sections: K(x, x_j) at all p = 2^d points x.
        chosen: numbers of the training points x_j.
        level: k.
        alpha: size of the composite signal.
        penalties: relative to the mean of the eigenvalues of K(X, X).
    """
    d = len(sections).bit_length() - 1
    x, which = hypercube.points(d), hypercube.subsets(d, level)
    target = x[:, which[:, 0]] + alpha * hypercube.parities(x, which)
    gram = sections[chosen]
    scale = gram.diagonal().mean().item()
    path = ridge((gram + gram.mT) / 2, target[chosen], [scale * each for each in penalties])
    errors = (path.predict(sections) - target).square().mean(dim=1)
    return errors.amin(dim=0) / alpha**2


def _errors(coefficients: Tensor, which: Int[Tensor, "s k"], alpha: float) -> Float[Tensor, "s k"]:
    """Return the least error for x_i + alpha chi_S for every S and every i in S."""
    s, k = which.shape
    single = hypercube.numbers(which.flatten().unsqueeze(1))
    signals = hypercube.numbers(which).repeat_interleave(k)
    return span_bound.best_errors(coefficients, signals, single, alpha=alpha).view(s, k)


def _count(broken: Tensor) -> int:
    return int(broken.sum())
