"""Lemma 6.4 of Going Beyond Two Layers, with Lemma A.4: parameters, presets and predictions."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import ConvergentPhi, Size, Sizes


class Lemma64Parameters(Parameters):
    """What a rerunner of Lemma 6.4 can change."""

    widths: Sizes = Field(
        min_length=3, description="widths m1 of the first layer; exponents are fitted over them"
    )
    n_draws: int = Field(
        ge=32, description="draws of (v1, W, b1) a seed, at the narrowest width; ∝ 1/m1"
    )
    paired_draws: int = Field(
        ge=32, description="draws a seed at the narrowest width, for laws and independence"
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


QUICK = Lemma64Parameters(
    n_seeds=8, widths=(2_000, 6_000, 16_000, 40_000), n_draws=200, paired_draws=3000
)

STANDARD = QUICK.but(
    n_seeds=16, widths=(2_000, 6_000, 20_000, 60_000, 200_000), n_draws=4_000, paired_draws=20_000
)

PAPER = STANDARD.but(
    n_seeds=32, widths=(*STANDARD.widths, 600_000), n_draws=30_000, paired_draws=100_000
)

TINY = QUICK.but(n_seeds=2, widths=(2000, 2500, 3000), n_draws=32, paired_draws=40)

LEAST_DEPENDENCE = 0.001
"""Squared distance correlation below which ρ counts as independent: a correlation of about 0.035.

Claim and control are judged by it, from either side, so that they cannot both hold.
"""

KOLMOGOROV_MEAN = 0.8687
"""√(π/2) log 2, the mean of √n times the Kolmogorov distance of n draws to their own law."""

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
        "largest |E[s g | I] − y| / τ over 4002 values of y",
        computed=True,
    ),
    at_most(
        "repaired.bias",
        1e-10,
        "With the e(y) of this page, E[s(y, g) g | g ∈ I(y)] = y for every y in [−1, 1].",
        "largest |E[s g | I] − y| / τ over 4002 values of y",
        source=f"{_PARTITION}, property 4, with e(y) chosen for it",
        kind="proved",
    ),
    at_most(
        "bounded.constant",
        10.0,
        "s(y, g) g varies by at most 10τ on I(y).",
        "largest variation / τ over 4002 values of y, repaired",
        source=f"{_PARTITION}, property 5",
        computed=True,
    ),
    at_most(
        "lipschitz.constant",
        4.24,
        "I(y) moves with y: two ends at a speed of at most 1, two of at most exp(11τ).",
        "largest |I(y1) △ I(y2)| / |y1 − y2| over random pairs, repaired",
        source=f"{_PARTITION}, property 6, with a constant found here",
        kind="proved",
    ),
)

LEMMA_6_4 = under(
    "lemma-6-4",
    f"{_LEMMA}, item 1",
    at_most(
        "decomposition.residual",
        1e-12,
        "n1 = ρ φ_ε + B + R, whatever ρ and φ_ε are, since R2 is defined by what they leave.",
        "largest |n1 − ρ φ_ε − B − R| over draws and points, relative to the rms of n1",
        source=_LEMMA,
        kind="identity",
    ),
    equal_to(
        "rho.law",
        KOLMOGOROV_MEAN,
        "ρ is Gaussian with variance 1/(100 C² m2), which is τ/(C² m2).",
        "√draws times the Kolmogorov distance to that law; draws of it have 0.8687 on average",
        within=0.35,
        source=f"{_LEMMA}, item 2",
        kind="proved",
    ),
    equal_to(
        "independence.members",
        0.0,
        "ρ is independent of B2(x), all of B(x) that the neurons of S make, for each x.",
        "squared distance correlation of ρ and B2(x), ranks, mean over the outermost x",
        within=LEAST_DEPENDENCE,
        kind="proved",
    ),
    at_least(
        "independence.control",
        LEAST_DEPENDENCE,
        "With ρ φ_ε + R left in, the same test sees that the two go together.",
        "squared distance correlation of ρ and n1 − B1(x), ranks, mean over the outermost x",
        source=f"{_LEMMA}, proof",
        caveat="It shows that the test has power; of the lemma only that S hides something.",
    ),
    equal_to(
        "slope.error",
        0.0,
        "The share of ρ in n1 − B is φ_ε(x), to within ε = 0.1, at every x.",
        "slope of n1 − B on ρ, less φ_ε(x), at the x where it is worst",
        within=0.1,
        source=f"{_LEMMA}, the decomposition",
        caveat="With the h of a computer and its C, not those of the theory.",
    ),
    at_most(
        "approximation.error",
        0.1,
        "φ_ε is within ε = 0.1 of φ.",
        "largest |φ_ε − φ| over random points, both φ",
        source=f"{_LEMMA}, item 3",
        caveat="With the h of a computer and its C, not those of the theory.",
    ),
    at_most(
        "noise.exponent",
        0.0,
        "|B| is of order 1/√m2: it does not grow with m1.",
        "exponent in m1 of the root mean square of B",
        within=0.05,
        source=f"{_LEMMA}, item 4",
        kind="proved",
    ),
    at_most(
        "remainder.exponent",
        -0.5,
        "|R| is of order 1/√(m1 m2).",
        "exponent in m1 of the root mean square of R, relative to that of ρ",
        within=0.1,
        source=f"{_LEMMA}, item 4",
        caveat="Measured relative to ρ since a pilot run; its power of m2 is exact, draw by draw.",
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
        "Only the variance wanders: in shape ρ is Gaussian to order 1/|S|.",
        "exponent in |S| of W2(ρ | W, b1, S; Gaussian of the same variance) / sd(ρ)",
        within=0.1,
        source="Edgeworth expansion of a sum of random signs (symmetric, so no term |S|^(−1/2))",
    ),
    equal_to(
        "remark.law",
        KOLMOGOROV_MEAN,
        "n1(x) knows nothing of φ: given W and b1 it is N(0, ‖σ(Wx + b1)‖²/m2).",
        "√draws times the Kolmogorov distance to that law; draws of it have 0.8687 on average",
        within=0.35,
        source=f"{_ARTICLE}, remark under Lemma 6.4",
        kind="proved",
    ),
)

PREDICTIONS = Predictions(LEMMA_A_4 + LEMMA_6_4)

CARD = Card(
    plain="A neuron that nobody has trained contains a Gaussian times any smooth function you "
    "choose, plus noise that is independent of this Gaussian and a small rest.",
    figure="lemma-6-4-two-functions",
    learnt=(
        Learnt(
            "Taken apart as in the proof, random neurons show the function that was looked for, "
            "everywhere to within $\\varepsilon$, although nothing was trained.",
            holds=("lemma-6-4.slope.error", "lemma-6-4.approximation.error"),
        ),
        Learnt(
            "A lemma of the proof is wrong as printed: it misses its number by up to "
            "{lemma-a-4.printed.bias} $\\tau$ near zero, and one changed equation repairs it.",
            holds=("lemma-a-4.repaired.bias",),
            fails=("lemma-a-4.printed.bias",),
        ),
        Learnt(
            "The rest falls like one over the root of the first width, within its tolerance, and a "
            "test that can see signal in the noise finds none.",
            holds=("lemma-6-4.independence.members", "lemma-6-4.independence.control"),
            within=("lemma-6-4.remainder.exponent",),
        ),
    ),
)

STATEMENT = Statement(
    name="lemma-6-4-information-out-of-randomness",
    place=30,
    title="Lemma 6.4: information out of randomness",
    short="Lemma 6.4: random information",
    source=_LEMMA,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-4",
    feeds=("full/claim-c-3-5",),
    symbols="partition tau n1 m1_second pieces members C_bound W2",
    card=CARD,
)
