"""Lemma 6.3 of Going Beyond Two Layers, with Lemma B.1: parameters, presets and predictions."""

from pydantic import Field

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.experiments.base import Named
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.instrument import Instrument
from ovp_lib.pages.kinds import ConvergentPhi, Sizes


class Lemma63Parameters(Parameters):
    """What a rerunner of Lemma 6.3 can change."""

    phi: ConvergentPhi = Field(default="sin(2z)", description="phi that is looked at closely")
    phis: tuple[ConvergentPhi, ...] = Field(
        default=("z", "z^2", "z^3", "sin(2z)", "cos(2z)", "exp(z)", "tanh(z)", "sigmoid(2z)"),
        min_length=1,
        description="functions phi; poly(c0,c1,...) takes any Taylor coefficients",
    )
    accuracy: float = Field(default=0.01, gt=0, lt=1, description="accuracy epsilon of the lemma")
    degree: int = Field(default=14, ge=0, le=100, description="where the Taylor series is cut")
    clip: float = Field(
        default=5.0, gt=0, description="clip of the Hermite polynomials in the networks"
    )
    cells: int = Field(
        default=16, ge=8, le=64, description="cells a side in the h of smallest sup|h|"
    )
    widths: Sizes = Field(min_length=3, description="hidden widths m of Lemma B.1")
    dimension: int = Field(default=4, ge=3, description="input dimension d, padding included")


QUICK = Lemma63Parameters(n_seeds=10, widths=(1000, 3000, 10_000, 30_000))

STANDARD = QUICK.but(n_seeds=24, widths=(*QUICK.widths, 100_000, 300_000))

PAPER = QUICK.but(n_seeds=64, widths=(1000, 10_000, 100_000, 1_000_000, 10_000_000))

TINY = QUICK.but(n_seeds=2, phis=("z^2", "exp(z)"), degree=5, cells=8, widths=(10, 30, 90))

_ARTICLE = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_LEMMA = f"{_ARTICLE}, Lemma 6.3"
_CLAIM_C_2 = f"{_ARTICLE}, Claim C.2"
_NEW = "found here; not in the paper"
_CUT = "For a few functions, with their Taylor series cut."
_TYPICAL = (
    "Stronger than the lemma: the root mean square falls like m^(−1/2) exactly, but where h has "
    "heavy tails the typical error starts below it, and so may fall more slowly."
)

LARGEST_CONSTANT = 1e4
"""The C* that the paper gives as its example of a sufficiently large constant."""

EXPECTATION = under(
    "lemma-6-3",
    f"{_LEMMA}, proof",
    at_most(
        "taylor",
        1e-9,
        "At the paper's clip, the gate's expectation of h is the Taylor polynomial.",
        "largest |E[1 h] − Taylor polynomial| over 201 points x1, largest over φ",
        kind="identity",
    ),
    at_most(
        "accuracy",
        1.0,
        "Clipped far lower, at a few standard deviations, the gate's expectation is within ε of φ.",
        "largest |E[1 h] − φ|/ε over 201 points x1, largest over φ",
        source=_LEMMA,
        computed=True,
        caveat=_CUT,
    ),
)

CLAIM_C_1 = under(
    "claim-c-1",
    f"{_ARTICLE}, Claim C.1",
    at_least(
        "lower-bound",
        1.0,
        "|p'_i| ≥ (i−1)!!/(200 i²) for i = 1, ..., 40.",
        "smallest ratio of |p'_i| to the bound",
        computed=True,
        caveat="For the first 40 degrees only.",
    ),
)

CLAIM_C_2 = under(
    "claim-c-2",
    f"{_CLAIM_C_2}a, b",
    at_most(
        "tails",
        0.0,
        "What the paper's clip changes is negligible: both sums are at most ε/8.",
        "log10 of the larger sum divided by ε/8, largest over φ",
        kind="proved",
    ),
    at_most(
        "constant",
        LARGEST_CONSTANT,
        "What the clip leaves is bounded by C_ε/2 with a C* of at most 10⁴.",
        "smallest C* for both sums, largest over φ",
        source=f"{_CLAIM_C_2}c, d",
        computed=True,
        caveat=_CUT,
    ),
)

SIZE = under(
    "lemma-6-3",
    _LEMMA,
    at_most(
        "second-moment.constant",
        LARGEST_CONSTANT,
        "E[h²] ≤ C_s(φ, 1)² with a C* of at most 10⁴.",
        "smallest C* at the paper's clip, largest over φ",
        computed=True,
        caveat=_CUT,
    ),
    at_most(
        "sup.constant",
        LARGEST_CONSTANT,
        "|h| ≤ C_ε(φ, 1), and h is C_ε(φ, 1)-Lipschitz, with a C* of at most 10⁴.",
        "smallest C* for both at the paper's clip, largest over φ",
        computed=True,
        caveat=_CUT,
    ),
    at_most(
        "least-norm",
        1.0,
        "The h of least norm has no larger E[h²] than the paper's, for no φ.",
        "E[h²] relative to the paper's h, unclipped, largest over φ",
        source=_NEW,
        kind="proved",
    ),
    at_most(
        "least-sup",
        1.0,
        "The h of smallest sup has no larger sup|h| than the clipped ones, for no φ.",
        "sup|h| relative to the smaller one of the clipped h, largest over φ",
        source=_NEW,
        kind="recomputation",
    ),
)

LEMMA_B_1 = under(
    "lemma-b-1",
    f"{_ARTICLE}, Lemma B.1, proof: an average over m neurons",
    at_most(
        "error.exponent",
        -0.5,
        "The typical error of the pseudo-network of W* falls like m^(−1/2) (paper's h).",
        "exponent in m of the largest error on 64 points, geometric mean over φ",
        within=0.05,
        caveat=_TYPICAL,
    ),
    at_most(
        "error.exponent-least-norm",
        -0.5,
        "With the h of least norm the typical error falls like m^(−1/2), too.",
        "exponent in m of the largest error on 64 points, geometric mean over φ",
        within=0.05,
        caveat=_TYPICAL,
    ),
    equal_to(
        "norm",
        1.0,
        "The size of W* is set by E[h²] alone: ‖W*‖_F √m ε_a → √E[h²] (least norm).",
        "mean over φ of ‖W*‖_F² m ε_a²/E[h²] at the largest m",
        within=0.05,
        kind="proved",
    ),
)

PREDICTIONS = Predictions(EXPECTATION + CLAIM_C_1 + CLAIM_C_2 + SIZE + LEMMA_B_1)

CARD = Card(
    plain="Give each random neuron a weight that looks only at the neuron's own random numbers, "
    "and the average of gate times weight is any smooth function.",
    figure="lemma-6-3-h",
    learnt=(
        Learnt(
            "The weights of the paper work, but rare and huge ones hide the rate: in networks of "
            "these widths the typical error falls like $m$ to the power "
            "{lemma-b-1.error.exponent}, and whether that is $1/\\sqrt m$ stays open.",
            holds=("accuracy",),
            open=("lemma-b-1.error.exponent",),
        ),
        Learnt(
            "Far smaller weights do the same: a linear program makes the largest one at most "
            "{least-sup} times that of the other two constructions, for every function tried.",
            holds=("least-sup",),
        ),
        Learnt(
            "The constant $C^\\star = 10^4$ of the paper is large enough for every function "
            "tried; the hardest one needs {sup.constant} for its largest weight and "
            "{second-moment.constant} for the mean square.",
            holds=("sup.constant", "second-moment.constant"),
        ),
    ),
)

STATEMENT = Statement(
    name="lemma-6-3-indicator-to-function",
    place=20,
    title="Lemma 6.3: indicators compute any smooth function",
    source=_LEMMA,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-3",
    feeds=("full/lemma-b-1", "full/lemma-6-4", "full/claim-c-3-5"),
    symbols="g_without_bias hermite p_prime h clip W_star",
    card=CARD,
    instrument=Instrument(
        "indicator",
        "Interactive figure of Lemma 6.3: choose phi, degree and h",
        Named("ovp_lib.pages.lemma_6_3_indicator_to_function.instrument", "data"),
    ),
)
