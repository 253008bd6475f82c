"""Lemma 6.4 of Going Beyond Two Layers, with Lemma A.4: parameters, presets and predictions."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import ConvergentPhi, Size, Sizes


class Lemma64Parameters(Parameters):
    """What a rerunner of Lemma 6.4 can change."""

    widths: Sizes = Field(
        min_length=3, description="widths m1 of the first layer; exponents are fitted over them"
    )
    draws: int = Field(
        ge=32,
        description="draws of (v1, W, b1) a seed, at the narrowest width; ∝ 1/m1",
    )
    phi: ConvergentPhi = Field(
        default="sin(z)", description="φ to be found in n1: sin(z), tanh(z), z^3 ..."
    )
    other_phi: ConvergentPhi = Field(
        default="z^2", description="another φ, to be found in the same n1"
    )
    construction: Literal["least norm", "paper", "least sup"] = Field(
        default="least norm", description="which h of Lemma 6.3"
    )
    clip: float = Field(default=3.0, gt=0.0, description="|α1| at which h is clipped")
    tau: float = Field(default=0.01, gt=0.0, le=0.01, description="Gaussian mass of I(y)")
    dimension: int = Field(default=3, ge=3, description="input dimension d, padding included")
    second_width: Size = Field(default=100, description="m2, which only sets the scale of v1")

    @field_validator("device")
    @classmethod
    def _has_float64(cls, device: str) -> str:
        if device == "mps":
            raise ValueError("the pieces are told apart in float64, which mps does not have")
        return device

    @model_validator(mode="after")
    def _everybody_has_members(self) -> "Lemma64Parameters":
        if self.tau * self.widths[0] < 20:
            raise ValueError(
                f"tau times the narrowest width is the mean size of S and must be at least 20, "
                f"got {self.tau * self.widths[0]:g}"
            )
        return self


_QUICK: dict[str, Any] = {
    "n_seeds": 8,
    "widths": (2_000, 6_000, 16_000, 40_000),
    "draws": 200,
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": {
        "n_seeds": 16,
        "widths": (2_000, 6_000, 20_000, 60_000, 200_000),
        "draws": 4_000,
    },
    "paper": {
        "n_seeds": 32,
        "widths": (2_000, 6_000, 20_000, 60_000, 200_000, 600_000),
        "draws": 30_000,
    },
}

_PAPER = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_PARTITION = f"{_PAPER}, Lemma A.4"
_LEMMA = f"{_PAPER}, Lemma 6.4"

PREDICTIONS = (
    Prediction(
        id="lemma-a-4.printed.bias",
        source=f"{_PARTITION}, property 4, I(y) and s as its proof prints them",
        sentence="E[s(y, g) g | g ∈ I(y)] = y for every y in [−1, 1].",
        statistic="largest |E[s g | I] − y| / τ over random y",
        high=1e-10,
    ),
    Prediction(
        id="lemma-a-4.repaired.bias",
        source=f"{_PARTITION}, property 4, with e(y) chosen for it",
        sentence="The same, with the e(y) that this page uses.",
        statistic="largest |E[s g | I] − y| / τ over random y",
        high=1e-10,
    ),
    Prediction(
        id="lemma-a-4.lipschitz.constant",
        source=f"{_PARTITION}, property 6",
        sentence="I(y) moves with y: two ends at a speed of at most 1, two of at most exp(11τ).",
        statistic="largest |I(y1) △ I(y2)| / |y1 − y2| over random pairs",
        high=4.24,
    ),
    Prediction(
        id="lemma-6-4.decomposition.residual",
        source=_LEMMA,
        sentence="n1 = ρ φ_ε + B + R, every piece computed from its own definition.",
        statistic="largest |n1 − ρ φ_ε − B − R| over draws and points, relative to the rms of n1",
        high=1e-12,
    ),
    Prediction(
        id="lemma-6-4.rho.law",
        source=f"{_LEMMA}, item 2",
        sentence="ρ is Gaussian with variance 1/(100 C² m2), which is τ/(C² m2).",
        statistic="√draws times the Kolmogorov distance to that law; 1.36 is its 95 % point",
        high=1.36,
    ),
    Prediction(
        id="lemma-6-4.independence.rank",
        source=f"{_LEMMA}, item 1",
        sentence="ρ is independent of B(x), for each x ...",
        statistic="Spearman's correlation of ρ and B(x), mean over the outermost x",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.independence.size",
        source=f"{_LEMMA}, item 1",
        sentence="... and so is its size from the size of B(x).",
        statistic="Spearman's correlation of |ρ| and |B(x)|, mean over the outermost x",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.independence.members",
        source=f"{_LEMMA}, item 1, proof",
        sentence="Within S, where the test is sharper: ρ is independent of B2(x) ...",
        statistic="Spearman's correlation of sign(φ_ε) ρ and B2(x), mean over the outermost x",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.independence.control",
        source=f"{_LEMMA}, proof",
        sentence="... while ρ and all that S adds to n1, B2 + ρ φ_ε + R, go together.",
        statistic="Spearman's correlation of sign(φ_ε) ρ and n1 − B1(x), mean over the outermost x",
        low=0.0,
    ),
    Prediction(
        id="lemma-6-4.slope.error",
        source=f"{_LEMMA}, the decomposition",
        sentence="The share of ρ in n1 − B is φ_ε(x), to within ε = 0.1, at every x.",
        statistic="slope of n1 − B on ρ, less φ_ε(x), at the x where it is worst",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.approximation.error",
        source=f"{_LEMMA}, item 3",
        sentence="φ_ε is within ε = 0.1 of φ.",
        statistic="largest |φ_ε − φ| over random points, both φ",
        high=0.1,
    ),
    Prediction(
        id="lemma-6-4.noise.exponent",
        source=f"{_LEMMA}, item 4",
        sentence="|B| is of order 1/√m2: it does not grow with m1.",
        statistic="exponent in m1 of the root mean square of B",
        high=0.0,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-6-4.remainder.exponent",
        source=f"{_LEMMA}, item 4",
        sentence="|R| is of order 1/√(m1 m2).",
        statistic="exponent in m1 of the root mean square of R, relative to that of ρ",
        high=-0.5,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.gaussian.exponent",
        source=f"{_LEMMA}, last sentence, and Lemma A.3",
        sentence="Given W, b1 and S, ρ is within Õ(1/(C√(m1 m2))) of one fixed Gaussian.",
        statistic="exponent in |S| of W2(ρ | W, b1, S; N(0, τ/(C² m2))) / sd(ρ)",
        high=-0.5,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-6-4.gaussian.shape-exponent",
        source="Edgeworth expansion of a sum of random signs (symmetric, so no term |S|^(−1/2))",
        sentence="That is a variance that wanders: in shape ρ is Gaussian to order 1/|S|.",
        statistic="exponent in |S| of W2(ρ | W, b1, S; Gaussian of the same variance) / sd(ρ)",
        low=-1.0,
        high=-1.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-4.remark.law",
        source=f"{_PAPER}, remark under Lemma 6.4",
        sentence="n1(x) knows nothing of φ: given W and b1 it is N(0, ‖σ(Wx + b1)‖²/m2).",
        statistic="√draws times the Kolmogorov distance to that law; 1.36 is its 95 % point",
        high=1.36,
    ),
)

STATEMENT = Statement(
    name="lemma-6-4-information-out-of-randomness",
    place=30,
    title="Lemma 6.4: information out of randomness",
    source=_LEMMA,
    parameters=Lemma64Parameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="full/lemma-6-4",
    feeds=("full/claim-c-3-5",),
    symbols="partition tau n1 m1_second pieces members C_bound W2",
)
