"""Lemma 6.5 of Going Beyond Two Layers, and what 6.9 and 6.11 add: parameters and predictions."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.instrument import Instrument
from ovp_lib.pages.kinds import Phi, increasing

Width = Annotated[int, Field(ge=8)]
Widths = Annotated[tuple[Width, ...], AfterValidator(increasing)]


class CouplingParameters(Parameters):
    """What a rerunner of Lemma 6.5 can change."""

    first_widths: Widths = Field(
        min_length=3, description="widths m1 for the first layer alone; the middle one for τ_w"
    )
    widths: Widths = Field(
        min_length=3, description="widths m1 = m2 of three-layer networks; the last one for τ"
    )
    trained_widths: Widths = Field(
        min_length=3, description="widths m1 = m2 of the networks that SGD trains"
    )
    steps: int = Field(ge=1, description="SGD steps")
    n_networks: int = Field(ge=1, description="networks a seed over which adversaries are averaged")
    n_points: int = Field(ge=1, description="inputs x a network over which counts are averaged")
    n_signs: int = Field(ge=16, description="draws of Σ")
    n_smoothings: int = Field(ge=100, description="draws of W^ρ, V^ρ behind each mean of Lemma 6.9")
    smoothed_width: Width = Field(
        default=32, description="width m1 = m2 at which Lemma 6.9 is tried over step sizes"
    )
    smoothed_widths: Widths = Field(
        default=(16, 32, 64, 96), min_length=3, description="widths for the coefficient of 6.9"
    )
    dimension: int = Field(default=5, ge=3, description="input dimension d, padding included")
    phi: Phi = Field(default="sin(2z)", description="phi of SGD's target: sin(2z), tanh(z) ...")


QUICK = CouplingParameters(
    n_seeds=8,
    first_widths=(1000, 3000, 10_000, 30_000),
    widths=(80, 160, 320, 640),
    trained_widths=(32, 64, 128, 256),
    steps=200,
    n_networks=4,
    n_points=8,
    n_signs=2000,
    n_smoothings=12_000,
)

STANDARD = QUICK.but(
    n_seeds=16,
    first_widths=(*QUICK.first_widths, 100_000, 1_000_000),
    widths=(*QUICK.widths, 1280),
    trained_widths=(*QUICK.trained_widths, 512),
    steps=400,
    n_networks=8,
    n_signs=10_000,
    n_smoothings=30_000,
    smoothed_widths=(16, 32, 64, 128),
)

PAPER = QUICK.but(
    n_seeds=16,
    first_widths=(*QUICK.first_widths, 100_000, 1_000_000),
    widths=(*QUICK.widths, 1280, 2560),
    trained_widths=(*QUICK.trained_widths, 512, 1024),
    steps=4000,
    n_networks=16,
    n_points=16,
    n_signs=40_000,
    n_smoothings=400_000,
    smoothed_widths=(16, 32, 64, 128, 256),
)

TINY = QUICK.but(
    n_seeds=2,
    first_widths=(50, 100, 200),
    widths=(16, 24, 32),
    trained_widths=(8, 12, 16),
    steps=3,
    n_networks=1,
    n_points=2,
    n_signs=16,
    n_smoothings=100,
    smoothed_width=8,
    smoothed_widths=(8, 10, 12),
)

_ARTICLE = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_SPARSE = f"{_ARTICLE}, Lemma 6.5, sparse sign change"
_CROSS = f"{_ARTICLE}, Lemma 6.5, cross term vanish"
_SMOOTH = f"{_ARTICLE}, Lemma 6.9"
_STRONG = f"{_ARTICLE}, Lemma 6.11"

_RELATIVE_W = "exponent in m of flips / (τ_w^(4/5) m₁^(6/5)), at SGD's own τ_w, in each seed"
_RELATIVE_V = "exponent in m of flips / ((τ_v + τ_w m₁^(1/4))^(2/3) m₂), at SGD's own norms"

_TRAINED = "One target, a few hundred steps, and widths of a few hundred at most."
_LOWER = "Some movement, not the best one: a lower bound on what can be flipped."

SIGN_CHANGES = under(
    "lemma-6-5",
    _SPARSE,
    equal_to(
        "sign-changes-w.tau-exponent",
        0.8,
        "Layer 1: the best adversary's flips grow with τ_w as the bound does, like τ_w^(4/5).",
        "exponent in τ_w of the flips of the optimal W', width fixed, fitted in each seed",
        within=0.05,
    ),
    equal_to(
        "sign-changes-w.exponent",
        1.2,
        "Layer 1: the best adversary's flips grow with m₁ as the bound does, like m₁^(6/5).",
        "exponent in m₁ of the flips of the optimal W', τ_w fixed, fitted in each seed",
        within=0.05,
    ),
    at_most(
        "sign-changes-w.random-exponent",
        0.0,
        "Layer 1: the flips of a random W' do not outgrow the bound.",
        _RELATIVE_W,
        within=0.05,
        caveat=_TRAINED,
    ),
    at_most(
        "sign-changes-w.sgd-exponent",
        0.0,
        "Layer 1: the flips of the W' that SGD finds do not outgrow the bound.",
        _RELATIVE_W,
        within=0.05,
        caveat=_TRAINED,
    ),
    equal_to(
        "sign-changes-v.tau-exponent",
        2 / 3,
        "Layer 2: the flips of the best V' grow with τ_v as the bound does, like τ_v^(2/3).",
        "exponent in τ_v of the flips of the optimal V', width fixed, fitted in each seed",
        within=0.05,
    ),
    equal_to(
        "sign-changes-v.exponent",
        1.0,
        "Layer 2: the flips of the best V' grow with the widths as the bound does, like m₂.",
        "exponent in m₁ = m₂ of the flips of the optimal V', τ_v fixed, fitted in each seed",
        within=0.05,
    ),
    equal_to(
        "sign-changes-v.through-w-tau-exponent",
        2 / 3,
        "Layer 2, through W' alone: the flips of the best W' grow with τ_w like τ_w^(2/3).",
        "exponent in τ_w of the flips of a least-norm W' (a lower bound), width fixed",
        within=0.05,
        caveat=_LOWER,
    ),
    equal_to(
        "sign-changes-v.through-w-exponent",
        7 / 6,
        "Layer 2, through W' alone: the flips of the best W' grow like m₁^(1/6) m₂.",
        "exponent in m₁ = m₂ of the flips of a least-norm W' (a lower bound), τ_w fixed",
        within=0.05,
        caveat=_LOWER,
    ),
    at_most(
        "sign-changes-v.random-exponent",
        0.0,
        "Layer 2: the flips of random W', V' do not outgrow the bound.",
        _RELATIVE_V,
        within=0.05,
        caveat=_TRAINED,
    ),
    at_most(
        "sign-changes-v.sgd-exponent",
        0.0,
        "Layer 2: the flips of the W', V' that SGD finds do not outgrow the bound.",
        _RELATIVE_V,
        within=0.05,
        caveat=_TRAINED,
    ),
)

CROSS_TERM = under(
    "lemma-6-5",
    _CROSS,
    at_most(
        "cross-term.identity",
        1e-9,
        "Moving by (ηΣW'', ηV''Σ) changes g by η² g^(b,b)(W'', V'') and a cross term g'.",
        "largest |g' measured − g' in closed form| over draws of Σ, relative to its std",
        kind="identity",
    ),
    at_most(
        "cross-term.mean",
        1e-9,
        "The cross term has mean zero over Σ: opposite signs give opposite values.",
        "largest |g'(Σ) + g'(−Σ)| over draws of Σ, relative to the std of g'",
        kind="identity",
    ),
    equal_to(
        "cross-term.variance",
        1.0,
        "The variance of the cross term is η² ‖p∘z + q∘(W''x)‖².",
        "variance of g' over draws of Σ / the closed form",
        within=0.05,
        source=f"{_CROSS}, proof",
        kind="proved",
    ),
    equal_to(
        "cross-term.v-exponent",
        0.0,
        "The worst V'' attains the bound √m₂ τ_v/√m₁ with the logarithm that Õ hides, √log m₁.",
        "exponent in m₁ = m₂ of the std of g' / (η √log m₁) at the worst V'', τ_v fixed",
        within=0.05,
        caveat="The logarithm that Õ hides was written out after pilot runs.",
    ),
    equal_to(
        "cross-term.w-exponent",
        -0.25,
        "The worst W'', at a V' made for it, attains the bound √m₂ τ_w.",
        "exponent in m₁ = m₂ of the std of g'/η, τ_w = m^(−3/4) and τ_v fixed",
        within=0.05,
    ),
    at_most(
        "cross-term.random-exponent",
        0.0,
        "Random W'', V'' stay below the bound.",
        "exponent in m₁ = m₂ of the std of g' / (η √m₂ (τ_v/√m₁ + τ_w)), τ_w = m^(−3/4)",
        within=0.05,
    ),
)

_ATTAINED = "At noise as wide as what goes into the gates; where it is narrower the bound is loose."

LEMMA_6_9 = under(
    "lemma-6-9",
    _SMOOTH,
    at_least(
        "smoothing.exponent",
        2.0,
        "For small η, smoothed network and pseudo-network differ by O(η²).",
        "exponent in η of E|P − P'| over W^ρ, V^ρ and Σ, fitted in each seed",
        within=0.1,
    ),
    equal_to(
        "smoothing.w-coefficient",
        0.0,
        "By W'' alone the factor of η² grows with m as m₁τ_w²/σ_w + m₂τ_w²/σ_v does.",
        "exponent in m₁ = m₂ of E|P − P'| / (η² times that), rows of W'' along x",
        within=0.1,
        source=f"{_SMOOTH}, proof",
        caveat=_ATTAINED,
    ),
    equal_to(
        "smoothing.v-coefficient",
        0.0,
        "By V'' alone the factor of η² grows with m as m₂τ_v²/(m₁σ_v) does.",
        "exponent in m₁ = m₂ of E|P − P'| / (η² times that), rows of V'' of equal length",
        within=0.1,
        source=f"{_SMOOTH}, proof",
        caveat=_ATTAINED,
    ),
)

LEMMA_6_11 = under(
    "lemma-6-11",
    f"{_STRONG}, proof",
    at_most(
        "w-with-sigma.exponent",
        -0.1,
        "With Σ, the error by W' is τ_w^(8/5) m₁^(9/10) + τ_w^(16/5) m₁^(9/5) √m₂, or less.",
        "exponent in m₁ = m₂ of the mean error over Σ at the worst W', τ_w = m^(−3/4): m^(−1/10)",
        within=0.05,
    ),
    equal_to(
        "w-without-sigma.exponent",
        0.0,
        "Without Σ, the error by W' does not fall: m₁^(3/4) τ_w is constant.",
        "exponent in m₁ = m₂ of the error at the worst W' without Σ, τ_w = m^(−3/4)",
        within=0.1,
    ),
    at_most(
        "v-with-sigma.exponent",
        0.0,
        "With Σ, the error of the V' part is √m₂ τ_v/√m₁, times √log m₁.",
        "exponent in m₁ = m₂ of the mean error over Σ / √log m₁ at the worst V'",
        within=0.05,
        source=_STRONG,
        caveat="The logarithm that Õ hides was written out after pilot runs.",
    ),
    equal_to(
        "v-without-sigma.exponent",
        0.5,
        "Without Σ, the error of the V' part grows like √m₂ τ_v.",
        "exponent in m₁ = m₂ of the error at the worst V' without Σ, τ_v fixed",
        within=0.1,
    ),
)

PREDICTIONS = Predictions(SIGN_CHANGES + CROSS_TERM + LEMMA_6_9 + LEMMA_6_11)

CARD = Card(
    plain="Near its random start a three-layer ReLU network changes few of its gates, even if an "
    "adversary moves its weights, so that it is nearly a network with frozen gates.",
    figure="lemma-6-5-sgd",
    learnt=(
        Learnt(
            "The bound on the first layer is sharp: an adversary who knows the input flips as many "
            "gates as it allows, with the exponents {sign-changes-w.tau-exponent} in the norm and "
            "{sign-changes-w.exponent} in the width, each within its tolerance.",
            within=("sign-changes-w.tau-exponent", "sign-changes-w.exponent"),
        ),
        Learnt(
            "SGD is no such adversary: in the first layer its flips, many times fewer, do not "
            "outgrow the bound, and in the second they do not within the tolerance.",
            holds=("sign-changes-w.sgd-exponent",),
            within=("sign-changes-v.sgd-exponent",),
        ),
        Learnt(
            "A random sign for each neuron makes the error of a worst movement of $W$ fall with "
            "the width; without the signs it does not fall, within the tolerance.",
            holds=("lemma-6-11.w-with-sigma.exponent",),
            within=("lemma-6-11.w-without-sigma.exponent",),
        ),
    ),
)

STATEMENT = Statement(
    name="lemma-6-5-coupling",
    place=40,
    title="Lemma 6.5: three-layer networks stay close to their pseudo-networks",
    source=f"{_ARTICLE}, Lemma 6.5",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-5",
    feeds=("full/corollary-6-6", "full/lemma-6-7", "full/lemma-6-9", "full/lemma-6-11"),
    symbols=(
        "m1_m2 three_layer F_three gates_three g_three g_three_without_bias dW_dV tau_w_tau_v "
        "norms flips_three Sigma cross_term smoothing smoothed_gap"
    ),
    card=CARD,
    instrument=Instrument(
        "adversary",
        "Interactive figure of Lemma 6.5: choose the width and the norm of the movement",
    ),
)
