"""Figure 1 of Going Beyond Two Layers: predictions."""

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Statement
from ovp_lib.pages.section_7 import predictions as section_7
from ovp_lib.pages.section_7.predictions import CURVES, ORDER, SECTION, ComparisonParameters, slug

FIGURE = "Allen-Zhu, Li, Liang (2019), Figure 1"

SLACK = 0.3
"""How far a fitted exponent may be from that of the paper's own points."""


PRINTED_EXPONENTS = {
    "3layer": -1.79,
    "2layer": -1.40,
    "3layer(last)": -0.74,
    "2layer(last)": -0.74,
    "3layer(NTK)": -0.77,
}
"""Slope of log error on log N through the paper's points with N >= 1000."""


def _paper(curve: str, panel: str) -> Prediction:
    against = "the width at N = 1000" if panel == "a" else "N at m = 2000"
    return Prediction(
        id=f"figure-1.paper-{panel}.{slug(curve)}",
        source=f"{FIGURE}({panel})",
        sentence=f"{curve} against {against}: our errors are the paper's.",
        statistic="ours / printed, geometric mean over the points run, padded, chosen by test",
        low=0.8,
        high=1.25,
    )


def _convention(curve: str) -> Prediction:
    return Prediction(
        id=f"figure-1.convention.{slug(curve)}",
        source=f"{SECTION}, which does not say it",
        sentence=f"{curve}: the paper padded its inputs.",
        statistic="mean |log(ours / printed)| over m = 100, 500, 1000, plain minus padded",
        low=0.0,
    )


def _exponent(curve: str) -> Prediction:
    middle = PRINTED_EXPONENTS[curve]
    return Prediction(
        id=f"figure-1.exponent.{slug(curve)}",
        source=f"{FIGURE}(b)",
        sentence=f"{curve}: errors fall with N at the rate of the paper's points.",
        statistic="slope of log error on log N, N ≥ 1000, padded, chosen by validation",
        low=round(middle - SLACK, 2),
        high=round(middle + SLACK, 2),
    )


PREDICTIONS = (
    section_7.live_order("figure-1", FIGURE),
    *(section_7.order("figure-1", FIGURE, *pair) for pair in ORDER),
    *(_paper(curve, panel) for panel in "ab" for curve in CURVES),
    *(_convention(curve) for curve in CURVES),
    *(_exponent(curve) for curve in CURVES),
    *section_7.widths("figure-1", f"{FIGURE}(a)"),
    *section_7.checks("figure-1"),
)

STATEMENT = Statement(
    name="figure-1",
    place=50,
    title="Figure 1: three layers beat two, and networks their kernels",
    source=FIGURE,
    parameters=ComparisonParameters,
    presets=section_7.presets("sine"),
    predictions=Predictions(PREDICTIONS),
    row="full/figure-1",
)
