"""Lemma 6.4 of Going Beyond Two Layers, with Lemma A.4: parameters, presets and predictions."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import ConvergentPhi, Size, Sizes


class Lemma64Parameters(Parameters):
    """What a rerunner of Lemma 6.4 can change."""

    widths: Sizes = Field(
        min_length=3, description="widths m1 of the first layer; exponents are fitted over them"
    )
    draws: int = Field(
        ge=32, description="draws of (v1, W, b1) a seed, at the narrowest width; ∝ 1/m1"
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


QUICK = Lemma64Parameters(n_seeds=8, widths=(2_000, 6_000, 16_000, 40_000), draws=200)

STANDARD = QUICK.but(n_seeds=16, widths=(2_000, 6_000, 20_000, 60_000, 200_000), draws=4_000)

PAPER = STANDARD.but(n_seeds=32, widths=(*STANDARD.widths, 600_000), draws=30_000)

TINY = QUICK.but(n_seeds=2, widths=(2000, 2500, 3000), draws=32)

_ARTICLE = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_PARTITION = f"{_ARTICLE}, Lemma A.4"
_LEMMA = f"{_ARTICLE}, Lemma 6.4"

LEMMA_A_4 = under(
    "lemma-a-4",
    f"{_PARTITION}, property 4, I(y) and s as its proof prints them",
    at_most(
        "printed.bias",
        1e-10,
        "E[s(y, g) g | g ∈ I(y)] = y for every y in [−1, 1].",
        "largest |E[s g | I] − y| / τ over random y",
    ),
    at_most(
        "repaired.bias",
        1e-10,
        "The same, with the e(y) that this page uses.",
        "largest |E[s g | I] − y| / τ over random y",
        source=f"{_PARTITION}, property 4, with e(y) chosen for it",
    ),
    at_most(
        "lipschitz.constant",
        4.24,
        "I(y) moves with y: two ends at a speed of at most 1, two of at most exp(11τ).",
        "largest |I(y1) △ I(y2)| / |y1 − y2| over random pairs",
        source=f"{_PARTITION}, property 6",
    ),
)

LEMMA_6_4 = under(
    "lemma-6-4",
    f"{_LEMMA}, item 1",
    at_most(
        "decomposition.residual",
        1e-12,
        "n1 = ρ φ_ε + B + R, every piece computed from its own definition.",
        "largest |n1 − ρ φ_ε − B − R| over draws and points, relative to the rms of n1",
        source=_LEMMA,
    ),
    at_most(
        "rho.law",
        1.36,
        "ρ is Gaussian with variance 1/(100 C² m2), which is τ/(C² m2).",
        "√draws times the Kolmogorov distance to that law; 1.36 is its 95 % point",
        source=f"{_LEMMA}, item 2",
    ),
    equal_to(
        "independence.rank",
        0.0,
        "ρ is independent of B(x), for each x ...",
        "Spearman's correlation of ρ and B(x), mean over the outermost x",
        within=0.1,
    ),
    equal_to(
        "independence.size",
        0.0,
        "... and so is its size from the size of B(x).",
        "Spearman's correlation of |ρ| and |B(x)|, mean over the outermost x",
        within=0.1,
    ),
    equal_to(
        "independence.members",
        0.0,
        "Within S, where the test is sharper: ρ is independent of B2(x) ...",
        "Spearman's correlation of sign(φ_ε) ρ and B2(x), mean over the outermost x",
        within=0.1,
        source=f"{_LEMMA}, item 1, proof",
    ),
    at_least(
        "independence.control",
        0.0,
        "... while ρ and all that S adds to n1, B2 + ρ φ_ε + R, go together.",
        "Spearman's correlation of sign(φ_ε) ρ and n1 − B1(x), mean over the outermost x",
        source=f"{_LEMMA}, proof",
    ),
    equal_to(
        "slope.error",
        0.0,
        "The share of ρ in n1 − B is φ_ε(x), to within ε = 0.1, at every x.",
        "slope of n1 − B on ρ, less φ_ε(x), at the x where it is worst",
        within=0.1,
        source=f"{_LEMMA}, the decomposition",
    ),
    at_most(
        "approximation.error",
        0.1,
        "φ_ε is within ε = 0.1 of φ.",
        "largest |φ_ε − φ| over random points, both φ",
        source=f"{_LEMMA}, item 3",
    ),
    at_most(
        "noise.exponent",
        0.0,
        "|B| is of order 1/√m2: it does not grow with m1.",
        "exponent in m1 of the root mean square of B",
        within=0.05,
        source=f"{_LEMMA}, item 4",
    ),
    at_most(
        "remainder.exponent",
        -0.5,
        "|R| is of order 1/√(m1 m2).",
        "exponent in m1 of the root mean square of R, relative to that of ρ",
        within=0.1,
        source=f"{_LEMMA}, item 4",
    ),
    at_most(
        "gaussian.exponent",
        -0.5,
        "Given W, b1 and S, ρ is within Õ(1/(C√(m1 m2))) of one fixed Gaussian.",
        "exponent in |S| of W2(ρ | W, b1, S; N(0, τ/(C² m2))) / sd(ρ)",
        within=0.05,
        source=f"{_LEMMA}, last sentence, and Lemma A.3",
    ),
    equal_to(
        "gaussian.shape-exponent",
        -1.0,
        "That is a variance that wanders: in shape ρ is Gaussian to order 1/|S|.",
        "exponent in |S| of W2(ρ | W, b1, S; Gaussian of the same variance) / sd(ρ)",
        within=0.1,
        source="Edgeworth expansion of a sum of random signs (symmetric, so no term |S|^(−1/2))",
    ),
    at_most(
        "remark.law",
        1.36,
        "n1(x) knows nothing of φ: given W and b1 it is N(0, ‖σ(Wx + b1)‖²/m2).",
        "√draws times the Kolmogorov distance to that law; 1.36 is its 95 % point",
        source=f"{_ARTICLE}, remark under Lemma 6.4",
    ),
)

PREDICTIONS = Predictions(LEMMA_A_4 + LEMMA_6_4)

STATEMENT = Statement(
    name="lemma-6-4-information-out-of-randomness",
    place=30,
    title="Lemma 6.4: information out of randomness",
    source=_LEMMA,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-4",
    feeds=("full/claim-c-3-5",),
    symbols="partition tau n1 m1_second pieces members C_bound W2",
)
