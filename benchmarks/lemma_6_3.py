"""Lemma 6.3: the expectation by quadrature, against a Monte-Carlo estimate with 10^6 draws."""

import math
from collections.abc import Callable

import torch

from benchmarks.measure import Row, alternately
from ovp_lib.maths.smooth import parse
from ovp_lib.proofs.indicator import taylor_indicator

DRAWS = 1_000_000
X1 = torch.linspace(-1, 1, 200, dtype=torch.float64)


def rows() -> list[Row]:
    """Measure one function phi at its default degree and clip."""
    h = taylor_indicator(parse("sin(2z)"), 14, 5.0)
    exact = _taylor_indicator_unclipped()

    def sampled(reduce: Callable[[torch.Tensor], torch.Tensor] = torch.mean) -> torch.Tensor:
        generator = torch.Generator().manual_seed(0)
        alpha1, beta1, b0 = torch.randn(3, DRAWS, generator=generator, dtype=torch.float64)
        values = h(alpha1, b0)
        gates = (alpha1 * x1 + beta1 * math.sqrt(1 - x1 * x1) + b0 >= 0 for x1 in X1.tolist())
        return torch.stack([reduce(values * gate) for gate in gates])

    ours, other = alternately(lambda: h.expectation(X1), sampled, repeats=5)
    errors = sampled(torch.std) / math.sqrt(DRAWS)
    off = ((sampled() - h.expectation(X1)).abs() / errors).max()
    note = (
        f"quadrature is off by {exact:.0e} where the answer is known, sampling by "
        f"{errors.max():.1e} (one standard error; largest deviation {off:.1f} of them)"
    )
    return [Row("E[1 h] at 200 points: quadrature / 10⁶ draws", ours, other, "s", note)]


def _taylor_indicator_unclipped() -> float:
    """Return the error where the expectation is known: without a clip, the Taylor polynomial."""
    phi = parse("sin(2z)")
    known = sum(float(c) * X1**i for i, c in enumerate(phi.coefficients(14)))
    far = taylor_indicator(phi, 14, 12.0)  # the clip is felt nowhere, but all of its code runs
    return float((far.expectation(X1) - known).abs().max())
