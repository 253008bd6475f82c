"""Lemma 6.3 of Going Beyond Two Layers, with Lemma B.1: parameters, presets and predictions."""

from typing import Any

from pydantic import Field

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import ConvergentPhi, Sizes


class Lemma63Parameters(Parameters):
    """What a rerunner of Lemma 6.3 can change."""

    phi: ConvergentPhi = Field(default="sin(2z)", description="phi that is looked at closely")
    phis: tuple[ConvergentPhi, ...] = Field(
        default=("z", "z^2", "z^3", "sin(2z)", "cos(2z)", "exp(z)", "tanh(z)", "sigmoid(2z)"),
        min_length=1,
        description="functions phi; poly(c0,c1,...) takes any Taylor coefficients",
    )
    eps: float = Field(default=0.01, gt=0, lt=1, description="accuracy epsilon of the lemma")
    degree: int = Field(default=14, ge=0, le=100, description="where the Taylor series is cut")
    clip: float = Field(
        default=5.0, gt=0, description="clip of the Hermite polynomials in the networks"
    )
    cells: int = Field(
        default=16, ge=8, le=64, description="cells a side in the h of smallest sup|h|"
    )
    widths: Sizes = Field(min_length=3, description="hidden widths m of Lemma B.1")
    dimension: int = Field(default=4, ge=3, description="input dimension d, padding included")


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"n_seeds": 8, "widths": (1000, 3000, 10_000, 30_000)},
    "standard": {
        "n_seeds": 24,
        "widths": (1000, 3000, 10_000, 30_000, 100_000, 300_000),
    },
    "paper": {"n_seeds": 64, "widths": (1000, 10_000, 100_000, 1_000_000, 10_000_000)},
}

_LEMMA = "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma 6.3"
_C1 = "Allen-Zhu, Li, Liang (2019, arXiv v6), Claim C.1"
_C2 = "Allen-Zhu, Li, Liang (2019, arXiv v6), Claim C.2"
_B1 = "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma B.1"

PREDICTIONS = (
    Prediction(
        id="lemma-6-3.taylor",
        source=f"{_LEMMA}, proof",
        sentence="At the paper's clip, the gate's expectation of h is the Taylor polynomial.",
        statistic="largest |E[1 h] − Taylor polynomial| over 201 points x1, largest over φ",
        high=1e-9,
    ),
    Prediction(
        id="lemma-6-3.accuracy",
        source=_LEMMA,
        sentence="Clipped far lower, at a few standard deviations, it is within ε of φ.",
        statistic="largest |E[1 h] − φ|/ε over 201 points x1, largest over φ",
        high=1.0,
    ),
    Prediction(
        id="claim-c-1.lower-bound",
        source=_C1,
        sentence="|p'_i| ≥ (i−1)!!/(200 i²) for i = 1, ..., 40.",
        statistic="smallest ratio of |p'_i| to the bound",
        low=1.0,
    ),
    Prediction(
        id="claim-c-2.tails",
        source=f"{_C2}a, b",
        sentence="What the paper's clip changes is negligible: both sums are at most ε/8.",
        statistic="log10 of the larger sum divided by ε/8, largest over φ",
        high=0.0,
    ),
    Prediction(
        id="claim-c-2.constant",
        source=f"{_C2}c, d",
        sentence="What it leaves is bounded by C_ε/2 with a C* of at most 10⁴.",
        statistic="smallest C* for both sums, largest over φ",
        high=1e4,
    ),
    Prediction(
        id="lemma-6-3.second-moment.constant",
        source=_LEMMA,
        sentence="E[h²] ≤ C_s(φ, 1)² with a C* of at most 10⁴.",
        statistic="smallest C* at the paper's clip, largest over φ",
        high=1e4,
    ),
    Prediction(
        id="lemma-6-3.sup.constant",
        source=_LEMMA,
        sentence="|h| ≤ C_ε(φ, 1), and h is C_ε(φ, 1)-Lipschitz, with a C* of at most 10⁴.",
        statistic="smallest C* for both at the paper's clip, largest over φ",
        high=1e4,
    ),
    Prediction(
        id="lemma-6-3.least-norm",
        source="found here; not in the paper",
        sentence="The h of least norm has no larger E[h²] than the paper's, for no φ.",
        statistic="E[h²] relative to the paper's h, unclipped, largest over φ",
        high=1.0,
    ),
    Prediction(
        id="lemma-6-3.least-sup",
        source="found here; not in the paper",
        sentence="The h of smallest sup has no larger sup|h| than the clipped ones, for no φ.",
        statistic="sup|h| relative to the smaller one of the clipped h, largest over φ",
        high=1.0,
    ),
    Prediction(
        id="lemma-b-1.error.exponent",
        source=_B1,
        sentence="The pseudo-network of W* comes within O(m^(−1/2)) of the target (paper's h).",
        statistic="exponent in m of the largest error on 64 points, geometric mean over φ",
        low=-0.5,
        high=-0.5,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-b-1.error.exponent-least-norm",
        source=_B1,
        sentence="The same with the h of least norm.",
        statistic="exponent in m of the largest error on 64 points, geometric mean over φ",
        low=-0.5,
        high=-0.5,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-b-1.norm",
        source=_B1,
        sentence="The size of W* is set by E[h²] alone: ‖W*‖_F √m ε_a → √E[h²] (least norm).",
        statistic="mean over φ of ‖W*‖_F² m ε_a²/E[h²] at the largest m",
        low=1.0,
        high=1.0,
        tolerance=0.05,
    ),
)

STATEMENT = Statement(
    name="lemma-6-3-indicator-to-function",
    place=20,
    title="Lemma 6.3: indicators compute any smooth function",
    source=_LEMMA,
    parameters=Lemma63Parameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="full/lemma-6-3",
    feeds=("full/lemma-b-1", "full/lemma-6-4", "full/claim-c-3-5"),
    symbols="g_without_bias hermite p_prime h clip W_star",
)
