"""From a Rademacher complexity to a generalisation gap: Lemma A.10 and Corollary A.11."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import gammaln
from torch import Tensor

from ovp_lib.proofs.rademacher.calculus import Classes, Sides
from ovp_lib.proofs.rademacher.finite import complexity


def deviation(bound: float, n: int, delta: float) -> float:
    """Return what Lemma A.10 adds to 2 R, with its constant counted: 3 b sqrt(2 log(4/delta) / N).

    McDiarmid's inequality is used four times, each with probability delta/4: for the largest gap
    and for the empirical complexity, on both sides.

    Args:
        bound: b, with |f| <= b.
        n: number N of samples.
        delta: probability with which it may fail, in (0, 1).

    Raises:
        ValueError: if delta is not in (0, 1).

    Example:
        >>> round(deviation(1.0, 1000, 0.01), 4)
        0.3284
    """
    if not 0 < delta < 1:
        raise ValueError(f"the probability delta must lie in (0, 1), got {delta}")
    return 3 * bound * math.sqrt(2 * math.log(4 / delta) / n)


class GapLaw(NamedTuple):
    """Every sample that can be drawn from a finite set, up to order.

    Attributes:
        probability: of each, summing to one.
        gap: sup_f |E f - (1/N) sum_i f(x_i)|.
        complexity: R(Z; F) on that sample.
    """

    probability: np.ndarray
    gap: np.ndarray
    complexity: np.ndarray

    def failures(self, extra: float) -> float:
        """Return the probability that the gap exceeds 2 R(Z; F) + extra.

        Args:
            extra: what is added.
        """
        # The margin of 1e-12 keeps rounding from counting a sample on which both sides are equal.
        return float(self.probability[self.gap > 2 * self.complexity + extra + 1e-12].sum())

    def needed(self, delta: float) -> float:
        """Return the least extra, at least 0, for which the gap exceeds 2 R + extra rarely enough.

        Args:
            delta: with at most this probability.
        """
        excess = np.maximum(self.gap - 2 * self.complexity, 0)
        order = np.argsort(-excess)
        beyond = np.cumsum(self.probability[order]) > delta
        return float(excess[order][beyond][0])


def gap_law(values: Float[Tensor, "f points"], n: int) -> GapLaw:
    """Return the law of the gap of Lemma A.10 for the uniform distribution on a few points.

    Args:
        values: f at each point of the domain, a row a function.
        n: size N of the sample, at most ``MOST_POINTS``.

    Returns:
        One entry for each multiset of N points.

    Example:
        >>> law = gap_law(torch.tensor([[0.0, 1.0]]), 2)  # one function, two points, two draws
        >>> law.probability.round(2).tolist(), law.gap.tolist(), law.complexity.tolist()
        ([0.25, 0.5, 0.25], [0.5, 0.0, 0.5], [0.0, 0.0, 0.0])
    """
    values = values.double()
    points = values.shape[1]
    samples = list(itertools.combinations_with_replacement(range(points), n))
    drawn = [values[:, list(sample)] for sample in samples]
    gap = [(values.mean(dim=1) - each.mean(dim=1)).abs().max().item() for each in drawn]
    counts = np.array([np.bincount(sample, minlength=points) for sample in samples])
    log = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) - n * math.log(points)
    return GapLaw(np.exp(log), np.array(gap), np.array([complexity(each) for each in drawn]))


def vector_contraction(classes: Classes, labels: Float[Tensor, "n k"]) -> Sides:
    """Return both sides of the step of Corollary A.11: R(L o (F_1, ..., F_k)) <= O(1) sum_r R(F_r).

    L_i(u) = ||u - y_i||_2 is 1-Lipschitz. The right side is the sum without a constant; for an
    L that is 1-Lipschitz in the Euclidean norm sqrt(2) is enough.

    Args:
        classes: F_1, ..., F_k.
        labels: y_i.
    """
    choices = itertools.product(*(range(len(values)) for values in classes))
    rows = [
        torch.stack([values[f] for f, values in zip(choice, classes, strict=True)], dim=1)
        for choice in choices
    ]
    losses = torch.stack([torch.linalg.vector_norm(row - labels, dim=1) for row in rows])
    return Sides(complexity(losses), sum(map(complexity, classes)))
