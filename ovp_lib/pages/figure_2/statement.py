"""Figure 2 of Going Beyond Two Layers: predictions, made without its points."""

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Statement
from ovp_lib.pages.section_7 import predictions as section_7
from ovp_lib.pages.section_7.predictions import CURVES, ORDER, ComparisonParameters, slug

FIGURE = "Allen-Zhu, Li, Liang (2019), Figure 2"


def _slope(curve: str) -> Prediction:
    return Prediction(
        id=f"figure-2.exponent.{slug(curve)}",
        source=f"{FIGURE}(b)",
        sentence=f"{curve}: errors fall with N.",
        statistic="slope of log error on log N, N ≥ 500, padded, chosen by validation",
        high=-0.3,
    )


PREDICTIONS = (
    section_7.live_order("figure-2", FIGURE),
    *(section_7.order("figure-2", FIGURE, *pair) for pair in ORDER),
    Prediction(
        id="figure-2.same-order",
        source=FIGURE,
        sentence="The six learners rank as on the first target.",
        statistic="Kendall's τ between both targets' errors over learners, N = 1000, m = 1000",
        low=0.6,
    ),
    *(_slope(curve) for curve in CURVES),
    Prediction(
        id="figure-2.convention",
        source=f"{section_7.SECTION}, which does not say it",
        sentence="Without padding two layers err at least twice as much on this target, too.",
        statistic="error of 2layer, plain / padded, m = 1000, chosen by validation",
        low=2.0,
    ),
    *section_7.widths("figure-2", f"{FIGURE}(a)"),
    *section_7.checks("figure-2"),
)

STATEMENT = Statement(
    name="figure-2",
    place=60,
    title="Figure 2: the same comparison on a second target",
    source=FIGURE,
    parameters=ComparisonParameters,
    presets=section_7.presets("tanh"),
    predictions=Predictions(PREDICTIONS),
    row="full/figure-2",
)
