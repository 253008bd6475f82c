"""Figure 3 of Going Beyond Two Layers: parameters, presets and predictions."""

from typing import Any

from pydantic import Field

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import Positives
from ovp_lib.pages.section_7 import predictions as section_7

FIGURE = "Allen-Zhu, Li, Liang (2019), Figure 3"
FOOTNOTE = "Allen-Zhu, Li, Liang (2019), Section 4, footnote 11"

ROUGHLY = 1.5
"""Factor within which two norm ratios are "roughly the same" to us."""


class RegulariserParameters(Parameters):
    """What a rerunner of the comparison of regularisers can change."""

    width: int = Field(default=100, ge=10, le=5000, description="width m of both hidden layers")
    samples: int = Field(default=1000, ge=50, description="training set size N")
    epochs: int = Field(default=800, ge=2, description="passes over the training set")
    lrs: Positives = Field(
        min_length=1, description="step sizes from which validation data choose, increasing"
    )
    decays: Positives = Field(
        min_length=1, description="weight decays from which they choose, increasing"
    )
    strengths: Positives = Field(
        min_length=2, description="strengths of the (2,4)-regulariser likewise, two or more"
    )


_QUICK: dict[str, Any] = {
    "n_seeds": 5,
    "lrs": (0.01,),
    "decays": (1e-5,),
    "strengths": (1e-5, 1e-4),
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {
        "n_seeds": 8,
        "lrs": (0.005, 0.01, 0.02),
        "decays": (1e-5, 1e-4),
        "strengths": (1e-6, 1e-5, 1e-4),
    },
    "paper": _QUICK
    | {
        "n_seeds": 10,
        "width": 200,
        "lrs": (0.002, 0.005, 0.01, 0.02),
        "decays": (1e-5, 1e-4, 1e-3),
        "strengths": (1e-6, 1e-5, 1e-4, 1e-3),
    },
}

PREDICTIONS = (
    Prediction(
        id="figure-3.live.error",
        source=f"{FIGURE}(a)",
        sentence="No real difference between the regularisers in test error.",
        statistic="error with the (2,4)-norm / with weight decay, same data, chosen by validation",
        low=0.8,
        high=1.25,
    ),
    Prediction(
        id="figure-3.live.strength",
        source=FOOTNOTE,
        sentence="The (2,4)-regulariser spreads weights more evenly, the stronger it is.",
        statistic="Kendall's τ between its strength and the norm ratio, first step size",
        high=-0.5,
    ),
    Prediction(
        id="figure-3.error",
        source=f"{FIGURE}(a)",
        sentence="No real difference in test error at any width.",
        statistic="error with the (2,4)-norm / with weight decay, over m and seeds, by validation",
        low=0.8,
        high=1.25,
    ),
    Prediction(
        id="figure-3.ratio",
        source=f"{FIGURE}(b)",
        sentence="The norm ratio is roughly the same.",
        statistic="ratio with weight decay / with the (2,4)-norm, over m and seeds, by validation",
        low=round(1 / ROUGHLY, 2),
        high=ROUGHLY,
    ),
    Prediction(
        id="figure-3.even",
        source=f"{FIGURE}(b)",
        sentence="With weight decay alone, weights are still spread over the neurons.",
        statistic="norm ratio / m at the largest width, 1 if one neuron had all of it",
        high=0.05,
    ),
    Prediction(
        id="figure-3.exponent",
        source=f"{FIGURE}(b)",
        sentence="... and wider networks over more of them: m / ratio grows like √m or faster.",
        statistic="slope of log norm ratio on log m, weight decay, chosen by validation",
        high=0.5,
    ),
    Prediction(
        id="figure-3.implicit.error",
        source=FOOTNOTE,
        sentence="No explicit regulariser is needed: without any the error is as good.",
        statistic="error without any / with weight decay, over m and seeds, chosen by validation",
        high=1.25,
    ),
    Prediction(
        id="figure-3.implicit.ratio",
        source=FOOTNOTE,
        sentence="... and weights are spread as evenly.",
        statistic="norm ratio without any / with weight decay, over m and seeds, by validation",
        high=ROUGHLY,
    ),
    section_7.recomputed("figure-3"),
)

STATEMENT = Statement(
    name="figure-3",
    place=70,
    title="Figure 3: weight decay or the (2,4)-norm",
    source=FIGURE,
    parameters=RegulariserParameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="full/figure-3",
    symbols="norm_ratio lambda_w",
)
