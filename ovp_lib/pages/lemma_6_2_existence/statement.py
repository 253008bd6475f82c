"""Lemma 6.2 of Going Beyond Two Layers, with C.3 to C.8, Corollaries 6.6 and B.2: predictions."""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, between, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import ConvergentPhi, increasing

Width = Annotated[int, Field(ge=8)]
Widths = Annotated[tuple[Width, ...], AfterValidator(increasing)]
Count = Annotated[int, Field(ge=1)]
Counts = Annotated[tuple[Count, ...], AfterValidator(increasing)]

TERMS = 2
"""Functions inside each term, p2."""

CHUNKS = 2
"""Chunks for each inner function, S."""


class Lemma62Parameters(Parameters):
    """What a rerunner of Lemma 6.2 can change."""

    widths: Widths = Field(min_length=3, description="widths m1 = m2 of the construction")
    networks: int = Field(
        ge=1, description="networks a seed and width over which errors are averaged"
    )
    chunk_widths: Widths = Field(
        min_length=3, description="widths m1 of the chunks of Claim C.3, multiples of 4"
    )
    chunk_draws: int = Field(ge=8, description="neurons a seed at the narrowest of them; ∝ 1/m1")
    ball_widths: Widths = Field(min_length=3, description="widths m1 = m2 of the least-squares fit")
    counts: Counts = Field(
        default=(1, 2, 4, 8), min_length=3, description="numbers of outputs k and of terms p1"
    )
    inner: ConvergentPhi = Field(default="z", description="φ of both factors: z, sin(z) ...")
    ridge: float = Field(default=1e-4, gt=0.0, description="weight of the norms in the fit")
    clip: float = Field(default=6.0, gt=0.0, description="|α| at which every h is clipped")
    dimension: int = Field(default=4, ge=3, description="input dimension d, padding included")
    n_points: int = Field(default=16, ge=4, description="test points a seed")

    @field_validator("device")
    @classmethod
    def _has_float64(cls, device: str) -> str:
        if device == "mps":
            raise ValueError("small errors are told apart in float64, which mps does not have")
        return device

    @model_validator(mode="after")
    def _chunks_have_members(self) -> "Lemma62Parameters":
        for m1 in self.chunk_widths:
            if m1 % (TERMS * CHUNKS) or m1 < 1000 * TERMS * CHUNKS:
                raise ValueError(
                    f"chunk_widths must be multiples of {TERMS * CHUNKS} from "
                    f"{1000 * TERMS * CHUNKS} on, so that no chunk is empty, got {m1}"
                )
        return self


QUICK = Lemma62Parameters(
    n_seeds=8,
    widths=(500, 4000, 32_000),
    networks=2,
    chunk_widths=(8000, 16_000, 32_000),
    chunk_draws=40,
    ball_widths=(50, 100, 200, 400),
)

STANDARD = QUICK.but(
    n_seeds=16,
    widths=(500, 4000, 32_000, 256_000),
    networks=3,
    chunk_widths=(8000, 16_000, 32_000, 64_000),
    chunk_draws=1600,
    ball_widths=(50, 100, 200, 400, 800),
)

PAPER = STANDARD.but(n_seeds=32, widths=(*STANDARD.widths, 1_000_000), networks=8)

TINY = QUICK.but(
    n_seeds=2,
    widths=(50, 100, 200),
    networks=1,
    chunk_widths=(4000, 4400, 4800),
    chunk_draws=16,
    ball_widths=(16, 24, 32),
    counts=(1, 2, 3),
    n_points=8,
)

ACCURACY = 0.1
"""The error at which the widths that are needed are compared, for a target of variance one."""

_ARTICLE = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_LEMMA = f"{_ARTICLE}, Lemma 6.2"
_COROLLARY = f"{_ARTICLE}, Corollary 6.6"
_CARRIER = "With a carrier of least norm in place of the chunks of Claim C.3."
_MOVED = "Its region was changed after a run with these seeds."
_BOTH = f"{_CARRIER} {_MOVED}"
_ADVERSARY = "The adversary moves all rows along their mean; another one may do more harm."

CLAIMS_C = (
    *under(
        "claim-c-3",
        f"{_ARTICLE}, Claim C.3",
        between(
            "slope",
            0.75,
            1.25,
            "One random neuron carries both inner functions at once: the share of α_j in n − B is "
            "φ_{1,j}/C′.",
            "that share at six x, times C′, projected on φ_{1,j,ε}; the j that is farther from 1",
            caveat=f"With the h of a computer and its C, not those of the theory. {_MOVED}",
        ),
        at_most(
            "rest.exponent",
            -0.167,
            "What chunks leave over falls at least like m1^(−1/6), the rate of the claim.",
            "exponent in m1 of the root mean square of R, relative to that of the signal",
            within=0.05,
            caveat="With S = 2 at every width; the proof lets S grow like m1^(1/3), and its rate "
            "includes B.",
        ),
        at_most(
            "alpha.law",
            1.5,
            "α_j is Gaussian with variance 1/m2.",
            "√draws times the Kolmogorov distance to that law; draws of it have 0.8687 on average",
            kind="proved",
            caveat=_MOVED,
        ),
    ),
    *under(
        "claim-c-4",
        f"{_ARTICLE}, Claim C.4",
        at_most(
            "expectation.exponent",
            -0.25,
            "In expectation over the second layer the gates compute Φ of the inner function, up to "
            "an error that falls with m1, Φ = z²; concentration makes the exponent −1/2.",
            "exponent in m1 of the mean |expectation − Φ(inner)|, by quadrature",
            within=0.05,
            caveat=_BOTH,
        ),
    ),
    *under(
        "claim-c-5",
        f"{_ARTICLE}, Claim C.5",
        at_most(
            "concentration.exponent",
            -0.25,
            "With finitely many neurons the sum is its expectation up to an error that falls with "
            "m2, Φ = z²; concentration makes the exponent −1/2.",
            "exponent in m2 of the mean |sum − expectation|",
            within=0.05,
            kind="proved",
            caveat=_BOTH,
        ),
    ),
)

LEMMA_6_2 = under(
    "lemma-6-2",
    _LEMMA,
    at_most(
        "identity.exponent",
        -0.25,
        "For Φ = z the error of the constructed W⋆, V⋆ falls with the width; concentration makes "
        "the exponent −1/2.",
        "exponent in m1 = m2 of the mean |g⁰ − F⋆| for a target of variance one",
        within=0.05,
        caveat=_BOTH,
    ),
    at_most(
        "square.exponent",
        -0.25,
        "For Φ = z² the error of the constructed W⋆, V⋆ falls like m^(−1/2), too.",
        "exponent in m1 = m2 of the mean |g⁰ − F⋆| for a target of variance one",
        within=0.05,
        caveat=_BOTH,
    ),
    between(
        "frobenius.exponent",
        -0.1,
        0.1,
        "‖W⋆‖ ‖V⋆‖ in Frobenius norm, times √m2 (that is C0 with mean in place of largest rows), "
        "does not depend on the width, Φ = z.",
        "exponent in m1 = m2 of ‖W⋆‖_F ‖V⋆‖_F √m2",
        caveat=f"{_BOTH} By the law of large numbers only the carrier's norm can change it.",
    ),
    at_most(
        "rows.exponent",
        0.0,
        "‖W⋆‖ ‖V⋆‖ in the norm ‖·‖_{2,∞} is C0/(√m1 m2) up to logarithms, Φ = z.",
        "exponent in m1 = m2 of ‖W⋆‖_{2,∞} ‖V⋆‖_{2,∞} √m1 m2",
        within=0.3,
        caveat="A largest of m Gaussians times their powers grows with the logarithm of m.",
    ),
    at_least(
        "printed.width",
        9.0,
        "With C′ = 10 C √p2 as printed, and the smallest C there is, Φ = z² would take a thousand "
        "million neurons and more.",
        "log10 of the m2 at which the standard deviation of Claim C.5's sum is 0.1",
        computed=True,
        source=f"{_ARTICLE}, Claims C.3 to C.5",
        caveat="A calculation, whose result was known when the region was set.",
    ),
    at_most(
        "ball.error",
        0.1,
        "In the same norms there are W⋆, V⋆ with a small error already at a few hundred neurons, "
        "Φ = z².",
        "mean |g⁰ − F⋆| at new points, alternating least squares, widest network",
    ),
    at_most(
        "ball.size",
        1.0,
        "The fit stays in the construction's ball.",
        "‖W⋆‖_{2,∞} ‖V⋆‖_{2,∞} √m1 m2 of the fit, relative to that of the construction at the "
        "narrowest width",
    ),
)

COROLLARY_6_6 = under(
    "corollary-6-6",
    _COROLLARY,
    at_most(
        "random.exponent",
        -0.5,
        "What random W′, V′ of Table 1's size add to the error falls at least like m^(−1/2).",
        "exponent in m1 = m2 of the mean |g^(b,b) − g⁰|",
        within=0.1,
    ),
    at_most(
        "first-layer.exponent",
        -0.196,
        "What the worst W′ of Table 1's size adds falls at least like m^(−0.196), the rate of the "
        "proof.",
        "exponent in m1 = m2 of the mean |g^(b,b) − g⁰|",
        within=0.05,
        caveat=f"{_ADVERSARY} {_MOVED}",
    ),
    at_most(
        "quarter.exponent",
        -0.17,
        "If ‖V′‖_F is m^(−1/4), what the worst V′ adds falls at least like the share of its sign "
        "changes, m^(−1/6).",
        "exponent in m1 = m2 of the mean |g^(b,b) − g⁰|",
        within=0.05,
        caveat=_ADVERSARY,
    ),
    at_most(
        "table.error",
        0.25,
        "At these widths W⋆, V⋆ survive the worst W′, V′ of Table 1's size.",
        "mean |g^(b,b) − g⁰| at the widest network, F⋆ of variance one",
        caveat="τ_v = m^(−0.001) is 0.99 here; the corollary lets m grow until it is small. "
        "Which way it goes was seen in pilots.",
    ),
    at_most(
        "smoothed.error",
        0.25,
        "At these widths W⋆, V⋆ survive the noise W^ρ, V^ρ of Table 1's size.",
        "mean |g^(b,b) − g⁰| at the widest network, F⋆ of variance one",
        caveat="σ_v √m2 = m^(−0.01) is about 0.9 here: the noise is nearly as large as V⁰.",
    ),
)

REMARKS = under(
    "remark-c-6-7",
    f"{_ARTICLE}, Remarks C.6 and C.7",
    at_most(
        "error.exponent",
        -0.25,
        "With three terms and three outputs the error falls with the width, too.",
        "exponent in m1 = m2 of the mean |g⁰ − F⋆|, worst output, Φ = z",
        within=0.05,
        caveat=_BOTH,
    ),
    at_most(
        "outputs.exponent",
        1.0,
        "V⋆ grows at most like the number of outputs k.",
        "exponent in k of ‖V⋆‖_{2,∞}, p1 = 1",
        kind="proved",
    ),
    at_most(
        "terms.exponent",
        1.0,
        "V⋆ grows at most like the number of terms p1.",
        "exponent in p1 of ‖V⋆‖_{2,∞}, k = 1",
        within=0.25,
    ),
)

COROLLARY_B_2 = under(
    "corollary-b-2",
    f"{_ARTICLE}, Corollary B.2",
    at_most(
        "error.exponent",
        -0.25,
        "Two layers: with ε_a = m^(−1/2) the pseudo-network at W⁽⁰⁾ + W⋆ comes closer to its "
        "target with the width; concentration makes the exponent −1/2.",
        "exponent in m of the largest |g(x; W⁽⁰⁾ + W⋆) − f⋆(x)| over points",
        within=0.05,
        caveat="With the h of least norm.",
    ),
    at_most(
        "start.size",
        1.0,
        "What W⁽⁰⁾ adds to W⋆ is of the size of ε_a, up to a logarithm.",
        "largest |g(x; W⁽⁰⁾)| over n points, over ε_a √(2 log 2n), widest network",
        kind="proved",
    ),
)

CLAIM_C_8 = under(
    "claim-c-8",
    f"{_ARTICLE}, Claim C.8",
    between(
        "flips.exponent",
        -0.05,
        0.05,
        "An adversary with both causes flips as many gates as the bound on ‖x‖₀ has it.",
        "exponent in m2 of the most flips over m2 ‖g′₁‖^(2/3) + m2^(3/2) ‖g′₂‖_∞",
        kind="proved",
    ),
    between(
        "sum.exponent",
        -0.05,
        0.05,
        "And the inputs of these gates grow as large together as the bound on ‖x‖₁ has it.",
        "exponent in m2 of the largest ‖x‖₁ over √m2 ‖g′₁‖^(4/3) + m2^(3/2) ‖g′₂‖_∞²",
        kind="proved",
        caveat="Our text has lost which norm it is; the proof adds up.",
    ),
    at_most(
        "constant",
        2.0,
        "The constants that both bounds hide are at most 2, for both causes and for each alone.",
        "largest of both ratios, over causes, widest layer",
        kind="proved",
        caveat="From the density of a Gaussian at zero, for small moves.",
    ),
)

PREDICTIONS = Predictions(
    CLAIMS_C + LEMMA_6_2 + COROLLARY_6_6 + REMARKS + COROLLARY_B_2 + CLAIM_C_8
)

CARD = Card(
    plain="Near a random three-layer network there are small weights with which its random gates "
    "compute a composition of your choice.",
    figure="lemma-6-2-error",
    learnt=(
        Learnt(
            "Weights that are written down, not trained, come closer to a composed target with "
            "every width, for one term and for several, once the proof's carrier of the inner "
            "function is replaced by the smallest one.",
            holds=(
                "lemma-6-2.identity.exponent",
                "lemma-6-2.square.exponent",
                "remark-c-6-7.error.exponent",
            ),
        ),
        Learnt(
            "With the printed constant a square would take ten to the power "
            "{lemma-6-2.printed.width} neurons, but least squares in a far smaller norm ball reach "
            "an error of {lemma-6-2.ball.error} with a few hundred.",
            holds=(
                "lemma-6-2.printed.width",
                "lemma-6-2.ball.error",
                "lemma-6-2.ball.size",
            ),
        ),
        Learnt(
            "Random moves do these weights no harm, but the worst move of Table 1's size destroys "
            "them at every width that was tried: Corollary 6.6 needs widths beyond any computer.",
            holds=("corollary-6-6.random.exponent", "corollary-6-6.quarter.exponent"),
            fails=("corollary-6-6.table.error",),
        ),
    ),
)

STATEMENT = Statement(
    name="lemma-6-2-existence",
    place=16,
    title="Lemma 6.2: existence",
    short="Lemma 6.2: existence",
    source=_LEMMA,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-2",
    feeds=("full/corollary-6-6",),
    card=CARD,
)
