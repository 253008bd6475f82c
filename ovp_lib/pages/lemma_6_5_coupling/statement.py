"""Lemma 6.5 of Going Beyond Two Layers, and what 6.9 and 6.11 add: parameters and predictions."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
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
    smoothed_width: Width = Field(default=32, description="width m1 = m2 for Lemma 6.9")
    dimension: int = Field(default=5, ge=3, description="input dimension d, padding included")
    phi: Phi = Field(default="sin(2z)", description="phi of SGD's target: sin(2z), tanh(z) ...")


_QUICK: dict[str, Any] = {
    "n_seeds": 8,
    "first_widths": (1000, 3000, 10_000, 30_000),
    "widths": (80, 160, 320, 640),
    "trained_widths": (32, 64, 128, 256),
    "steps": 200,
    "n_networks": 4,
    "n_points": 8,
    "n_signs": 2000,
    "n_smoothings": 12_000,
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {
        "n_seeds": 16,
        "first_widths": (*_QUICK["first_widths"], 100_000, 1_000_000),
        "widths": (*_QUICK["widths"], 1280),
        "trained_widths": (*_QUICK["trained_widths"], 512),
        "steps": 400,
        "n_networks": 8,
        "n_signs": 10_000,
        "n_smoothings": 30_000,
    },
    "paper": _QUICK
    | {
        "n_seeds": 16,
        "first_widths": (*_QUICK["first_widths"], 100_000, 1_000_000),
        "widths": (*_QUICK["widths"], 1280, 2560),
        "trained_widths": (*_QUICK["trained_widths"], 512, 1024),
        "steps": 4000,
        "n_networks": 16,
        "n_points": 16,
        "n_signs": 40_000,
        "n_smoothings": 400_000,
    },
}

_PAPER = "Allen-Zhu, Li, Liang (2019, arXiv v6)"
_SPARSE = f"{_PAPER}, Lemma 6.5, sparse sign change"
_CROSS = f"{_PAPER}, Lemma 6.5, cross term vanish"
_SMOOTH = f"{_PAPER}, Lemma 6.9"
_STRONG = f"{_PAPER}, Lemma 6.11"


def _at_most(id: str, source: str, sentence: str, statistic: str, high: float) -> Prediction:
    tolerance = 0.05
    return Prediction(
        id=f"lemma-6-5.{id}",
        source=source,
        sentence=sentence,
        statistic=statistic,
        high=high,
        tolerance=tolerance,
    )


def _attained(id: str, source: str, sentence: str, statistic: str, value: float) -> Prediction:
    return _at_most(id, source, sentence, statistic, value).model_copy(update={"low": value})


_RELATIVE_W = "exponent in m of flips / (τ_w^(4/5) m₁^(6/5)), at SGD's own τ_w, in each seed"
_RELATIVE_V = "exponent in m of flips / ((τ_v + τ_w m₁^(1/4))^(2/3) m₂), at SGD's own norms"

PREDICTIONS = (
    _attained(
        "sign-changes-w.tau-exponent",
        _SPARSE,
        "Layer 1: the best adversary flips as many gates as the bound allows, τ_w^(4/5) ...",
        "exponent in τ_w of the flips of the optimal W', width fixed, fitted in each seed",
        4 / 5,
    ),
    _attained(
        "sign-changes-w.exponent",
        _SPARSE,
        "... times m₁^(6/5).",
        "exponent in m₁ of the flips of the optimal W', τ_w fixed, fitted in each seed",
        6 / 5,
    ),
    _at_most(
        "sign-changes-w.random-exponent",
        _SPARSE,
        "Layer 1: the flips of a random W' do not outgrow the bound ...",
        _RELATIVE_W,
        0.0,
    ),
    _at_most(
        "sign-changes-w.sgd-exponent",
        _SPARSE,
        "... and neither do those of the W' that SGD finds.",
        _RELATIVE_W,
        0.0,
    ),
    _attained(
        "sign-changes-v.tau-exponent",
        _SPARSE,
        "Layer 2: the best V' flips as many gates as the bound allows, τ_v^(2/3) ...",
        "exponent in τ_v of the flips of the optimal V', width fixed, fitted in each seed",
        2 / 3,
    ),
    _attained(
        "sign-changes-v.exponent",
        _SPARSE,
        "... times m₂.",
        "exponent in m₁ = m₂ of the flips of the optimal V', τ_v fixed, fitted in each seed",
        1.0,
    ),
    _attained(
        "sign-changes-v.through-w-tau-exponent",
        _SPARSE,
        "Layer 2, through W' alone: some W' flips as many as the bound allows, τ_w^(2/3) ...",
        "exponent in τ_w of the flips of a least-norm W' (a lower bound), width fixed",
        2 / 3,
    ),
    _attained(
        "sign-changes-v.through-w-exponent",
        _SPARSE,
        "... times m₁^(1/6) m₂.",
        "exponent in m₁ = m₂ of the flips of a least-norm W' (a lower bound), τ_w fixed",
        7 / 6,
    ),
    _at_most(
        "sign-changes-v.random-exponent",
        _SPARSE,
        "Layer 2: the flips of random W', V' do not outgrow the bound ...",
        _RELATIVE_V,
        0.0,
    ),
    _at_most(
        "sign-changes-v.sgd-exponent",
        _SPARSE,
        "... and neither do those of the W', V' that SGD finds.",
        _RELATIVE_V,
        0.0,
    ),
    Prediction(
        id="lemma-6-5.cross-term.identity",
        source=_CROSS,
        sentence="Moving by (ηΣW'', ηV''Σ) changes g by η² g^(b,b)(W'', V'') and a cross term g'.",
        statistic="largest |g' measured − g' in closed form| over draws of Σ, relative to its std",
        high=1e-9,
    ),
    Prediction(
        id="lemma-6-5.cross-term.mean",
        source=_CROSS,
        sentence="The cross term has mean zero over Σ: opposite signs give opposite values.",
        statistic="largest |g'(Σ) + g'(−Σ)| over draws of Σ, relative to the std of g'",
        high=1e-9,
    ),
    Prediction(
        id="lemma-6-5.cross-term.variance",
        source=f"{_CROSS}, proof",
        sentence="Its variance is η² ‖p∘z + q∘(W''x)‖².",
        statistic="variance of g' over draws of Σ / the closed form",
        low=1.0,
        high=1.0,
        tolerance=0.05,
    ),
    _attained(
        "cross-term.v-exponent",
        _CROSS,
        "The worst V'' attains the bound √m₂ τ_v/√m₁ with the logarithm that Õ hides, √log m₁.",
        "exponent in m₁ = m₂ of the std of g' / (η √log m₁) at the worst V'', τ_v fixed",
        0.0,
    ),
    _attained(
        "cross-term.w-exponent",
        _CROSS,
        "The worst W'', at a V' made for it, attains the bound √m₂ τ_w.",
        "exponent in m₁ = m₂ of the std of g'/η, τ_w = m^(−3/4) and τ_v fixed",
        -1 / 4,
    ),
    _at_most(
        "cross-term.random-exponent",
        _CROSS,
        "Random W'', V'' stay below the bound.",
        "exponent in m₁ = m₂ of the std of g' / (η √m₂ (τ_v/√m₁ + τ_w)), τ_w = m^(−3/4)",
        0.0,
    ),
    Prediction(
        id="lemma-6-9.smoothing.exponent",
        source=_SMOOTH,
        sentence="For small η, smoothed network and pseudo-network differ by O(η²).",
        statistic="exponent in η of E|P − P'| over W^ρ, V^ρ and Σ, fitted in each seed",
        low=2.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-11.w-with-sigma.exponent",
        source=f"{_STRONG}, proof",
        sentence="With Σ, the error of the W' part is τ_w^(8/5) m₁^(9/10), that is m^(−3/10) ...",
        statistic="exponent in m₁ = m₂ of the mean error over Σ at the worst W', τ_w = m^(−3/4)",
        high=-0.3,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-6-11.w-without-sigma.exponent",
        source=f"{_STRONG}, proof",
        sentence="... and without Σ it does not fall: m₁^(3/4) τ_w is constant.",
        statistic="exponent in m₁ = m₂ of the error at the worst W' without Σ, τ_w = m^(−3/4)",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-6-11.v-with-sigma.exponent",
        source=_STRONG,
        sentence="With Σ, the error of the V' part is √m₂ τ_v/√m₁, times √log m₁ ...",
        statistic="exponent in m₁ = m₂ of the mean error over Σ / √log m₁ at the worst V'",
        high=0.0,
        tolerance=0.05,
    ),
    Prediction(
        id="lemma-6-11.v-without-sigma.exponent",
        source=f"{_STRONG}, proof",
        sentence="... and without Σ it grows like √m₂ τ_v.",
        statistic="exponent in m₁ = m₂ of the error at the worst V' without Σ, τ_v fixed",
        low=0.5,
        high=0.5,
        tolerance=0.1,
    ),
)

STATEMENT = Statement(
    name="lemma-6-5-coupling",
    place=40,
    title="Lemma 6.5: three-layer networks stay close to their pseudo-networks",
    source=f"{_PAPER}, Lemma 6.5",
    parameters=CouplingParameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="full/lemma-6-5",
    feeds=("full/corollary-6-6", "full/lemma-6-7", "full/lemma-6-9", "full/lemma-6-11"),
    symbols=(
        "m1_m2 three_layer F_three gates_three g_three g_three_without_bias dW_dV tau_w_tau_v "
        "norms flips_three Sigma cross_term smoothing smoothed_gap"
    ),
)
